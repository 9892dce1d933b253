"""The words of torch and Python in a learner's: each message is raised for real, so that a new torch's are noticed."""

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils.judge.advice import errors
from tests.reference.fixtures import real_model, real_tokenizer

X = torch.arange(6.0).reshape(2, 3)
BATCH = {"input_ids": X}


class Hasty(nn.Module):
    def __init__(self):
        self.dense = nn.Linear(2, 2)


class Forwardless(nn.Module):
    pass


def unpack(value):
    one, two = value
    return one, two


def endless(x):
    return endless(x)


def unset(x):
    if x is None:
        mask = 1
    return mask


def context_without_brackets():
    with torch.no_grad:
        pass


class Output(dict):
    """Like transformers' BatchEncoding: no message."""

    def __getattr__(self, item):
        raise AttributeError


class ModelOutput:
    pass


def into_integers():
    torch.zeros(2, dtype=torch.int64).add_(0.5)


def into_a_weight():
    nn.Linear(2, 2).weight.add_(1)


RAISED = {  # what is done: words of the explanation
    lambda: X @ X: "inner sizes 3 and 2 must be equal",
    lambda: X + torch.ones(2, 4): "sizes on axis 1 are 3 and 4",
    lambda: X.reshape(4, 2): "reshape to (4, 2) of a tensor with 6 numbers",
    lambda: X.T.view(6): "`reshape` can",
    lambda: torch.bmm(X[None], X[None]): "inner sizes are 3 and 2",
    lambda: X @ X.T.double(): "different dtype",
    lambda: F.embedding(torch.tensor([7]), X): "not the number of a row",
    lambda: [1, 2][5]: "A list is asked for an item that it does not have",
    lambda: "ab"[5]: "A string is asked for an item that it does not have",
    lambda: X[5]: "no index 5 on axis 0, which has 2 places",
    lambda: X.gather(1, torch.tensor([0, 2])): "`index[:, None]` adds one",
    lambda: X[0, 0, 0]: "More indices than axes: the tensor has 2",
    lambda: X - X.max(-1, keepdim=True): "take `.values`, or use `amax`",
    lambda: torch.exp(X.min(-1)): "take `.values`, or use `amin`",
    lambda: X.view(2, 6 / 2): "`//` does not",
    lambda: X.reshape(2, 6 / 2): "`//` does not",
    lambda: (X, X).shape: "object has no attribute 'shape'\nA tuple where one tensor is needed",
    lambda: X + None: "Something is None here",
    lambda: X.topk(9): "more numbers than that axis has",
    lambda: torch.stack([X, X.T]): "got (2, 3) and (3, 2)",
    lambda: torch.cat([X, X.T], dim=0): "agree on all other axes, and met 3 and 2",
    lambda: torch.cat([[1.0], [2.0]]): "got a list among them",
    lambda: torch.tensor([[1, 2], [3]]): "Lists of unequal length, 2 and 1",
    lambda: torch.tensor([1, 2]).mean(): "`.float()`",
    lambda: torch.softmax(torch.tensor([1, 2]), dim=-1): "`.float()`",
    lambda: X.masked_fill(X, 0): "`mask == 0`",
    lambda: torch.einsum("ij,jk->ik", X, X): "the letter j stands for an axis of 3 and for one of 2",
    lambda: F.layer_norm(X, (4,)): "that axis must have 4; the tensor is (2, 3)",
    lambda: X(0): "index it with square brackets",
    lambda: unpack(X[0]): "2 names on the left",
    lambda: unpack(X[:1]): "2 names on the left",
    lambda: F.embedding(X, X): "Ids that index a table must be int64",
    lambda: X.sum(dim=5): "There is no axis 5",
    lambda: 1 if X > 1 else 0: "One yes or no is needed here, and this is a whole tensor of them",
    lambda: X.item(): "a tensor of one number",
    lambda: X.permute(0, 1, 1, 2): "Permute must name every axis once",
    lambda: None + X: "unsupported operand",
    lambda: None.shape: "Something is None here",
    lambda: F.linear((X, X), X): "A tuple where one tensor is needed",
    lambda: endless(X): "calls itself and never reaches an end",
    into_integers: "A float result cannot be written into a tensor of integers",
    into_a_weight: "work on a copy",
    lambda: nn.ModuleDict({"dense": nn.Linear(3, 2)})(X): "A `ModuleDict` only holds modules",
    lambda: nn.Module()(X): "A `Module` only holds modules",
    lambda: Forwardless()(X): "This module has no method `forward`",
    lambda: Forwardless()(x=X): "This module has no method `forward`",
    lambda: nn.ModuleDict({"layer": [nn.Linear(3, 2)]}): "hold modules only, and got a list",
    lambda: nn.Linear(3, 2).named_parameters()["weight"]: "`list(...)` or `dict(...)`",
    lambda: F.cross_entropy(
        torch.zeros(2, 5, 11), torch.zeros(2, 5, dtype=torch.int64)
    ): "one row of scores for each label",
    lambda: F.cross_entropy(torch.zeros(10, 11), torch.zeros(5, dtype=torch.int64)): "one row of scores for each label",
    lambda: X.sum().backward(): "`backward` finds no computation to follow back",
    lambda: torch.cat(None): "NoneType\nSomething is None here",
    lambda: list(None): "is not iterable\nSomething is None here",
    lambda: ModelOutput().shape: "`.last_hidden_state`",
    lambda: F.linear(ModelOutput(), X): "`.last_hidden_state`",
    lambda: X.logits: "a tensor already; `.logits`",
    lambda: BATCH.input_ids: '`["input_ids"]`',
    lambda: SimpleNamespace(hidden_size=3).num_heads: "The config has no `num_heads`",
    lambda: X + SimpleNamespace(eps=0.1): "The whole config",
    lambda: real_tokenizer().encode_plus("a"): "`encode_plus` is gone",
    lambda: real_model().get_extended_attention_mask(X): "`get_extended_attention_mask` is gone",
    context_without_brackets: "`torch.no_grad()`, with parentheses",
    lambda: real_model()(**["a"]): "this is a list",
    lambda: unpack(values=X): "no argument named `values`",
    lambda: torch.softmax(X.topk(2), dim=-1): "`topk` gives two things",
    lambda: math.log(X): "`math.log` takes one number, `torch.log` a whole tensor",
    lambda: torch.sqrt(7): "for numbers there is `math.sqrt`",
    lambda: torch.mm(X[None], X[None]): "`mm` takes two matrices",
    lambda: torch.bmm(X, X.T): "`mm` takes two matrices",
    lambda: torch.dot(X, X): "`mm` takes two matrices",
    lambda: X.half().masked_fill(X > 0, -1e9): "`torch.finfo(x.dtype).min`",
    lambda: X.expand(4, 3): "Axis 0 has 2 places where 4 are needed",
    lambda: F.cross_entropy(X, torch.tensor([-1, 0])): "this one is -1",
    lambda: torch.cat([X, X[0]]): "tensors have 2 and 1 axes",
    lambda: torch.cat(X, X): "all tensors in one list",
    lambda: torch.stack(X, X, X): "all tensors in one list",
    lambda: nn.CrossEntropyLoss(X, X): "`nn.CrossEntropyLoss()(a, b)`",
    lambda: Output(input_ids=X).input_id: "'Output' object has no attribute 'input_id'",
    lambda: unset(X): "is it inside an `if` or a loop?",
    lambda: {[1]: 2}: "cannot be a key of a dict",
    lambda: torch.tensor(i for i in [1]): "not of a generator",
    Hasty: "`super().__init__()` has to be the first line",
    lambda: {"a": 1}["b"]: "there is no key 'b'",
    lambda: not_there: "has that cell been run?",  # noqa: F821
}


@pytest.mark.parametrize(("act", "words"), RAISED.items(), ids=list(RAISED.values()))
def test_a_message_is_explained(act, words):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        act()
    assert words in errors.explain(caught.value)


def test_a_message_that_nobody_knows_stays_as_it_is():
    assert errors.explain(ValueError("a very  odd\nthing")) == "ValueError: a very odd thing"
    assert errors.explain(ValueError()) == "ValueError"
