"""The checks of lesson 04: sums and norms in which no tensor can stand in for another unseen."""

import torch
from torch import Tensor

from course_utils.reference import add_and_norm as reference

from .engine import Case, Check, Draw, Mistake, Property
from .inputs import HEAD_SIZE, HEADS, HIDDEN

# normalization_stats --------------------------------------------------------------------------------------------------


def _stats_cases(draw: Draw) -> list[Case]:
    small = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [2.0, 4.0, 6.0, 9.0]]])
    return [
        Case((small,), "two tokens of four features"),
        Case((draw.hidden_states(),), "tokens with means and spreads of all kinds"),
        # So small that an eps of 1e-5 in the variance is more than the tolerance.
        Case(((draw.normal(3, 1, 8) * 2 - 1) / 100,), "one token a sentence, of small numbers", tolerance=1e-7),
    ]


_MEAN, _VAR = "x.mean(dim=-1, keepdim=True)", "x.var(dim=-1, keepdim=True, unbiased=False)"


def _axis(label: str, dim: str, says: str, keepdim: bool = True) -> Mistake:
    """Both statistics over another axis."""
    keep = ", keepdim=True" if keepdim else ""
    return Mistake(
        label, _MEAN, f"x.mean(dim={dim}{keep})", says, also=((_VAR, f"x.var(dim={dim}{keep}, unbiased=False)"),)
    )


def _broadcast(value: tuple[Tensor, Tensor], x: Tensor) -> bool:
    """Whether the two results can be laid against x: what another shape would give says nothing about their values."""
    return all(result.shape == (*x.shape[:2], 1) for result in value)


def _mean_is_the_middle(value: tuple[Tensor, Tensor], x: Tensor) -> bool:
    return not _broadcast(value, x) or torch.allclose((x - value[0]).mean(dim=-1), torch.zeros(x.shape[:2]), atol=1e-4)


def _variance_is_the_spread(value: tuple[Tensor, Tensor], x: Tensor) -> bool:
    return not _broadcast(value, x) or torch.allclose(
        (x - value[0]).square().mean(dim=-1, keepdim=True), value[1], atol=1e-4
    )


check_normalization_stats = Check(
    reference.normalization_stats,
    _stats_cases,
    axes=("batch", "tokens", "one"),
    mistakes=(
        Mistake(
            "unbiased", "unbiased=False", "unbiased=True",
            "The variance is divided by d - 1 (torch's default). Layer norm divides by d: the token's features are all "
            "there is, not a sample of something larger.",
        ),
        Mistake(
            "std", "x.var(", "x.std(",
            "The second result is the standard deviation. The variance is its square: the root comes later, inside the "
            "norm, together with eps.",
        ),
        Mistake(
            "swapped", "return mean, variance", "return variance, mean",
            "The two are right but in the wrong order: first the mean, then the variance (`torch.var_mean` gives them "
            "the other way round).",
        ),
        _axis("no_keepdim", "-1", "The last axis is gone: with shape (batch, tokens) the results no longer broadcast "
              "against x. Keep it, with size 1.", keepdim=False),
        _axis("over_tokens", "1", "Mean and variance are taken over the tokens. Layer norm looks at one token alone, "
              "over its features, the last axis."),
        _axis("over_batch", "0", "Mean and variance are taken over the batch, as batch norm does. Layer norm looks at "
              "one token alone, over its features."),
        _axis("over_batch_and_tokens", "(0, 1)", "One mean and variance for each feature, over all tokens of the "
              "batch: that is batch norm. Layer norm has one for each token, over its features."),
        _axis("over_tokens_and_features", "(1, 2)", "One mean and variance for a whole sentence. Layer norm has one "
              "for each token: only the last axis is averaged over."),
        _axis("over_everything", "(0, 1, 2)", "One mean and variance for the whole batch. Layer norm has one for each "
              "token: only the last axis is averaged over."),
        Mistake(
            "not_centred", _VAR, "x.square().mean(dim=-1, keepdim=True)",
            "The second result is the mean of the squares of x itself. The mean has to be subtracted before squaring.",
        ),
        Mistake(
            "with_eps", "return mean, variance", "return mean, variance + 1e-5",
            "An eps of 1e-5 is added to the variance. It comes in later, in the norm.",
        ),
        Mistake(
            "not_divided", _VAR, "(x - mean).square().sum(dim=-1, keepdim=True)",
            "The squared distances are summed, not averaged: divide by the number of features.",
        ),
        Mistake(
            "absolute", _VAR, "(x - mean).abs().mean(dim=-1, keepdim=True)",
            "The distances from the mean are taken absolutely. The variance averages their squares.",
        ),
        Mistake(
            "squared_too_late", _VAR, "(x - mean).mean(dim=-1, keepdim=True).square()",
            "The distances are averaged first and squared afterwards, which always gives 0: above and below the mean "
            "cancel. Square each, then average.",
        ),
        Mistake(
            "normalized", "return mean, variance", "return (x - mean) / variance.sqrt()",
            "It returns the normalised x. Asked for are the two numbers with which that is done: (mean, variance).",
        ),
    ),
    properties=(
        Property(lambda value, x: bool((value[1] >= 0).all()), "A variance is never negative, but yours is somewhere."),
        Property(
            _mean_is_the_middle,
            "After subtracting your mean, a token's features should average to 0; they do not.",
        ),
        Property(
            _variance_is_the_spread,
            "Your variance is not the mean of the squared distances from your mean.",
        ),
    ),
    hints=(
        "Each token is looked at alone: two numbers describe its features, where their middle is and how far they "
        "spread around it. Other tokens and other sentences have no say.",
        "From (batch, tokens, hidden) reduce the last axis, twice, and keep it with size 1: (batch, tokens, 1). The "
        "mean of the features; then the mean of (feature - mean)².",
        "`x.mean(...)` and `x.var(...)` both take `dim=` and `keepdim=True`. `var` divides by d - 1 unless told not "
        "to: look for its argument `unbiased` (or `correction`).",
    ),
)  # fmt: skip


# head_contributions ---------------------------------------------------------------------------------------------------


def _head_cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, HEADS, 5, HEAD_SIZE), draw.normal(HIDDEN, HIDDEN, scale=0.3))),
        Case((draw.normal(1, 4, 3, 2), draw.normal(8, 8)), "more heads than features a head"),
        Case((draw.normal(3, 1, 2, 5), draw.normal(5, 5)), "a single head"),
    ]


_COLUMNS = "weight[:, start : start + head_size]"
_STACK = "torch.stack(contributions, dim=1)"


def _adds_up(value: Tensor, context: Tensor, weight: Tensor) -> bool:
    whole = context.transpose(1, 2).flatten(2) @ weight.T
    return value.shape[0] == whole.shape[0] and torch.allclose(value.sum(dim=1), whole, atol=1e-4)


check_head_contributions = Check(
    reference.head_contributions,
    _head_cases,
    axes=("batch", "heads", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "rows_for_columns", _COLUMNS, "weight[start : start + head_size].T",
            "Each head takes its rows of the weight. The weight is stored (out, in) and a head is a part of the "
            "*input*, so it meets columns: the layer computes x Wᵀ, not x W.",
        ),
        Mistake(
            "interleaved", _COLUMNS, "weight[:, head::num_heads]",
            "The columns are dealt out in turn, every H-th one to a head. The heads stand side by side: head h has the "
            "features from h · head size on, without gaps.",
        ),
        Mistake(
            "always_the_first", "start = head * head_size", "start = 0",
            "Every head meets the same columns, those of head 0. Head h has columns of its own.",
        ),
        Mistake(
            "step_of_one", "start = head * head_size", "start = head",
            "The slices overlap: head h starts at column h. It starts at column h · head size.",
        ),
        Mistake(
            "view_not_columns", _COLUMNS, "weight.reshape(num_heads, -1, head_size)[head]",
            "The weight is reshaped into one block a head in a way that scatters its columns: a reshape cuts along the "
            "rows first. Cut the last axis alone, into (heads, head size).",
        ),
        Mistake(
            "summed", _STACK, "torch.stack(contributions, dim=1).sum(dim=1)",
            "The heads' contributions are already summed: this is the dense layer's whole result. Keep the axis of the "
            "heads, so that each can be looked at.",
        ),
        Mistake(
            "averaged", _STACK, "torch.stack(contributions, dim=1) / num_heads",
            "Every contribution is divided by the number of heads. They add up; nothing is averaged.",
        ),
        Mistake(
            "heads_first", _STACK, "torch.stack(contributions, dim=0)",
            "The axis of the heads comes first (`torch.stack` puts the new axis in front unless told otherwise); "
            "it belongs behind the batch.",
        ),
        Mistake(
            "heads_third", _STACK, "torch.stack(contributions, dim=2)",
            "The axis of the heads stands behind the tokens; it belongs between batch and tokens.",
        ),
        Mistake(
            "concatenated", _STACK, "torch.cat(contributions, dim=-1)",
            "The contributions are put side by side. Each is as wide as the hidden state already: stack them along an "
            "axis of their own.",
        ),
        Mistake(
            "head_backwards", "context[:, head]", "context.flip(1)[:, head]",
            "Head and columns do not belong together: the heads are paired with the columns in reverse order.",
        ),
    ),
    properties=(
        Property(_adds_up, "The contributions of all heads should add up to the dense layer of the merged heads "
                 "(without its bias); yours do not."),
    ),
    hints=(
        "A product of a row with a matrix is a sum over the row's entries. Cut the row into heads and the sum falls "
        "into as many parts: what each head adds. The dense layer mixes the heads only by adding.",
        "weight is (hidden out, hidden in) and its input is the heads side by side, so columns h · head size to (h + "
        "1) · head size belong to head h: a block (hidden, head size). Then (batch, tokens, head size) times its "
        "transpose is (batch, tokens, hidden), once for each head; stack these along axis 1.",
        "Loop over the heads: slice the columns, multiply `context[:, head]` by the slice's transpose, append; "
        "`torch.stack(..., dim=1)` at the end. Without a loop: reshape weight to (hidden, heads, head size) and use "
        "einsum.",
    ),
)  # fmt: skip


# self_output ----------------------------------------------------------------------------------------------------------


def _self_output_cases(draw: Draw) -> list[Case]:
    cases = []
    for eps, about in ((1e-12, "BERT's eps"), (0.1, "a large eps")):
        params = {name: w for name, w in draw.layer_params().items() if "output." in name}
        context, hidden_states = draw.normal(2, 5, HIDDEN), draw.hidden_states()
        weight, bias = params["attention.output.dense.weight"], params["attention.output.dense.bias"]
        flat = 0.5 + draw.normal(HIDDEN, scale=0.2)  # the sum of token 1 hardly varies: there eps counts
        hidden_states[0, 1] = flat - (context[0, 1] @ weight.T + bias)
        cases.append(Case((context, hidden_states, params, eps), about))
    return cases


_SUM, _NORM = "update + hidden_states", "return layer_norm(summed, norm_weight, norm_bias, eps)"
_DENSE = 'linear(context, params["attention.output.dense.weight"], params["attention.output.dense.bias"])'

check_self_output = Check(
    reference.self_output,
    _self_output_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "no_residual", _SUM, "update",
            "What went into the attention is not added: without `hidden_states` a token forgets what it was.",
        ),
        Mistake(
            "context_added", _SUM, "update + context",
            "The context is added to its own projection. The residual is what went *into* the attention: "
            "`hidden_states`.",
        ),
        Mistake(
            "update_twice", _SUM, "update + update",
            "The dense layer's result is added to itself. The residual is what went into the attention: "
            "`hidden_states`.",
        ),
        Mistake("no_update", _SUM, "hidden_states", "What the attention found out is never added: the sum lacks the "
              "update."),
        Mistake("subtracted", _SUM, "hidden_states - update", "The update is subtracted; it is added."),
        Mistake("multiplied", _SUM, "update * hidden_states", "The two are multiplied; they are added."),
        Mistake(
            "averaged", _SUM, "(update + hidden_states) / 2",
            "The two are averaged, not added. The norm hides it nearly, since it divides by the spread: only eps shows "
            "it.",
        ),
        Mistake(
            "norm_before_sum", _NORM, "return hidden_states + layer_norm(update, norm_weight, norm_bias, eps)",
            "The norm acts on the update alone, and the residual is added afterwards. BERT normalises the sum.",
        ),
        Mistake(
            "norm_of_residual", _NORM, "return layer_norm(hidden_states, norm_weight, norm_bias, eps) + update",
            "The norm acts on `hidden_states` alone, and the update is added afterwards. BERT normalises the sum.",
        ),
        Mistake(
            "norm_first", "linear(context,", "linear(layer_norm(context, norm_weight, norm_bias, eps),",
            "The norm comes first, before the dense layer, and the sum is not normalised: that is pre-LN, as in GPT-2. "
            "In BERT the norm comes last.",
            also=(
                ("    update =", '    norm_weight = params["attention.output.LayerNorm.weight"]\n'
                 '    norm_bias = params["attention.output.LayerNorm.bias"]\n    update ='),
                (_NORM, "return summed"),
            ),
        ),
        Mistake("no_norm", _NORM, "return summed", "The sum is not normalised: the layer norm is missing."),
        Mistake(
            "added_again", _NORM, "return layer_norm(summed, norm_weight, norm_bias, eps) + hidden_states",
            "`hidden_states` is added a second time, after the norm. The norm has the last word.",
        ),
        Mistake(
            "no_dense", _DENSE, "context",
            "The dense layer is missing: the heads' results are added as they are, and nothing mixes them.",
        ),
        Mistake(
            "dense_after_sum", "linear(context,", "linear(context + hidden_states,",
            "The dense layer is applied to the sum. It belongs to the context alone; the residual goes round it.",
            also=((_SUM, "update"),),
        ),
        Mistake(
            "arguments_swapped", "linear(context,", "linear(hidden_states,",
            "The two inputs are exchanged: the dense layer belongs to `context`, and `hidden_states` goes round it.",
            also=((_SUM, "update + context"),),
        ),
        Mistake(
            "other_norm", '"attention.output.LayerNorm.weight"', '"output.LayerNorm.weight"',
            "These are the weights of the layer's *second* norm. The first one's names begin with "
            "`attention.output.LayerNorm`.",
            also=(('"attention.output.LayerNorm.bias"', '"output.LayerNorm.bias"'),),
        ),
    ),
    hints=(
        "Three steps: mix the heads, add what went in, normalise the sum. The residual goes round the dense layer, and "
        "the norm comes last.",
        "context (batch, tokens, hidden) through the dense layer stays (batch, tokens, hidden). Add `hidden_states` of "
        "the same shape. Normalise over the last axis with the norm's own weight and bias, both (hidden,).",
        "Call your `linear` with `attention.output.dense.weight` and `.bias`, add `hidden_states`, and hand the sum to "
        "your `layer_norm` with `attention.output.LayerNorm.weight`, `.bias` and eps.",
    ),
)  # fmt: skip


# post_ln, pre_ln ------------------------------------------------------------------------------------------------------


def ten_times(x: Tensor) -> Tensor:
    """A sublayer whose result can be checked by eye."""
    return 10 * x


def square(x: Tensor) -> Tensor:
    """Stands for the norm: no sum passes through it unchanged."""
    return x * x


def mix_tokens(x: Tensor) -> Tensor:
    """A sublayer that bends, shifts and looks at the neighbour, as attention does."""
    return torch.sin(1.3 * x) + 0.7 * x.roll(1, dims=1) + 0.2


def steep_norm(x: Tensor) -> Tensor:
    """A layer norm with a weight, a bias and an eps that show."""
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + 0.1).sqrt() * 1.3 + 0.4


def _wrap_cases(draw: Draw) -> list[Case]:
    x = torch.tensor([[[1.0, 2.0], [3.0, 5.0]]])
    return [
        Case((x, ten_times, square), "easy to follow: the sublayer is 10 · x, the norm x²"),
        Case((draw.hidden_states(), mix_tokens, steep_norm), "a sublayer that mixes tokens, and a layer norm"),
    ]


check_post_ln = Check(
    reference.post_ln,
    _wrap_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake("no_residual", "x + update", "update", "The residual is missing: x itself is never added."),
        Mistake("no_norm", "norm(x + update)", "x + update", "The norm is missing: the sum is returned as it is."),
        Mistake(
            "norm_before_sum", "norm(x + update)", "x + norm(update)",
            "The norm acts on the update alone, before x is added. Here it acts on the sum.",
        ),
        Mistake(
            "norm_of_residual", "norm(x + update)", "norm(x) + update",
            "The norm acts on x alone, before the update is added. Here it acts on the sum.",
        ),
        Mistake(
            "pre_ln", "sublayer(x)", "sublayer(norm(x))",
            "That is pre-LN: the norm comes first. In post-LN, which BERT uses, it comes last and acts on the sum.",
            also=(("norm(x + update)", "x + update"),),
        ),
        Mistake(
            "norm_first", "sublayer(x)", "sublayer(norm(x))",
            "The norm comes first, and all that follows works on the normalised x. In post-LN it comes last and acts on the "
            "sum.",
            also=(("norm(x + update)", "norm(x) + update"),),
        ),
        Mistake(
            "norm_twice", "sublayer(x)", "sublayer(norm(x))",
            "The norm is applied twice, before the sublayer and after the sum. In post-LN only the sum is normalised.",
        ),
        Mistake("update_twice", "x + update", "update + update", "The update is added to itself; add it to x."),
        Mistake(
            "added_again", "return norm(x + update)", "return norm(x + update) + x",
            "x is added a second time, after the norm. The norm has the last word.",
        ),
        Mistake("subtracted", "x + update", "x - update", "The update is subtracted; it is added."),
        Mistake("multiplied", "x + update", "x * update", "x and the update are multiplied; they are added."),
        Mistake(
            "sublayer_after", "update = sublayer(x)", "update = x",
            "The sublayer comes last here, after the norm. It takes x; then add, then normalise.",
            also=(("return norm(x + update)", "return sublayer(norm(x))"),),
        ),
    ),
    hints=(
        "post means after: the norm comes after the sum. The path from x to the result goes round the sublayer but not "
        "round the norm.",
        "Everything keeps the shape (batch, tokens, hidden): the sublayer of x, then x plus that, then the norm of the "
        "sum.",
        "`sublayer` and `norm` are functions: call them. One call each: the sublayer on x, the norm on what you "
        "return.",
    ),
)  # fmt: skip

check_pre_ln = Check(
    reference.pre_ln,
    _wrap_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake("no_residual", "x + update", "update", "The residual is missing: x itself is never added."),
        Mistake(
            "no_norm", "sublayer(norm(x))", "sublayer(x)",
            "The norm is missing: the sublayer gets x as it is. In pre-LN it gets the normalised x.",
        ),
        Mistake(
            "residual_normed", "x + update", "norm(x) + update",
            "The normalised x is added. In pre-LN x itself is: the residual is never normalised, which is the whole "
            "point.",
        ),
        Mistake(
            "norm_of_update", "sublayer(norm(x))", "norm(sublayer(x))",
            "The norm comes after the sublayer. In pre-LN it comes before: the sublayer gets the normalised x.",
        ),
        Mistake(
            "post_ln", "sublayer(norm(x))", "sublayer(x)",
            "That is post-LN, BERT's own order: the norm comes last. In pre-LN it comes first, inside the branch.",
            also=(("return x + update", "return norm(x + update)"),),
        ),
        Mistake(
            "norm_twice", "return x + update", "return norm(x + update)",
            "The norm is applied twice, before the sublayer and to the sum. In pre-LN the sum is left as it is.",
        ),
        Mistake("update_twice", "x + update", "update + update", "The update is added to itself; add it to x."),
        Mistake("subtracted", "x + update", "x - update", "The update is subtracted; it is added."),
        Mistake("multiplied", "x + update", "x * update", "x and the update are multiplied; they are added."),
    ),
    hints=(
        "pre means before: the norm comes before the sublayer, inside the branch. The path from x to the result goes "
        "round both.",
        "Everything keeps the shape (batch, tokens, hidden): the norm of x, the sublayer of that, then x plus the "
        "result. Nothing happens to the sum.",
        "Nest two calls, the norm inside the sublayer's brackets, and add x, the one that came in.",
    ),
)  # fmt: skip


# update_ratio ---------------------------------------------------------------------------------------------------------


def _ratio_cases(draw: Draw) -> list[Case]:
    x = torch.tensor([[[3.0, 4.0], [0.0, 2.0]]])
    update = torch.tensor([[[6.0, 8.0], [1.0, 0.0]]])
    return [
        Case((x, update), "vectors of length 5 and 2, updates of length 10 and 1"),
        Case((draw.hidden_states(), draw.normal(2, 5, HIDDEN, scale=0.6) - 0.3), "updates smaller than x"),
    ]


_LENGTH, _UPDATE, _RATIO = "= x.norm(dim=-1)", "update.norm(dim=-1)", "update_length / length"


def _both(label: str, args: str, says: str) -> Mistake:
    """Both lengths taken in another way."""
    return Mistake(label, _UPDATE, f"update.norm({args})", says, also=((_LENGTH, f"= x.norm({args})"),))


check_update_ratio = Check(
    reference.update_ratio,
    _ratio_cases,
    axes=("batch", "tokens"),
    mistakes=(
        Mistake(
            "inverted", _RATIO, "length / update_length",
            "The ratio is upside down: the update's length is divided by that of x.",
        ),
        Mistake(
            "squared", _RATIO, "(update_length / length).square()",
            "This is the ratio of the squared lengths: the root is missing.",
        ),
        Mistake("always_1", _RATIO, "length / length", "A length is divided by itself, which gives 1 everywhere: take the "
              "update's above and that of x below."),
        Mistake("percent", _RATIO, "100 * update_length / length", "The ratio is in per cent; leave it a plain "
              "number."),
        Mistake(
            "share", _RATIO, "update_length / (length + update_length)",
            "The update's length is divided by the sum of both lengths. Divide it by the length of x alone.",
        ),
        Mistake(
            "of_the_sum", _LENGTH, "= (x + update).norm(dim=-1)",
            "The update's length is divided by that of the sum, x + update. Divide it by the length of x alone.",
        ),
        Mistake(
            "length_of_the_sum", _UPDATE, "(x + update).norm(dim=-1)",
            "This is the length of x + update beside that of x. Asked for is the update's own length.",
        ),
        Mistake(
            "difference", _UPDATE, "(update - x).norm(dim=-1)",
            "x is subtracted from the update first. The update is already the difference: take its own length.",
        ),
        Mistake(
            "by_feature", _RATIO, "(update / x).norm(dim=-1)",
            "Features are divided one by one, and the length is taken of the quotients. Take the two lengths first, "
            "then divide.",
        ),
        _both("over_tokens", "dim=1", "The lengths are taken over the tokens. A token's length runs over its features, "
              "the last axis."),
        _both("over_batch", "dim=0", "The lengths are taken over the batch. A token's length runs over its features, "
              "the last axis."),
        _both("over_everything", "", "One length for the whole tensor. Each token has its own: reduce the last axis "
              "only."),
        _both("axis_for_power", "-1", "The first argument of `norm` is not the axis but the order of the norm, 2 for "
              "the Euclidean length: write `dim=-1`."),
        _both("over_tokens_and_features", "dim=(1, 2)", "One length for a whole sentence. Each token has its own: "
              "reduce the last axis only."),
        _both("keepdim", "dim=-1, keepdim=True", "The result still has an axis of size 1 at its end: one number for "
              "each token, (batch, tokens)."),
        _both("absolute", "dim=-1, p=1", "The lengths are sums of absolute values. The Euclidean length is the root of "
              "the sum of squares."),
        _both("largest", "dim=-1, p=float('inf')", "The lengths are the largest absolute values. The Euclidean length "
              "is the root of the sum of squares."),
    ),
    properties=(
        Property(lambda value, x, update: not bool((value < 0).any()), "A ratio of lengths is never negative, but yours "
              "is."),
    ),
    hints=(
        "How long is the arrow that is added, measured by the arrow it is added to? One number for each token.",
        "Two lengths, each from (batch, tokens, hidden) to (batch, tokens): square, sum over the features, take the "
        "root. Then divide one by the other, token by token.",
        "A tensor has a method `norm` that takes `dim=`; without it all axes are taken together.",
    ),
)  # fmt: skip
