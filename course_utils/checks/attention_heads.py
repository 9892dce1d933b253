"""The checks of lesson 09: statistics of attention, a head switched off, and one word in several texts."""

from typing import Any

import torch
from torch import Tensor

from course_utils.reference import attention_heads as reference

from .engine import Case, Check, Mistake, Property, fresh
from .inputs import HEAD_SIZE, HEADS, TOKENS, Draw
from .sentence_search import want_ids


def _probs(draw: Draw, heads: int = HEADS, tokens: int = TOKENS) -> Tensor:
    """Attention of one sequence, (heads, tokens, tokens): rows that sum to 1, some of them sharp."""
    return torch.softmax(draw.normal(heads, tokens, tokens, scale=1.7), dim=-1)


# offset_attention -----------------------------------------------------------------------------------------------------


def _offset_cases(draw: Draw) -> list[Case]:
    probs, wider = _probs(draw), _probs(draw, 2, 7)
    return [
        Case((probs, -1), "the previous token"),
        Case((probs, 1), "the next token"),
        Case((wider, -3), "three tokens back"),
        Case((wider, 0), "the token itself"),
        Case((wider, 2), "two tokens on"),
    ]


def _between_0_and_1(value: Tensor, *_: object) -> bool:
    """Whether no number lies outside; of NaN that is not said."""
    return not bool(((value < 0) | (value > 1 + 1e-5)).any())


def _by_rolling(probs: Tensor, offset: int) -> Tensor:
    return probs.roll(-offset, dims=-1).diagonal(dim1=1, dim2=2).mean(dim=-1)


def _by_negative_index(probs: Tensor, offset: int) -> Tensor:
    place = torch.arange(probs.shape[-1] - max(0, offset))
    return probs[:, place, place + offset].mean(dim=-1)  # nothing beyond the last token, but -1 is the last


def _share_of_hits(probs: Tensor, offset: int) -> Tensor:
    places = torch.arange(probs.shape[-1])
    hits = (probs.argmax(dim=-1) == places + offset).to(probs.dtype)  # (heads, tokens)
    inside = (places + offset >= 0) & (places + offset < len(places))
    return hits[:, inside].mean(dim=-1)


def _without_the_ends(probs: Tensor, offset: int) -> Tensor:
    return reference.offset_attention(probs[:, 1:-1, 1:-1], offset)


def _outer_product(probs: Tensor, offset: int) -> Tensor:
    place = torch.arange(max(0, -offset), probs.shape[-1] - max(0, offset))
    return probs[:, place][:, :, place + offset].mean(dim=(1, 2))


_MEAN_OF_LOOKS = "looks.mean(dim=-1)"

check_offset_attention = Check(
    reference.offset_attention,
    _offset_cases,
    axes=("heads",),
    mistakes=(
        Mistake(
            "previous_and_next_swapped", was="offset=offset", now="offset=-offset",
            says="Previous and next are swapped. A row is a query, a column a key: with offset -1 you want column i - 1 of "
            "row i, which lies below the main diagonal.",
        ),
        Mistake(
            "sign_ignored", was="offset=offset", now="offset=abs(offset)",
            says="The sign of `offset` has no effect: you always look ahead. A negative one is to look back.",
        ),
        Mistake(
            "always_previous", was="offset=offset", now="offset=-1",
            says="This is the previous token whatever `offset` says.",
        ),
        Mistake(
            "always_itself", was="offset=offset", now="offset=0",
            says="This is the main diagonal, each token's attention to itself, whatever `offset` says.",
        ),
        Mistake(
            "divided_by_all_queries", was=_MEAN_OF_LOOKS, now="looks.sum(dim=-1) / probs.shape[-1]",
            says="You divide by the number of all queries. The first token has no previous one: it cannot look there, so "
            "the mean goes only over the queries that have such a token.",
        ),
        Mistake(
            "divided_by_all_but_one", was=_MEAN_OF_LOOKS, now="looks.sum(dim=-1) / (probs.shape[-1] - 1)",
            says="You divide by tokens - 1, which is right for offsets 1 and -1 only. With an offset of 2, two queries have "
            "no such token, with 0 all have one.",
        ),
        Mistake(
            "summed", was=_MEAN_OF_LOOKS, now="looks.sum(dim=-1)",
            says="This is the sum over the queries; asked for is the mean.",
        ),
        Mistake(
            "largest", was=_MEAN_OF_LOOKS, now="looks.amax(dim=-1)",
            says="This is the largest attention that any query gives to such a token; asked for is the mean.",
        ),
        Mistake(
            "mean_over_heads", was=_MEAN_OF_LOOKS, now="looks.mean()",
            says="The mean goes over the heads, too. Each head is to have a number of its own.",
        ),
        Mistake(
            "not_averaged", was=_MEAN_OF_LOOKS, now="looks",
            says="The right numbers, one for each query; their mean is still missing.",
        ),
        Mistake(
            "wraps_around", function=_by_rolling,
            says="It goes round the corner: by rolling (or by an index of -1) the first token's \"previous\" is the last "
            "token. Queries without such a token are to be left out.",
        ),
        Mistake(
            "negative_index", function=_by_negative_index,
            says="You look at column i + offset where that is below 0, too, and an index of -1 is the last token. Queries "
            "without such a token are to be left out at the beginning as well as at the end.",
        ),
        Mistake(
            "share_of_hits", function=_share_of_hits,
            says="This counts how often that token gets the most attention. Asked for is how much it gets, on average.",
        ),
        Mistake(
            "without_the_ends", function=_without_the_ends,
            says="The first and the last token are left out. Here all tokens count, [CLS] and [SEP] included.",
        ),
        Mistake(
            "all_pairs", function=_outer_product,
            says="You picked whole rows and then whole columns, so the mean is over all pairs of these queries and keys. "
            "Each query has one key of its own: the one `offset` further on.",
        ),
    ),
    properties=(
        Property(_between_0_and_1, "A mean of weights between 0 and 1 "
                 "cannot lie outside of that range."),
    ),
    hints=(
        "Write down a 4 × 4 table with rows for queries and columns for keys, and mark the cells in which a query looks at "
        "the token before it. What line do they form?",
        "(heads, tokens, tokens): the marked cells are a diagonal beside the main one, tokens - |offset| of them in each "
        "head. Take it out, (heads, tokens - |offset|), and take its mean.",
        "`probs.diagonal(offset=..., dim1=..., dim2=...)` gives the diagonal of two axes as a new last axis. Positive "
        "offsets lie above the main diagonal, where the column's number is larger than the row's.",
    ),
)  # fmt: skip


# attention_to ---------------------------------------------------------------------------------------------------------


def _marked_cases(draw: Draw) -> list[Case]:
    probs, wider = _probs(draw), _probs(draw, 2, 7)
    return [
        Case((probs, torch.tensor([1, 0, 0, 1, 0])), "two marked tokens, as 0 and 1"),
        Case((wider, torch.tensor([0, 0, 1, 0, 1, 1, 0]).bool()), "three marked tokens, as True and False"),
        Case((wider, torch.tensor([0, 0, 0, 0, 0, 1, 0])), "one marked token"),
    ]


def _mask_as_indices(probs: Tensor, key_mask: Tensor) -> Tensor:
    return probs[:, :, key_mask].sum(dim=-1).mean(dim=-1)  # a mask of bools selects; one of 0 and 1 is read as indices


def _mask_as_indices_always(probs: Tensor, key_mask: Tensor) -> Tensor:
    return probs[:, :, key_mask.long()].sum(dim=-1).mean(dim=-1)


_SHARE, _MEAN_OF_SHARE = "(probs * marked).sum(dim=-1)", "share.mean(dim=-1)"

check_attention_to = Check(
    reference.attention_to,
    _marked_cases,
    axes=("heads",),
    mistakes=(
        Mistake(
            "queries_marked", was=_SHARE, now="(probs * marked[:, None]).sum(dim=-1)",
            says="The marks lie on the queries, so this is the attention that marked tokens give: 1 each, since rows sum "
            "to 1. A mark of shape (tokens,) belongs on the last axis, the keys.",
        ),
        Mistake(
            "whole_rows", was=_SHARE, now="probs.sum(dim=-1)",
            says="Every head gets 1: whole rows are added up, and each row sums to 1. The marks have no effect, or they pick "
            "queries; they are to pick keys, the last axis, before the sum.",
        ),
        Mistake(
            "inverted", was="key_mask.to(probs.dtype)", now="1 - key_mask.to(probs.dtype)",
            says="The mask is the wrong way round: this is the attention to all the tokens that are not marked.",
        ),
        Mistake(
            "mean_of_the_marked", was=_SHARE, now="(probs * marked).sum(dim=-1) / marked.sum()",
            says="This is what one marked token gets on average. Asked for is what all of them get together: a sum.",
        ),
        Mistake(
            "mean_over_keys", was=_SHARE, now="(probs * marked).mean(dim=-1)",
            says="A mean over the keys divides by the number of all tokens, the unmarked ones included. A query's share for "
            "the marked tokens is a sum.",
        ),
        Mistake(
            "largest_of_the_marked", was=_SHARE, now="(probs * marked).amax(dim=-1)",
            says="Only the marked token that gets most is counted; asked for is what all of them get together.",
        ),
        Mistake(
            "first_marked_only", was=_SHARE, now="probs[:, :, int(marked.argmax())]",
            says="Only the first marked token is counted; asked for is what all of them get together.",
        ),
        Mistake(
            "summed_over_queries", was=_MEAN_OF_SHARE, now="share.sum(dim=-1)",
            says="This is the sum over the queries; asked for is the mean, a number between 0 and 1.",
        ),
        Mistake(
            "mean_over_heads", was=_MEAN_OF_SHARE, now="share.mean()",
            says="The mean goes over the heads, too. Each head is to have a number of its own.",
        ),
        Mistake(
            "not_averaged", was=_MEAN_OF_SHARE, now="share",
            says="The right numbers, one for each query; their mean is still missing.",
        ),
        Mistake(
            "unmarked_queries_only", was=_MEAN_OF_SHARE, now="share[:, marked == 0].mean(dim=-1)",
            says="The marked tokens are left out as queries. Here the mean goes over all queries: the mask is for keys.",
        ),
        Mistake(
            "marked_queries_only", was=_MEAN_OF_SHARE, now="share[:, marked == 1].mean(dim=-1)",
            says="Only the marked tokens are counted as queries. The mean goes over all queries: the mask is for keys.",
        ),
        Mistake(
            "mask_as_indices", function=_mask_as_indices,
            says="A mask of 0 and 1 in square brackets is read as indices: you got token 0 and token 1, over and over. "
            "Only a mask of True and False selects: `.bool()` makes one; or multiply.",
        ),
        Mistake(
            "mask_made_indices", function=_mask_as_indices_always,
            says="Whole numbers in square brackets are indices, so you got token 0 and token 1, over and over. Only a mask "
            "of True and False selects: `.bool()` makes one; or multiply.",
        ),
    ),
    properties=(
        Property(_between_0_and_1,
                 "A share of attention lies between 0 and 1; yours does not."),
    ),
    hints=(
        "Each query has 1 to give. First ask of one query how much of that goes to marked keys, then take the mean over "
        "the queries.",
        "(heads, tokens, tokens) times the marks (tokens,) leaves only what goes to marked keys: broadcasting lays them on "
        "the last axis, the keys. Sum over the keys, (heads, tokens), mean over the queries, (heads,).",
        "`key_mask.to(probs.dtype)` makes numbers to multiply with, whether it was True and False or 1 and 0. Then "
        "`.sum(dim=-1)` and `.mean(dim=-1)`.",
    ),
)  # fmt: skip


# attention_entropy ----------------------------------------------------------------------------------------------------


def _entropy_cases(draw: Draw) -> list[Case]:
    probs, masked = _probs(draw), _probs(draw, 2, 7)
    # Small weights, each time: or a guard against 0 that is too large for them would pass now and then.
    probs[0, 2] = torch.tensor([4e-4, 1 - 4.9e-4, 2e-5, 3e-5, 4e-5])
    masked[:, :, 5:] = 0.0  # as under a mask: padding gets exactly 0
    masked = masked / masked.sum(dim=-1, keepdim=True)
    masked[1, 3] = torch.eye(7)[2]  # one query looks at one token only
    return [Case((probs,), "no weight is 0"), Case((masked,), "two padded keys with a weight of exactly 0")]


def _taken_as_scores(probs: Tensor) -> Tensor:
    return torch.special.entr(torch.softmax(probs, dim=-1)).sum(dim=-1)


_SURPRISE, _ENTROPY = "-torch.log(safe_probs)", "(probs * surprise).sum(dim=-1)"

check_attention_entropy = Check(
    reference.attention_entropy,
    _entropy_cases,
    axes=("heads", "query tokens"),
    mistakes=(
        Mistake(
            "zero_log_zero", was="probs.clamp(min=torch.finfo(probs.dtype).tiny)", now="probs",
            says="0 · ln 0 is NaN for a computer: ln 0 is minus infinity. A weight of exactly 0, as every padded key has "
            "it, is to add nothing.",
        ),
        Mistake(
            "zero_for_the_whole_row", was="probs.clamp(min=torch.finfo(probs.dtype).tiny)", now="probs",
            also=((_ENTROPY, "(probs * surprise).sum(dim=-1).nan_to_num(0.0)"),),
            says="The NaN of 0 · ln 0 is made 0 after the sum, when it has already taken the whole row with it. Each single "
            "term has to be 0 before.",
        ),
        Mistake(
            "no_sign", was=_SURPRISE, now="torch.log(safe_probs)",
            says="The minus sign is missing. Logarithms of shares are negative; entropy is not.",
        ),
        Mistake(
            "bits", was="torch.log(", now="torch.log2(",
            says="These are bits, from the logarithm to the base 2. Asked for are nats: the natural logarithm.",
        ),
        Mistake(
            "base_10", was="torch.log(", now="torch.log10(",
            says="This is the logarithm to the base 10. Asked for are nats: the natural logarithm.",
        ),
        Mistake(
            "over_queries", was=_ENTROPY, now="(probs * surprise).sum(dim=-2)",
            says="The sum goes over the queries. The weights of a row are a distribution: sum over the keys, the last "
            "axis.",
        ),
        Mistake(
            "mean_over_keys", was=_ENTROPY, now="(probs * surprise).mean(dim=-1)",
            says="A mean over the keys divides by their number. Entropy is the sum: the weights themselves do the "
            "averaging.",
        ),
        Mistake(
            "unweighted", was=_ENTROPY, now="surprise.sum(dim=-1)",
            says="The surprises -ln p are added up as they are. Each has to be weighted with its p.",
        ),
        Mistake(
            "normalised", was=_ENTROPY, now="(probs * surprise).sum(dim=-1) / torch.tensor(probs.shape[-1]).log()",
            says="It is divided by ln(tokens), so that the most even row has 1. Asked for is the entropy itself, in nats.",
        ),
        Mistake(
            "perplexity", was=_ENTROPY, now="(probs * surprise).sum(dim=-1).exp()",
            says="This is exp(H), the perplexity: how many tokens a query looks at, so to speak. Asked for is H.",
        ),
        Mistake(
            "mean_over_queries", was=_ENTROPY, now="(probs * surprise).sum(dim=-1).mean(dim=-1)",
            says="The right numbers, but averaged over the queries. Each query is to keep its own: (heads, tokens).",
        ),
        Mistake(
            "not_summed", was=_ENTROPY, now="probs * surprise",
            says="These are the single terms; their sum over the keys is still missing.",
        ),
        Mistake(
            "taken_as_scores", function=_taken_as_scores,
            says="The weights have gone through a softmax once more, as if they were scores (`Categorical(logits=...)` does "
            "that, too). They are probabilities already.",
        ),
    ),
    properties=(
        Property(lambda value, *_: not bool((value < -1e-4).any()), "Some entropies are negative."),
        Property(
            lambda value, probs: not bool((value > torch.tensor(float(probs.shape[-1])).log() + 1e-4).any()),
            "Some entropies are above ln(tokens), which is what the most even row has.",
        ),
    ),
    hints=(
        "-ln p is the surprise at seeing something of probability p. Entropy is the expected surprise: each one weighted "
        "with its own probability. Then think of p = 0.",
        "(heads, tokens, tokens): the logarithm of every weight, made safe for 0; times the weight; summed over the keys "
        "with a minus sign: (heads, tokens).",
        "`torch.log` is the natural logarithm. `probs.clamp(min=...)` with something tiny, used inside the logarithm only, "
        "makes 0 · ln 0 a 0. (`torch.special.entr` does all of it but the sum.)",
    ),
)  # fmt: skip


# value_weighted_attention ---------------------------------------------------------------------------------------------


def _value_cases(draw: Draw) -> list[Case]:
    short = draw.normal(HEADS, TOKENS, HEAD_SIZE, scale=2.0)
    short[:, 0] *= 0.05  # as the value of [CLS] in this model
    return [
        Case((_probs(draw, 2, 5), draw.normal(2, 5, 5)), "as many tokens as features"),
        Case((_probs(draw), short), "the first token's value is short"),
    ]


_LENGTH, _WEIGHED = "value.norm(dim=-1)", "probs * value_length[:, None, :]"

check_value_weighted_attention = Check(
    reference.value_weighted_attention,
    _value_cases,
    axes=("heads", "query tokens", "key tokens"),
    mistakes=(
        Mistake(
            "queries_lengths", was="value_length[:, None, :]", now="value_length[:, :, None]",
            says="The lengths lie on the queries' axis. The value that is carried is the key token's: row i, column j "
            "needs ‖v_j‖.",
        ),
        Mistake(
            "squared", was=_LENGTH, now="value.pow(2).sum(dim=-1)",
            says="This is the squared length; the root is missing.",
        ),
        Mistake(
            "root_mean_square", was=_LENGTH, now="value.pow(2).mean(dim=-1).sqrt()",
            says="The squares are averaged before the root. A length is the root of their sum.",
        ),
        Mistake(
            "absolute_values", was=_LENGTH, now="value.abs().sum(dim=-1)",
            says="This is the sum of the absolute values (the L1 norm). ‖v‖ is the Euclidean length, the root of the sum of "
            "squares.",
        ),
        Mistake(
            "largest_feature", was=_LENGTH, now="value.abs().amax(dim=-1)",
            says="This is the largest feature's absolute value. ‖v‖ is the Euclidean length, the root of the sum of squares.",
        ),
        Mistake(
            "mean_of_the_features", was=_LENGTH, now="value.mean(dim=-1)",
            says="This is the mean of the features, in which positive and negative ones cancel. ‖v‖ is the length.",
        ),
        Mistake(
            "sum_of_the_features", was=_LENGTH, now="value.sum(dim=-1)",
            says="This is the sum of the features, in which positive and negative ones cancel. ‖v‖ is the length.",
        ),
        Mistake(
            "over_tokens", was=_LENGTH, now="value.norm(dim=-2)",
            says="The length is taken over the tokens. Each token's value has a length of its own: over the features, the "
            "last axis.",
        ),
        Mistake(
            "same_for_all_heads", was=_LENGTH, now="value.norm(dim=(0, 2)).expand(len(value), -1)",
            says="The length is taken over the heads, too. Each head has its own value of a token, of its own length.",
        ),
        Mistake(
            "one_length_for_all", was=_LENGTH, now="value.norm().expand(value.shape[:2])",
            says="This is one length of all values together. `norm` without `dim` goes over everything.",
        ),
        Mistake(
            "renormalised", was=_WEIGHED,
            now="probs * value_length[:, None, :] / (probs * value_length[:, None, :]).sum(dim=-1, keepdim=True)",
            says="The rows are brought to a sum of 1 again. The sizes are to stay: a row that moves little has small numbers.",
        ),
        Mistake(
            "divided", was="probs * value_length", now="probs / value_length",
            says="It is divided by the length; a long value carries more, so multiply.",
        ),
        Mistake(
            "added", was="probs * value_length", now="probs + value_length",
            says="Weight and length are added; the weight is a factor of the value, so multiply.",
        ),
        Mistake(
            "not_weighted", was=_WEIGHED, now="value_length[:, None, :].expand_as(probs)",
            says="These are the lengths alone; the weights are missing.",
        ),
        Mistake(
            "values_ignored", was=_WEIGHED, now="probs * 1",
            says="These are the weights as they were handed in; the lengths are missing.",
        ),
        Mistake(
            "heads_averaged", was=_WEIGHED, now="(probs * value_length[:, None, :]).mean(dim=0)",
            says="The right numbers, but averaged over the heads; each head is to keep its own table.",
        ),
    ),
    properties=(Property(lambda value, *_: not bool((value < 0).any()), "Some entries are negative, and no length is."),),
    hints=(
        "The mix of a query is Σ_j a_ij v_j. How long is one of these summands? A positive number times a vector is a "
        "vector of so many times the length.",
        "value (heads, tokens, head size) gives lengths (heads, tokens): one for each key. To multiply them with (heads, "
        "query tokens, key tokens) they need an axis of size 1 for the queries.",
        "`value.norm(dim=-1)` is the Euclidean length; `[:, None, :]` puts in an axis in the middle; then one product.",
    ),
)  # fmt: skip


# ablate_head ----------------------------------------------------------------------------------------------------------


def _ablation_cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.layer_params(), 1, HEADS), "the second of 3 heads"),
        Case((draw.layer_params(hidden=10, intermediate=14), 0, 5), "the first of 5 heads"),
        Case((draw.layer_params(hidden=10, intermediate=14), 4, 5), "the last of 5 heads"),
    ]


def _silenced(name: str) -> Any:
    """A wrong ablation that zeroes the head's rows of the query, key or value projection."""

    def ablate(params: dict[str, Tensor], head: int, num_heads: int) -> dict[str, Tensor]:
        weight = params[f"attention.self.{name}.weight"].clone()
        size = weight.shape[0] // num_heads
        weight[head * size : (head + 1) * size] = 0.0
        return params | {f"attention.self.{name}.weight": weight}

    return ablate


_COLUMNS = "weight[:, start : start + head_size] = 0.0"
_RESULT = 'params | {"attention.output.dense.weight": weight}'

check_ablate_head = Check(
    reference.ablate_head,
    _ablation_cases,
    axes=("out", "in"),
    mistakes=(
        Mistake(
            "rows_for_columns", was=_COLUMNS, now="weight[start : start + head_size] = 0.0",
            says="These are rows. The weight is (out, in): a row makes one output feature of all heads together, a column "
            "takes in one feature of one head. It is square, so the shape does not tell.",
        ),
        Mistake(
            "changes_inputs", was=".clone()", now="",
            says="The weight that was handed in is changed.",
        ),
        Mistake(
            "counted_from_1", was="head * head_size", now="(head - 1) * head_size",
            says="This is the head before. Heads are counted from 0, so head h begins at h · head size.",
        ),
        Mistake(
            "next_head", was="head * head_size", now="(head + 1) * head_size",
            says="This is the head after. Heads are counted from 0, so head h begins at h · head size.",
        ),
        Mistake(
            "first_head", was="head * head_size", now="0",
            says="This is always the first head; `head` says which one is to be switched off.",
        ),
        Mistake(
            "start_not_multiplied", was="head * head_size", now="head",
            says="The block begins at column `head`. Every head before it has head size columns: it begins at head · head "
            "size.",
        ),
        Mistake(
            "up_to_the_head", was=_COLUMNS, now="weight[:, : start + head_size] = 0.0",
            says="All heads up to this one are switched off, too.",
        ),
        Mistake(
            "from_the_head_on", was=_COLUMNS, now="weight[:, start:] = 0.0",
            says="All heads from this one on are switched off; the block ends head size columns further on.",
        ),
        Mistake(
            "one_column", was=_COLUMNS, now="weight[:, start] = 0.0",
            says="Only one column is 0. A head has head size of them.",
        ),
        Mistake(
            "one_too_many", was="start + head_size", now="start + head_size + 1",
            says="One column too many: a slice ends before its second number.",
        ),
        Mistake(
            "one_too_few", was="start + head_size", now="start + head_size - 1",
            says="One column too few: a slice ends before its second number.",
        ),
        Mistake(
            "interleaved", was=_COLUMNS, now="weight[:, head::num_heads] = 0.0",
            says="Every num_heads-th column is 0. A head is a block of neighbouring features.",
        ),
        Mistake(
            "sizes_swapped", was="weight.shape[1] // num_heads", now="num_heads",
            says="The number of heads is taken for their size: a head has hidden / num_heads columns.",
        ),
        Mistake(
            "the_others", was=_COLUMNS, now="weight[:, :start] = 0.0\n    weight[:, start + head_size :] = 0.0",
            says="The wrong way round: this head alone is left, all the others are switched off.",
        ),
        Mistake(
            "all_heads", was=_COLUMNS, now="weight[:] = 0.0",
            says="The whole weight is 0: all heads are switched off.",
        ),
        Mistake(
            "rows_and_columns", was=_COLUMNS, now=_COLUMNS + "\n    weight[start : start + head_size] = 0.0",
            says="The columns are right, but rows are 0 as well: they would take those features away from what all the other "
            "heads write.",
        ),
        Mistake(
            "columns_removed", was=_COLUMNS,
            now="weight = torch.cat([weight[:, :start], weight[:, start + head_size :]], dim=1)",
            says="The columns are cut out, so the weight no longer fits what comes in. They stay, as zeros.",
        ),
        Mistake(
            "bias_too", was=_RESULT,
            now=_RESULT + ' | {"attention.output.dense.bias": torch.zeros_like(params["attention.output.dense.bias"])}',
            says="The bias is 0 as well. It belongs to no head: it is added once to the sum of all heads.",
        ),
        Mistake(
            "feed_forward", was='params["attention.output.dense.weight"]', now='params["output.dense.weight"]',
            also=(('{"attention.output.dense.weight": weight}', '{"output.dense.weight": weight}'),),
            says="This is the other `output.dense`, the one of the feed-forward. Heads are put together in "
            "`attention.output.dense`.",
        ),
        Mistake(
            "query_silenced", function=_silenced("query"),
            says="The head's query weights are 0. Then its scores hardly depend on the query any more, but its weights still "
            "sum to 1: the head goes on mixing values and writing.",
        ),
        Mistake(
            "key_silenced", function=_silenced("key"),
            says="The head's key weights are 0. Then all its scores are the same and it looks at all tokens alike; it still "
            "sums to 1 and goes on writing.",
        ),
        Mistake(
            "value_silenced", function=_silenced("value"),
            says="The head's value weights are 0, but its value bias is still there and is written into every token. Asked "
            "for is the dense layer after it, W_O.",
        ),
        Mistake(
            "only_the_weight", was=_RESULT, now='{"attention.output.dense.weight": weight}',
            says="The dict holds the changed weight only; the layer's other 15 tensors are to be in it, too.",
        ),
        Mistake(
            "weight_alone", was=_RESULT, now="weight",
            says="This is the changed weight alone; asked for is a dict of all 16 tensors, with this one in its place.",
        ),
        Mistake(
            "nothing_changed", was=_RESULT, now="dict(params)",
            says="The dict holds the old weight: what you changed was a copy that has not been put into it.",
        ),
        Mistake(
            "scaled_up", was=_COLUMNS, now=_COLUMNS + "\n    weight = weight * num_heads / (num_heads - 1)",
            says="The other heads are scaled up to make good for the loss, as dropout would. Switching off is all that is "
            "asked.",
        ),
    ),
    hints=(
        "After attention the heads lie side by side, head 0's features first. The dense layer W_O multiplies each of these "
        "features with a number: what if that number is 0?",
        "W_O is (out, in), both hidden. `in` is heads · head size, so the columns from head · head size, head size many, "
        "belong to the head. Work on a copy, and put it into a new dict beside the 15 others.",
        "`.clone()` makes the copy, `weight[:, start:stop] = 0` clears columns, and `params | {name: weight}` is a new dict "
        "in which one entry is replaced.",
    ),
)  # fmt: skip


# word_similarity_by_layer ---------------------------------------------------------------------------------------------

_WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "he", "sat", "on", "bank", "river", "money", "was"),
    *("by", "under", "un", "##aff", "##able", "##er", ".", ",", "!"),
)
_TEXTS = {
    "bank": [
        "He sat on the bank by the river.",
        "The unaffable banker was under the bank by the money bank.",
    ],
    "unaffable": [
        "Under the unaffable banker he was unaffable.",
        "A bank by the river was unaffable, a river unaffable by the money.",  # at another place than in the first
    ],
}


def _tokenizer() -> Any:
    from transformers import BertTokenizer

    return BertTokenizer(vocab={word: number for number, word in enumerate(_WORDS)})


def _model(draw: Draw) -> Any:
    """A BERT of two layers with weights from `draw`. It is not copied and remembers what it gave: a diagnosis calls it often."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(_WORDS), hidden_size=15, num_hidden_layers=2, num_attention_heads=3, intermediate_size=16,
        max_position_embeddings=29, attn_implementation="eager",
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(mean + draw.normal(*parameter.shape, scale=0.5))
    model.forward = _remembering(model, model.forward)
    model.__deepcopy__ = lambda memo: model
    return model


def _remembering(model: Any, forward: Any) -> Any:
    """A model's `forward` that runs once for each input, as long as nobody asks for gradients or has hooked on to a part."""
    known: dict[tuple, Any] = {}

    def remembered(*args: Any, **kwargs: Any) -> Any:
        if args or "input_ids" in kwargs:
            want_ids(args[0] if args else kwargs["input_ids"])
        if torch.is_grad_enabled() or any(module._forward_hooks for module in model.modules()):
            return forward(*args, **kwargs)
        key = tuple(_as_key(value) for value in (*args, *(part for pair in sorted(kwargs.items()) for part in pair)))
        if key not in known:
            known[key] = forward(*args, **kwargs)
        output = known[key]
        return fresh(output) if isinstance(output, tuple) else type(output)(**fresh((dict(output),))[0])

    return remembered


def _as_key(value: Any) -> Any:
    return value.numpy().tobytes() if isinstance(value, Tensor) else str(value)


def _word_cases(draw: Draw) -> list[Case]:
    model, tokenizer = _model(draw), _tokenizer()
    tokenizer.__deepcopy__ = lambda memo: tokenizer
    return [
        Case((model, tokenizer, _TEXTS["bank"], "bank"), "two texts, in one of them more than one bank, and a banker"),
        Case(
            (model, tokenizer, _TEXTS["unaffable"], "unaffable"), "two texts of unequal length, a word of three pieces"
        ),
        Case((model, tokenizer, _TEXTS["unaffable"], "river"), "a text without the word", raises=ValueError),
    ]


def _padded_without_a_mask(model: Any, tokenizer: Any, texts: list[str], word: str) -> Tensor:
    pieces = tokenizer.tokenize(word)
    input_ids = tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        states = torch.stack(model(input_ids, output_hidden_states=True)["hidden_states"])
    vectors = []
    for row, ids in enumerate(input_ids):
        start = reference.find_pieces(tokenizer.convert_ids_to_tokens(ids), pieces)
        vectors.append(states[:, row, start : start + len(pieces)].mean(dim=1))
    unit = reference.l2_normalize(torch.stack(vectors, dim=1))
    return unit @ unit.transpose(1, 2)


def _words_of_the_text(model: Any, tokenizer: Any, texts: list[str], word: str) -> Tensor:
    vectors = []
    for text in texts:
        start = text.lower().split().index(word) + 1
        with torch.no_grad():
            outputs = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)
        vectors.append(torch.cat(outputs["hidden_states"])[:, start])
    unit = reference.l2_normalize(torch.stack(vectors, dim=1))
    return unit @ unit.transpose(1, 2)


_PLACE = 'start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), pieces)'
_PIECES = "hidden_states[:, start : start + len(pieces)]"
_STATES, _COSINES = 'torch.cat(outputs["hidden_states"])', "return unit @ unit.transpose(1, 2)"
_UNIT = "l2_normalize(torch.stack(vectors, dim=1))"

check_word_similarity_by_layer = Check(
    reference.word_similarity_by_layer,
    _word_cases,
    axes=("layers + 1", "texts", "other texts"),
    mistakes=(
        Mistake(
            "first_piece_only", was=_PIECES, now="hidden_states[:, start : start + 1]",
            says="Only the word's first piece is taken. `unaffable` has three, and its vector is the mean of all of them.",
        ),
        Mistake(
            "last_piece_only", was=_PIECES, now="hidden_states[:, start + len(pieces) - 1 : start + len(pieces)]",
            says="Only the word's last piece is taken. `unaffable` has three, and its vector is the mean of all of them.",
        ),
        Mistake(
            "one_too_many", was="start + len(pieces)", now="start + len(pieces) + 1",
            says="The token after the word is taken in, too: a slice ends before its second number.",
        ),
        Mistake(
            "pieces_normalised", was=_PIECES, now=f"l2_normalize({_PIECES})",
            says="The pieces have length 1 before their mean is taken, so a long piece counts no more than a short one. The "
            "mean is one of the vectors as they are; length 1 comes after it.",
        ),
        Mistake(
            "cls_forgotten", was=_PIECES, now="hidden_states[:, start - 1 : start - 1 + len(pieces)]",
            says="You are one token too early: the place was counted without the [CLS] at the beginning.",
        ),
        Mistake(
            "one_too_late", was=_PIECES, now="hidden_states[:, start + 1 : start + 1 + len(pieces)]",
            says="You are one token too late: among the tokens of the whole text [CLS] has been counted already.",
        ),
        Mistake(
            "no_special_tokens", was='tokenizer(text, return_tensors="pt")',
            now='tokenizer(text, add_special_tokens=False, return_tensors="pt")',
            says="[CLS] and [SEP] are missing. The model was trained with them, and without them every place is another.",
        ),
        Mistake(
            "cls_vector", was=_PIECES, now="hidden_states[:, :1]",
            says="This is the vector of [CLS]. Asked for is the word's own.",
        ),
        Mistake(
            "whole_text", was=_PIECES, now="hidden_states",
            says="This is the mean over all tokens, so it compares the texts. Asked for is the word's own vector.",
        ),
        Mistake(
            "last_occurrence", was=_PLACE,
            now='tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])\n'
            "        found = [i for i in range(len(tokens)) if tokens[i : i + len(pieces)] == pieces]\n"
            "        start = find_pieces(tokens, pieces) if not found else found[-1]",
            says="This is the word's last occurrence in a text; asked for is the first.",
        ),
        Mistake(
            "part_of_a_word", was=_PLACE,
            now='tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])\n'
            "        start = tokens.index(pieces[0])",
            says="You took the first token that looks like the word's first piece. It may be the beginning of another word: "
            "`bank` of `bank ##er`. `find_pieces` looks for the whole word.",
        ),
        Mistake(
            "counted_in_words", function=_words_of_the_text,
            says="The place was counted in words between blanks. Tokens are not words: punctuation stands alone, and longer "
            "words come in pieces. Look for the pieces among the tokens.",
        ),
        Mistake(
            "padding_not_masked", function=_padded_without_a_mask,
            says="The texts were padded to one length, and the model was not given the `attention_mask`: the shorter ones "
            "take in [PAD]. Hand on everything that the tokenizer returns, or run one text at a time.",
        ),
        Mistake(
            "not_normalised", was=_UNIT, now="torch.stack(vectors, dim=1)",
            says="These are dot products. For cosines the vectors have to have length 1 first: then each text has a 1 with "
            "itself.",
        ),
        Mistake(
            "distances", was=_COSINES, now="return 1 - unit @ unit.transpose(1, 2)",
            says="These are distances, 1 - cosine. Asked for are the cosines: each text has 1 with itself.",
        ),
        Mistake(
            "without_the_embeddings", was=_STATES, now='torch.cat(outputs["hidden_states"][1:])',
            says="The first hidden state is missing. `hidden_states[0]`, the embeddings, is to be the first matrix: L + 1 "
            "in all.",
        ),
        Mistake(
            "last_layer_only", was=_COSINES, now="return unit[-1] @ unit[-1].T",
            says="This is the last layer's matrix alone; asked for is one for each of the L + 1 hidden states.",
        ),
        Mistake(
            "first_text_only", was=_COSINES, now="return unit @ unit[:, :1].transpose(1, 2)",
            says="Each text is compared with the first one only; asked for is every text with every text.",
        ),
        Mistake(
            "layers_averaged", was=_COSINES, now="return (unit @ unit.transpose(1, 2)).mean(dim=0)",
            says="The right cosines, but averaged over the layers. How they change from layer to layer is the point.",
        ),
        Mistake(
            "layers_last", was=_COSINES, now="return (unit @ unit.transpose(1, 2)).permute(1, 2, 0)",
            says="The right cosines, but the layers' axis stands last; it is to be the first.",
        ),
    ),
    properties=(
        Property(
            lambda value, *_: bool(torch.allclose(value.diagonal(dim1=1, dim2=2), torch.ones(()), atol=1e-4)),
            "A text compared with itself does not give 1.",
        ),
        Property(
            lambda value, *_: bool(torch.allclose(value, value.transpose(1, 2), atol=1e-4, equal_nan=True)),
            "A with B gives another number than B with A.",
        ),
    ),
    hints=(
        "One text at a time, then no padding can be in the way: where does the word stand, and what are its vectors in all "
        "hidden states? Cosines come last, for all layers at once.",
        "For each text: tokens, place of the pieces, the hidden states as one tensor (layers + 1, tokens, hidden), of it "
        "the word's pieces, their mean (layers + 1, hidden). All texts: (layers + 1, texts, hidden), of length 1, times "
        "its own transpose: (layers + 1, texts, texts).",
        "`tokenizer.tokenize(word)` gives the pieces, `tokenizer.convert_ids_to_tokens(ids)` the text's tokens, "
        "`find_pieces(tokens, pieces)` the place. `torch.cat` of the hidden states of one text stacks the layers, "
        "`torch.stack(vectors, dim=1)` the texts; `l2_normalize`, then `unit @ unit.transpose(1, 2)`.",
    ),
)  # fmt: skip
