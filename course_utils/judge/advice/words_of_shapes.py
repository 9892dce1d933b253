"""Torch's messages about sizes that do not fit, in a learner's words."""

from . import conditions as when
from .meanings import Row

_PRODUCT = r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)"
_BATCHED = r"Expected size for first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\] but got: \[(\d+), (\d+)\]"
_SIZES = r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)"
_INNER = "a matrix product of ({0}, {1}) with ({2}, {3}): the inner sizes {1} and {2} must be equal. "
_MEET = "two tensors meet whose sizes on axis {2} are {0} and {1}; they must be equal, or one of them 1. "
_FRONT = "`@` multiplies the last two axes; those in front must be equal, or 1, and on axis {2} they are {0} and {1}. "
_VIEW = "a view or reshape to ({0}) of a tensor with {1} numbers: the sizes must multiply to {1}. "
WRITTEN = (
    "The code has {literal} written in it, and nothing that it was given has such a size: take sizes from the tensors."
)
_TURNED = "Without the transpose of the second they would be. {seen}"
_TO_TURN = "They would be if the second were transposed. {seen}"

ROWS = (
    Row(_PRODUCT, _INNER + WRITTEN, when.has_literal_sizes),
    Row(_PRODUCT, _INNER + _TURNED, when.second_is_transposed),
    Row(_PRODUCT, _INNER + _TO_TURN, when.fits_transposed),
    Row(
        _PRODUCT,
        _INNER
        + "{2} is a multiple of {1}: does one part meet the matrix of all parts side by side? Take that part's rows of "
        "it. {seen}",
        when.part_meets_whole,
    ),
    Row(_PRODUCT, _INNER + "{seen}"),
    Row(
        r"size mismatch, got input \((\d+)\), mat \((\d+)x(\d+)\), vec \((\d+)\)",
        "a matrix ({1}, {2}) times a vector of {3}: {2} and {3} must be equal. {seen}",
    ),
    Row(_BATCHED, "Two batches of {0} and of {2} matrices meet. {seen}", when.groups_differ),
    Row(
        _BATCHED,
        "a batched matrix product whose inner sizes are {1} and {3}; they must be equal. " + WRITTEN,
        when.has_literal_sizes,
    ),
    Row(
        _BATCHED,
        "a batched matrix product whose inner sizes are {1} and {3}; they must be equal. " + _TURNED,
        when.second_is_transposed,
    ),
    Row(
        _BATCHED,
        "a batched matrix product whose inner sizes are {1} and {3}; they must be equal. With the last two axes of the second "
        "swapped they would be. {seen}",
        when.fits_transposed,
    ),
    Row(_BATCHED, "a batched matrix product whose inner sizes are {1} and {3}; they must be equal. {seen}"),
    Row(_SIZES, _MEET + WRITTEN, when.has_literal_sizes),
    Row(
        _SIZES,
        _MEET + "`.T` turns all axes round; `.mT` and `.transpose(-2, -1)` swap the last two alone. {seen}",
        when.turns_all_axes,
    ),
    Row(_SIZES, _FRONT + "{seen}", when.is_product),
    Row(
        _SIZES,
        _MEET + "`torch.allclose` is for tensors of one shape: compare the shapes first. {seen}",
        r"allclose\(|isclose\(",
    ),
    Row(
        _SIZES, _MEET + "`cosine_similarity` compares row i with row i. {seen}", r"cosine_similarity\(|CosineSimilarity"
    ),
    Row(
        _SIZES,
        _MEET
        + "With `keepdim=True` `sum`, `mean` and the like leave the axis that they reduce in place, with size 1. {seen}",
        when.reduced,
    ),
    Row(
        _SIZES,
        _MEET
        + "Axes are matched from the last one backwards: the tensor with fewer axes needs one of size 1 at its end, "
        "`[..., None]` or `unsqueeze(-1)`. {seen}",
        when.lacks_last_axis,
    ),
    Row(_SIZES, _MEET + "{seen}"),
    Row(
        r"output with shape \[(.*?)\] doesn't match the broadcast shape \[(.*?)\]",
        "an operation in place, like `+=`, cannot make a tensor larger: ({0}) would have to become ({1}). `a = a + b` makes a "
        "new tensor.",
    ),
    Row(r"shape '\[(.*?)\]' is invalid for input of size (\d+)", _VIEW + WRITTEN, when.has_literal_sizes),
    Row(r"shape '\[(.*?)\]' is invalid for input of size (\d+)", _VIEW + "{seen}"),
)
