"""The checks of lesson 02. Later lessons inherit the mistakes of `layer_norm`, so its bank is the longest."""

from types import SimpleNamespace

import torch
from torch import Tensor

from course_utils.reference import embeddings as reference

from .engine import Case, Check, Draw, Mistake, Property


def _ids(draw: Draw, vocabulary: int, batch: int, tokens: int) -> Tensor:
    """(batch, tokens) ids below the table's last; the first row begins with id 1, the last ends in padding, id 0."""
    ids = draw.integers(1, vocabulary - 1, batch, tokens)
    ids[0, 0] = 1
    ids[-1, -2:] = 0
    return ids


# embedding_lookup -----------------------------------------------------------------------------------------------------


def _lookup_cases(draw: Draw) -> list[Case]:
    # more features than rows, so that columns taken for rows give numbers instead of an IndexError
    return [
        Case((draw.normal(11, 13), _ids(draw, 11, 2, 5)), "two sentences, the second padded"),
        Case((draw.normal(7, 16), torch.tensor([[6, 0, 6]])), "the last row, the first, and the last again"),
    ]


check_embedding_lookup = Check(
    reference.embedding_lookup,
    _lookup_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "columns", was="table[ids]", now="table.T[ids]",
            says="You look up columns of the table. An id is the number of a row: the table is (vocabulary, hidden).",
        ),
        Mistake(
            "columns_in_front", was="table[ids]", now="table[:, ids]",
            says="`table[:, ids]` takes columns and keeps every row. An id is the number of a row, the table's first "
            "axis.",
        ),
        Mistake(
            "axes_swapped", was="table[ids]", now="table[ids].transpose(1, 2)",
            says="The right vectors, but hidden and tokens have changed places: the vector's own axis comes last.",
        ),
        Mistake(
            "flattened", was="table[ids]", now="table[ids.flatten()]",
            says="The sentences have run together into one long row of tokens: keep the batch axis.",
        ),
        Mistake(
            "first_sentence", was="table[ids]", now="table[ids[:1]].repeat(ids.shape[0], 1, 1)",
            says="Every sentence gets the vectors of the first one.",
        ),
        Mistake(
            "ids_from_one", was="table[ids]", now="table[ids - 1]",
            says="Every vector is its neighbour's: the ids count from 0, so id 0 is the table's first row.",
        ),
        Mistake(
            "scaled", was="table[ids]", now="table[ids] * table.shape[1] ** 0.5",
            says="Everything is multiplied by √hidden. The Transformer of Vaswani et al. scales its embeddings; BERT "
            "does not.",
        ),
        Mistake(
            "padding_zeroed", was="table[ids]", now="table[ids] * (ids != 0).unsqueeze(-1)",
            says="You put zeros where the id is 0. [PAD] has a row in the table like any other token and is looked up "
            "like it; hiding it is the attention mask's work.",
        ),
        Mistake(
            "averaged", was="table[ids]", now="table[ids].mean(dim=1)",
            says="The vectors of a sentence are averaged into one. Each token keeps a vector of its own.",
        ),
        Mistake(
            "one_hot", was="table[ids]", now="torch.nn.functional.one_hot(ids, table.shape[0]).to(table.dtype)",
            says="These are the one-hot vectors; multiplied with the table they would become the rows.",
        ),
        Mistake(
            "unit_length", was="table[ids]", now="torch.nn.functional.normalize(table[ids], dim=-1)",
            says="The rows are brought to length 1. A lookup hands them out as they are.",
        ),
    ),
    hints=(
        "An embedding table is an array of rows, and an id is a row's number. Nothing is computed.",
        "PyTorch can index a tensor with a tensor of integers: every id of (batch, tokens) is replaced by its row of "
        "(hidden,), which gives (batch, tokens, hidden).",
        "Square brackets are enough: the table outside, the ids inside. `torch.nn.functional.embedding(ids, ...)` "
        "does the same.",
    ),
)  # fmt: skip


# embedding_sum --------------------------------------------------------------------------------------------------------


def _tables(draw: Draw, vocabulary: int, positions: int, segments: int, hidden: int) -> tuple[Tensor, Tensor, Tensor]:
    return draw.normal(vocabulary, hidden), draw.normal(positions, hidden), draw.normal(segments, hidden)


def _sum_cases(draw: Draw) -> list[Case]:
    # even hidden sizes, so that sinusoids fit; more positions than ids and than tokens in the batch, so that wrong
    # position ids give numbers instead of an IndexError
    return [
        Case((_ids(draw, 11, 3, 5), draw.token_type_ids(3, 5), *_tables(draw, 11, 17, 2, 14)), "pairs, one padded"),
        Case((_ids(draw, 13, 2, 7), draw.token_type_ids(2, 7), *_tables(draw, 13, 19, 2, 10)), "longer sentences"),
        Case(
            (_ids(draw, 11, 1, 4), torch.zeros(1, 4, dtype=torch.int64), *_tables(draw, 11, 17, 2, 14)),
            "one text, no pair",
        ),
    ]


_SINUSOIDS = """(lambda angles: torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).expand_as(word_vectors))(
        positions[:, None] * 10000.0 ** (-torch.arange(0, word.shape[1], 2) / word.shape[1]))"""

check_embedding_sum = Check(
    reference.embedding_sum,
    _sum_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "no_words", was="word_vectors + segment_vectors", now="segment_vectors",
            says="The word vectors are missing from the sum: nobody says which token it is.",
        ),
        Mistake(
            "no_segments", was=" + segment_vectors", now="",
            says="The segment vectors are missing from the sum. Even where every segment id is 0, row 0 of that table "
            "is added.",
        ),
        Mistake(
            "no_positions", was=" + position_vectors", now="",
            says="The position vectors are missing from the sum: without them every order of the words looks the same "
            "to BERT.",
        ),
        Mistake(
            "positions_from_one", was="torch.arange(num_tokens", now="torch.arange(1, num_tokens + 1",
            says="Your positions start at 1. The first token of every sequence takes row 0 of the position table.",
        ),
        Mistake(
            "positions_from_two", was="torch.arange(num_tokens", now="torch.arange(2, num_tokens + 2",
            says="Your positions start at 2, as RoBERTa's do. BERT's first token takes row 0 of the position table.",
        ),
        Mistake(
            "position_zero", was="positions.expand_as(input_ids)", now="torch.zeros_like(input_ids)",
            says="Every token gets position 0, which says nothing about the order.",
        ),
        Mistake(
            "positions_by_sentence", was="positions.expand_as(input_ids)",
            now="torch.arange(input_ids.shape[0])[:, None].expand_as(input_ids)",
            says="The position is the sentence's number in the batch. It should be the token's place in its sentence.",
        ),
        Mistake(
            "positions_not_restarting", was="positions.expand_as(input_ids)",
            now="torch.arange(input_ids.numel()).view(input_ids.shape)",
            says="The positions run on from one sentence into the next: they start at 0 in every row of the batch.",
        ),
        Mistake(
            "positions_skip_padding", was="positions.expand_as(input_ids)",
            now="((input_ids != 0).cumsum(1) - 1).clamp(min=0)",
            says="Your positions stand still at padding (id 0). BERT counts every place, padded or not.",
        ),
        Mistake(
            "positions_by_token_id", was="embedding_lookup(position, position_ids)",
            now="embedding_lookup(position, input_ids)",
            says="The position table is indexed by the token ids. Its row number is the token's place: 0, 1, 2 ...",
        ),
        Mistake(
            "words_by_position", was="embedding_lookup(word, input_ids)", now="embedding_lookup(word, position_ids)",
            says="The word table is indexed by the positions, so the text itself is never read.",
        ),
        Mistake(
            "words_by_segment", was="embedding_lookup(word, input_ids)", now="embedding_lookup(word, token_type_ids)",
            says="The word table is indexed by the segment ids, so the text itself is never read.",
        ),
        Mistake(
            "sinusoids", was="embedding_lookup(position, position_ids)", now=_SINUSOIDS,
            says="These are the sine and cosine positions of Vaswani et al. BERT learned its positions: they are in "
            "the table that you were given.",
        ),
        Mistake(
            "segment_zero", was="embedding_lookup(token_type, token_type_ids)",
            now="embedding_lookup(token_type, torch.zeros_like(token_type_ids))",
            says="Segment 0 is added everywhere. `token_type_ids` says which row: the second text of a pair takes row "
            "1.",
        ),
        Mistake(
            "segments_inverted", was="embedding_lookup(token_type, token_type_ids)",
            now="embedding_lookup(token_type, 1 - token_type_ids)",
            says="The two segments are swapped: id 0 takes row 0, id 1 takes row 1.",
        ),
        Mistake(
            "segments_from_words", was="embedding_lookup(token_type, token_type_ids)",
            now="embedding_lookup(word, token_type_ids)",
            says="The segment ids are looked up in the word table; they have a small table of their own.",
        ),
        Mistake(
            "segments_from_positions", was="embedding_lookup(token_type, token_type_ids)",
            now="embedding_lookup(position, token_type_ids)",
            says="The segment ids are looked up in the position table; they have a small table of their own.",
        ),
        Mistake(
            "averaged", was="word_vectors + segment_vectors + position_vectors",
            now="(word_vectors + segment_vectors + position_vectors) / 3",
            says="This is the mean of the three, a third of their sum. The norm that follows hides it almost "
            "completely, but BERT adds.",
        ),
        Mistake(
            "concatenated", was="word_vectors + segment_vectors + position_vectors",
            now="torch.cat([word_vectors, position_vectors, segment_vectors], dim=-1)",
            says="The three stand side by side, three times as wide. BERT adds them.",
        ),
        Mistake(
            "multiplied", was="word_vectors + segment_vectors + position_vectors",
            now="word_vectors * segment_vectors * position_vectors",
            says="The three are multiplied. BERT adds them.",
        ),
        Mistake(
            "words_scaled", was="embedding_lookup(word, input_ids)",
            now="embedding_lookup(word, input_ids) * word.shape[1] ** 0.5",
            says="The word vectors are multiplied by √hidden. Vaswani et al. do that; BERT does not.",
        ),
    ),
    hints=(
        "Three questions about each token, three tables, three vectors of the same size: what is it, where does it "
        "stand, which text is it in? Add the answers.",
        "You are given the ids for two of the lookups. The third takes the numbers 0 to T-1, the same for every "
        "sentence: (batch, tokens, hidden) + (batch, tokens, hidden) + (tokens, hidden) is fine, since PyTorch "
        "repeats the last one over the batch.",
        "`torch.arange(input_ids.shape[1])` are the position ids; on another device they need "
        "`device=input_ids.device`. Then one lookup for each table, and two plus signs.",
    ),
)  # fmt: skip


# layer_norm -----------------------------------------------------------------------------------------------------------


def _layer_norm_cases(draw: Draw) -> list[Case]:
    cases = []
    for shape, eps, about in (
        ((1, 13, 13), 0.1, "as many tokens as features"),  # the only shape where a missing keepdim raises nothing
        ((2, 5, 21), 1e-12, "BERT's own eps, 1e-12"),
        ((2, 5, 21), 0.1, "a large eps, 0.1"),
        ((3, 10), 0.1, "no batch axis"),
    ):
        x = draw.normal(*shape) * 1.5 + 0.4
        x[..., 1, :] = 0.3 + draw.normal(*shape[:-2], shape[-1], scale=0.05)  # low variance: here eps counts
        x[..., -1, :] = 0  # no variance at all: without eps this is 0 / 0
        cases.append(Case((x, *draw.norm(shape[-1]), eps), about))
    return cases


_MEAN, _VARIANCE = "x.mean(dim=-1, keepdim=True)", "x.var(dim=-1, keepdim=True, unbiased=False)"
_ROOT, _AFFINE = "torch.sqrt(variance + eps)", "normalized * weight + bias"


def _over(label: str, axis: str, says: str) -> Mistake:
    """Mean and variance over another axis."""
    mean, variance = f"x.mean(dim={axis}, keepdim=True)", f"x.var(dim={axis}, keepdim=True, unbiased=False)"
    return Mistake(label, was=_MEAN, now=mean, also=((_VARIANCE, variance),), says=says)


_OVER_TOKENS = (
    "Mean and variance are taken over the tokens. Layer norm looks at one token's features alone, the last axis; "
    "otherwise every token's result would depend on its neighbours."
)
_OVER_A_SENTENCE = (
    "One mean and one variance for a whole sentence. Layer norm has a pair for every token: the last axis only."
)


def _is_finite(value: Tensor, *_: object) -> bool:
    return bool(value.isfinite().all())


def _is_finite_without_variance(value: Tensor, x: Tensor, *_: object) -> bool:
    return bool(value[x.var(dim=-1) == 0].isfinite().all()) or not _is_finite_with_variance(value, x)


def _is_finite_with_variance(value: Tensor, x: Tensor, *_: object) -> bool:
    return bool(value[x.var(dim=-1) > 0].isfinite().all())


def _before_affine(value: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return (value.double() - bias.double()) / weight.double()


def _mean_is_zero(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> bool:
    return not _is_finite(value) or bool(_before_affine(value, weight, bias).mean(dim=-1).abs().max() < 1e-3)


def _variance_is_one(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> bool:
    variance = x.double().var(dim=-1, unbiased=False)
    mine = _before_affine(value, weight, bias).var(dim=-1, unbiased=False)
    return not _is_finite(value) or bool((mine - variance / (variance + eps)).abs().max() < 1e-3)


check_layer_norm = Check(
    reference.layer_norm,
    _layer_norm_cases,
    axes=("batch", "tokens", "hidden"),
    properties=(
        Property(_is_finite_without_variance,
                 "A token whose features are all equal has no variance: what keeps it from 0 / 0?"),
        Property(_is_finite_with_variance,
                 "There is NaN even where a token's features differ: is a root taken of something below 0?"),
        Property(_mean_is_zero, "With weight and bias undone, the mean of each token's vector is not 0."),
        Property(
            _variance_is_one,
            "With weight and bias undone, the variance of each token's vector is not σ² / (σ² + eps), which is nearly "
            "1.",
        ),
    ),
    mistakes=(
        Mistake(
            "unbiased", was="unbiased=False", now="unbiased=True",
            says="Your variance divides by one less than the number of features, as `var` and `std` do by default. "
            "Layer norm divides by their number: `unbiased=False`. No eye sees the difference, the proof does.",
        ),
        Mistake(
            "eps_outside_root", was=_ROOT, now="(torch.sqrt(variance) + eps)",
            says="Your eps is added to the standard deviation. It belongs under the root, added to the variance: √(σ² "
            "+ eps).",
        ),
        Mistake(
            "no_eps", was="variance + eps", now="variance",
            says="eps is missing: a token whose features are all equal becomes 0 / 0, which is NaN.",
        ),
        Mistake(
            "eps_1e-5", was="variance + eps", now="variance + 1e-5",
            says="eps is always 1e-5 here, PyTorch's default, and not the argument. BERT's is 1e-12.",
        ),
        Mistake(
            "eps_1e-12", was="variance + eps", now="variance + 1e-12",
            says="Your eps is 1e-12, or next to nothing, whatever the argument says. 1e-12 is BERT's, but the function gets it "
            "as an argument.",
        ),
        Mistake(
            "no_root", was=_ROOT, now="(variance + eps)",
            says="You divide by the variance. The standard deviation is its square root.",
        ),
        Mistake(
            "two_roots", was=_ROOT, now="torch.sqrt(torch.sqrt(variance) + eps)",
            says="The root is taken twice: of the variance, and again of the standard deviation plus eps.",
        ),
        Mistake(
            "multiplied", was="/ torch.sqrt", now="* torch.sqrt",
            says="You multiply by the standard deviation. Dividing by it is what brings the variance to 1.",
        ),
        _over("over_tokens", "1", _OVER_TOKENS + " Axis 1 is the tokens' axis of a batch; the last axis is -1."),
        _over("over_next_to_last", "-2", _OVER_TOKENS),
        _over(
            "over_batch", "0",
            "Mean and variance are taken over the first axis, as batch norm does. Layer norm looks at one token's "
            "features alone, the last axis.",
        ),
        _over("over_tokens_and_features", "(-2, -1)", _OVER_A_SENTENCE),
        _over("over_all_but_the_first", "tuple(range(1, x.dim()))", _OVER_A_SENTENCE),
        Mistake(
            "over_everything", was=_MEAN, now="x.mean()", also=((_VARIANCE, "x.var(unbiased=False)"),),
            says="One mean and one variance for the whole tensor: `dim=-1` is missing. Layer norm has a pair for "
            "every token.",
        ),
        Mistake(
            "no_keepdim", was=_MEAN, now="x.mean(dim=-1)", also=((_VARIANCE, "x.var(dim=-1, unbiased=False)"),),
            says="Without `keepdim=True` the mean of each token lies along the wrong axis: it is lined up with the "
            "features, and fits only by accident.",
        ),
        Mistake(
            "mean_not_subtracted", was="(x - mean)", now="x",
            says="The mean is not subtracted: x is only divided by its standard deviation.",
        ),
        Mistake(
            "second_moment", was=_VARIANCE, now="x.square().mean(dim=-1, keepdim=True)",
            says="Your variance is the mean of x². It is the mean of (x - μ)², the squares of what is left when the "
            "mean is off.",
        ),
        Mistake(
            "rms_norm", was="(x - mean)", now="x", also=((_VARIANCE, "x.square().mean(dim=-1, keepdim=True)"),),
            says="This is RMS norm, which newer models use: the mean is neither subtracted from x nor from the "
            "squares. BERT's layer norm does both.",
        ),
        Mistake(
            "sum_of_squares", was=_VARIANCE, now="(x - mean).square().sum(dim=-1, keepdim=True)",
            says="You divide by the vector's length. The variance is the mean of the squares, not their sum.",
        ),
        Mistake(
            "no_weight", was="normalized * weight", now="normalized",
            says="The weight is missing: each feature is stretched by a learned number.",
        ),
        Mistake(
            "no_bias", was=" + bias", now="",
            says="The bias is missing: each feature is shifted by a learned number.",
        ),
        Mistake(
            "swapped", was=_AFFINE, now="normalized * bias + weight",
            says="Weight and bias have changed places: multiply by the weight, add the bias.",
        ),
        Mistake(
            "bias_first", was=_AFFINE, now="(normalized + bias) * weight",
            says="The bias is added before the weight multiplies, so it is stretched too. First the weight, then the "
            "bias.",
        ),
    ),
    hints=(
        "Each token's vector by itself: take its mean away, divide by its standard deviation. Then the learned part: "
        "one weight and one bias for each feature.",
        "Mean and variance over the last axis, kept as an axis of size 1: (..., 1), so that they are subtracted and "
        "divided for all features of (..., hidden). Weight and bias are (hidden,) and fit as they are.",
        "`x.mean(dim=-1, keepdim=True)`, and the same for `var`, with `unbiased=False`. eps joins the variance before "
        "`torch.sqrt`. At the end times weight, plus bias.",
    ),
)  # fmt: skip


# bert_embeddings ------------------------------------------------------------------------------------------------------


def _config(vocabulary: int, positions: int, segments: int, hidden: int, eps: float = 1e-12) -> SimpleNamespace:
    """What a BertConfig says of the embeddings; SimpleNamespace, so that a check need not import transformers."""
    return SimpleNamespace(
        vocab_size=vocabulary, max_position_embeddings=positions, type_vocab_size=segments, hidden_size=hidden,
        layer_norm_eps=eps, hidden_dropout_prob=0.1, pad_token_id=0,
    )  # fmt: skip


def _bert_embeddings_cases(draw: Draw) -> list[Case]:
    cases = []
    for batch, tokens, sizes, eps, about in (
        (3, 5, (11, 17, 2, 14), 0.1, "pairs, one padded, a large eps, 0.1"),
        (2, 7, (13, 19, 2, 10), 1e-12, "longer sentences, BERT's own eps, 1e-12"),
    ):
        tables = [0.3 * table for table in _tables(draw, *sizes)]
        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        tensors = {f"embeddings.{name}.weight": table for name, table in zip(names, tables, strict=True)}
        for norm in ("embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm"):
            tensors[f"{norm}.weight"], tensors[f"{norm}.bias"] = draw.norm(sizes[-1])
        ids = _ids(draw, sizes[0], batch, tokens)
        cases.append(Case((ids, draw.token_type_ids(batch, tokens), tensors, _config(*sizes, eps)), about))
    return cases


_NORMED = "layer_norm(summed, norm_weight, norm_bias, config.layer_norm_eps)"


def _normed_table(name: str) -> tuple[str, str]:
    """An edit: this table normalised before anything is added."""
    table = f'state_dict["embeddings.{name}.weight"]'
    norm = 'state_dict["embeddings.LayerNorm.weight"], state_dict["embeddings.LayerNorm.bias"]'
    return table, f"layer_norm({table}, {norm}, config.layer_norm_eps)"


check_bert_embeddings = Check(
    reference.bert_embeddings,
    _bert_embeddings_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "no_norm", was=_NORMED, now="summed",
            says="This is the sum before the norm. `hidden_states[0]` is the normalised one.",
        ),
        Mistake(
            "norm_twice", was=_NORMED, now=f"layer_norm({_NORMED}, norm_weight, norm_bias, config.layer_norm_eps)",
            says="The norm is applied twice.",
        ),
        Mistake(
            "norm_before_sum", was=_NORMED, now="summed",
            also=tuple(map(_normed_table, ("word_embeddings", "position_embeddings", "token_type_embeddings"))),
            says="Each of the three is normalised, then they are added. BERT adds first and normalises the sum.",
        ),
        Mistake(
            "only_words_normed", was=_NORMED, now="summed", also=(_normed_table("word_embeddings"),),
            says="Only the word vectors are normalised, and the others added after that. BERT normalises the whole "
            "sum.",
        ),
        Mistake(
            "another_norm", was='state_dict["embeddings.LayerNorm.weight"]',
            now='state_dict["encoder.layer.0.attention.output.LayerNorm.weight"]',
            also=(('state_dict["embeddings.LayerNorm.bias"]',
                   'state_dict["encoder.layer.0.attention.output.LayerNorm.bias"]'),),
            says="This is the norm of the first encoder layer. The embeddings have their own: `embeddings.LayerNorm`.",
        ),
        Mistake(
            "eps_1e-12", was="config.layer_norm_eps", now="1e-12",
            says="The eps at work is 1e-12, or next to nothing, whatever the config says: `layer_norm` is to be given "
            "`config.layer_norm_eps`, and to use it.",
        ),
        Mistake(
            "eps_1e-5", was="config.layer_norm_eps", now="1e-5",
            says="The eps at work is 1e-5, PyTorch's default. It is to be `config.layer_norm_eps`, for BERT 1e-12.",
        ),
        Mistake(
            "norm_swapped", was=_NORMED, now="layer_norm(summed, norm_bias, norm_weight, config.layer_norm_eps)",
            says="Weight and bias of the norm have changed places: `layer_norm(x, weight, bias, eps)`.",
        ),
        Mistake(
            "padding_rows_zeroed", was=_NORMED, now=f"{_NORMED} * (input_ids != 0).unsqueeze(-1)",
            says="You put zeros where there is padding. BERT computes padded places like any other; the attention "
            "mask keeps them from being looked at.",
        ),
        Mistake(
            "not_deterministic", was=_NORMED, now=f"torch.nn.functional.dropout({_NORMED}, 0.1)",
            says="Dropout is a matter of training.",
        ),
    ),
    hints=(
        "You have all the parts: add up the three embeddings, then normalise once.",
        "Five tensors of `state_dict` are needed, under the names in the docstring: three tables for `embedding_sum`, "
        "weight and bias for `layer_norm`. Everything stays (batch, tokens, hidden).",
        "`embedding_sum(input_ids, token_type_ids, word, position, token_type)`, with the three tables in this order, "
        "goes into `layer_norm` together with `state_dict[\"embeddings.LayerNorm.weight\"]`, its bias, and "
        "`config.layer_norm_eps`.",
    ),
)  # fmt: skip


# nearest_tokens -------------------------------------------------------------------------------------------------------


def _nearest_cases(draw: Draw) -> list[Case]:
    def table(rows: int, hidden: int) -> Tensor:
        """Rows of very different lengths, one of them all zeros."""
        lengths = torch.exp(draw.normal(rows, 1))
        made = draw.normal(rows, hidden) * lengths
        made[draw.number(2, rows)] = 0
        return made

    words, others, all_of_them = table(17, 5), table(23, 7), table(11, 5)
    return [
        Case((words[1].clone(), words, 4), "a row of the table"),
        Case((0.1 * draw.normal(7), others, 6), "a short vector that is no row"),
        Case((3 * draw.normal(5), all_of_them, 11), "as many as there are"),
    ]


check_nearest_tokens = Check(
    reference.nearest_tokens,
    _nearest_cases,
    mistakes=(
        Mistake(
            "dot_product", was="products / lengths.clamp(min=1e-12)", now="products",
            says="You rank by the dot product, in which long rows win. Cosine divides it by the lengths of both "
            "vectors.",
        ),
        Mistake(
            "distance", was="products / lengths.clamp(min=1e-12)", now="-(table - vector).norm(dim=-1)",
            says="You rank by distance, in which lengths count. Cosine asks only for the direction.",
        ),
        Mistake(
            "zero_row", was="lengths.clamp(min=1e-12)", now="lengths",
            says="A row of zeros has length 0, and 0 / 0 is NaN, which is sorted before everything. Its cosine counts "
            "as 0.",
        ),
        Mistake(
            "zero_row_missing", was="best_first[:k]", now="best_first[lengths[best_first] > 0][:k]",
            says="The row of zeros never comes. Its cosine counts as 0 (not as 0 / 0, which is NaN), so it stands before all "
            "rows that point away from the vector.",
        ),
        Mistake(
            "worst_first", was="descending=True", now="descending=False",
            says="You give the least similar ones: sort from the highest cosine down.",
        ),
        Mistake(
            "best_last", was="best_first[:k]", now="best_first[:k].flip(0)",
            says="The right ids, but the best one stands last.",
        ),
        Mistake(
            "absolute", was="cosines.argsort", now="cosines.abs().argsort",
            says="The sign is lost: a row that points the opposite way has cosine -1 and is the least similar of all.",
        ),
        Mistake(
            "itself_left_out", was="best_first[:k]", now="best_first[cosines[best_first] < 0.9999][:k]",
            says="You leave out the row that equals the vector. Here it counts, and comes first.",
        ),
        Mistake(
            "first_left_out", was="best_first[:k]", now="best_first[1 : k + 1]",
            says="You leave out the best one. The nearest row counts, also if it is the vector itself.",
        ),
        Mistake(
            "k_ignored", was="best_first[:k]", now="best_first",
            says="You give the whole table; only the first k are asked for.",
        ),
        Mistake("one_too_few", was="best_first[:k]", now="best_first[: k - 1]", says="That is one less than k."),
        Mistake("one_too_many", was="best_first[:k]", now="best_first[: k + 1]", says="That is one more than k."),
        Mistake(
            "ids_from_one", was="best_first[:k]", now="(best_first + 1)[:k]",
            says="Every id is one too high: the table's first row is id 0.",
        ),
        Mistake(
            "ranks", was="best_first[:k]", now="best_first.argsort()[:k]",
            says="These are the ranks of the first k rows. Asked for are the ids of the k best rows.",
        ),
        Mistake(
            "cosines", was="best_first[:k]", now="cosines[best_first[:k]]",
            says="These are the cosines. Asked for are the ids of their rows.",
        ),
    ),
    hints=(
        "Two vectors point the same way if their cosine is high: the dot product divided by both lengths.",
        "`table @ vector` gives all dot products at once, (vocabulary,). Divide by the rows' lengths, also "
        "(vocabulary,), taking care of a length of 0, sort from the highest down and keep k.",
        "`torch.nn.functional.cosine_similarity(table, vector, dim=-1)` is safe for rows of zeros. "
        "`argsort(descending=True)` or `topk(k).indices` gives the ids, `.tolist()` a list.",
    ),
)  # fmt: skip


# embedding_parameters -------------------------------------------------------------------------------------------------


def _parameters_cases(draw: Draw) -> list[Case]:
    drawn = _config(draw.number(900, 1100), draw.number(50, 90), draw.number(3, 6), draw.number(20, 40))
    return [
        Case((_config(30522, 512, 2, 768),), "bert-base"),
        Case((_config(101, 23, 3, 14),), "a tiny one"),
        Case((drawn,), "any other"),
    ]


check_embedding_parameters = Check(
    reference.embedding_parameters,
    _parameters_cases,
    mistakes=(
        Mistake(
            "no_words", was="words + positions", now="positions",
            says="The word table, by far the largest, is not counted.",
        ),
        Mistake(
            "no_positions", was="words + positions", now="words",
            says="The position table is not counted. It is learned, too.",
        ),
        Mistake("no_segments", was=" + segments", now="", says="The segment table is not counted: small, but learned."),
        Mistake(
            "no_norm", was=" + norm", now="",
            says="The norm's parameters are not counted: it has a weight and a bias.",
        ),
        Mistake(
            "norm_once", was="2 * config.hidden_size", now="config.hidden_size",
            says="The norm has both a weight and a bias, each as long as the hidden size.",
        ),
        Mistake(
            "norm_two_numbers", was="2 * config.hidden_size", now="2",
            says="The norm's weight and bias are vectors: one number for each feature.",
        ),
        Mistake(
            "norm_per_table", was="2 * config.hidden_size", now="6 * config.hidden_size",
            says="You count three norms. There is one, applied to the sum.",
        ),
        Mistake(
            "words_twice", was="config.vocab_size *", now="2 * config.vocab_size *",
            says="The word table is counted twice. Masked-LM models use it again at the end, but it is the same "
            "table.",
        ),
        Mistake(
            "one_segment", was="config.type_vocab_size * config.hidden_size", now="config.hidden_size",
            says="The segment table has one row for each segment, `type_vocab_size` in all.",
        ),
        Mistake(
            "two_segments", was="config.type_vocab_size", now="2",
            says="The number of segments is not always 2; the config says it.",
        ),
        Mistake(
            "512_positions", was="config.max_position_embeddings", now="512",
            says="The number of positions is not always 512; the config says it.",
        ),
        Mistake(
            "position_ids", was=" + norm", now=" + norm + config.max_position_embeddings",
            says="The old checkpoints' `position_ids` are counted, the numbers 0, 1, 2 ... They are a constant, no "
            "parameter.",
        ),
        Mistake(
            "table_biases", was=" + norm", now=" + norm + 3 * config.hidden_size",
            says="You count a bias for each table. A lookup has none.",
        ),
        Mistake(
            "bytes", was="words + positions + segments + norm", now="4 * (words + positions + segments + norm)",
            says="These are bytes in float32: four for each parameter.",
        ),
    ),
    hints=(
        "Three tables and one norm. A table of n rows of d numbers has n times d parameters.",
        "The rows: `vocab_size`, `max_position_embeddings`, `type_vocab_size`. The norm has a weight and a bias of "
        "`hidden_size`.",
        "(rows of the three tables together + 2) · hidden_size.",
    ),
)  # fmt: skip
