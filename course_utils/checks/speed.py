"""The checks of lesson 10: the fused product, torch's attention, batches by length, packing, and counting work."""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.reference import speed as reference

from .engine import Case, Check, Mistake, Property
from .inputs import BATCH, HEAD_SIZE, HEADS, TOKENS, Draw

# fuse_qkv -------------------------------------------------------------------------------------------------------------


def _fuse_cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.layer_params(6, 11),), "square weights: only the values tell rows from columns"),
        Case((draw.layer_params(10, 13),), "hidden size 10"),
    ]


_NAMES = '("query", "key", "value")'
_WEIGHTS = 'torch.cat([params[f"attention.self.{name}.weight"] for name in names])'
_BIASES = 'torch.cat([params[f"attention.self.{name}.bias"] for name in names])'


def _in_order(label: str, order: tuple[str, str, str]) -> Mistake:
    listed = ", ".join(order)
    says = f"The blocks stand in the order {listed}. Those who cut the product into three expect query, key, value."
    return Mistake(label, was=_NAMES, now=repr(order), says=says)


def _stands(mine: Tensor, third: int, block: Tensor) -> bool:
    """Whether a third of the fused tensor is the block that belongs there; of another shape or dtype it cannot be asked."""
    if mine.shape != (3 * len(block), *block.shape[1:]) or mine.dtype != block.dtype:
        return True
    return bool(torch.equal(mine.chunk(3)[third], block))


check_fuse_qkv = Check(
    reference.fuse_qkv,
    _fuse_cases,
    axes=(("three times hidden", "hidden"), ("three times hidden",)),
    mistakes=(
        _in_order("key_first", ("key", "query", "value")),
        _in_order("value_first", ("value", "query", "key")),
        _in_order("value_before_key", ("query", "value", "key")),
        _in_order("reversed", ("value", "key", "query")),
        _in_order("key_value_query", ("key", "value", "query")),
        Mistake(
            "biases_in_another_order", was=_BIASES, now=_BIASES.replace("names", '("key", "query", "value")'),
            says="The biases stand in another order than the weights: key, query, value. Each has to stay with its rows.",
        ),
        Mistake(
            "biases_reversed", was=_BIASES, now=_BIASES.replace("names", '("value", "key", "query")'),
            says="The biases stand in the reverse order of the weights. Each has to stay with its rows.",
        ),
        Mistake(
            "blocks_transposed", was=_WEIGHTS, now=_WEIGHTS.replace('.weight"]', '.weight"].T'),
            says="Each weight is transposed before they are put together. A weight is kept as (out, in), so the three "
            "fit below one another as they are; `F.linear` transposes the whole.",
        ),
        Mistake(
            "side_by_side", was=_WEIGHTS, now=_WEIGHTS.replace("names]", "names], dim=1"),
            says="The weights stand side by side, (hidden, 3 · hidden): that would be three inputs for one output. Outputs "
            "are rows, so they go below one another.",
        ),
        Mistake(
            "transposed", was=_WEIGHTS, now=_WEIGHTS + ".T",
            says="The fused weight is transposed, (in, out), as GPT-2 keeps it. BERT's are (out, in).",
        ),
        Mistake(
            "stacked", was=_WEIGHTS, now=_WEIGHTS.replace("cat", "stack"), also=((_BIASES, _BIASES.replace("cat", "stack")),),
            says="`stack` makes a new axis, (3, hidden, hidden). One dense layer wants one matrix: `cat` joins along an "
            "axis that is there.",
        ),
        Mistake(
            "weights_stacked", was=_WEIGHTS, now=_WEIGHTS.replace("cat", "stack"),
            says="`stack` puts the weights along a new axis, (3, hidden, hidden). One dense layer wants one matrix: `cat`.",
        ),
        Mistake(
            "bias_stacked", was=_BIASES, now=_BIASES.replace("cat", "stack"),
            says="The biases are stacked, (3, hidden); a dense layer has one bias, a vector of 3 · hidden.",
        ),
        Mistake(
            "bias_summed", was=_BIASES, now=_BIASES.replace("cat", "stack") + ".sum(0)",
            says="The three biases are added up. Every output has its own: they stand one after the other.",
        ),
        Mistake(
            "bias_missing", was=_BIASES, now=_BIASES + " * 0",
            says="The bias is all zeros. (The key's would not be missed; the other two are.) Put the three biases one after the other.",
        ),
        Mistake(
            "one_bias", was='.bias"] for name', now='.bias"].clone() for name',
            also=((_NAMES + "\n", _NAMES + '\n    params = params | {f"attention.self.{n}.bias": '
                   'params["attention.self.query.bias"] for n in names}\n'),),
            says="All three biases are the query's.",
        ),
        Mistake(
            "one_weight", was=_NAMES + "\n", now=_NAMES + '\n    params = params | {f"attention.self.{n}.weight": '
            'params["attention.self.query.weight"] for n in names}\n',
            says="All three weights are the query's.",
        ),
        Mistake(
            "interleaved", was=_WEIGHTS,
            now='torch.stack([params[f"attention.self.{name}.weight"] for name in names], dim=1).flatten(0, 1)',
            also=((_BIASES, 'torch.stack([params[f"attention.self.{name}.bias"] for name in names], dim=1).flatten()'),),
            says="The rows are dealt out in turn, one of the query, one of the key, one of the value. Asked for are three "
            "whole blocks, so that the product can be cut into thirds.",
        ),
        Mistake(
            "output_too", was=_WEIGHTS,
            now=_WEIGHTS[:-1] + ' + [params["attention.output.dense.weight"]])',
            also=((_BIASES, _BIASES[:-1] + ' + [params["attention.output.dense.bias"]])'),),
            says="The attention's output layer is in it, too. It takes another input, the context, so it cannot join.",
        ),
        Mistake(
            "results_swapped", was="return weight, bias", now="return bias, weight",
            says="The two results are in the wrong order: the weight first, then the bias.",
        ),
        Mistake(
            "only_weight", was="return weight, bias", now="return weight",
            says="Only the weight is returned; the bias belongs to the layer, too.",
        ),
    ),
    properties=(
        Property(
            lambda value, params: _stands(value[0], 0, params["attention.self.query.weight"]),
            "The first third of the rows is not the query's weight.",
        ),
        Property(
            lambda value, params: _stands(value[1], 2, params["attention.self.value.bias"]),
            "The last third of the bias is not the value's bias.",
        ),
    ),
    hints=(
        "Three dense layers with the same input are one dense layer with three times as many outputs. Where does a weight "
        "keep its outputs, in its rows or in its columns?",
        "Three weights (hidden, hidden), one below the other, give (3 · hidden, hidden); three biases (hidden,), one behind "
        "the other, give (3 · hidden,). The order is query, key, value both times.",
        "`torch.cat([...])` joins a list of tensors along axis 0. The names are `attention.self.query.weight`, "
        "`attention.self.query.bias` and so on. Return both, the weight first.",
    ),
)  # fmt: skip


# sdpa_attention -------------------------------------------------------------------------------------------------------


def _sdpa_cases(draw: Draw) -> list[Case]:
    def three(batch: int, heads: int, tokens: int) -> tuple[Tensor, Tensor, Tensor]:
        return tuple(draw.normal(batch, heads, tokens, HEAD_SIZE, scale=1.3) for _ in range(3))

    return [
        Case(three(BATCH, HEADS, TOKENS), "without a mask"),
        Case(
            (*three(3, 3, 3), torch.tensor([[1, 0, 0], [1, 1, 1], [1, 1, 0]])),
            "as many sequences as heads as tokens: a mask of the wrong shape would fit",
        ),
        Case((*three(BATCH, HEADS, TOKENS), draw.attention_mask().flip(0)), "2 sequences, the first with 2 of padding"),
    ]


def _real_queries(value: object, query: Tensor, key: Tensor, values: Tensor, attention_mask: Tensor | None = None):
    """What padded queries give is arbitrary, and nobody reads it: set to 0 on both sides."""
    if attention_mask is None or not isinstance(value, Tensor):
        return value
    return value.masked_fill(attention_mask[:, None, :, None] == 0, 0)


def _within_the_values(value: Tensor, query, key, values, attention_mask: Tensor | None = None) -> bool:
    """A mix by positive weights that sum to 1 lies between the smallest and the largest of the values that count."""
    mine = _real_queries(value, query, key, values, attention_mask)
    low, high = values, values
    if attention_mask is not None:
        padded = attention_mask[:, None, :, None] == 0
        low, high = values.masked_fill(padded, torch.inf), values.masked_fill(padded, -torch.inf)
    low, high = low.amin(2, keepdim=True) - 1e-4, high.amax(2, keepdim=True) + 1e-4
    return bool(((mine >= low) & (mine <= high) | (mine == 0) | mine.isnan()).all())


def _over_heads(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[:, None, None, :].bool()
    swapped = (x.transpose(1, 2) for x in (query, key, value))
    return F.scaled_dot_product_attention(*swapped, attn_mask=mask).transpose(1, 2)


_CALL = "F.scaled_dot_product_attention(query, key, value, attn_mask=may_look)"
_MAY = "attention_mask[:, None, None, :].bool()"

check_sdpa_attention = Check(
    reference.sdpa_attention,
    _sdpa_cases,
    axes=("batch", "heads", "tokens", "head size"),
    view=_real_queries,
    mistakes=(
        Mistake(
            "mask_inverted", was=".bool()", now=" == 0",
            says="The mask is the wrong way round: in `F.scaled_dot_product_attention` True means that a key may be looked at; in "
            "`nn.MultiheadAttention` it means the opposite.",
        ),
        Mistake("mask_ignored", was="attn_mask=may_look", now="attn_mask=None", says="The mask has no effect."),
        Mistake(
            "raw_mask", was=".bool()", now=".to(query.dtype)",
            says="Real tokens get 1 more in the scores than padding, which is not hidden at all. Are the 1s and 0s handed on as "
            "floats? A float mask is added to the scores; make it bool.",
        ),
        Mistake(
            "zero_times_infinity", was=_MAY, now='(1 - attention_mask[:, None, None, :].to(query.dtype)) * float("-inf")',
            says="0 · inf is NaN, not 0. Hand on a bool mask, or write the penalty only where it belongs.",
        ),
        Mistake(
            "mask_on_queries", was="[:, None, None, :]", now="[:, None, :, None]",
            says="The mask lies on the queries' axis, so real tokens still look at padding. It says who may be looked at: "
            "keys are the last axis.",
        ),
        Mistake(
            "two_axes", was=_MAY, now="attention_mask.bool()",
            says="The mask's two axes, batch and tokens, are read as queries and keys: scores are (batch, heads, tokens, tokens), "
            "and what stands last meets what stands last. It needs two axes of size 1 between its own, for heads and queries.",
        ),
        Mistake(
            "three_axes", was="[:, None, None, :]", now="[:, None, :]",
            says="One axis is missing: of the mask's three axes the first, batch, is read as the heads.",
        ),
        Mistake(
            "first_mask_for_all", was="attention_mask[:, None", now="attention_mask[:1, None",
            says="The mask of the first sequence is used for the whole batch.",
        ),
        Mistake(
            "values_zeroed", was=_CALL,
            now="F.scaled_dot_product_attention(query, key, "
            "value if attention_mask is None else value * attention_mask[:, None, :, None])",
            says="The values of padding are set to 0, but its keys still get their share of the weights: what is left for "
            "the real tokens is too little.",
        ),
        Mistake(
            "causal", was="attn_mask=may_look", now="attn_mask=None, is_causal=True",
            says="Tokens do not see those after them (and the mask is left out). That is how GPT looks; BERT looks both ways.",
        ),
        Mistake(
            "causal_too", was="return",
            now="order = torch.ones(query.shape[2], query.shape[2]).tril().bool()\n"
            "    may_look = order if may_look is None else may_look & order\n    return",
            says="Tokens do not see those after them. That is how GPT looks; BERT looks both ways.",
        ),
        Mistake(
            "unscaled", was="attn_mask=may_look", now="attn_mask=may_look, scale=1.0",
            says="`scale=1.0` turns the division by √dh off. Leave it out: 1/√dh is the default.",
        ),
        Mistake(
            "scaled_by_head_size", was="attn_mask=may_look", now="attn_mask=may_look, scale=1 / query.shape[-1]",
            says="The scores are divided by dh (or twice by √dh). torch's attention divides by √dh by itself: hand it the "
            "query as it is.",
        ),
        Mistake(
            "multiplied", was="attn_mask=may_look", now="attn_mask=may_look, scale=query.shape[-1] ** 0.5",
            says="`scale` is what the scores are multiplied by, so √dh is upside down. Leave it out: 1/√dh is the default.",
        ),
        Mistake(
            "key_and_value_swapped", was="(query, key, value", now="(query, value, key",
            says="Key and value have changed places: scores come from the keys, the mix from the values.",
        ),
        Mistake(
            "query_and_key_swapped", was="(query, key, value", now="(key, query, value",
            says="Query and key have changed places: the keys ask and the queries answer.",
        ),
        Mistake("keys_for_values", was="(query, key, value", now="(query, key, key", says="The keys are mixed, not the values."),
        Mistake(
            "queries_for_keys", was="(query, key, value", now="(query, query, value",
            says="The queries are compared with themselves, not with the keys.",
        ),
        Mistake(
            "not_deterministic", was="attn_mask=may_look", now="attn_mask=may_look, dropout_p=0.1",
            says="Two calls give two results: there is dropout in it. `dropout_p` drops always, in eval mode, too.",
        ),
        Mistake(
            "over_heads", function=_over_heads,
            says="Heads and tokens are swapped before the call, so the heads look at one another. torch wants (batch, "
            "heads, tokens, head size), which is what you are given.",
        ),
        Mistake(
            "merged", was=_CALL, now=_CALL + ".transpose(1, 2).flatten(2)",
            says="The heads are merged already, (batch, tokens, hidden). Asked for is the context head by head.",
        ),
        Mistake(
            "tokens_first", was=_CALL, now=_CALL + ".transpose(1, 2)",
            says="Tokens and heads are swapped in the result; it has the axes of the query.",
        ),
        Mistake(
            "one_query", was=_CALL, now=_CALL + "[:, :, :1].expand_as(query)",
            says="Every token has the context of the first one.",
        ),
    ),
    properties=(
        Property(
            _within_the_values,
            "Some numbers lie outside the range of the values that may be looked at, so they are no mix of them.",
        ),
    ),
    hints=(
        "Everything is in one call of `F.scaled_dot_product_attention`: scores, scaling, softmax and mix. Your work is the "
        "mask: which shape, and what does True mean?",
        "attention_mask (batch, tokens) becomes (batch, 1, 1, tokens), broadcast over heads and queries, of dtype bool, "
        "True where a token may be looked at. Without a mask: None.",
        "`attention_mask[:, None, None, :].bool()`, but only if it is not None; then the call with query, key, value in this "
        "order and `attn_mask=`. Leave `scale` and `dropout_p` alone.",
    ),
)  # fmt: skip


# length_sorted_batches ------------------------------------------------------------------------------------------------


def _batch_cases(draw: Draw) -> list[Case]:
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
        # A handful keeps its order in any sort; of so many equal lengths, only a stable one keeps it.
        Case((shuffled(*list(range(20, 25)) * 60), 64), "300 texts, many of equal length"),
    ]


def _numbered_batches(lengths: list[int], batch_size: int) -> list[list[int]]:
    """As many batches as there should be texts in one."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    size = max(1, -(-len(order) // batch_size))
    return [order[start : start + size] for start in range(0, len(order), size)]


def _dealt(lengths: list[int], batch_size: int) -> list[list[int]]:
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    count = -(-len(order) // batch_size)
    return [order[number::count] for number in range(count)]


def _remainder_first(lengths: list[int], batch_size: int) -> list[list[int]]:
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    first = len(order) % batch_size or batch_size
    batches = [order[:first]] if order else []
    return batches + [order[start : start + batch_size] for start in range(first, len(order), batch_size)]


def _empty_at_the_end(lengths: list[int], batch_size: int) -> list[list[int]]:
    batches, batch = [], []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        batch.append(index)
        if len(batch) == batch_size:
            batches.append(batch)
            batch = []
    return [*batches, batch]


def _even(lengths: list[int], batch_size: int) -> list[list[int]]:
    """As few batches as possible, all about as large as one another."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    count = -(-len(order) // batch_size)
    return [order[number * len(order) // count : (number + 1) * len(order) // count] for number in range(count)]


def _sorted_within(lengths: list[int], batch_size: int) -> list[list[int]]:
    starts = range(0, len(lengths), batch_size)
    places = range(len(lengths))
    return [sorted(places[start : start + batch_size], key=lambda index: lengths[index]) for start in starts]


_SORTED = "sorted(range(len(lengths)), key=lambda index: lengths[index])"
_SLICE = "shortest_first[start : start + batch_size]"
_STARTS = "range(0, len(shortest_first), batch_size)"


def _each_index_once(value: list, lengths: list[int], batch_size: int) -> bool:
    return sorted(index for batch in value for index in batch) == list(range(len(lengths)))


def _ties_kept(value: list, lengths: list[int], batch_size: int) -> bool:
    order = [index for batch in value for index in batch]
    if sorted(order) != list(range(len(lengths))) or [lengths[index] for index in order] != sorted(lengths):
        return True  # something else is wrong
    return order == sorted(order, key=lambda index: (lengths[index], index))


check_length_sorted_batches = Check(
    reference.length_sorted_batches,
    _batch_cases,
    mistakes=(
        Mistake(
            "not_sorted", was=_SORTED, now="list(range(len(lengths)))",
            says="The texts are in the order in which they came. Sorted by length, neighbours need little padding.",
        ),
        Mistake(
            "longest_first", was="lengths[index])", now="lengths[index], reverse=True)",
            says="The longest come first; the shortest are asked for. Some libraries begin with the longest, for if memory is "
            "short, that shows at once.",
        ),
        Mistake(
            "turned_round", was=_SORTED, now=_SORTED + "[::-1]",
            says="The longest come first, and texts of equal length in the reverse of their order.",
        ),
        Mistake(
            "ties_reversed", was="lengths[index])", now="(lengths[index], -index))",
            says="Texts of equal length do not keep their order. Python's `sorted` keeps it; `torch.argsort` does only with "
            "`stable=True`.",
        ),
        Mistake(
            "lengths_for_indices", was=_SORTED, now="sorted(lengths)",
            says="These are the lengths themselves. What is needed is which text it is: indices into `lengths`.",
        ),
        Mistake(
            "first_of_equals", was=_SORTED, now="[lengths.index(length) for length in sorted(lengths)]",
            says="Texts of equal length all have the index of the first: `lengths.index` finds that one every time. Sort the "
            "indices instead.",
        ),
        Mistake(
            "ranks", was=_SORTED, now="[sorted(range(len(lengths)), key=lambda i: (lengths[i], i)).index(j) "
            "for j in range(len(lengths))]",
            says="These are ranks: the place of each text in the sorted order. Asked for is the reverse, which text stands "
            "at each place: argsort once, not twice.",
        ),
        Mistake(
            "sorted_by_index", was="key=lambda index: lengths[index]", now="key=lambda index: index",
            also=(("batches = []", "batches = [] if lengths else []\n    shortest_first = shortest_first[::-1]"),),
            says="It is the indices that are sorted, from the last to the first, not the lengths that they stand for.",
        ),
        Mistake(
            "sorted_as_text", was="lengths[index])", now="str(lengths[index]))",
            says="The lengths are compared as text, where 10 comes before 9.",
        ),
        Mistake(
            "sorted_within", function=_sorted_within,
            says="The texts are sorted inside each batch, after the batches were made. That saves no padding: first sort "
            "all, then cut.",
        ),
        Mistake(
            "last_dropped", was=_STARTS, now="range(0, len(shortest_first) - batch_size + 1, batch_size)",
            says="The last batch is lost where it is not full, and with it the longest texts.",
        ),
        Mistake(
            "overlapping", was=_SLICE, now="shortest_first[start : start + batch_size + 1]",
            says="Each batch has one text too many, which the next has again: a slice ends before its end.",
        ),
        Mistake(
            "one_too_few", was=_SLICE, now="shortest_first[start : start + batch_size - 1]",
            says="Each batch lacks its last text: a slice already ends before its end.",
        ),
        Mistake(
            "sliding", was=_STARTS, now="range(len(shortest_first))",
            says="A batch begins at every text, so they overlap. The next begins `batch_size` further on.",
        ),
        Mistake(
            "first_lost", was="range(0,", now="range(1,",
            says="The shortest text is lost: counting begins at 0.",
        ),
        Mistake(
            "flat", was="batches.append(", now="batches.extend(",
            says="This is one flat list. Each batch is a list of its own: `append`, not `extend`.",
        ),
        Mistake(
            "first_batch_only", was="    return batches", now="        return batches\n    return batches",
            says="Only the first batch comes back: the `return` stands inside the loop.",
        ),
        Mistake(
            "number_of_batches", function=_numbered_batches,
            says="It makes `batch_size` batches. It should make batches of `batch_size` texts.",
        ),
        Mistake(
            "dealt_out", function=_dealt,
            says="The texts are dealt out like cards, so each batch has short and long ones: the most padding there can be.",
        ),
        Mistake(
            "remainder_first", function=_remainder_first,
            says="The batch that is not full comes first. All are full but the last.",
        ),
        Mistake(
            "empty_at_the_end", function=_empty_at_the_end,
            says="There is an empty batch at the end where the texts fill all others (or where there is none).",
        ),
        Mistake(
            "even_batches", function=_even,
            says="The texts are spread evenly over the batches. All batches are full but the last, which has the rest.",
        ),
        Mistake(
            "one_based", was=_SLICE, now="[index + 1 for index in shortest_first[start : start + batch_size]]",
            says="The indices begin at 1. They are to index `lengths`, so they begin at 0.",
        ),
        Mistake(
            "changes_inputs", was="batches = []", now="batches = []\n    lengths.sort()",
            says="`lengths` itself is sorted. Whoever called still needs it: `sorted` makes a new list.",
        ),
    ),
    properties=(
        Property(_each_index_once, "Not every text stands in exactly one batch."),
        Property(
            _ties_kept,
            "Texts of equal length do not keep their order. Python's `sorted` keeps it; `argsort` does only with `stable=True`, "
            "and NumPy's with `kind=\"stable\"`.",
        ),
    ),
    hints=(
        "First one list of all indices, from the shortest text to the longest. Then cut it into pieces.",
        "`sorted` can order indices by what they stand for: its `key` is a function of an index. Then slices of `batch_size`; "
        "the last may be shorter, and Python's slices do that by themselves.",
        "`sorted(range(len(lengths)), key=lambda index: ...)`, then a loop over `range(0, ..., batch_size)` that appends "
        "`order[start : start + batch_size]`.",
    ),
)  # fmt: skip


# pack_sequences -------------------------------------------------------------------------------------------------------


def _pack_cases(draw: Draw) -> list[Case]:
    def sequence(length: int) -> list[int]:
        return [101, *draw.integers(1000, 30000, length - 2).tolist(), 102]

    four = [sequence(length) for length in (5, 3, 7, 3)]
    return [
        Case((four,), "four sequences of 5, 3, 7 and 3 tokens"),
        Case(([sequence(4), [7]],), "a sequence of one token"),
        Case(([sequence(6)],), "a single sequence"),
    ]


def _padded(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    rows = [torch.tensor(sequence) for sequence in sequences]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    positions = torch.arange(ids.shape[1]).expand_as(ids)
    return ids, positions, torch.tensor([0, *(len(s) for s in sequences)]).cumsum(0)


def _separated(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    return reference.pack_sequences([[*sequence, 0] for sequence in sequences])


_POSITIONS, _BOUNDARY = "range(len(sequence))", "boundaries.append(len(ids))"
_IDS_ROW, _POSITIONS_ROW = "torch.tensor([ids]", "torch.tensor([positions]"

check_pack_sequences = Check(
    reference.pack_sequences,
    _pack_cases,
    axes=(("batch", "all tokens"), ("batch", "all tokens"), ("sequences + 1",)),
    mistakes=(
        Mistake(
            "positions_go_on", was=_POSITIONS, now="range(len(ids) - len(sequence), len(ids))",
            says="The positions go on through the row. Each sequence has to begin anew at 0, or its words are looked up as "
            "if they stood in the middle of a long text (and beyond the table's last row there is nothing to look up).",
        ),
        Mistake(
            "positions_from_1", was=_POSITIONS, now="range(1, len(sequence) + 1)",
            says="The positions begin at 1. BERT's first token has position 0.",
        ),
        Mistake(
            "sequence_numbers", was=_POSITIONS, now="[len(boundaries) - 1] * len(sequence)",
            says="The second tensor says which sequence a token is of. Asked for is its position in that sequence.",
        ),
        Mistake(
            "sequence_numbers_from_1", was=_POSITIONS, now="[len(boundaries)] * len(sequence)",
            says="The second tensor says which sequence a token is of. Asked for is its position in that sequence.",
        ),
        Mistake(
            "positions_zero", was=_POSITIONS, now="[0] * len(sequence)",
            says="All positions are 0, so word order is lost: they count up within each sequence.",
        ),
        Mistake(
            "no_first_0", was="[], [], [0]", now="[], [], []",
            says="The first boundary, 0, is missing: n sequences have n + 1 boundaries.",
        ),
        Mistake(
            "no_last", was=_BOUNDARY, now="boundaries.append(len(ids))", also=(("[], [], [0]", "[], [], [0]"),
                   ("cu_seqlens = torch.tensor(boundaries,", "cu_seqlens = torch.tensor(boundaries[:-1],")),
            says="The last boundary, the number of all tokens, is missing: n sequences have n + 1 boundaries.",
        ),
        Mistake(
            "lengths", was=_BOUNDARY, now="boundaries.append(len(sequence))", also=(("[], [], [0]", "[], [], []"),),
            says="These are the lengths. The boundaries are their running sum, with a 0 before it: the cu of `cu_seqlens` "
            "means cumulative.",
        ),
        Mistake(
            "lengths_after_0", was=_BOUNDARY, now="boundaries.append(len(sequence))",
            says="After the 0 stand the lengths, not added up. The cu of `cu_seqlens` means cumulative.",
        ),
        Mistake(
            "last_places", was=_BOUNDARY, now="boundaries.append(len(ids) - 1)",
            says="The boundaries are the places of the last tokens. A sequence reaches up to, but not with, its boundary, as "
            "in a slice.",
        ),
        Mistake(
            "starts_twice", was=_BOUNDARY, now="boundaries.append(len(ids) - len(sequence))",
            says="Each boundary is appended before its sequence is added to the row, so they lag behind by one sequence.",
        ),
        Mistake(
            "no_batch_axis", was=_IDS_ROW, now="torch.tensor(ids", also=((_POSITIONS_ROW, "torch.tensor(positions"),),
            says="The axis of the batch is missing: ids and positions are a batch of one row, (1, N).",
        ),
        Mistake(
            "ids_without_batch_axis", was=_IDS_ROW, now="torch.tensor(ids",
            says="The ids lack the axis of the batch: (1, N), a batch of one row.",
        ),
        Mistake(
            "positions_without_batch_axis", was=_POSITIONS_ROW, now="torch.tensor(positions",
            says="The positions lack the axis of the batch: (1, N), like the ids.",
        ),
        Mistake(
            "boundaries_with_batch_axis", was="torch.tensor(boundaries", now="torch.tensor([boundaries]",
            says="The boundaries have an axis too many: they are (n + 1,), one for the whole row.",
        ),
        Mistake(
            "int32", was="torch.tensor(boundaries, dtype=torch.int64)", now="torch.tensor(boundaries, dtype=torch.int32)",
            says="The boundaries are int32. FlashAttention's kernel wants that; here all three are int64.",
        ),
        Mistake(
            "results_swapped", was="return input_ids, position_ids, cu_seqlens", now="return input_ids, cu_seqlens, position_ids",
            says="The order of the results is ids, position ids, boundaries; yours has the last two swapped.",
        ),
        Mistake(
            "padded", function=_padded,
            says="This is a padded batch, a row for each sequence. Packed means one row for all, with nothing between them.",
        ),
        Mistake(
            "separated", function=_separated,
            says="There is a 0 after each sequence. Nothing has to stand between them: the boundaries keep them apart.",
        ),
        Mistake(
            "special_tokens_dropped", was="    for sequence in sequences:", now="    for sequence in sequences:\n"
            "        sequence = [token for token in sequence if token not in (101, 102)]",
            says="[CLS] and [SEP] are taken out. They belong to each sequence as in any batch.",
        ),
        Mistake(
            "one_cls", was="    for sequence in sequences:", now="    for number, sequence in enumerate(sequences):\n"
            "        sequence = sequence if number == 0 else sequence[1:]",
            says="Only the first sequence keeps its first token. Each needs its own [CLS]: it is as if it were alone.",
        ),
        Mistake(
            "sorted", was="in sequences:", now="in sorted(sequences, key=len):",
            says="The sequences are sorted by length. Here they keep their order; sorting is somebody else's task.",
        ),
        Mistake(
            "last_lost", was="in sequences:", now="in (sequences[:-1] or sequences):",
            says="The last sequence is missing.",
        ),
        Mistake(
            "changes_inputs", was="positions.extend(", now="sequences[0] = ids\n        positions.extend(",
            says="The list of the first sequence is made longer, or replaced: the row has to be a new list.",
        ),
    ),
    properties=(
        Property(lambda value, sequences: value[0].shape == value[1].shape, "Ids and positions are not equally many."),
        Property(
            lambda value, sequences: value[0].numel() == int(value[2][-1]),
            "The last boundary is not the number of tokens in the row.",
        ),
    ),
    hints=(
        "Like a long sentence, except that two things keep the sequences apart: positions that begin anew, and a list of "
        "where each one begins and ends.",
        "Three plain lists that grow in one loop over the sequences: ids by the sequence, positions by 0 up to its length, "
        "boundaries by the number of ids so far. The boundaries begin with a 0. Then int64 tensors (1, N), (1, N), (n + 1,).",
        "`ids.extend(sequence)`, `positions.extend(range(len(sequence)))`, `boundaries.append(len(ids))` in this order, with "
        "`boundaries = [0]` before. `torch.tensor([ids])` has the axis of the batch.",
    ),
)  # fmt: skip


# block_diagonal_mask --------------------------------------------------------------------------------------------------


def _mask_cases(draw: Draw) -> list[Case]:
    lengths = [draw.number(2, 5), 1, draw.number(3, 6), 2]
    boundaries = torch.tensor([0, *lengths]).cumsum(0)
    return [
        Case((boundaries, torch.float32), "four sequences, one of a single token"),
        Case((torch.tensor([0, 3, 5]), torch.float64), "float64"),
        Case((torch.tensor([0, 2, 5]), torch.float16), "float16"),
        Case((torch.tensor([0, 4]), torch.float32), "one sequence: nothing to keep apart"),
    ]


def _what_softmax_sees(value: object, cu_seqlens: Tensor, dtype: torch.dtype):
    """From -1000 down all numbers are alike, the exponential is 0 in each case: they count as the dtype's lowest."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    return value.clamp(max=1000).masked_fill(value <= -1000, torch.finfo(value.dtype).min)


def _penalty_remark(value: Tensor, cu_seqlens: Tensor, dtype: torch.dtype) -> str:
    lowest = float(value.min())
    if dtype != torch.float32 or lowest == 0 or (lowest <= torch.finfo(dtype).min and lowest != -torch.inf):
        return ""
    shown = "`-inf`" if lowest == -torch.inf else f"{lowest:g}"
    return f"{shown} does the same here: its exponential is 0, like that of the dtype's lowest number."


def _causal_too(cu_seqlens: Tensor, dtype: torch.dtype) -> Tensor:
    mask = reference.block_diagonal_mask(cu_seqlens, dtype)
    return mask.masked_fill(torch.ones(mask.shape[-2:]).triu(1).bool(), torch.finfo(dtype).min)


def _in_blocks(longer: int):
    """Blocks that are filled one after the other, each by so many places too long."""

    def mask_in_blocks(cu_seqlens: Tensor, dtype: torch.dtype) -> Tensor:
        count, bounds = int(cu_seqlens[-1]), cu_seqlens.tolist()
        mask = torch.full((1, 1, count, count), torch.finfo(dtype).min, dtype=dtype)
        for start, end in itertools.pairwise(bounds):
            mask[:, :, start : end + longer, start : end + longer] = 0
        return mask

    return mask_in_blocks


_OTHER, _OWNER = "owner[:, None] != owner[None, :]", "torch.repeat_interleave(numbers, lengths)"
_FILLED = "zeros.masked_fill(is_other, torch.finfo(dtype).min)"

check_block_diagonal_mask = Check(
    reference.block_diagonal_mask,
    _mask_cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    view=_what_softmax_sees,
    remark=_penalty_remark,
    mistakes=(
        Mistake(
            "inverted", was=_OTHER, now="owner[:, None] == owner[None, :]",
            says="It is the wrong way round: tokens of one sequence are kept apart, and strangers may look at each other.",
        ),
        Mistake(
            "ones", was=_FILLED, now="(~is_other).to(dtype)",
            says="It has 1 where tokens may look and 0 elsewhere. This mask is added to the scores: 0 where they may, a very "
            "low number elsewhere.",
        ),
        Mistake(
            "bools", was=_FILLED, now="~is_other",
            says="It is a bool mask. Asked for is the additive one, in the dtype given.",
        ),
        Mistake(
            "not_scaled", was=_FILLED, now="is_other.to(dtype)",
            says="Strangers have a 1, which helps them: the large negative factor is missing.",
        ),
        Mistake(
            "penalty_1", was="torch.finfo(dtype).min", now="-1",
            says="A penalty of -1 is far too mild: strangers keep 37 % of their weight.",
        ),
        Mistake(
            "penalty_10", was="torch.finfo(dtype).min", now="-10",
            says="A penalty of -10 is too mild for a row of a thousand strangers: together they still weigh something.",
        ),
        Mistake(
            "positive", was="torch.finfo(dtype).min", now="torch.finfo(dtype).max",
            says="The penalty has the wrong sign: strangers get all the weight.",
        ),
        Mistake(
            "zero_times_infinity", was=_FILLED, now='is_other.to(dtype) * float("-inf")',
            says="0 · inf is NaN, not 0. Write the penalty only where it belongs, or multiply by a finite number.",
        ),
        Mistake(
            "two_axes", was="mask[None, None]", now="mask",
            says="The axes of batch and heads are missing, both of size 1.",
        ),
        Mistake(
            "three_axes", was="mask[None, None]", now="mask[None]",
            says="One axis is missing: batch and heads both have one of size 1.",
        ),
        Mistake(
            "dtype_ignored", was="dtype=dtype", now="dtype=torch.float32", also=(("torch.finfo(dtype)", "torch.finfo(torch.float32)"),),
            says="The mask is always float32; `dtype` says what it should be.",
        ),
        Mistake(
            "earlier_allowed", was=_OTHER, now="owner[:, None] < owner[None, :]",
            says="A token may look at all earlier sequences of the row. It may look only at its own.",
        ),
        Mistake(
            "later_allowed", was=_OTHER, now="owner[:, None] > owner[None, :]",
            says="A token may look at all later sequences of the row. It may look only at its own.",
        ),
        Mistake(
            "boundary_off_by_one", was=_OWNER,
            now="torch.bucketize(torch.arange(int(cu_seqlens[-1])), cu_seqlens[1:])",
            says="The first token of a sequence is counted with the one before. Boundary i is the first place of sequence i: "
            "a sequence reaches up to, but not with, its end.",
        ),
        Mistake(
            "ends_early", was=_OWNER,
            now="torch.bucketize(torch.arange(int(cu_seqlens[-1])), cu_seqlens[1:] - 1, right=True)",
            says="The last token of a sequence is counted with the next one: each block ends one place too early.",
        ),
        Mistake(
            "causal", function=_causal_too,
            says="Within a sequence tokens do not see those after them. That is how GPT looks; BERT looks both ways.",
        ),
        Mistake(
            "first_two", was=_OTHER, now="(owner[:, None] == 0) != (owner[None, :] == 0)",
            says="Only the first sequence is kept apart from the rest. Each has a block of its own.",
        ),
        Mistake(
            "neighbours_allowed", was=_OTHER, now="(owner[:, None] - owner[None, :]).abs() > 1",
            says="Neighbouring sequences may look at each other. Is a block one boundary too long?",
        ),
        Mistake(
            "blocks_overlap", function=_in_blocks(1),
            says="Each block is one place too long and reaches the first token of the next sequence: a slice `start : end` already "
            "goes up to, but not with, `end`.",
        ),
        Mistake(
            "blocks_too_short", function=_in_blocks(-1),
            says="Each block is one place too short, so a sequence's last token may look at nobody: a slice `start : end` ends before "
            "`end` by itself.",
        ),
        Mistake(
            "only_itself", was=_OTHER,
            now="torch.arange(len(owner))[:, None] != torch.arange(len(owner))[None, :]",
            says="Every token may look only at itself. It may look at all of its sequence.",
        ),
        Mistake(
            "no_penalty", was=_FILLED, now="zeros",
            says="The mask is 0 everywhere: nobody is kept apart.",
        ),
        Mistake(
            "of_sequences", was=_OWNER, now="numbers",
            says="This mask has a row for each sequence. It needs one for each token: repeat every sequence's number as often "
            "as it has tokens.",
        ),
        Mistake(
            "boundaries_for_lengths", was="cu_seqlens.diff()", now="cu_seqlens[1:]",
            says="The boundaries are taken for lengths. A length is the difference of two neighbouring boundaries.",
        ),
    ),
    properties=(
        Property(
            lambda value, cu_seqlens, dtype: bool(torch.equal(value, value.transpose(-2, -1))),
            "It is not symmetric: one token may look at another that may not look back.",
        ),
        Property(
            lambda value, cu_seqlens, dtype: int((value == 0).sum()) == int((cu_seqlens.diff() ** 2).sum()),
            "The number of zeros is not the sum of the squared lengths.",
        ),
        Property(
            lambda value, cu_seqlens, dtype: not bool(((value < 0) & (value > -1000)).any()),
            "The penalty is so mild that a stranger with a high score would still weigh something: take the dtype's lowest number.",
        ),
    ),
    hints=(
        "Give every token the number of its sequence. Two tokens may look at each other where their numbers are equal.",
        "Lengths (n,) from the boundaries, each number repeated as often as its sequence is long: (N,). Compared with itself "
        "as a column and as a row: (N, N). Then 0 or the dtype's lowest number, and two axes of size 1 in front.",
        "`cu_seqlens.diff()`, `torch.repeat_interleave(numbers, lengths)`, `owner[:, None] != owner[None, :]`, and zeros of "
        "the dtype `.masked_fill(..., torch.finfo(dtype).min)`.",
    ),
)  # fmt: skip


# attention_flop_share -------------------------------------------------------------------------------------------------


def _flop_cases(draw: Draw) -> list[Case]:
    return [
        Case((128, 384), "128 tokens in MiniLM"),
        Case((512, 768), "512 tokens in bert-base"),
        Case((draw.number(700, 900), draw.number(40, 70)), "a long text in a narrow model"),
    ]


def _nearly(share: float, expected: float) -> bool:
    return abs(share - expected) < 0.05 * expected


_SHARE = "(scores + mixing) / (with_weights + scores + mixing)"

check_attention_flop_share = Check(
    reference.attention_flop_share,
    _flop_cases,
    mistakes=(
        Mistake(
            "half_of_weights", was=_SHARE, now="(scores + mixing) / (with_weights / 2 + scores + mixing)",
            says="The work with weights comes out half as large: is one operation counted for each weight, where Q Kᵀ and the "
            "mix have two (a multiplication comes with an addition)? Or is the feed-forward taken to be d wide, not 4 · d?",
        ),
        Mistake(
            "half_of_pairs", was=_SHARE, now="(scores + mixing) / (2 * with_weights + scores + mixing)",
            says="What grows with the square comes out half as large: there are two such products, Q Kᵀ and the mix of the "
            "values, and two operations for each pair of numbers, as for each weight.",
        ),
        Mistake(
            "three_projections", was="4 * hidden_size * hidden_size  #", now="3 * hidden_size * hidden_size  #",
            says="Query, key and value are counted, but not the attention's output layer.",
        ),
        Mistake(
            "one_projection", was="4 * hidden_size * hidden_size  #", now="1 * hidden_size * hidden_size  #",
            says="One dense layer is counted for the attention; there are four: query, key, value and output.",
        ),
        Mistake(
            "short_by_4dd", was="2 * 4 * hidden_size", now="4 * hidden_size",
            says="8 · d² weights are counted; there are 12 · d². Is one of the feed-forward's two matrices missing (each 4 · d²), "
            "or are the attention's four (d² each)?",
        ),
        Mistake(
            "square_feed_forward", was="2 * 4 * hidden_size * hidden_size", now="16 * hidden_size * hidden_size",
            says="The feed-forward is counted as 4d times 4d. Its two matrices are d times 4d and 4d times d.",
        ),
        Mistake(
            "no_feed_forward", was="2 * 4 * hidden_size * hidden_size", now="0",
            says="The feed-forward is missing: the share is one of the whole layer.",
        ),
        Mistake(
            "whole_attention", was=f"return {_SHARE}",
            now="return (2 * attention_weights + scores + mixing) / (with_weights + scores + mixing)",
            says="This is the share of the whole attention, with its dense layers. Those are the same for a token in any "
            "sequence; asked for is only what grows with the square of the length.",
        ),
        Mistake(
            "rest", was=f"return {_SHARE}", now="return with_weights / (with_weights + scores + mixing)",
            says="This is the share of all the rest: one minus what is asked for.",
        ),
        Mistake(
            "ratio", was=_SHARE, now="(scores + mixing) / with_weights",
            says="This is a ratio of the two kinds of work, not a share of their sum.",
        ),
        Mistake(
            "inverse", was=_SHARE, now="(with_weights + scores + mixing) / (scores + mixing)",
            says="The fraction is upside down: a share is between 0 and 1.",
        ),
        Mistake(
            "per_sequence", was="scores = 2 * seq_len", now="scores = 2 * seq_len * seq_len",
            also=(("mixing = 2 * seq_len", "mixing = 2 * seq_len * seq_len"),),
            says="Q Kᵀ and the mix are counted for the whole sequence, the rest for one token. Count both for the same.",
        ),
        Mistake(
            "weights_per_sequence", was="with_weights = 2 * (", now="with_weights = 2 * seq_len * (",
            says="The products with weights are counted for the whole sequence, Q Kᵀ and the mix for one token. Count both for "
            "the same.",
        ),
        Mistake(
            "one_product_above", was=f"return {_SHARE}", now="return scores / (with_weights + scores + mixing)",
            says="Above the line stands only half of what grows with the square and is counted below it: there are two such products, "
            "Q Kᵀ and the mix of the values.",
        ),
        Mistake(
            "twelve_heads", was="scores = 2 * seq_len", now="scores = 2 * 12 * seq_len",
            also=(("mixing = 2 * seq_len", "mixing = 2 * 12 * seq_len"),),
            says="What grows with the square comes out twelve times as large next to the rest. Are 12 heads counted with d features "
            "each? All heads together have d. Or is d² counted, where there are 12 · d² weights?",
        ),
        Mistake(
            "swapped", was="(seq_len: int, hidden_size: int)", now="(hidden_size: int, seq_len: int)",
            says="Sequence length and hidden size have changed places.",
        ),
        Mistake("percent", was=f"return {_SHARE}", now=f"return 100 * {_SHARE}", says="These are per cent. A share is between 0 and 1."),
        Mistake(
            "rounded_down", was=f"{_SHARE}", now="(scores + mixing) // (with_weights + scores + mixing)",
            says="`//`, like `int`, throws away everything behind the point; a share is all behind it.",
        ),
        Mistake(
            "square_of_hidden", was="scores = 2 * seq_len * hidden_size", now="scores = 2 * seq_len * hidden_size ** 2",
            also=(("mixing = 2 * seq_len * hidden_size", "mixing = 2 * seq_len * hidden_size ** 2"),),
            says="A token's score with another takes d multiplications, not d².",
        ),
        Mistake(
            "no_hidden", was="scores = 2 * seq_len * hidden_size", now="scores = 2 * seq_len",
            also=(("mixing = 2 * seq_len * hidden_size", "mixing = 2 * seq_len"),),
            says="A score is counted as one multiplication. It is a dot product over d features (all heads together).",
        ),
    ),
    properties=(
        Property(lambda value, seq_len, hidden_size: 0 < value < 1, "It is not between 0 and 1."),
        Property(
            lambda value, seq_len, hidden_size: not _nearly(value, reference.attention_flop_share(seq_len, hidden_size)),
            "That is close. Is it rounded? Or are biases, the norms or the softmax counted, too? Only matrix products are.",
        ),
    ),
    hints=(
        "Take one token and ask of every matrix product in the layer: with how many numbers is it multiplied? Weights: as many "
        "as the matrix has. Q Kᵀ and the mix: every other token's vector.",
        "With d = hidden_size, T = seq_len: 4 d² weights in the attention, 8 d² in the feed-forward; T · d products for Q Kᵀ "
        "and T · d for the mix. Two operations for each. The share is of the sum.",
        "With weights: 2 · 12 · d². With the square: 2 · 2 · T · d. Divide the second by the sum of both; the twos cancel if you "
        "have them everywhere.",
    ),
)  # fmt: skip
