"""Full and broken last batches, no texts at all, and so many equal lengths that only a stable sort keeps their order."""

import torch

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.speed import length_sorted_batches


def cases(draw: Draw) -> list[Case]:
    def shuffled(*lengths: int) -> list[int]:
        order = torch.randperm(len(lengths), generator=draw.generator).tolist()
        return [lengths[place] for place in order]

    ten = shuffled(3, 3, 3, 7, 7, 8, 9, 10, 12, 40)
    return [
        Case((ten, 4), "10 texts, some of equal length, in batches of 4"),
        Case((shuffled(2, 4, 4, 6, 11, 30), 3), "6 texts fill 2 batches of 3"),
        Case(([9, 4, 7], 32), "fewer texts than fit into a batch"),
        Case(([6, 2, 5], 1), "batches of 1"),
        Case(([], 3), "no texts, no batches"),
        # A handful keeps its order in any sort.
        Case((shuffled(*list(range(20, 25)) * 60), 64), "300 texts, many of equal length"),
    ]


def _has_each_index_once(value: list, lengths: list[int], batch_size: int) -> bool:
    return sorted(index for batch in value for index in batch) == list(range(len(lengths)))


def _keeps_ties(value: list, lengths: list[int], batch_size: int) -> bool:
    order = [index for batch in value for index in batch]
    if sorted(order) != list(range(len(lengths))) or [lengths[index] for index in order] != sorted(lengths):
        return True  # something else is wrong
    return order == sorted(order, key=lambda index: (lengths[index], index))


def _shortest_first(lengths: list[int]) -> list[int]:
    return sorted(range(len(lengths)), key=lambda index: lengths[index])


def _as_many_as_texts_in_one(lengths: list[int], batch_size: int) -> list[list[int]]:
    return length_sorted_batches(lengths, max(1, -(-len(lengths) // batch_size)))


def _dealt(lengths: list[int], batch_size: int) -> list[list[int]]:
    count = -(-len(lengths) // batch_size)
    return [_shortest_first(lengths)[number::count] for number in range(count)]


def _remainder_first(lengths: list[int], batch_size: int) -> list[list[int]]:
    order = _shortest_first(lengths)
    first = len(order) % batch_size or batch_size
    batches = [order[:first]] if order else []
    return batches + [order[start : start + batch_size] for start in range(first, len(order), batch_size)]


def _empty_at_the_end(lengths: list[int], batch_size: int) -> list[list[int]]:
    batches = length_sorted_batches(lengths, batch_size)
    return batches if len(lengths) % batch_size else [*batches, []]


def _even(lengths: list[int], batch_size: int) -> list[list[int]]:
    order, count = _shortest_first(lengths), -(-len(lengths) // batch_size)
    return [order[number * len(order) // count : (number + 1) * len(order) // count] for number in range(count)]


def _sorted_within(lengths: list[int], batch_size: int) -> list[list[int]]:
    starts, places = range(0, len(lengths), batch_size), range(len(lengths))
    return [sorted(places[start : start + batch_size], key=lambda index: lengths[index]) for start in starts]


check = Check(
    length_sorted_batches,
    cases,
    properties=(
        Property(_has_each_index_once, "Not every text is in exactly one batch."),
        Property(
            _keeps_ties,
            "Texts of equal length do not keep their order. Python's `sorted` keeps it; `argsort` does only with `stable=True`, "
            'and NumPy\'s with `kind="stable"`.',
        ),
    ),
    functions=(
        Mistake(
            "sorted_within",
            "The texts are sorted inside each batch, after the batches were made. That saves no padding: first sort all, then "
            "cut.",
            function=_sorted_within,
        ),
        Mistake(
            "number_of_batches",
            "It makes `batch_size` batches. It should make batches of `batch_size` texts.",
            function=_as_many_as_texts_in_one,
        ),
        Mistake(
            "dealt_out",
            "The texts are dealt out like cards, so each batch has short and long ones: the most padding there can be.",
            function=_dealt,
        ),
        Mistake(
            "remainder_first",
            "The batch that is not full comes first. All are full but the last.",
            function=_remainder_first,
        ),
        Mistake(
            "empty_at_the_end",
            "There is an empty batch at the end where the texts fill all others (or where there are no texts).",
            function=_empty_at_the_end,
        ),
        Mistake(
            "even_batches",
            "The texts are spread evenly over the batches. All batches are full but the last, which has the rest.",
            function=_even,
        ),
    ),
)
