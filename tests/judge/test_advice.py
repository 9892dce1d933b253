"""Advice is told only where the learner's line or its values bear it out; each message is raised for real."""

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils.judge.advice import errors
from course_utils.reference.self_attention import linear, self_attention

X = torch.arange(30.0).reshape(2, 5, 3)
QUERY, KEY = torch.zeros(2, 3, 4, 7), torch.zeros(2, 3, 5, 7)
STORED, TURNED, SQUARE, LAYER = torch.zeros(4, 3), torch.zeros(3, 4), torch.zeros(21, 21), nn.Linear(5, 4)
MASK, ADDED, OTHER, FOUR = torch.ones(2, 5), torch.zeros(2, 1, 1, 5), torch.zeros(2, 5, 4), torch.ones(4)
OUTPUT = SimpleNamespace(hidden_states=None)
TRANSPOSE, KEEPDIM, LITERAL = "were transposed", "keepdim", "take sizes from the tensors"


def stored_weight(x, weight=STORED):
    return x @ weight


def turned_weight(x, weight=TURNED):
    return x @ weight.T


def part_and_whole(x, context=KEY, weight=SQUARE):
    return context @ weight.T


def in_a_helper(x):
    return linear(x, torch.zeros(4, 5), torch.zeros(4))


def in_a_module(x, layer=LAYER):
    return layer(x)


def of_the_session(x):
    return x @ QUERY


def all_axes(x, query=QUERY, key=KEY):
    return query @ key.T


def wrong_axes(x, query=QUERY, key=KEY):
    return query @ key.transpose(2, 1)


def mean_gone(x):
    mean = x.mean(-1)
    return x - mean


def mask_without_axis(x, mask=MASK):
    return (x * mask).sum(1) / mask.sum(1, keepdim=True)


def other_addend(x, other=OTHER):
    return x + other


def close_of_other_shape(x):
    return torch.allclose(x, x[:, :4])


def pairs_of_rows(x):
    return F.cosine_similarity(x[0], x[0, :4])


def twelve_heads(x):
    return [x[:, :, head] for head in range(12)]


def view_of_bert(x):
    return x.view(2, 5, 12, 64)


def head_of_bert(x):
    size = 64
    return x.reshape(x.shape[0], -1, size)


def no_size(x, mask=FOUR):
    return x + (1 - mask) * -10000


def erf(x):
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def truth(x):
    if x:
        return 1


def truth_of_equality(x):
    return [1] if x == x else []


def asked_for_all(x):
    return x in [x + 1, x]


def none_given(x, mask=None):
    return x + mask


def none_made(x):
    made = print()
    return made + x


def states_not_asked_for(x, output=OUTPUT):
    return output.hidden_states[0]


def nothing_found(x):
    return (x == -1).nonzero()[0]


def other_ignored(x):
    return F.cross_entropy(x[0], torch.full((5,), -100), ignore_index=-1)


def negative_label(x):
    return F.cross_entropy(x[0], torch.full((5,), -1))


def left_out(x):
    return self_attention(x, {})


def swapped(x, mask=ADDED):
    names = [f"attention.self.{part}.{kind}" for part in ("query", "key", "value") for kind in ("weight", "bias")]
    params = {name: torch.zeros(3, 3) if name.endswith("weight") else torch.zeros(3) for name in names}
    return self_attention(x, params, mask, 3)


def in_a_class(x):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.size = self.config.hidden_size

    Own()


def too_late(x):
    scores = scores + x  # noqa: F821
    return scores


def halves(x):
    half = x.shape[1] / 2
    return x[:, :half]


def by_place(x):
    return x[:, : float(2)]


SAID = [  # the function, what is said, what is not
    (stored_weight, [TRANSPOSE, "`weight` is (4, 3)"], [LITERAL]),
    (turned_weight, ["Without the transpose"], [TRANSPOSE]),
    (part_and_whole, ["21 is a multiple of 7"], [TRANSPOSE]),
    (in_a_helper, ["inside `linear`, which got `x` (2, 5, 3)", "`linear(x, weight, bias)`"], [TRANSPOSE]),
    (in_a_module, ["inside `layer`, which got `x` (2, 5, 3)"], [TRANSPOSE, "It is called as"]),
    (of_the_session, ["`QUERY` is not an argument"], []),
    (all_axes, ["`.T` turns all axes round"], [KEEPDIM]),
    (wrong_axes, ["those in front must be equal"], [KEEPDIM]),
    (mean_gone, [KEEPDIM, "`mean` is (2, 5)"], []),
    (mask_without_axis, ["`unsqueeze(-1)`", "`mask` is (2, 5)"], [KEEPDIM]),
    (other_addend, ["sizes on axis 2 are 3 and 4"], [KEEPDIM, "unsqueeze"]),
    (close_of_other_shape, ["for tensors of one shape"], [KEEPDIM]),
    (pairs_of_rows, ["row i with row i"], [KEEPDIM]),
    (twelve_heads, ["`12` written in it", LITERAL], []),
    (view_of_bert, ["`12` and `64` written in it", LITERAL], []),
    (head_of_bert, ["`64` written in it", LITERAL], []),
    (no_size, ["sizes on axis 2 are 3 and 4"], [LITERAL]),
    (erf, ["`torch.erf` a whole tensor"], ["torch.log"]),
    (truth, ["`is not None`"], ["CrossEntropyLoss", "torch.equal"]),
    (truth_of_equality, ["`torch.equal(a, b)`"], ["CrossEntropyLoss", "is not None"]),
    (asked_for_all, ["`torch.equal(a, b)`"], ["is not None"]),
    (none_given, ["`mask` is None in this case, as this argument may be."], ["return"]),
    (none_made, ["`made` is None here."], ["argument", "return"]),
    (states_not_asked_for, ["`output_hidden_states=True`"], ["return"]),
    (nothing_found, ["Axis 0 is empty here"], ["the first is 0"]),
    (other_ignored, ["this one is -100, and your `ignore_index` is another"], []),
    (negative_label, ["this one is -1."], ["-100", "is another"]),
    (left_out, ["It is called as `self_attention(hidden_states, params, num_heads, mask=None)`."], []),
    (swapped, ["It is called as `self_attention(hidden_states, params, num_heads, mask=None)`."], []),
    (in_a_class, ["`self.config` was never set"], []),
    (too_late, ["No line above sets it"], ["skipped"]),
    (halves, ["`//` does not"], []),
    (by_place, ["whole numbers"], ["`//`"]),
]


@pytest.mark.parametrize(("function", "said", "never"), SAID, ids=[row[0].__name__ for row in SAID])
def test_only_what_is_seen_is_told(function, said, never):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        function(X)
    card = errors.explain(caught.value)
    for words in said:
        assert words in card
    for words in never:
        assert words not in card


def test_nothing_is_run_again_to_look_at_values():
    calls = []

    class Counting(nn.Module):
        @property
        def weight(self):
            calls.append("property")
            return X

        def forward(self, x):
            calls.append("forward")
            return x

    layer = Counting()

    def answer(x):
        return layer(x).view(7) + layer.weight

    with pytest.raises(RuntimeError) as caught:
        answer(X)
    calls.clear()
    assert "view or reshape" in errors.explain(caught.value)
    assert calls == []
