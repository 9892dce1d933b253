"""Modules that are frozen, nested, tied or repeated, with buffers or without parameters: each catches its own miscount."""

from torch import nn

from course_utils.checks.inputs import Draw, filled
from course_utils.checks.orientation.inputs import Scaled
from course_utils.judge import Case, Check
from course_utils.reference.orientation import count_parameters


def cases(draw: Draw) -> list[Case]:
    makers = {
        "two dense layers": lambda: nn.Sequential(nn.Linear(5, 7), nn.GELU(), nn.Linear(7, 3)),
        "with frozen parameters": _frozen,
        "with buffers: BatchNorm stores the mean and the variance that it has seen": _with_buffers,
        "a parameter of its own, a buffer, and parts within parts": Scaled,
        "the decoder has the embedding's weight": _tied,
        "the same layer twice": _repeated,
        "parts without a bias": _without_biases,
        "nothing learned": nn.GELU,
    }
    return [Case((filled(draw, make),), about) for about, make in makers.items()]


def _frozen() -> nn.Module:
    module = nn.Sequential(nn.Embedding(13, 5), nn.Linear(5, 7))
    module[0].weight.requires_grad = False
    module[1].bias.requires_grad = False
    return module


def _with_buffers() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7))


def _tied() -> nn.Module:
    module = nn.ModuleDict({"word_embeddings": nn.Embedding(13, 5), "decoder": nn.Linear(5, 13)})
    module["decoder"].weight = module["word_embeddings"].weight
    return module


def _repeated() -> nn.Module:
    layer = nn.Linear(5, 5)
    return nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(5, 3))


def _without_biases() -> nn.Module:
    """Where there is no bias, the module has an entry for it that is None."""
    return nn.Sequential(nn.Linear(5, 7, bias=False), nn.LayerNorm(7, elementwise_affine=False))


def small(draw: Draw) -> Case:
    """The same kinds of modules, with one or two features."""
    one, two = 1 + draw.number(0, 2), 1 + draw.number(0, 2)
    layer, table = nn.Linear(one, two), nn.Embedding(two, one)
    frozen, tied = nn.Linear(one, two), nn.Linear(one, two, bias=False)
    frozen.bias.requires_grad = False
    tied.weight = table.weight
    modules = (
        nn.GELU(),
        layer,
        frozen,
        nn.BatchNorm1d(one),
        nn.Sequential(layer, nn.Sequential(nn.Linear(two, one))),
        nn.Sequential(nn.Linear(one, one)),
        nn.ModuleDict({"word_embeddings": table, "decoder": tied}),
        nn.Sequential(layer, nn.Tanh(), layer),
    )
    return Case((filled(draw, lambda: modules[draw.number(0, len(modules))]),))


check = Check(
    count_parameters,
    cases,
    small=small,
)
