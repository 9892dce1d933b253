"""A first step with a gradient of exactly 0, and later ones with an `eps` and a `weight_decay` that show."""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.fine_tuning import adamw_step


def cases(draw: Draw) -> list[Case]:
    unused = _away_from_0(draw, 3, 5)
    unused[1] = 0  # as for a row that no text has used: without eps, 0 / 0
    first = (draw.normal(3, 5), unused, {}, 0.1, (0.9, 0.999), 1e-8, 0.01)
    fourth = (draw.normal(7), draw.normal(7), _state(draw, 3, 7), 0.05, (0.8, 0.95), 0.1, 0.4)
    fourth[1][0], fourth[2]["exp_avg_sq"][0] = 0.02, 0.001  # a root below eps
    late = (draw.normal(2, 3, 4), draw.normal(2, 3, 4), _state(draw, 11, 2, 3, 4), 0.02, (0.7, 0.9), 0.01, 0.0)
    return [
        Case(first, "the first step"),
        Case(fourth, "the fourth step"),
        in_float64(Case(late, "the twelfth step, without weight decay")),
    ]


def _state(draw: Draw, step: int, *shape: int) -> dict:
    """What some earlier steps may have left."""
    mean = draw.normal(*shape, scale=0.5)
    return {"step": step, "exp_avg": mean, "exp_avg_sq": 0.1 + draw.normal(*shape).square()}


def _away_from_0(draw: Draw, *shape: int) -> Tensor:
    """A gradient beside which 1e-8 is nothing."""
    grad = draw.normal(*shape)
    return grad + 0.1 * grad.sign()


def small(draw: Draw) -> Case:
    """One or two numbers, at the first step or a later one, with betas that one can calculate with."""
    size = 1 + draw.number(0, 2)
    state = {}
    if draw.number(0, 2):
        mean, square = draw.normal(size), draw.normal(size).square()
        state = {"step": draw.number(1, 4), "exp_avg": mean, "exp_avg_sq": square}
    decay, eps = 0.5 * draw.number(0, 2), (1e-8, 1.0)[draw.number(0, 2)]
    return Case((draw.normal(size), draw.normal(size), state, 0.1, (0.5, 0.75), eps, decay))


check = Check(
    adamw_step,
    cases,
    small=small,
)
