"""A small module, and a model that may fail to repeat itself. Nothing here knows the answers."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import HIDDEN

VOCABULARY, POSITIONS = 37, 11


class Scaled(nn.Module):
    """A module with a parameter of its own beside those of its parts, and a row of numbers that are only stored."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(7, 5), nn.GELU(), nn.Sequential(nn.Linear(5, 3)))
        self.scale = nn.Parameter(torch.ones(7))
        self.register_buffer("position_ids", torch.arange(11), persistent=False)


class AlmostSteady(nn.Module):
    """Looks its ids up in a table; in its `odd_runs` (the first is 1), `change` alters what it found, in place.

    The numbers are multiples of 1/1024, so their sum is exact and does not depend on their order; after dropout it is hardly
    ever the same twice.
    """

    def __init__(self, change: Callable[[Tensor], None], *odd_runs: int) -> None:
        super().__init__()
        self.table, self.change, self.odd_runs, self.runs = nn.Embedding(VOCABULARY, HIDDEN), change, odd_runs, 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Any:
        """As a BertModel: something with `last_hidden_state` (batch, tokens, hidden) and `pooler_output`.

        The latter is the second token's vector, so a change in other tokens does not show in it.
        """
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        self.runs += 1
        states = (self.table(input_ids).detach() * 1024).round() / 1024
        if self.runs in self.odd_runs:
            self.change(states)
        return BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=states[:, 1])


def last_bit(states: Tensor) -> None:
    """The number nearest to 0: in a sum of all of them, its last bit is lost."""
    numbers = states[-1, 1:]
    place = numbers.abs() == numbers.abs().min()
    numbers[place] = torch.nextafter(numbers[place], torch.tensor(math.inf))


def one_number(states: Tensor) -> None:
    """The last number of all."""
    states[-1, -1, -1] += 1


def first_sentence(states: Tensor) -> None:
    """The first sentence's third token."""
    states[0, 2] += 1


def first_tokens(states: Tensor) -> None:
    """The first token of each sentence."""
    states[:, 0] += 1


def all_but_one(states: Tensor) -> None:
    """Every number but the last."""
    states.view(-1)[:-1] += 1


def swapped(states: Tensor) -> None:
    """Two tokens change places, and their numbers change without changing the sum: the two may have the same id."""
    states[-1, 1:3] = states[-1, 1:3].flip(0) + torch.tensor([[1.0], [-1.0]])


def noise(states: Tensor) -> None:
    """All numbers, at random."""
    states += torch.rand_like(states)
