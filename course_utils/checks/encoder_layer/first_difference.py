"""Names in another order than the alphabet's; the largest difference is sometimes the first, sometimes a later one."""

import math

import torch

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import first_difference


def cases(draw: Draw) -> list[Case]:
    a, b, c = draw.normal(2, 3), draw.normal(4), draw.normal(2, 2)
    one_off, a_little_off, nan = b.clone(), b.clone(), c.clone()
    one_off[b.abs().argmin()] -= 0.02
    a_little_off[b.abs().argmax()] += 2e-5
    nan[1, 0] = math.nan
    thousands = 50_000 + torch.zeros(2, 3)
    column = a[:, :1]
    same = {"query": a, "key": b, "value": c}
    return [
        Case((dict(same), dict(same)), "all the same"),
        Case(({**same, "key": one_off}, same), "one number too small in the middle"),
        Case(({**same, "key": one_off, "value": c + 1}, same), "two differ, the first counts"),
        Case(({**same, "query": a - 1, "key": one_off}, same), "two differ, and the first differs more"),
        Case(({"value": c + 1, "key": one_off, "query": a}, same), "mine comes in another order"),
        Case(({**same, "key": b - 0.002}, same), "all numbers too small in the middle"),
        Case(({**same, "key": a_little_off}, same), "one number off by 2e-5, the others right"),
        Case(({**same, "value": nan}, same), "a NaN in mine"),
        Case((same, {**same, "value": nan}), "a NaN in the reference"),
        Case(({**same, "value": nan}, {**same, "value": nan}), "a NaN in both, in the same place"),
        Case(({**same, "key": b[:1]}, {**same, "key": b[:1].expand(4)}), "a shape that broadcasts"),
        Case(({**same, "query": column}, {**same, "query": column.expand(2, 3)}), "the last axis broadcasts"),
        Case(({**same, "query": a.reshape(3, 2)}, same), "another shape, as many numbers"),
        Case(({"query": a, "value": c}, same), "one is missing"),
        Case(({**same, "extra": c}, same), "mine has more"),
        Case(({**same, "query": a + 5e-6}, same), "within the tolerance"),
        Case(({**same, "query": a + 0.01}, same, 0.1), "a tolerance of 0.1"),
        Case((dict(same), same, 0.0), "all the same, and a tolerance of 0"),
        Case(({"value": thousands + 0.05}, {"value": thousands}, 0.01), "large numbers: atol is absolute"),
        Case(({}, {}), "nothing to compare"),
    ]


check = Check(
    first_difference,
    cases,
)
