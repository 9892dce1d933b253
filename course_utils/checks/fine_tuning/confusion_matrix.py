"""Confusions that go one way more often than the other, pairs that occur several times, classes that occur nowhere."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.fine_tuning import confusion_matrix


def cases(draw: Draw) -> list[Case]:
    return [
        Case((*_messages(draw, [0, 1, 2, 3], 29), 4), "29 messages, every class occurs"),
        Case((*_messages(draw, [0, 2, 4], 23), 7), "classes 1, 3, 5 and 6 occur in neither list"),
        Case((*_messages(draw, [2, 3], 17), 4), "classes 0 and 1 occur in neither list"),
    ]


def _messages(draw: Draw, occurring: list[int], count: int) -> tuple[list[int], list[int]]:
    """Chosen and right classes: each pair of the classes that occur by chance, the first often taken for the second."""
    fixed = [(one, one) for one in occurring] + 3 * [(occurring[1], occurring[0])]
    more = [(draw.number(0, len(occurring)), draw.number(0, len(occurring))) for _ in range(count - len(fixed))]
    pairs = fixed + [(occurring[one], occurring[other]) for one, other in more]
    order = torch.randperm(count, generator=draw.generator).tolist()
    chosen, right = zip(*(pairs[place] for place in order), strict=True)
    return list(chosen), list(right)


def small(draw: Draw) -> Case:
    """Two or three classes, one to four messages."""
    classes, messages = 2 + draw.number(0, 2), 1 + draw.number(0, 4)
    chosen, right = ([draw.number(0, classes) for _ in range(messages)] for _ in range(2))
    return Case((chosen, right, classes))


def _all_counted(value: Tensor, predicted: list[int], labels: list[int], classes: int) -> bool:
    return float(value.sum()) == len(labels)


check = Check(
    confusion_matrix,
    cases,
    small=small,
    axes=("right class", "chosen class"),
    properties=(Property(_all_counted, "All counts together should be the number of messages, and are not."),),
)
