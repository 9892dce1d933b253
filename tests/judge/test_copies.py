"""Hooks that a call leaves on a module are a change of it; what a library sets for itself is none."""

import pytest
import torch
from torch import nn

from course_utils.judge.copies import changed_argument, fresh, hooks
from course_utils.judge.shelf import lent


def parts() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 2), nn.ModuleDict({"inner": nn.Linear(2, 2)}))


def change(original: nn.Module, mine: nn.Module):
    return changed_argument({"layer": original}, (mine,))


def watch(_part, _inputs, _result=None):
    return None


@pytest.mark.parametrize(
    "register",
    [
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
    ],
)
def test_a_hook_that_stays_is_a_change(register):
    original = parts()
    (mine,) = fresh((original,))
    hook = getattr(mine[1]["inner"], register)(watch)
    assert change(original, mine).says == "`layer[1].inner` still has a hook"
    hook.remove()
    assert change(original, mine) is None


def test_each_part_counts_and_the_module_itself():
    original = parts()
    (mine,) = fresh((original,))
    mine.register_forward_hook(watch)
    mine[0].register_forward_hook(watch)
    assert change(original, mine).says == "`layer` and `layer[0]` still have hooks"
    mine[1]["inner"].register_forward_hook(watch)
    assert change(original, mine).says == "`layer` and 2 other parts still have hooks"
    assert "`hook.remove()`" in change(original, mine).advice


def test_hooks_that_were_there_before_are_no_change():
    original = parts()
    original[0].register_forward_hook(watch)
    (mine,) = fresh((original,))
    assert hooks(mine) == {"0": 1}
    assert change(original, mine) is None
    mine[0].register_forward_hook(watch)
    assert change(original, mine).says == "`layer[0]` still has a hook"


def test_what_a_library_sets_does_not_count():
    """transformers hooks into a model when it is first asked for its hidden states, and stays."""
    model = lent(parts())
    library = type(watch)(watch.__code__, {**globals(), "__name__": "transformers.utils.output_capturing"})
    model[0].register_forward_hook(library)
    assert library.__module__ == "transformers.utils.output_capturing"
    assert hooks(model) == {}
    assert change(model, *fresh((model,))) is None
    assert len(model[0]._forward_hooks) == 1


def test_hooks_left_on_what_is_lent_are_seen_and_gone_at_the_next_call():
    model = lent(parts())
    (mine,) = fresh((model,))
    mine[0].register_forward_hook(watch)
    assert change(model, mine).says == "`layer[0]` still has a hook"
    (again,) = fresh((model,))
    assert again is model
    assert hooks(model) == {}
    assert change(model, again) is None


def test_hooks_do_not_hide_another_change():
    original = parts()
    (mine,) = fresh((original,))
    with torch.no_grad():
        mine[0].weight.add_(1)
    assert change(original, mine).says == "the weights of `layer` were changed"


def test_what_raises_as_it_must_need_not_remove_its_hooks():
    """A `finally` is more than the course asks for."""
    original = parts()
    (mine,) = fresh((original,))
    mine[0].register_forward_hook(watch)
    assert changed_argument({"layer": original}, (mine,), raised=True) is None
    mine.train(False)
    assert "mode" in changed_argument({"layer": original}, (mine,), raised=True).says


@pytest.mark.parametrize(
    ("thing", "change_it", "advice"),
    [
        (torch.zeros(2), lambda it: it.add_(1), "a new tensor or list"),
        ([1, 2], lambda it: it.append(3), "a new tensor or list"),
        ({}, lambda it: it.update(step=1), "a new dict instead"),
        ({"mean": torch.zeros(2)}, lambda it: it["mean"].add_(1), "a new dict with new tensors"),
    ],
)
def test_the_advice_fits_what_was_changed(thing, change_it, advice):
    (mine,) = fresh((thing,))
    change_it(mine)
    assert advice in change(thing, mine).advice
