"""Tokens with a mean far from 0, with tiny features, and with nothing but zeros, under a large eps and small ones."""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.since_bert import rms_norm


def cases(draw: Draw) -> list[Case]:
    made = []
    for shape, eps, about in (
        ((1, 13, 13), 0.1, "as many tokens as features"),  # the only shape where a missing keepdim raises nothing
        ((2, 5, 21), 1e-6, "a small eps, 1e-6"),
        ((2, 4, 21), 0.1, "a large eps, 0.1"),
        ((3, 4, 10), 1e-12, "BERT's own eps, 1e-12"),
    ):
        x = draw.normal(*shape) * 1.5 + 0.9
        x[:, 1] = draw.normal(shape[0], shape[-1], scale=2e-3)  # so small that even a tiny eps counts
        x[:, -1] = 0  # without eps this is 0 / 0
        made.append(Case((x, 1 + draw.normal(shape[-1], scale=0.4), eps), about))
    made[-1] = in_float64(made[-1])
    return made


def _before_weight(value: Tensor, weight: Tensor) -> Tensor:
    return value.double() / weight.double()


def _is_finite_of_zeros(value: Tensor, x: Tensor, *_: object) -> bool:
    return bool(value[(x == 0).all(dim=-1)].isfinite().all())


def _is_finite_elsewhere(value: Tensor, x: Tensor, *_: object) -> bool:
    return bool(value[(x != 0).any(dim=-1)].isfinite().all())


def _same_direction(value: Tensor, x: Tensor, weight: Tensor, eps: float) -> bool:
    """Each token's vector, with the weight undone, is its own x times one number."""
    mine, own = _before_weight(value, weight), x.double()
    if not mine.isfinite().all():
        return True
    along = (mine * own).sum(-1, keepdim=True) / own.square().sum(-1, keepdim=True).clamp(min=1e-30) * own
    return bool(((mine - along).norm(dim=-1) <= 1e-3 * mine.norm(dim=-1) + 1e-6).all())


def _mean_square_is_one(value: Tensor, x: Tensor, weight: Tensor, eps: float) -> bool:
    mine, own = (each.square().mean(dim=-1) for each in (_before_weight(value, weight), x.double()))
    if not mine.isfinite().all() or not _same_direction(value, x, weight, eps):
        return True
    return bool(((mine - own / (own + eps)).abs() < 1e-3).all())


check = Check(
    rms_norm,
    cases,
    axes=("batch", "tokens", "hidden"),
    properties=(
        Property(_is_finite_of_zeros, "A token whose features are all 0 should stay 0: what keeps it from 0 / 0?"),
        Property(
            _is_finite_elsewhere,
            "There is NaN or infinity even where a token's features are not all 0: do you take the root of a negative number?",
        ),
        Property(
            _same_direction,
            "With the weight undone, each vector should be its x times one number; yours point elsewhere. Is something "
            "subtracted or added, or does each feature get a number of its own?",
        ),
        Property(
            _mean_square_is_one,
            "With the weight undone, the mean of each vector's squares is not m / (m + eps), where m is that of x: nearly 1 "
            "for a small eps.",
        ),
    ),
)
