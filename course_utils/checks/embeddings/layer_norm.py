"""Tokens with little variance, and with none, under a large eps and BERT's own; as many tokens as features, and no batch."""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.embeddings import layer_norm


def cases(draw: Draw) -> list[Case]:
    made = []
    for shape, eps, about in (
        ((1, 13, 13), 0.1, "as many tokens as features"),  # the only shape where a missing keepdim raises nothing
        ((2, 5, 21), 1e-12, "BERT's own eps, 1e-12"),
        ((2, 5, 21), 0.1, "a large eps, 0.1"),
        ((3, 10), 0.1, "no batch axis"),
    ):
        x = draw.normal(*shape) * 1.5 + 0.4
        x[..., 1, :] = 0.3 + draw.normal(*shape[:-2], shape[-1], scale=0.05)  # low variance: here eps counts
        x[..., -1, :] = 0  # no variance at all: without eps this is 0 / 0
        made.append(Case((x, *draw.norm(shape[-1]), eps), about))
    made[-1] = in_float64(made[-1])
    return made


def _is_finite(value: Tensor, *_: object) -> bool:
    return bool(value.isfinite().all())


def _is_finite_with_variance(value: Tensor, x: Tensor, *_: object) -> bool:
    return _is_finite(value[x.var(dim=-1) > 0])


def _is_finite_without_variance(value: Tensor, x: Tensor, *_: object) -> bool:
    return _is_finite(value[x.var(dim=-1) == 0]) or not _is_finite_with_variance(value, x)


def _before_affine(value: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return (value.double() - bias.double()) / weight.double()


def _mean_is_zero(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> bool:
    return not _is_finite(value) or bool(_before_affine(value, weight, bias).mean(dim=-1).abs().max() < 1e-3)


def _variance_is_one(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> bool:
    variance = x.double().var(dim=-1, unbiased=False)
    mine = _before_affine(value, weight, bias).var(dim=-1, unbiased=False)
    close = bool((mine - variance / (variance + eps)).abs().max() < 1e-3)
    return not _is_finite(value) or close or not _has_the_eps(value, x, weight, bias, eps)


def _has_the_eps(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> bool:
    """False if each token's variance is what one other eps, the same for all, would give."""
    if value.shape != x.shape or not _is_finite(value) or not _mean_is_zero(value, x, weight, bias, eps):
        return True
    variance = x.double().var(dim=-1, unbiased=False)
    mine = _before_affine(value, weight, bias).var(dim=-1, unbiased=False)
    some = (variance > 0) & (mine > 0)
    implied = (variance / mine.clamp(min=1e-30) - variance)[some]  # the eps for which this would be right
    one = implied[variance[some].argmin()]  # where the variance is least, eps is best to be seen
    fits = ((variance[some] / (variance[some] + one) - mine[some]).abs() < 1e-5).all()
    return not bool(fits) or bool((one - eps).abs() < 1e-6 + 1e-2 * eps) or bool(one < -1e-7)


check = Check(
    layer_norm,
    cases,
    axes=("batch", "tokens", "hidden"),
    properties=(
        Property(
            _is_finite_without_variance,
            "A token whose features are all equal has no variance: what keeps it from 0 / 0?",
        ),
        Property(
            _is_finite_with_variance,
            "There is NaN even where a token's features differ: do you take the root of a negative number?",
        ),
        Property(
            _mean_is_zero,
            "With weight and bias undone, the mean of each token's vector is not 0.",
        ),
        Property(
            _has_the_eps,
            "All is as it should be but for eps: the variance is σ² / (σ² + another number). Use the `eps` that is given.",
        ),
        Property(
            _variance_is_one,
            "With weight and bias undone, the variance of each token's vector is not σ² / (σ² + eps), which is nearly 1.",
        ),
    ),
)
