"""The checks of lesson 03: heads, scores, softmax, mask, and the whole of self-attention.

Their mistakes are inherited by the encoder layer, so the cases are few and small.
"""

import torch
from torch import Tensor

from course_utils.reference import self_attention as reference

from .engine import Case, Check, Mistake, Property
from .inputs import BATCH, HEAD_SIZE, HEADS, TOKENS, Draw


def _linear_cases(draw: Draw) -> list[Case]:
    x = draw.normal(2, 5, 7) + 0.5
    square, wide = draw.linear(7, 7), draw.linear(11, 7)
    return [
        Case((x, *square), "as many outputs as inputs: a wrong shape cannot give anything away"),
        Case((x, *wide), "7 inputs, 11 outputs"),
        Case((x[1], *wide), "one sequence, no batch axis"),
    ]


def _not_x_times_w(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> bool:
    square = weight.shape[0] == weight.shape[1]
    return not (square and torch.allclose(value, x @ weight + bias, atol=1e-4))


check_linear = Check(
    reference.linear,
    _linear_cases,
    mistakes=(
        Mistake(
            "untransposed", was="weight.T", now="weight",
            says="The weight is used as it lies in memory, (out, in); the formula needs its transpose. With a square "
            "weight the shapes fit all the same, so nothing but the values gives it away.",
        ),
        Mistake("no_bias", was=" + bias", now="", says="The bias is missing: y = x Wᵀ + b."),
        Mistake("bias_twice", was="+ bias", now="+ 2 * bias", says="The bias is added twice."),
    ),
    properties=(
        Property(
            _not_x_times_w,
            "With this square weight yours is x W + b, without the transpose. A reshape or a view does not transpose: it "
            "keeps the numbers in their order in memory.",
        ),
    ),
    hints=(
        "A dense layer is a matrix product and a sum. The one trap: `nn.Linear` keeps its weight as (out, in).",
        "(..., in) times (in, out) gives (..., out), so the weight has to be transposed first; then the bias (out,) is "
        "added to every row by broadcasting.",
        "`@` multiplies the last axis of `x` with the first of a matrix, `weight.T` is the transposed weight: one line, "
        "product plus bias.",
    ),
)  # fmt: skip


_SHUFFLED = "x.reshape(batch, tokens, num_heads, head_size)"

check_split_heads = Check(
    reference.split_heads,
    lambda draw: [Case((draw.normal(2, 5, 21), 3), "3 heads of size 7"), Case((draw.normal(1, 4, 10), 5))],
    axes=("batch", "heads", "tokens", "head size"),
    mistakes=(
        Mistake(
            "view_only", was=_SHUFFLED, now="x.reshape(batch, num_heads, tokens, head_size).transpose(1, 2)",
            says="The shape is right and the numbers are not where they belong: a reshape straight to (batch, heads, "
            "tokens, head size) cuts the numbers in the order in which they lie in memory, so a head gets pieces of "
            "several tokens. Cut the last axis first, then swap axes.",
        ),
        Mistake(
            "heads_before_tokens", was=_SHUFFLED, now="x.reshape(batch, num_heads, tokens, head_size)",
            says="The reshape names the heads before the tokens. It cuts the numbers in the order in which they lie in memory, "
            "so a head gets pieces of several tokens: first (batch, tokens, heads, head size), then the transpose.",
        ),
        Mistake(
            "not_transposed", was="pieces.transpose(1, 2)", now="pieces",
            says="The features are cut into heads, but the heads' axis still stands after the tokens'. The matrix "
            "products of attention work on the last two axes, which must be tokens and head size.",
        ),
        Mistake(
            "interleaved", was=_SHUFFLED, now="x.reshape(batch, tokens, head_size, num_heads).transpose(2, 3)",
            says="Head h got every num_heads-th feature, h, h + heads, h + 2 · heads ...; BERT's head h has a block of "
            "neighbouring features, so the pretrained weights would land in the wrong heads.",
        ),
        Mistake(
            "sizes_swapped", was=_SHUFFLED, now="x.reshape(batch, tokens, head_size, num_heads)",
            says="Number of heads and head size are swapped: the last axis is cut into `num_heads` pieces, each of "
            "hidden / num_heads features.",
        ),
        Mistake(
            "features_before_tokens", was="pieces.transpose(1, 2)", now="pieces.permute(0, 2, 3, 1)",
            says="The last two axes are swapped: tokens come before the features of a head.",
        ),
    ),
    hints=(
        "Every token's vector is cut into `num_heads` neighbouring pieces. Then the heads become an axis like the batch: "
        "something that matrix products leave alone.",
        "(batch, tokens, hidden) to (batch, tokens, heads, head size): this cuts only the last axis, so nothing is "
        "shuffled. Then swap axes 1 and 2: (batch, heads, tokens, head size).",
        "`x.reshape(...)` with four sizes, of which head size is `hidden // num_heads`, then `.transpose(1, 2)`. In that "
        "order: no reshape can do both.",
    ),
)  # fmt: skip


check_merge_heads = Check(
    reference.merge_heads,
    lambda draw: [Case((draw.normal(2, 3, 5, 7),), "3 heads of size 7"), Case((draw.normal(1, 5, 4, 2),))],
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "not_transposed", was="x.transpose(1, 2)", now="x",
            says="The heads' axis has to go back behind the tokens' before the two are joined. Without that the shape is "
            "right and every row is a patchwork of several tokens.",
        ),
        Mistake(
            "interleaved", was="pieces.reshape(", now="pieces.transpose(2, 3).reshape(",
            says="The heads' features are shuffled into each other; head 0's features come first, then head 1's.",
        ),
        Mistake(
            "summed", was="pieces.reshape(batch, tokens, num_heads * head_size)", now="pieces.sum(dim=2)",
            says="The heads are summed; they stand side by side, so that hidden = heads · head size.",
        ),
        Mistake(
            "averaged", was="pieces.reshape(batch, tokens, num_heads * head_size)", now="pieces.mean(dim=2)",
            says="The heads are averaged; they stand side by side, so that hidden = heads · head size.",
        ),
    ),
    hints=(
        "Undo `split_heads` step by step, the last step first.",
        "(batch, heads, tokens, head size): swap axes 1 and 2 again, (batch, tokens, heads, head size), then join the "
        "last two axes.",
        "`.transpose(1, 2)`, then `.reshape(batch, tokens, ...)`. After a transpose the numbers do not lie in order, so "
        "`.view` needs a `.contiguous()` before it; `.reshape` does not.",
    ),
)  # fmt: skip


def _score_cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, 3, 4, 7), draw.normal(2, 3, 5, 7)), "4 queries, 5 keys"),
        Case((draw.normal(2, 3, 5, 11, scale=3), draw.normal(2, 3, 5, 11)), "as many queries as keys, head size 11"),
    ]


check_attention_scores = Check(
    reference.attention_scores,
    _score_cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    mistakes=(
        Mistake(
            "unscaled", was=" / math.sqrt(query.shape[-1])", now="",
            says="The scores are not divided by √dh. A sum of dh products has a spread of about √dh, and the softmax of such "
            "large scores gives nearly all the weight to one token.",
        ),
        Mistake(
            "divided_by_head_size", was="math.sqrt(query.shape[-1])", now="query.shape[-1]",
            says="The scores are divided by dh, not by its root (dividing twice by √dh does the same). The weights come out "
            "too even.",
        ),
        Mistake(
            "multiplied", was="/ math", now="* math",
            says="The scores are multiplied by √dh; they have to be divided by it.",
        ),
        Mistake(
            "root_of_tokens", was="query.shape[-1]", now="query.shape[-2]",
            says="The scores are divided by the root of the number of tokens. What grows with the size is the sum over the "
            "features of a head, so it is the head size that counts.",
        ),
        Mistake(
            "root_of_hidden_size", was="query.shape[-1]", now="query.shape[1] * query.shape[-1]",
            says="The scores are divided by the root of the hidden size, √d. Each head sums only over its own dh = d / heads "
            "features: the paper's d_k is the head size.",
        ),
        Mistake(
            "root_of_heads", was="query.shape[-1]", now="query.shape[1]",
            says="The scores are divided by the root of the number of heads; it is the head size that counts.",
        ),
        Mistake(
            "keys_ask_queries", was="query @ key.transpose(-2, -1)", now="key @ query.transpose(-2, -1)",
            says="Query and key have changed places: K Qᵀ has a row for each key. A row has to belong to a query, since "
            "softmax will make each row sum to 1.",
        ),
        Mistake(
            "reshaped", was="key.transpose(-2, -1)", now="key.reshape(*key.shape[:2], key.shape[3], key.shape[2])",
            says="The keys are brought into the right shape by a reshape, which keeps the numbers in their order in memory; "
            "a transpose swaps the axes.",
        ),
    ),
    properties=(
        Property(
            lambda value, query, key: not torch.allclose(value.sum(dim=-1), torch.ones(()), atol=1e-4),
            "Every row sums to 1: is that after a softmax already? The scores themselves are asked for.",
        ),
    ),
    hints=(
        "A score is the dot product of one query with one key. All of them at once are one matrix product, and then there "
        "is the scaling.",
        "(batch, heads, Tq, dh) times (batch, heads, dh, Tk) gives (batch, heads, Tq, Tk). Batch and heads are carried "
        "along. Divide by the root of the size of the axis that the product has summed over.",
        "`key.transpose(-2, -1)` swaps the last two axes; `query.shape[-1]` is dh, `math.sqrt` its root.",
    ),
)  # fmt: skip


def _softmax_cases(draw: Draw) -> list[Case]:
    large = draw.normal(2, 4, 5)
    large[0] += 1e4
    large[1] -= 1e4
    large[0, 1, ::2] = 0  # a row with scores near 0 and near 10,000
    large[1, 1, 3] -= 120  # here exp overflows if the row's smallest score is subtracted, and not if its mean is
    large[1, 2, 3] -= 1000  # here if its mean is, and not if its median or its first score is
    # A row near 0: it vanishes if the largest of all scores is subtracted, and not if its own largest absolute value is.
    large[1, 3] += 1e4
    return [
        Case((draw.normal(2, 3, 4, 5, scale=2),), "the last axis, which is the default"),
        Case((draw.normal(2, 3, 5, scale=2), 1), "along axis 1"),
        # In float32 numbers near 10,000 are 0.001 apart, which a logarithm of the sum runs into.
        Case((large,), "scores around 10,000, around -10,000 and around 0", tolerance=1e-3),
    ]


check_softmax = Check(
    reference.softmax,
    _softmax_cases,
    mistakes=(
        Mistake(
            "no_maximum", was="x - largest", now="x",
            says="Large scores overflow: exp(100) is already too large for float32, and inf / inf is NaN. Subtract each "
            "row's largest score first; the result stays the same.",
        ),
        Mistake(
            "one_maximum_for_all", was="x.amax(dim=dim, keepdim=True)", now="x.max()",
            says="One maximum is subtracted from everything. A row far below it becomes a row of zeros, and 0 / 0 is NaN: "
            "each row needs its own maximum.",
        ),
        Mistake(
            "mean_subtracted", was="x.amax(dim=dim, keepdim=True)", now="x.mean(dim=dim, keepdim=True)",
            says="The mean is subtracted. That moves the scores, but one far above the mean overflows still: only the "
            "maximum makes sure that no exponent is above 0.",
        ),
        Mistake(
            "minimum_subtracted", was="x.amax(dim=dim, keepdim=True)", now="x.amin(dim=dim, keepdim=True)",
            says="Each row's smallest score is subtracted, so that no exponent is below 0, and a large one still overflows. "
            "Subtract the largest: then no exponent is above 0.",
        ),
        Mistake(
            "not_normalised", was=" / total", now="",
            says="The exponentials are not divided by their sum, so the weights do not sum to 1.",
        ),
        Mistake(
            "over_everything", was="exponentials.sum(dim=dim, keepdim=True)", now="exponentials.sum()",
            says="The sum goes over the whole tensor: all weights together sum to 1. Each row along `dim` has to.",
        ),
        Mistake(
            "dim_ignored", was="x.amax(dim=dim, keepdim=True)", now="x.amax(dim=-1, keepdim=True)",
            also=(("exponentials.sum(dim=dim, keepdim=True)", "exponentials.sum(dim=-1, keepdim=True)"),),
            says="`dim` has no effect: the weights always sum to 1 along the last axis.",
        ),
        Mistake(
            "maximum_over_last_axis", was="x.amax(dim=dim, keepdim=True)", now="x.amax(dim=-1, keepdim=True)",
            says="The largest score is always looked for along the last axis. Only a number that is the same for all scores "
            "along `dim` changes nothing: look for it along `dim`, as you do with the sum.",
        ),
        Mistake(
            "no_exponential", was="torch.exp(x - largest)", now="x",
            says="The scores are divided by their sum without the exponential. Scores may be negative; exp makes all of "
            "them positive.",
        ),
        Mistake(
            "logarithm", was="return exponentials / total", now="return torch.log(exponentials / total)",
            says="This is the logarithm of the softmax.",
        ),
        Mistake(
            "changes_inputs", was="torch.exp(x - largest)", now="torch.exp(x.sub_(largest))",
            says="The scores are changed in place.",
        ),
    ),
    properties=(
        Property(
            lambda value, x, dim=-1: bool(torch.allclose(value.sum(dim), torch.ones(()), atol=1e-3)),
            "The weights along `dim` do not sum to 1.",
        ),
        Property(lambda value, x, dim=-1: not bool((value < 0).any()), "Some weights are negative."),
    ),
    hints=(
        "Exponentials are positive; divided by their sum they sum to 1. Then make it safe for large scores: which number "
        "may be subtracted from a whole row without changing the result?",
        "Along `dim`: the largest score (size 1 there), the exponentials of the scores minus it (the shape of `x`), their "
        "sum (size 1 there), the quotient.",
        "`x.amax(dim=dim, keepdim=True)` and `.sum(dim=dim, keepdim=True)` keep an axis of size 1, so that subtraction and "
        "division broadcast. `torch.exp` in between.",
    ),
)  # fmt: skip


def _mask_cases(draw: Draw) -> list[Case]:
    mask = draw.attention_mask().flip(0)  # the first row ends in padding, the second is full
    return [Case((mask, torch.float32), "2 sequences, the first with 2 places of padding"), Case((mask, torch.float16))]


def _what_softmax_sees(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Below -1000 all numbers are alike: the exponential is 0 in each case."""
    return value.clamp(-1000, 1000)


def _real_tokens_keep_their_scores(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> bool:
    return bool((value[attention_mask[:, None, None, :] == 1] == 0).all())


def _padding_is_out_of_reach(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> bool:
    return bool((value[attention_mask[:, None, None, :] == 0] <= -1000).all())


def _penalty_remark(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> str:
    lowest = float(value.min())
    if lowest == -torch.inf and dtype == torch.float32:
        return (
            "`-inf` does the same here. BERT takes the lowest finite number: a row that is nothing but padding would be "
            "NaN after a softmax over `-inf`, and with finite numbers it is a harmless row of equal weights."
        )
    if lowest > torch.finfo(dtype).min / 2 and dtype == torch.float32:
        return (
            f"A penalty of {lowest:g} does the same here, and the first BERT had -10000. Today's takes the lowest number of "
            "the dtype: it is right whatever the scores, and in float16 too, which ends at -65504."
        )
    return ""


check_extended_attention_mask = Check(
    reference.extended_attention_mask,
    _mask_cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    mistakes=(
        Mistake(
            "inverted", was="== 0", now="!= 0",
            says="It is the wrong way round: the penalty lies on the real tokens, and padding has 0.",
        ),
        Mistake(
            "raw", was="zeros.masked_fill(is_padding, penalty)", now="zeros.masked_fill(~is_padding, 1)",
            says="The 1s and 0s of the tokenizer's mask are handed on as they are. Added to the scores they lift the real "
            "tokens by 1 and hide nothing.",
        ),
        Mistake(
            "not_scaled", was="zeros.masked_fill(is_padding, penalty)", now="zeros.masked_fill(is_padding, 1)",
            says="Padding has 1, which would even help it: the 1 - mask is there, the large negative factor is missing.",
        ),
        Mistake(
            "penalty_1", was="torch.finfo(dtype).min", now="-1",
            says="A penalty of -1 is far too mild: padding would keep 37 % of the weight it had. It has to be so large that "
            "its exponential is 0.",
        ),
        Mistake(
            "penalty_10", was="torch.finfo(dtype).min", now="-10",
            says="A penalty of -10 is too mild: a good score of a padding token can outweigh it, and the result depends on "
            "the padding. It has to be so large that the exponential is 0.",
        ),
        Mistake(
            "no_penalty", was="torch.finfo(dtype).min", now="-1e-9",
            says="The mask is 0 everywhere, or as good as 0: 1e-9 is one billionth, -1e9 is minus one billion.",
        ),
        Mistake(
            "nearest_to_0", was="torch.finfo(dtype).min", now="torch.finfo(dtype).tiny",
            says="`tiny`, also called `smallest_normal`, is the positive number nearest to 0, so that the mask is as good as 0 "
            "everywhere. The lowest number, far below 0, is `torch.finfo(dtype).min`.",
        ),
        Mistake(
            "positive", was="torch.finfo(dtype).min", now="torch.finfo(dtype).max",
            says="The penalty has the wrong sign: a large positive number gives padding all the weight.",
        ),
        Mistake(
            "two_axes", was="attention_mask[:, None, None, :]", now="attention_mask",
            says="The two axes of size 1 are missing. Against scores (batch, heads, tokens, tokens) a mask (batch, tokens) "
            "would be read as (query tokens, key tokens).",
        ),
        Mistake(
            "three_axes", was="attention_mask[:, None, None, :]", now="attention_mask[:, None, :]",
            says="One axis is missing. Against scores (batch, heads, tokens, tokens) a mask (batch, 1, tokens) would be "
            "read as (heads, query tokens, key tokens).",
        ),
        Mistake(
            "on_queries", was="attention_mask[:, None, None, :]", now="attention_mask[:, None, :, None]",
            says="The tokens stand on the queries' axis. There a penalty adds the same number to a whole row of scores, and "
            "softmax does not notice: padding would still be looked at. It belongs on the keys' axis, the last one.",
        ),
        Mistake(
            "zero_times_infinity", was="zeros.masked_fill(is_padding, penalty)", now="is_padding.to(dtype) * -math.inf",
            says="0 · inf is NaN, not 0: multiplying 1 - mask by infinity spoils the real tokens. Take a finite number, "
            "or write the penalty only where there is padding.",
        ),
        Mistake(
            "dtype_ignored", was="dtype=dtype", now="dtype=torch.float32",
            also=(("torch.finfo(dtype)", "torch.finfo(torch.float32)"),),
            says="The mask is always float32; it has to have the dtype that is asked for, with that dtype's lowest number.",
        ),
    ),
    view=_what_softmax_sees,
    remark=_penalty_remark,
    properties=(
        Property(_real_tokens_keep_their_scores, "Real tokens do not have 0, so their scores would not stay as they are."),
        Property(
            _padding_is_out_of_reach,
            "Padding has a penalty above -1000, which is too mild: a high enough score of a padded token outweighs it.",
        ),
    ),
    hints=(
        "What is added before the softmax is multiplied after it: 0 changes nothing, and a very large negative number makes "
        "the weight 0.",
        "(batch, tokens) to (batch, 1, 1, tokens): the new axes stand for heads and queries and are broadcast. Then 1 "
        "becomes 0, and 0 becomes the lowest number of the dtype.",
        "`attention_mask[:, None, None, :]` makes the axes. With `torch.finfo(dtype).min` as penalty, either fill zeros of "
        "that dtype where the mask is 0 (`masked_fill`), or multiply the penalty by one minus the mask.",
    ),
)  # fmt: skip


def _real_queries(value, *args):
    """What padded queries give is arbitrary, and nobody reads it: set to 0 on both sides."""
    mask = args[3] if len(args) > 3 else None
    if mask is None:
        return value
    if isinstance(value, tuple):
        return tuple(_real_queries(item, *args) for item in value)
    padded = mask[:, 0, 0, :] < 0  # (batch, tokens)
    padded = padded[:, :, None] if value.dim() == 3 else padded[:, None, :, None]
    return value.masked_fill(padded, 0)


def _attention_cases(draw: Draw) -> list[Case]:
    query, key, value = (draw.normal(BATCH, HEADS, TOKENS, HEAD_SIZE, scale=1.3) for _ in range(3))
    mask = reference.extended_attention_mask(draw.attention_mask().flip(0), torch.float32)
    return [
        Case((query, key, value, mask), "2 sequences, the first with 2 places of padding"),
        Case((query, key, value), "without a mask"),
    ]


def _one_for_each_pair(probabilities, query, key) -> bool:
    """Whether the mask can be laid over them: over another shape it would be broadcast into nonsense."""
    return tuple(probabilities.shape) == (*query.shape[:3], key.shape[2])


def _rows_sum_to_1(value, query, key, values, mask=None) -> bool:
    if not _one_for_each_pair(value[1], query, key):
        return True
    total = _real_queries(value[1], query, key, values, mask).sum(dim=-1)
    return bool(((total - 1).abs().minimum(total.abs()) < 1e-4).all())


def _padding_weighs_nothing(value, query, key, values, mask=None) -> bool:
    if not _one_for_each_pair(value[1], query, key):
        return True
    weights = _real_queries(value[1], query, key, values, mask)
    return mask is None or float((weights * (mask < 0)).abs().max()) < 1e-4


def _context_is_the_mix(value, query, key, values, mask=None) -> bool:
    context, probabilities = value
    if context.shape != values.shape or not _one_for_each_pair(probabilities, query, key):
        return True
    mine = _real_queries(context, query, key, values, mask)
    return bool(torch.allclose(mine, _real_queries(probabilities @ values, query, key, values, mask), atol=1e-4))


_SCORES, _SOFTMAX = "attention_scores(query, key)", "softmax(scores, dim=-1)"

check_scaled_dot_product_attention = Check(
    reference.scaled_dot_product_attention,
    _attention_cases,
    axes=(("batch", "heads", "tokens", "head size"), ("batch", "heads", "query tokens", "key tokens")),
    mistakes=(
        Mistake(
            "over_queries", was="dim=-1", now="dim=-2",
            says="The softmax goes over the queries: the weights that a key gets sum to 1. It is each query that has a "
            "weight of 1 to share among the keys, so the last axis.",
        ),
        Mistake("over_heads", was="dim=-1", now="dim=1", says="The softmax goes over the heads; each head has its own."),
        Mistake(
            "over_batch", was="dim=-1", now="dim=0",
            says="The softmax goes over the batch, so the sequences of a batch influence each other.",
        ),
        Mistake(
            "no_softmax", was=_SOFTMAX, now="scores",
            says="The softmax is missing: the values are mixed by the scores themselves.",
        ),
        Mistake(
            "scaled_after_softmax", was=_SCORES, now="query @ key.transpose(-2, -1)",
            also=((_SOFTMAX, "softmax(scores, dim=-1) / math.sqrt(query.shape[-1])"),),
            says="The division by √dh comes after the softmax, where it only makes the rows sum to less than 1. It has to "
            "tame the scores before.",
        ),
        Mistake("keys_for_values", was="@ value", now="@ key", says="The keys are mixed; the values should be."),
        Mistake("queries_for_values", was="@ value", now="@ query", says="The queries are mixed; the values should be."),
        Mistake(
            "transposed_probabilities", was="probabilities @ value", now="probabilities.transpose(-2, -1) @ value",
            says="The probabilities are transposed before they meet the values, so a token gets the values of those who "
            "look at it, not of those that it looks at.",
        ),
        Mistake(
            "results_swapped", was="return context, probabilities", now="return probabilities, context",
            says="The two results are in the wrong order: the context comes first, then the probabilities.",
        ),
        Mistake(
            "only_context", was="return context, probabilities", now="return context",
            says="Only the context is returned; the probabilities belong to the result, too.",
        ),
        Mistake(
            "scores_returned", was="return context, probabilities", now="return context, scores",
            says="The second result is the scores before the softmax; the probabilities are asked for.",
        ),
        Mistake(
            "mask_ignored", was="scores + mask", now="scores",
            says="The mask has no effect: real tokens look at padding.",
        ),
        Mistake(
            "mask_subtracted", was="scores + mask", now="scores - mask",
            says="The mask is subtracted, so padding gets all the weight. It is already negative: add it.",
        ),
        Mistake(
            "mask_multiplied", was="scores + mask", now="scores * mask",
            says="The mask is multiplied with the scores. This mask is made to be added: 0 for those who stay.",
        ),
        Mistake(
            "mask_after_softmax", was="scores + mask", now="scores",
            also=((_SOFTMAX, "softmax(scores, dim=-1) * (1 if mask is None else mask == 0)"),),
            says="Padding is removed after the softmax, and what is left does not sum to 1. Masked before the softmax the "
            "weight goes to the real tokens.",
        ),
        Mistake(
            "mask_on_queries", was="scores + mask", now="scores + mask.transpose(-2, -1)",
            says="The mask lies on the queries' axis, where it adds the same number to a whole row and changes nothing for "
            "real tokens: they still look at padding.",
        ),
        Mistake(
            "first_mask_for_all", was="scores + mask", now="scores + mask[:1]",
            says="The mask of the first sequence is used for the whole batch.",
        ),
        Mistake(
            "mask_for_one_head", was="scores + mask",
            now="torch.cat([scores[:, :1] + mask, scores[:, 1:]], dim=1)",
            says="Only head 0 is masked. The mask's axis of size 1 is broadcast over all heads by the plain sum.",
        ),
        Mistake(
            "causal", was=_SCORES,
            now="attention_scores(query, key) + torch.full((query.shape[-2],) * 2, -math.inf).triu(1)",
            says="Each token looks only at itself and at those before it. GPT does that; BERT looks both ways.",
        ),
        Mistake(
            "zero_taken_for_padding", was="scores + mask", now="scores.masked_fill(mask == 0, -1e9)",
            says="`mask == 0` hides the real tokens: in this mask 0 means real; in the tokenizer's it meant padding.",
        ),
        Mistake(
            "infinity_for_real_tokens", was="scores + mask", now="scores.masked_fill(mask == 0, -math.inf)",
            says="`mask == 0` hides the real tokens, and where there is no padding nothing is left: NaN. In this mask 0 means "
            "real; in the tokenizer's it meant padding.",
        ),
        Mistake(
            "not_deterministic", was=_SOFTMAX, now="torch.dropout(softmax(scores, dim=-1), 0.5, True)",
            says="Dropout is active.",
        ),
    ),
    view=_real_queries,
    properties=(
        Property(_rows_sum_to_1, "Not every row of your probabilities sums to 1."),
        Property(_padding_weighs_nothing, "Padding has weight in your probabilities."),
        Property(_context_is_the_mix, "Your context is not your probabilities times the values."),
    ),
    hints=(
        "Four lines, each of which you have already: scores, mask, softmax, and the mix of the values.",
        "scores (batch, heads, T, T) from `attention_scores`; plus the mask (batch, 1, 1, T), if there is one; softmax along "
        "the keys, the last axis; (batch, heads, T, T) times values (batch, heads, T, dh). Return both.",
        "The scores are scaled already. `if mask is not None:` add it. After the softmax, `probabilities @ value` mixes "
        "the values of all tokens for all queries at once. Return `context, probabilities`.",
    ),
)  # fmt: skip


def _whole_cases(draw: Draw) -> list[Case]:
    hidden_states = draw.hidden_states()
    params = {name: tensor for name, tensor in draw.layer_params().items() if name.startswith("attention.")}
    mask = reference.extended_attention_mask(draw.attention_mask().flip(0), torch.float32)
    return [
        Case((hidden_states, params, HEADS, mask), "2 sequences, the first with 2 places of padding"),
        Case((hidden_states, params, HEADS), "without a mask"),
    ]


def _within_the_values(value: Tensor, hidden_states: Tensor, params: dict, num_heads: int, mask=None) -> bool:
    if value.shape != hidden_states.shape:
        return True
    values = reference.linear(hidden_states, params["attention.self.value.weight"], params["attention.self.value.bias"])
    hidden = torch.zeros(values.shape[:2]) if mask is None else mask[:, 0, 0, :]
    hidden = (hidden < 0)[:, :, None]
    low = values.masked_fill(hidden, torch.inf).amin(dim=1, keepdim=True) - 1e-4
    high = values.masked_fill(hidden, -torch.inf).amax(dim=1, keepdim=True) + 1e-4
    return bool(((value >= low) & (value <= high) | hidden).all())


def _not_off_by_one_vector(value: Tensor, hidden_states: Tensor, params: dict, num_heads: int, mask=None) -> bool:
    gap = value - reference.self_attention(hidden_states, params, num_heads, mask)
    gap = gap.flatten(0, 1) if mask is None else gap[mask[:, 0, 0] == 0]  # (real tokens, hidden)
    return float(gap.abs().max()) < 1e-4 or float((gap - gap[0]).abs().max()) > 1e-4


def _projection(name: str, weights_of: str) -> str:
    """The line that makes query, key or value, with the weights of one of them."""
    weight, bias = (f'params["attention.self.{weights_of}.{kind}"]' for kind in ("weight", "bias"))
    return f"{name} = linear(hidden_states, {weight}, {bias})"


def _other_weights(name: str, weights_of: str) -> tuple[str, str]:
    return _projection(name, name), _projection(name, weights_of)


def _borrowed(plural: str, name: str, weights_of: str) -> Mistake:
    says = f"The {plural} come from the {weights_of}'s weights; they have their own, `attention.self.{name}`."
    return Mistake(f"{weights_of}_weights_for_{name}", also=(_other_weights(name, weights_of),), says=says)


check_self_attention = Check(
    reference.self_attention,
    _whole_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "query_and_key_swapped", also=(_other_weights("query", "key"), _other_weights("key", "query")),
            says="The weights of query and key have changed places.",
        ),
        Mistake(
            "key_and_value_swapped", also=(_other_weights("key", "value"), _other_weights("value", "key")),
            says="The weights of key and value have changed places.",
        ),
        Mistake(
            "one_projection", also=(_other_weights("key", "query"), _other_weights("value", "query")),
            says="Query, key and value all come from the query's weights; each has its own.",
        ),
        _borrowed("keys", "key", "query"),
        _borrowed("keys", "key", "value"),
        _borrowed("queries", "query", "key"),
        Mistake(
            "key_weights_for_value", also=(_other_weights("value", "key"),),
            says="The keys are mixed: your values come from the key's weights, or the keys stand where the values should.",
        ),
        Mistake(
            "query_weights_for_value", also=(_other_weights("value", "query"),),
            says="The queries are mixed: your values come from the query's weights, or the queries stand where the values "
            "should.",
        ),
        Mistake(
            "values_not_projected", was=_projection("value", "value"), now="value = hidden_states",
            says="The hidden states themselves are mixed. What is mixed is their values, made with the value weights.",
        ),
        Mistake(
            "no_query_bias", was='params["attention.self.query.bias"]', now="0",
            says="The query's bias is missing. Only the key's would not be missed, since it cancels in the softmax.",
        ),
        Mistake(
            "no_value_bias", was='params["attention.self.value.bias"]', now="0", says="The value's bias is missing.",
        ),
        Mistake(
            "mask_not_forwarded", was="value_heads, mask)", now="value_heads)",
            says="The mask comes in, but is not handed on: real tokens look at padding.",
        ),
        Mistake(
            "one_head", was="split_heads(query, num_heads)", now="split_heads(query, 1)",
            also=(
                ("split_heads(key, num_heads)", "split_heads(key, 1)"),
                ("split_heads(value, num_heads)", "split_heads(value, 1)"),
            ),
            says="There is one head over all features. BERT cuts them into `num_heads` pieces, each with its own softmax.",
        ),
        Mistake(
            "not_merged", was="merge_heads(context)", now="context",
            says="The heads are not merged yet: put them side by side again.",
        ),
        Mistake(
            "with_output_dense", was="return merge_heads(context)",
            now='return linear(merge_heads(context), params["attention.output.dense.weight"], '
            'params["attention.output.dense.bias"])',
            says="The dense layer after the heads is already applied. It belongs to the next part, `attention.output`.",
        ),
        Mistake(
            "tuple_returned", was="return merge_heads(context)", now="return merge_heads(context), _probabilities",
            says="Context and probabilities are returned, as transformers does it; here only the context is asked for.",
        ),
    ),
    view=_real_queries,
    properties=(
        Property(
            _within_the_values,
            "Some outputs lie outside the range of the values, and no mix of them can: the weights do not sum to 1, or the "
            "values are not the right ones.",
        ),
        Property(
            _not_off_by_one_vector,
            "Every token is off by the same vector. The weights sum to 1, so a wrong bias of the values shows like that.",
        ),
    ),
    hints=(
        "Everything is there already: three dense layers, heads cut apart, attention, heads put together.",
        "Three times `linear`, (batch, T, hidden); three times `split_heads`, (batch, heads, T, dh); then "
        "`scaled_dot_product_attention` with the mask, of which only the first result goes on; `merge_heads`, "
        "(batch, T, hidden).",
        "The names are `params[\"attention.self.query.weight\"]` and `.bias`, the same for `key` and `value`. Hand the mask "
        "on as it is. No dense layer at the end: `attention.output.dense` belongs to lesson 04.",
    ),
)  # fmt: skip
