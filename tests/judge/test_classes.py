"""Classes as answers: built, given weights by name, run; a parameter that is missing or has another name is told."""

import pytest
import torch
from torch import nn

from course_utils.judge import Case
from course_utils.judge.weights import Misfit, load_by_name
from tests.judge import toy_key as toy
from tests.judge.toy_course import COURSE, one_off


def _cases(draw):
    names = ("layer.0.weight", "layer.0.bias", "layer.1.weight", "layer.1.bias")
    weights = {name: draw.normal(*((7, 7) if name.endswith("weight") else (7,))) for name in names}
    return [Case((7, weights, draw.normal(2, 5, 7))), Case((7, weights, draw.normal(1, 3, 7)))]


def run_model(answer, size, weights, x):
    """Build, load, run."""
    with torch.no_grad():
        return load_by_name(answer(size), weights).eval()(x)


CHECK = one_off(
    toy.ToyModel,
    _cases,
    use=run_model,
    diff="""
- self.layer = nn.ModuleList([nn.Linear(size, size) for _ in range(2)])
+ self.layer = [nn.Linear(size, size) for _ in range(2)]
plain_list: The layers are in a plain list.
+ self.layer = nn.ModuleList([nn.Linear(size, size)] * 2)
shared: One layer is there twice.

- self.layer = nn.ModuleList([nn.Linear(size, size) for _ in range(2)])
+ self.layers = nn.ModuleList([nn.Linear(size, size) for _ in range(2)])
- first = torch.tanh(self.layer[0](x))
- return {"first": first, "last": self.layer[1](self.dropout(first))}
+ first = torch.tanh(self.layers[0](x))
+ return {"first": first, "last": self.layers[1](self.dropout(first))}
layers: The checkpoint calls it layer.

- first = torch.tanh(self.layer[0](x))
+ first = self.layer[0](x)
no_tanh: There is no tanh.
""",
)


class Right(nn.Module):
    """Written another way: dropout stays, since the check calls eval()."""

    def __init__(self, size):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(size, size), nn.Linear(size, size))

    def forward(self, x):
        first = nn.functional.dropout(self.layer[0](x).tanh(), 0.3, self.training)
        return {"first": first, "last": self.layer[1](first)}


def test_right_classes_pass():
    assert CHECK.judge(toy.ToyModel).passed
    assert CHECK.judge(Right).passed


@pytest.mark.parametrize("mistake", CHECK.mistakes, ids=lambda mistake: mistake.label)
def test_every_mistake_is_named(mistake):
    result = CHECK.judge(COURSE.key.plant("ToyModel", (("ToyModel", mistake),)))
    assert result.status == "failed"
    assert result.explanations == ((mistake.label,),)
    assert mistake.says in result.headline


def test_two_at_once():
    mistakes = [mistake for mistake in CHECK.mistakes if mistake.label in ("no_tanh", "shared")]
    result = CHECK.judge(COURSE.key.plant("ToyModel", tuple(("ToyModel", mistake) for mistake in mistakes)))
    assert set(result.diagnosis) == {"no_tanh", "shared"}


class Extra(Right):
    """One parameter more than the checkpoint has."""

    def __init__(self, size):
        super().__init__(size)
        self.scale = nn.Parameter(torch.ones(size))


class Buffered(Right):
    """A tensor that is no parameter, and would be saved with them."""

    def __init__(self, size):
        super().__init__(size)
        self.register_buffer("places", torch.arange(size))


class Renamed(nn.Module):
    """A name of its own for one layer."""

    def __init__(self, size):
        super().__init__()
        self.layer = nn.ModuleDict({"0": nn.Linear(size, size), "one": nn.Linear(size, size)})


class Wide(nn.Module):
    """Another size."""

    def __init__(self, size):
        super().__init__()
        self.layer = nn.ModuleList([nn.Linear(size, size), nn.Linear(size + 1, size)])


class Other(nn.Module):
    """Nothing of what is wanted."""

    def __init__(self, size):
        super().__init__()
        self.embed = nn.Linear(size, size)


class Plain:
    """Not a module."""

    def __init__(self, size): ...


class Forgetful(nn.Module):
    """No second layer."""

    def __init__(self, size):
        super().__init__()
        self.layer = nn.ModuleList([nn.Linear(size, size)])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Extra, ["`scale`", "does not know"]),
        (Buffered, ["would save `places`", "`persistent=False`"]),
        (Renamed, ["Only 2 of the checkpoint's 4", "`layer.1.weight`", "call it `layer.one.weight`"]),
        (Wide, ["`layer.1.weight`", "(7, 8)", "(7, 7)"]),
        (Forgetful, ["no `layer.1.weight`, `layer.1.bias`", "nn.ModuleList"]),
        (Other, ["None of the checkpoint's 4", "and 2 more", "`embed.weight`"]),
        (Plain, ["a Plain, not a model", "`nn.Module`"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_does_not_fit_is_told(answer, words):
    result = CHECK.judge(answer)
    assert result.status == "failed"
    assert not result.diagnosis
    assert all(word in result.headline for word in words), result.headline
    assert "Misfit" not in repr(result)


@pytest.mark.parametrize("answer", [toy.toy_root, toy.ToyModel(7), 3, "ToyModel"])
def test_not_a_class(answer):
    result = CHECK.judge(answer)
    assert result.status == "error"
    assert "not a class: write `check_toymodel(ToyModel)`" in result.headline


class Blank(nn.Module):
    """As it is handed out."""

    def __init__(self, size):
        raise NotImplementedError

    def forward(self, x):
        """Run."""
        raise NotImplementedError


class HalfBlank(toy.ToyModel):
    """The first method is written."""

    def __init__(self, size):
        super().__init__(size)

    def forward(self, x):
        """Run."""
        raise NotImplementedError


def test_blanks():
    assert CHECK.judge(None).status == CHECK.judge(Blank).status == "not_attempted"
    half = CHECK.judge(HalfBlank)
    assert half.status == "error"
    assert "`forward` is still blank" in half.headline


class CallsAHolder(toy.ToyModel):
    """An `nn.ModuleList` taken for a module that computes."""

    def forward(self, x):
        """Run."""
        return self.layer(x)


class Forwardless(nn.Module):
    """Its `forward` stands one indent too deep."""

    def __init__(self, size):
        super().__init__()
        self.layer = nn.ModuleList([nn.Linear(size, size), nn.Linear(size, size)])

        def forward(self, x):
            return x


@pytest.mark.parametrize(
    ("answer", "words"),
    [(CallsAHolder, "A `ModuleList` only holds"), (Forwardless, "has no method `forward`")],
    ids=["a holder", "no forward"],
)
def test_a_module_without_a_forward_is_no_blank(answer, words):
    result = CHECK.judge(answer)
    assert result.status == "error"
    assert words in result.headline
    assert "blank" not in repr(result)


def test_a_wrong_signature_is_told():
    class Sizeless(nn.Module):
        def __init__(self):
            super().__init__()

    result = CHECK.judge(Sizeless)
    assert result.status == "error"
    assert "ToyModel(size)" in result.headline


def test_misfits_differ_by_their_text():
    state = toy.ToyModel(3).state_dict()
    with pytest.raises(Misfit, match="plain list"):
        load_by_name(nn.Module(), state)
    with pytest.raises(Misfit, match="None, not a model"):
        load_by_name(None, state)
