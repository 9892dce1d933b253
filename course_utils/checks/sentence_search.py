"""The checks of lesson 08: the masked mean, unit vectors, embedding texts, the cosine matrix and the search."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.reference import sentence_search as reference

from .compare import brief
from .engine import Case, Check, Mistake, Property
from .inputs import HEADS, HIDDEN, INTERMEDIATE, Draw

# mean_pool ------------------------------------------------------------------------------------------------------------


def _pool_cases(draw: Draw) -> list[Case]:
    states = draw.normal(4, 5, 7) + 0.4
    mask = torch.ones(4, 5, dtype=torch.int64)
    mask[1, 3:], mask[2, 1:], mask[3] = 0, 0, 0  # full, two of padding, one real token, none at all
    left = draw.attention_mask(3, 4).flip(0, 1)  # the padding stands on the left, and the last row has none
    return [
        Case((states, mask), "the rows have 5, 3, 1 and 0 real tokens"),
        Case((draw.normal(3, 4, 11) - 0.3, left), "padding on the left"),
        Case((draw.normal(1, 3, 7), torch.ones(1, 3, dtype=torch.int64)), "a single row without padding"),
    ]


def _padding_does_not_count(value: Tensor, last_hidden_state: Tensor, attention_mask: Tensor) -> bool:
    """Only what every real token of a row agrees on can be told from outside: its mean lies between its extremes."""
    if value.shape != last_hidden_state[:, 0].shape:
        return True  # the shape has been told; its numbers belong to no row
    kept = attention_mask[:, :, None].bool()
    low = last_hidden_state.masked_fill(~kept, torch.inf).amin(dim=1)  # (batch, hidden)
    high = last_hidden_state.masked_fill(~kept, -torch.inf).amax(dim=1)
    some = attention_mask.bool().any(dim=1)
    return bool(((value >= low - 1e-4) & (value <= high + 1e-4))[some].all())


_TOTAL = "(last_hidden_state * weights).sum(dim=1)"
_COUNT = "weights.sum(dim=1)"
_RETURN = "total / count.clamp(min=1.0)"
_WEIGHTS = "attention_mask[:, :, None].to(last_hidden_state.dtype)"

check_mean_pool = Check(
    reference.mean_pool,
    _pool_cases,
    axes=("batch", "hidden"),
    mistakes=(
        Mistake(
            "includes_padding", was=_WEIGHTS, now="torch.ones_like(attention_mask)[:, :, None].to(last_hidden_state.dtype)",
            says="The mask is ignored: the mean goes over padding as well, and padding has vectors like every token. The "
            "same sentence gets another vector in every batch, depending on how long its neighbours are.",
        ),
        Mistake(
            "divided_by_all", was=_COUNT, now="torch.full_like(weights.sum(dim=1), weights.shape[1])",
            says="The sum leaves padding out, but it is divided by the number of all tokens, padding included. A short "
            "text in a long batch gets too short a vector.",
        ),
        Mistake(
            "padding_in_sum", was=_TOTAL, now="last_hidden_state.sum(dim=1)",
            says="It is divided by the number of real tokens, but the sum before it still has the padding in it.",
        ),
        Mistake(
            "count_of_batch", was=_COUNT, now="weights.sum()",
            says="It is divided by the number of real tokens of the whole batch. Each row has to be divided by its own.",
        ),
        Mistake(
            "sum", was=_RETURN, now="total",
            says="This is the sum of the real tokens' vectors; what is missing is the division by their number.",
        ),
        Mistake(
            "zero_division", was="count.clamp(min=1.0)", now="count",
            says="A row without any real token is divided by 0, and 0 / 0 is NaN. Asked for are zeros there.",
        ),
        Mistake(
            "count_plus_one", was="count.clamp(min=1.0)", now="(count + 1)",
            says="One is added to the number of tokens. That keeps off the division by zero, and makes every other mean wrong.",
        ),
        Mistake(
            "root_of_count", was="count.clamp(min=1.0)", now="count.clamp(min=1.0).sqrt()",
            says="The sum is divided by the root of the number of tokens. sentence-transformers knows that way, too "
            "(`mean_sqrt_len_tokens`); the mean divides by the number.",
        ),
        Mistake(
            "inverted", was="attention_mask[:, :, None]", now="(1 - attention_mask)[:, :, None]",
            says="The mask is the wrong way round: this is the mean of the padding.",
        ),
        Mistake(
            "first_mask_for_all", was="attention_mask[:, :, None]", now="attention_mask[:1, :, None].expand_as(attention_mask[:, :, None])",
            says="The first row's mask is used for all rows.",
        ),
        Mistake(
            "cls", was=_RETURN, now="last_hidden_state[:, 0]",
            says="This is the vector of the first token, [CLS], not the mean of all.",
        ),
        Mistake(
            "last_token", was=_RETURN, now="last_hidden_state[:, -1]",
            says="This is the vector of the last place, not the mean of all real ones.",
        ),
        Mistake(
            "last_real_token", was=_RETURN,
            now="last_hidden_state[torch.arange(len(last_hidden_state)), attention_mask.sum(dim=1) - 1]",
            says="This is one vector of each row, that of the last real token if padding comes last. It is how a text is had "
            "from a GPT, whose last token has seen all others; here it is the mean of all real tokens.",
        ),
        Mistake(
            "max", was=_RETURN, now="last_hidden_state.masked_fill(weights == 0, -torch.inf).amax(dim=1)",
            says="This is the largest number of each feature (max pooling), not the mean.",
        ),
        Mistake(
            "max_of_products", was=_RETURN, now="(last_hidden_state * weights).amax(dim=1)",
            says="This is the largest number of each feature (max pooling, with a 0 for padding), not the mean.",
        ),
        Mistake(
            "without_first", was=_WEIGHTS, now="attention_mask[:, :, None].to(last_hidden_state.dtype).index_fill(1, torch.tensor([0]), 0)",
            says="The first token, [CLS], is left out. It is a real token like the others, and its mask is 1.",
        ),
        Mistake(
            "over_hidden", was=_RETURN, now="(last_hidden_state * weights).mean(dim=-1)",
            says="The mean goes over the features, and one number is left of each token. It has to go over the tokens, axis 1.",
        ),
        Mistake(
            "over_batch", was=_RETURN, now="(last_hidden_state * weights).sum(dim=0) / weights.sum(dim=0).clamp(min=1.0)",
            says="The mean goes over the batch, so that sentences are mixed. It has to go over the tokens, axis 1.",
        ),
        Mistake(
            "rows_joined", was=_RETURN, now="last_hidden_state[attention_mask.bool()].mean(dim=0)",
            says="Indexing with the mask puts the real tokens of all rows into one list, so this is one mean for the whole "
            "batch. Each row has to have its own.",
        ),
        Mistake(
            "axis_kept", was="sum(dim=1)  # (batch, hidden)", now="sum(dim=1, keepdim=True)", also=(("weights.sum(dim=1)", "weights.sum(dim=1, keepdim=True)"),),
            says="The tokens' axis is still there, with size 1: (batch, 1, hidden).",
        ),
        Mistake(
            "not_pooled", was=_RETURN, now="last_hidden_state * weights",
            says="Padding is set to zero, and the tokens still stand side by side: add them up and divide.",
        ),
        Mistake(
            "changes_inputs", was="(last_hidden_state * weights)", now="last_hidden_state.mul_(weights)",
            says="The hidden states are changed in place.",
        ),
    ),
    properties=(
        Property(_padding_does_not_count, "Some numbers lie outside of what the row's real tokens have: no mean can do that."),
    ),
    hints=(
        "A mean is a sum divided by a count. Both must know of the mask: padding adds nothing to the sum, and it is not counted.",
        "The mask (batch, tokens) becomes (batch, tokens, 1), so that it can be multiplied with the states (batch, tokens, "
        "hidden). Sum over the tokens: (batch, hidden). The count is the mask's own sum over the tokens: (batch, 1). For a "
        "row of padding the count is 0: what may stand there instead, so that its sum of zeros stays zeros?",
        "`attention_mask[:, :, None]` has the new axis; `.to(last_hidden_state.dtype)` makes it floats. `.sum(dim=1)` twice, "
        "and `.clamp(min=1.0)` on the count before dividing.",
    ),
)  # fmt: skip


# l2_normalize ---------------------------------------------------------------------------------------------------------


def _normalize_cases(draw: Draw) -> list[Case]:
    x = draw.normal(2, 5, 7) + 0.3
    x[0, 1], x[0, 2] = 0, 100 * x[0, 2]
    x[1, 0] *= 0.1 / x[1, 0].norm()  # always as short: or a guard of 1e-6 under the root would pass now and then
    return [
        Case((x,), "with a vector of zeros, a very long one and a short one"),
        Case((draw.normal(3, 11),), "(batch, hidden)"),
        Case((draw.normal(7),), "a single vector"),
    ]


def _length_one(value: Tensor, x: Tensor) -> bool:
    if value.shape != x.shape:
        return True  # the shape has been told
    return bool(torch.allclose(value.norm(dim=-1)[x.norm(dim=-1) > 0], torch.ones(()), atol=1e-4))


def _short_ones_not_shorter(value: Tensor, x: Tensor) -> bool:
    """Whether it is not so that all point the right way, none is too long, and the shorter ones come out shorter."""
    length, mine = x.norm(dim=-1).flatten(), value.norm(dim=-1).flatten()
    some = length > 0
    straight = F.cosine_similarity(value, x, dim=-1).flatten()[some] > 1 - 1e-5
    mine = mine[some][length[some].argsort()]
    growing = mine[0] < mine[-1] - 1e-5 and (mine.diff() > -1e-6).all() and mine[-1] < 1 + 1e-5
    return not bool(straight.all() and growing)


_LENGTH = "x.norm(dim=-1, keepdim=True)"

check_l2_normalize = Check(
    reference.l2_normalize,
    _normalize_cases,
    mistakes=(
        Mistake(
            "no_root", was=_LENGTH, now="x.pow(2).sum(dim=-1, keepdim=True)",
            says="The vectors are divided by the sum of their squares. The length is the root of it.",
        ),
        Mistake(
            "over_batch", was=_LENGTH, now="x.norm(dim=0, keepdim=True)",
            says="The length is taken along the first axis, so that every feature has length 1 over the batch (for a "
            "single vector that is the same). Every *vector* has to: the last axis.",
        ),
        Mistake(
            "axis_one", was=_LENGTH, now="x.norm(dim=1, keepdim=True)",
            says="The length is taken along axis 1 (`F.normalize` does that, too, if it is not told otherwise). The features "
            "are the *last* axis, `dim=-1`, however many stand before it.",
        ),
        Mistake(
            "one_length_for_all", was=_LENGTH, now="x.norm()",
            says="All vectors are divided by one length, that of the whole tensor. Each has its own.",
        ),
        Mistake(
            "sum_of_numbers", was=_LENGTH, now="x.sum(dim=-1, keepdim=True)",
            says="The vectors are divided by the sum of their numbers, in which positive and negative ones cancel.",
        ),
        Mistake(
            "l1", was=_LENGTH, now="x.abs().sum(dim=-1, keepdim=True)",
            says="The vectors are divided by the sum of absolute values (the L1 norm). Euclidean length is the root of the "
            "sum of squares.",
        ),
        Mistake(
            "by_largest", was=_LENGTH, now="x.abs().amax(dim=-1, keepdim=True)",
            says="The vectors are divided by their largest number, so that this one becomes 1, not the length.",
        ),
        Mistake(
            "root_of_mean", was=_LENGTH, now="x.pow(2).mean(dim=-1, keepdim=True).sqrt()",
            says="This divides by the root of the *mean* of squares (RMS); the length is the root of their sum. The "
            "vectors come out √hidden times too long.",
        ),
        Mistake(
            "no_guard", was="length.clamp(min=1e-12)", now="length",
            says="A vector of zeros has length 0, and 0 / 0 is NaN. It is to stay zeros.",
        ),
        Mistake(
            "short_ones_left", was="min=1e-12", now="min=1.0",
            says="Vectors shorter than 1 keep their length: the guard against a division by zero is far too large. Only "
            "zeros are to be spared.",
        ),
        Mistake(
            "one_added", was="length.clamp(min=1e-12)", now="(length + 1)",
            says="One is added to the length. That keeps off the division by zero, but no vector comes out with length 1.",
        ),
        Mistake(
            "multiplied", was="x / length", now="x * length",
            says="The vectors are multiplied by their length; divide by it.",
        ),
        Mistake(
            "mean_removed", was=_LENGTH, now="x.norm(dim=-1, keepdim=True)\n    x = x - x.mean(dim=-1, keepdim=True)",
            says="The mean is subtracted from the vectors. That changes their direction, which is all that counts here.",
        ),
        Mistake(
            "standardised", was="x / length.clamp(min=1e-12)",
            now="(x - x.mean(dim=-1, keepdim=True)) / x.std(dim=-1, keepdim=True).clamp(min=1e-12)",
            says="This makes the mean 0 and the variance 1, as LayerNorm does. Here only the length changes.",
        ),
        Mistake(
            "softmax", was="x / length.clamp(min=1e-12)", now="torch.softmax(x, dim=-1)",
            says="This is a softmax. It makes the numbers positive with the sum 1, and has nothing to do with length.",
        ),
        Mistake(
            "changes_inputs", was="return x / length.clamp(min=1e-12)", now="return x.div_(length.clamp(min=1e-12))",
            says="The vectors are changed in place.",
        ),
    ),
    properties=(
        Property(_length_one, "Not every vector has length 1."),
        Property(
            _short_ones_not_shorter,
            "The shorter a vector, the more it falls short of length 1: what keeps off the division by zero is too large.",
        ),
    ),
    hints=(
        "The length of a vector is the root of the sum of its squares. Divide each vector by its own.",
        "(..., hidden) gives lengths (..., 1): keep the axis, so that the division broadcasts. A vector of zeros has length 0, "
        "which must not end up below the line as it is.",
        "`x.norm(dim=-1, keepdim=True)` is the length; `.clamp(min=...)` with something tiny makes the division safe.",
    ),
)  # fmt: skip


# embed ----------------------------------------------------------------------------------------------------------------

_KNOWN = "the a cat dog river bank sat on by and is was not small old warm cold near"
_WORDS = _KNOWN.split()
_LONG = 300  # tokens: more than the 256 at which a text is cut off, fewer than the model has positions


def _copied(ids: Any) -> Any:
    return ids.clone() if isinstance(ids, Tensor) else copy.deepcopy(ids)


@functools.cache
def _tokenizer() -> Any:
    """A BertTokenizer with a vocabulary of a few words, which cuts the same texts only once: a diagnosis asks and asks."""
    from transformers import BatchEncoding, BertTokenizer

    known: dict[str, BatchEncoding] = {}

    class SmallTokenizer(BertTokenizer):
        def __call__(self, *texts: Any, **options: Any) -> BatchEncoding:
            if texts and isinstance(texts[0], list) and not texts[0]:  # it would say "list index out of range"
                raise ValueError("the tokenizer got an empty list of texts: a batch too many, or a wrong slice?")
            if self.pad_token is None:  # it would advise to set it to the eos_token, which has just been done
                raise ValueError("the tokenizer's pad_token is None now: a BERT has its own, [PAD], and no eos_token.")
            own = (self.model_max_length, self.padding_side, self.truncation_side, self.special_tokens_map)
            asked = repr((texts, options, own))
            if asked not in known:
                if len(known) > 100:
                    known.clear()
                known[asked] = super().__call__(*texts, **options)
            found = known[asked]
            return BatchEncoding({name: _copied(value) for name, value in found.items()}, found.encodings)

    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_WORDS, ".", "##s"]
    return SmallTokenizer(vocab={token: number for number, token in enumerate(tokens)})


def want_ids(input_ids: Any) -> None:
    """Raises where a model is not given a tensor of ids: torch and transformers would say no more than "no attribute"."""
    if not isinstance(input_ids, Tensor):
        advice = (
            "lists: `return_tensors='pt'` lets the tokenizer make tensors"
            if isinstance(input_ids, list)
            else f"a {type(input_ids).__name__}: `model(**batch)` hands on a dict's tensors by their names"
        )
        raise TypeError(f"the model wants a tensor of ids, and got {advice}.")
    if input_ids.dim() != 2:
        shape = tuple(input_ids.shape)
        raise ValueError(f"the model wants ids (batch, tokens), and got {shape}: one text alone is a batch of 1.")


@functools.cache
def _model() -> Any:
    """The one model of all calls: to copy it for each would take longer than the call."""
    return _new_model()


def _new_model() -> Any:
    """A random BERT in eval mode with one bare attention for its layers: a diagnosis runs it a thousand times.

    `most` is the largest batch that it has seen.
    """
    from transformers import BertConfig, BertModel
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    class SmallBert(BertModel):
        most = 0

        def forward(
            self,
            input_ids: Tensor,
            attention_mask: Tensor | None = None,
            token_type_ids: Tensor | None = None,
            **more: Any,
        ) -> BaseModelOutputWithPooling:
            want_ids(input_ids)
            self.most = max(self.most, len(input_ids))
            tables, places = self.embeddings, input_ids.shape[1]
            x = tables.word_embeddings.weight[input_ids] + tables.position_embeddings.weight[:places]
            keep = None if attention_mask is None else attention_mask[:, None, :].bool()
            states = (x, tables.LayerNorm(x + F.scaled_dot_product_attention(x, x, x, keep)))
            pooled = torch.tanh(states[1][:, 0] @ self.pooler.dense.weight)
            all_states = more.get("output_hidden_states", self.config.output_hidden_states)
            output = BaseModelOutputWithPooling(states[1], pooled, states if all_states else None)
            return output.to_tuple() if more.get("return_dict") is False else output

        def nature(self) -> tuple:
            """What an answer may do to it that another one would see."""
            weights = [(weight.shape, weight.dtype, weight.requires_grad) for weight in self.parameters()]
            return weights, self.training, len(self._forward_hooks), self.config.output_hidden_states

        def __deepcopy__(self, memo: dict) -> "SmallBert":
            return self

    config = BertConfig(
        vocab_size=len(_tokenizer()), hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=HEADS,
        intermediate_size=INTERMEDIATE, max_position_embeddings=_LONG + 20, attn_implementation="eager",
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(8)
        model = SmallBert(config).eval()
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape))
    return model


def _text(draw: Draw, words: int) -> str:
    return " ".join(_WORDS[number] for number in draw.integers(0, len(_WORDS), words).tolist())


def _embed_cases(draw: Draw) -> list[Case]:
    tokenizer, model = _tokenizer(), _model()
    two = [_text(draw, words) for words in (5, 2)]
    # The order by length is not its own inverse, upwards or downwards: or an answer that sorts and then takes the one for the
    # other would be right by luck.
    four = [_text(draw, words) for words in (6, 1, 13, 3)]
    # Every second word is two tokens: to cut off words is not to cut off tokens.
    words = _text(draw, _LONG * 2 // 3).split()
    long = [" ".join(word + "s" * (place % 2) for place, word in enumerate(words))]
    return [
        Case(
            (two, tokenizer, model, 2), "2 texts, which are one batch"
        ),  # the quickest first: it rules out most mistakes
        Case((four, tokenizer, model, 3), "4 texts, 3 at a time"),
        Case((long, tokenizer, model), f"a text of {_LONG} tokens, with the default batch size"),
    ]


class _Embedded(dict):
    """What an answer returned, and how it used the model. A card shows the former alone: no one is to return such a dict."""

    def __repr__(self) -> str:
        return brief(self["vectors"], 300)


def _embedded(answer: Callable, texts: list[str], tokenizer: Any, model: Any, *batch_size: int) -> dict:
    """What an answer returns, and how it used the model: what a value alone does not show."""
    model.most, nature = 0, model.nature()
    try:
        vectors = answer(texts, tokenizer, model, *batch_size)
        mode_kept = not model.training
    finally:
        most = model.most
        if model.nature() != nature:  # the next call's model is this one: frozen, nobody's gradients would be noticed
            vars(model).update(vars(_new_model()))
    used = {
        "vectors": vectors,
        "more than batch_size texts at a time": most > (batch_size or (32,))[0],
        "gradients recorded": isinstance(vectors, Tensor) and vectors.requires_grad,
        "model left in eval mode": mode_kept,
    }
    return _Embedded(used)


_POOLED = 'mean_pool(last_hidden_state, batch["attention_mask"])'
_BATCHES = "range(0, len(texts), batch_size)"
_BATCH_TEXTS = "texts[start : start + batch_size]"
_TRUNCATION = "truncation=True, max_length=256, "
_SORTED = """\
vectors, order = [], sorted(range(len(texts)), key=lambda i: len(texts[i]))
    texts = [texts[i] for i in order]
"""

check_embed = Check(
    reference.embed,
    _embed_cases,
    axes={"vectors": ("texts", "hidden")},
    use=_embedded,
    mistakes=(
        Mistake(
            "not_truncated", was=_TRUNCATION, now="",
            says="Long texts are not cut off at 256 tokens. `truncation=True` alone cuts at the tokenizer's own limit, which is "
            "another; and with 513 tokens a BERT has no position left.",
        ),
        Mistake(
            "truncated_at_128", was="max_length=256", now="max_length=128",
            says="Long texts are cut off at 128 tokens; asked for are 256.",
        ),
        Mistake(
            "truncated_characters", was=_BATCH_TEXTS, now="[text[:256] for text in texts[start : start + batch_size]]",
            also=((_TRUNCATION, ""),),
            says="The texts are cut off at 256 characters. The limit is 256 tokens, [CLS] and [SEP] included: let the "
            "tokenizer cut.",
        ),
        Mistake(
            "no_special_tokens", was="max_length=256", now="max_length=256, add_special_tokens=False",
            says="[CLS] and [SEP] are missing. The model was trained with them, and they are part of the mean.",
        ),
        Mistake(
            "not_normalised", was="l2_normalize(pooled)", now="pooled",
            says="The vectors are not brought to length 1.",
        ),
        Mistake(
            "tokens_normalised", was="mean_pool(last_hidden_state,", now="mean_pool(l2_normalize(last_hidden_state),",
            says="The tokens' vectors are brought to length 1 before the mean is taken. That weights the tokens anew: first "
            "the mean, then the length.",
        ),
        Mistake(
            "cls", was=_POOLED, now="last_hidden_state[:, 0]",
            says="This is the vector of [CLS]. This model was trained with the mean over all real tokens.",
        ),
        Mistake(
            "pooler_output", was='model(**batch)["last_hidden_state"]', now='model(**batch)["pooler_output"]',
            also=((_POOLED, "last_hidden_state"),),
            says="This is `pooler_output`, a dense layer and a tanh on [CLS] that was trained for another task. Take the mean "
            "over the real tokens of `last_hidden_state`.",
        ),
        Mistake(
            "model_without_mask", was="model(**batch)", now='model(batch["input_ids"])',
            says="The model is not given the `attention_mask`, so it attends to padding: the mean leaves padding out, but "
            "every real token has already looked at it.",
        ),
        Mistake(
            "segments_for_mask", was="model(**batch)", now="model(*batch.values())",
            says="The model takes its mask from the wrong place: it wants ids, mask, segments, and the tokenizer's order is "
            "ids, segments, mask. Hand them on by their names, `model(**batch)`.",
        ),
        Mistake(
            "batch_size_ignored", was=_BATCHES, now="[0]", also=((_BATCH_TEXTS, "texts"),),
            says="More than `batch_size` texts run at once, perhaps all of them. The vectors are the same; the memory is not: "
            "with 10,000 texts, all padded to the longest, there would be none left.",
        ),
        Mistake(
            "gradients", was="torch.no_grad()", now="torch.enable_grad()",
            says="The vectors carry a graph for gradients, which keeps every intermediate result of every batch in memory. "
            "Nothing is trained here: run the model under `torch.no_grad()`.",
        ),
        Mistake(
            "last_batch_dropped", was=_BATCHES, now="range(0, len(texts) - batch_size + 1, batch_size)",
            says="The last texts are left out where they do not fill a batch.",
        ),
        Mistake(
            "only_last_batch", was="vectors.append(l2_normalize(pooled))", now="vectors = [l2_normalize(pooled)]",
            says="Only the last batch's vectors are returned: each batch takes the place of the one before.",
        ),
        Mistake(
            "only_first_batch", was="    return torch.cat(vectors)", now="        return torch.cat(vectors)",
            says="Only the first batch's vectors are returned: does the `return` stand inside the loop?",
        ),
        Mistake(
            "all_texts_each_time", was=_BATCH_TEXTS, now="texts",
            says="Every batch has all the texts in it, so that each text comes out once for every batch.",
        ),
        Mistake(
            "overlapping", was=_BATCHES, now="range(len(texts))",
            says="The batches overlap: the loop goes on by one text, not by `batch_size`.",
        ),
        Mistake(
            "order_lost", was="vectors = []\n", now="vectors = []\n    texts = sorted(texts, key=len)\n",
            says="The vectors come in the order of the texts' lengths. Sorting saves padding; then bring the vectors back "
            "into the order of the texts.",
        ),
        Mistake(
            "order_lost_longest_first", was="vectors = []\n", now="vectors = []\n    texts = sorted(texts, key=len, reverse=True)\n",
            says="The vectors come in the order of the texts' lengths, longest first. Sorting saves padding; then bring the "
            "vectors back into the order of the texts.",
        ),
        Mistake(
            "order_applied_twice", was="vectors = []\n", now=_SORTED,
            also=(("return torch.cat(vectors)", "return torch.cat(vectors)[order]"),),
            says="The vectors are not back in the order of the texts: the order by which the texts were sorted has been "
            "applied once more. The way back is its inverse, the argsort of that order.",
        ),
        Mistake(
            "one_for_all", was="return torch.cat(vectors)", now="return torch.cat(vectors).mean(dim=0)",
            says="This is one vector for all texts together; each text is to have its own.",
        ),
    ),
    properties=(
        Property(
            lambda value, *args: bool((value["vectors"].norm(dim=-1) - 1).abs().max() < 1e-4),
            "The vectors do not have length 1.",
        ),
        Property(
            lambda value, *args: not value["gradients recorded"],
            "The vectors carry a graph for gradients: run the model under `torch.no_grad()`.",
        ),
        Property(
            lambda value, *args: not value["more than batch_size texts at a time"],
            "More than `batch_size` texts ran at a time.",
        ),
    ),
    hints=(
        "You have every part: the tokenizer, the model, `mean_pool` and `l2_normalize`. What is left is a loop over batches.",
        "For each start 0, batch_size, 2 · batch_size ...: a slice of the texts; the tokenizer makes ids and mask, (batch, "
        "tokens); the model, without gradients, gives (batch, tokens, hidden); the masked mean (batch, hidden); unit vectors. "
        "Collect the batches' vectors and join them along the first axis.",
        "`tokenizer(some_texts, padding=True, truncation=True, max_length=256, return_tensors='pt')` gives all that "
        "`model(**batch)` takes; `with torch.no_grad():` around the model; `torch.cat(list_of_vectors)` after the loop.",
    ),
)  # fmt: skip


# cosine_matrix --------------------------------------------------------------------------------------------------------


def _cosine_cases(draw: Draw) -> list[Case]:
    a, b = draw.normal(3, 7) + 0.2, draw.normal(5, 7) * torch.tensor([[0.2], [1.0], [3.0], [10.0], [0.7]])
    return [
        Case((a, b), "3 vectors with 5, of different lengths"),
        Case((2 * draw.normal(4, 7), draw.normal(4, 7)), "4 vectors with 4"),
    ]


_COSINES = "unit_a @ unit_b.T"

check_cosine_matrix = Check(
    reference.cosine_matrix,
    _cosine_cases,
    axes=("first set", "second set"),
    mistakes=(
        Mistake(
            "dot_products", was=_COSINES, now="a @ b.T",
            says="These are dot products, which grow with the lengths of the vectors. For the cosine both must first have length 1.",
        ),
        Mistake(
            "only_a_normalised", was=_COSINES, now="unit_a @ b.T",
            says="Only the first set's vectors have length 1; the second's lengths are still in the result.",
        ),
        Mistake(
            "only_b_normalised", was=_COSINES, now="a @ unit_b.T",
            says="Only the second set's vectors have length 1; the first's lengths are still in the result.",
        ),
        Mistake(
            "transposed", was=_COSINES, now="unit_b @ unit_a.T",
            says="Rows and columns are swapped: a row belongs to a vector of the first set.",
        ),
        Mistake(
            "first_with_itself", was=_COSINES, now="unit_a @ unit_a.T",
            says="The first set is compared with itself.",
        ),
        Mistake(
            "reshaped", was="unit_b.T", now="unit_b.reshape(unit_b.shape[1], unit_b.shape[0])",
            says="The second set is brought into the right shape by a reshape, which keeps the numbers in their order in "
            "memory; a transpose swaps the axes.",
        ),
        Mistake(
            "distance", was=_COSINES, now="1 - unit_a @ unit_b.T",
            says="This is the cosine distance, 1 - cosine.",
        ),
        Mistake(
            "angle", was=_COSINES, now="torch.arccos((unit_a @ unit_b.T).clamp(-1, 1))",
            says="These are the angles; asked for are their cosines.",
        ),
        Mistake(
            "absolute", was=_COSINES, now="(unit_a @ unit_b.T).abs()",
            says="The sign is lost: a vector that points the opposite way has the cosine -1.",
        ),
        Mistake(
            "negatives_cut", was=_COSINES, now="(unit_a @ unit_b.T).clamp(min=0)",
            says="Negative cosines are set to 0. A cosine goes from -1 to 1.",
        ),
        Mistake(
            "half_scale", was=_COSINES, now="(1 + unit_a @ unit_b.T) / 2",
            says="The cosines are squeezed into 0 to 1. A cosine goes from -1 to 1.",
        ),
        Mistake(
            "euclidean", was=_COSINES, now="torch.cdist(unit_a, unit_b)",
            says="These are distances of the unit vectors; asked for are cosines.",
        ),
        Mistake(
            "softmax", was=_COSINES, now="torch.softmax(unit_a @ unit_b.T, dim=-1)",
            says="A softmax stands behind the cosines. They are similarities, not shares: a row need not sum to 1.",
        ),
        Mistake(
            "mean_product", was=_COSINES, now="unit_a @ unit_b.T / a.shape[-1]",
            says="The cosines are divided by the number of features. The dot product of unit vectors is the cosine as it is.",
        ),
        Mistake(
            "centred", was="unit_a = l2_normalize(a)", now="unit_a = l2_normalize(a - a.mean(dim=-1, keepdim=True))",
            also=(("unit_b = l2_normalize(b)", "unit_b = l2_normalize(b - b.mean(dim=-1, keepdim=True))"),),
            says="Each vector's mean is subtracted first. That is the correlation of the two, not their cosine.",
        ),
    ),
    properties=(
        Property(lambda value, a, b: not bool((value.abs() > 1 + 1e-4).any()), "Some numbers lie outside of -1 to 1."),
    ),
    hints=(
        "The cosine of an angle is the dot product of two vectors of length 1. All of them at once are one matrix product.",
        "Both sets to unit length, (n, hidden) and (m, hidden), with the function that you have. Then (n, hidden) times "
        "(hidden, m) gives (n, m).",
        "`l2_normalize` for each set, then `@` with the second one transposed, `.T`.",
    ),
)  # fmt: skip


# search ---------------------------------------------------------------------------------------------------------------


# The best 4 are positive, two of them less than what is far below 0, and one hardly: no rule for which texts to leave out
# does the same as another by chance. Of the first five two are negative.
_SPREAD = (-0.25, 0.7, 0.05, -0.8, 0.9, 0.5, -0.1, -0.95, -0.4, -0.65, -0.55)


def _search_cases(draw: Draw) -> list[Case]:
    query = reference.l2_normalize(draw.normal(7))
    cosines = torch.tensor(_SPREAD)[:, None] + 0.02 * draw.normal(11, 1).clamp(-1, 1)
    aside = draw.normal(11, 7)
    aside = reference.l2_normalize(aside - (aside @ query)[:, None] * query)  # at a right angle to the query
    corpus = cosines * query + (1 - cosines**2).sqrt() * aside
    return [
        Case((query, corpus, 4), "the best 4 of 11"),
        Case((corpus[6].clone(), corpus, 3), "the query is one of the corpus"),
        Case((query, corpus[:5], 9), "9 are asked for, and there are 5"),
    ]


_ORDER = "cosines.argsort(descending=True)"
_COSINE = "cosines[index].item()"

check_search = Check(
    reference.search,
    _search_cases,
    mistakes=(
        Mistake(
            "worst_first", was="descending=True", now="descending=False",
            says="The worst come first: `argsort` and `sort` go upwards if they are not told otherwise.",
        ),
        Mistake(
            "k_ignored", was="best_first[:k]", now="best_first",
            says="`k` has no effect: all texts are returned.",
        ),
        Mistake("one_too_many", was="best_first[:k]", now="best_first[: k + 1]", says="There is one result too many."),
        Mistake("one_too_few", was="best_first[:k]", now="best_first[: k - 1]", says="There is one result too few."),
        Mistake(
            "best_left_out", was="best_first[:k]", now="best_first[1 : k + 1]",
            says="The best text is left out. That is of use where the query is itself one of the corpus, but nobody has said "
            "that it is.",
        ),
        Mistake(
            "last_k", was="best_first[:k]", now="best_first[-k:]",
            says="These are the k worst: the best stand at the beginning of the order, not at its end.",
        ),
        Mistake(
            "best_last", was="best_first[:k].tolist()", now="best_first[:k].flip(0).tolist()",
            says="These are the right texts, but the best of them comes last. The last k of an order that goes upwards still go "
            "upwards: turn them round, or sort downwards.",
        ),
        Mistake(
            "first_k_of_corpus", was=_ORDER, now="cosines[:k].argsort(descending=True)",
            says="Only the first k texts of the corpus are looked at, and sorted. Sort all, then take k.",
        ),
        Mistake(
            "not_sorted", was="best_first[:k].tolist()", now="sorted(best_first[:k].tolist())",
            says="The right texts are found, but they come in the order of the corpus, not best first.",
        ),
        Mistake(
            "corpus_order", was=_ORDER, now="torch.arange(len(cosines))",
            says="The texts are not sorted: these are the first of the corpus.",
        ),
        Mistake(
            "rank_for_index", was="found.append((index,", now="found.append((len(found),",
            says="The first number of each pair is the rank, 0, 1, 2 ... Asked for is the text's index in the corpus.",
        ),
        Mistake(
            "cosine_of_another", was=_COSINE, now="cosines[len(found)].item()",
            says="The cosines belong to other texts: they are taken by rank, from cosines in the order of the corpus.",
        ),
        Mistake(
            "ranks", was=_ORDER, now="cosines.argsort(descending=True).argsort()",
            says="This is each text's *rank* (an argsort of the argsort), used as if it were an index.",
        ),
        Mistake(
            "swapped", was="(index, cosines[index].item())", now="(cosines[index].item(), index)",
            says="The two numbers of a pair are swapped: first the index, then the cosine.",
        ),
        Mistake(
            "indices_only", was="found.append((index, cosines[index].item()))", now="found.append(index)",
            says="These are the indices alone; each is to come with its cosine, as a pair.",
        ),
        Mistake(
            "cosines_only", was="found.append((index, cosines[index].item()))", now="found.append(cosines[index].item())",
            says="These are the cosines alone; each is to come with the text's index, as a pair.",
        ),
        Mistake(
            "distance", was=_COSINE, now="1 - cosines[index].item()",
            says="The second number is the distance, 1 - cosine; asked for is the cosine.",
        ),
        Mistake(
            "euclidean", was=_COSINE, now="(2 - 2 * cosines[index]).clamp(min=0).sqrt().item()",
            says="The second number is the distance of the two vectors; asked for is the cosine.",
        ),
        Mistake(
            "absolute", was=_ORDER, now="cosines.abs().argsort(descending=True)",
            says="The texts are sorted by the absolute value: one that points away from the query, with a cosine near -1, "
            "would come first.",
        ),
        Mistake(
            "only_positive", was="best_first[:k].tolist()", now="[i for i in best_first[:k].tolist() if cosines[i] > 0]",
            says="Texts with a negative cosine are left out. Asked for are k texts, however bad the last of them are.",
        ),
        Mistake(
            "negatives_cut", was=_COSINE, now="max(cosines[index].item(), 0.0)",
            says="Negative cosines are shown as 0.",
        ),
        Mistake(
            "softmax", was="corpus_embeddings @ query_embedding", now="torch.softmax(corpus_embeddings @ query_embedding, dim=0)",
            says="A softmax stands behind the cosines. The order is right; the numbers are shares, no cosines.",
        ),
        Mistake(
            "rounded", was=_COSINE, now="round(cosines[index].item(), 2)",
            says="The cosines are rounded to two decimals. Leave that to whoever shows them.",
        ),
    ),
    hints=(
        "All vectors have length 1, so a dot product is a cosine. Compare the query with every text, sort, take the first k.",
        "(texts, hidden) times (hidden,) gives one cosine for each text, (texts,). An order of indices, best first, (texts,). "
        "The first k of it, each with its cosine.",
        "`corpus_embeddings @ query_embedding`, `.argsort(descending=True)`, `[:k]`: a slice takes what is there, where "
        "`topk` complains. `.tolist()` and `.item()` make Python numbers.",
    ),
)  # fmt: skip
