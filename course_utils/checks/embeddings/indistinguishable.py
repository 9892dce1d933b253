"""Four tables with one planted collision each, of four kinds, among sums that nearly agree: in one feature, in length ..."""

import torch
from torch import Tensor

from course_utils.checks.embeddings.inputs import judged_pair, on_a_grid
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.embeddings import indistinguishable


def cases(draw: Draw) -> list[Case]:
    return [
        _case(draw, (11, 5, 2, 7), (9, 3, 1), (10, 1, 1), "two words at two places"),
        _case(draw, (13, 4, 2, 5), (11, 2, 0), (12, 2, 1), "two words at one place, in two segments"),
        _case(draw, (10, 7, 2, 6), (9, 5, 0), (9, 6, 1), "one word at two places, in two segments"),
        _case(draw, (11, 4, 3, 5), (9, 3, 0), (10, 2, 2), "word, place and segment all differ"),
    ]


def _case(draw: Draw, sizes: tuple[int, ...], one: tuple[int, ...], other: tuple[int, ...], about: str) -> Case:
    """Tables in which the triples `one` and `other` have equal sums, and words whose sums nearly agree with others."""
    words, places, segments, hidden = sizes
    word, position, segment = (on_a_grid(draw, rows, hidden) for rows in (words, places, segments))

    def total(triple: tuple[int, ...]) -> Tensor:
        return word[triple[0]] + position[triple[1]] + segment[triple[2]]

    def plant(triple: tuple[int, ...], wanted: Tensor) -> None:
        word[triple[0]] = wanted - position[triple[1]] - segment[triple[2]]

    near = torch.full((hidden,), 1 / 64)
    moved = torch.tensor([1 / 16, -1 / 16] + [0.0] * (hidden - 2))  # from one feature to another
    model = total((0, 0, 0))
    for token, wanted in enumerate((model + near, model + moved, model.roll(1), 2 * model, -model), 1):
        plant((token, token % 2 + 1, token % 2), wanted)
    model = total((6, 0, 1))
    plant((7, 2, 0), torch.cat([model[:1], -model[1:]]))  # it agrees in the first feature only
    if one[0] == other[0]:  # then the places make up for the segments
        position[other[1]] = position[one[1]] + segment[one[2]] - segment[other[2]]
    else:
        plant(other, total(one))
    return Case((word, position, segment), about)


def small(draw: Draw) -> Case:
    """Two words and three places that are as far apart: in a case that is only cut down there might be no pair at all."""
    far, beside = 1 + draw.number(0, 3), 1 + draw.number(0, 3)
    step = torch.tensor([float(far), -float(beside)])
    word, segment = torch.stack([0 * step, step]), torch.stack([0 * step, step.flip(0) * 3])
    position = torch.stack([0 * step, step.flip(0), step])
    return Case((word, position, segment))


def _nothing_found(word: Tensor, position: Tensor, segment: Tensor) -> None:
    return None


def _too_coarse(word: Tensor, position: Tensor, segment: Tensor) -> tuple:
    sums = (word[:, None, None] + position[:, None] + segment).flatten(0, 2)  # (triples, hidden)
    close = ((sums[:, None] - sums).abs().amax(dim=-1) < 0.05).fill_diagonal_(False)
    sizes = len(word), len(position), len(segment)
    return tuple(tuple(int(number) for number in torch.unravel_index(row, sizes)) for row in close.nonzero()[0])


check = Check(
    indistinguishable,
    cases,
    use=judged_pair,
    small=small,
    functions=(
        Mistake(
            "nothing_found",
            "It finds nothing in any of these tables and returns None, though each has such a pair. Do you reach a `return`? "
            "And do you compare the numbers of the sums? Two tensors are never the same key of a dict.",
            function=_nothing_found,
        ),
        Mistake(
            "too_coarse",
            "These two sums are near each other, but not equal: do you round the numbers, or allow too large a difference? "
            "Allowed is 1e-5.",
            function=_too_coarse,
        ),
    ),
)
