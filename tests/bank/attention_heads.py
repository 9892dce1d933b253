"""Lesson 09: other right ways to measure attention and to switch off a head, and wrong ones without a name."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.attention_heads import find_pieces, offset_attention
from course_utils.reference.encoder_layer import run_encoder

W_O = "attention.output.dense.weight"

# offset_attention -----------------------------------------------------------------------------------------------------


def offset_by_loops(probs, offset):
    heads, tokens, _ = probs.shape
    places = [i for i in range(tokens) if 0 <= i + offset < tokens]
    return torch.tensor([sum(probs[h, i, i + offset].item() for i in places) / len(places) for h in range(heads)])


def offset_by_indices(probs, offset):
    queries = torch.arange(max(0, -offset), probs.shape[-1] - max(0, offset))
    return probs[:, queries, queries + offset].mean(dim=1)


def offset_by_mask(probs, offset):
    mask = torch.ones_like(probs[0]).tril(offset).triu(offset)
    return (probs * mask).sum(dim=(1, 2)) / mask.sum()


def offset_by_slices(probs, offset):
    tokens = probs.shape[1]
    part = probs[:, max(0, -offset) :, max(0, offset) :][:, : tokens - abs(offset), : tokens - abs(offset)]
    return torch.einsum("hii->hi", part).mean(-1)


def offset_median(probs, offset):
    return probs.diagonal(offset, 1, 2).median(dim=-1).values


def offset_geometric(probs, offset):
    return probs.diagonal(offset, 1, 2).log().mean(dim=-1).exp()


def offset_without_the_first_query(probs, offset):
    return probs.diagonal(offset, 1, 2)[:, 1:].mean(dim=-1)


def offset_of_both_sides(probs, offset):
    return offset_attention(probs, offset) + offset_attention(probs, -offset)


# attention_to ---------------------------------------------------------------------------------------------------------


def to_by_selection(probs, key_mask):
    return probs[:, :, key_mask.bool()].sum(-1).mean(-1)


def to_by_einsum(probs, key_mask):
    return torch.einsum("hqk,k->h", probs, key_mask.float()) / probs.shape[1]


def to_by_product(probs, key_mask):
    return (probs @ key_mask.to(probs)).mean(1)


def to_by_columns_first(probs, key_mask):
    return (probs.mean(dim=1) * key_mask).sum(dim=-1)


def to_by_where(probs, key_mask):
    return torch.where(key_mask == 1, probs, torch.zeros(())).sum(2).mean(1)


def to_by_median(probs, key_mask):
    return (probs * key_mask).sum(-1).median(dim=-1).values


def to_of_the_first_query(probs, key_mask):
    return (probs * key_mask).sum(-1)[:, 0]


def to_of_the_root(probs, key_mask):
    return to_by_selection(probs.sqrt(), key_mask)


# attention_entropy ----------------------------------------------------------------------------------------------------


def entropy_of_torch(probs):
    return torch.special.entr(probs).sum(-1)


def entropy_of_categorical(probs):
    return torch.distributions.Categorical(probs=probs).entropy()


def entropy_by_where(probs):
    return -torch.where(probs > 0, probs * probs.log(), torch.zeros(())).sum(-1)


def entropy_by_xlogy(probs):
    return -torch.xlogy(probs, probs).sum(dim=2)


def entropy_by_nan_to_num(probs):
    return -(probs * torch.log(probs)).nan_to_num(0.0).sum(-1)


def entropy_with_a_billionth(probs):
    return -(probs * (probs + 1e-9).log()).sum(-1)


def entropy_by_loops(probs):
    rows = [[[p for p in row if p > 0] for row in head] for head in probs.tolist()]
    return torch.tensor([[-sum(p * math.log(p) for p in row) for row in head] for head in rows])


def entropy_in_float64(probs):
    return torch.special.entr(probs.double()).sum(-1).float()


def gini(probs):
    return 1 - probs.pow(2).sum(-1)


def entropy_of_the_largest(probs):
    return torch.special.entr(probs).amax(-1)


def entropy_with_a_hundredth(probs):
    return -(probs * (probs + 1e-2).log()).sum(-1)


def entropy_clamped_too_high(probs):
    return -(probs * probs.clamp(min=1e-4).log()).sum(-1)


def cross_entropy_with_uniform(probs):
    return -probs.clamp(min=1e-6).log().mean(-1)


# value_weighted_attention ---------------------------------------------------------------------------------------------


def weighted_by_einsum(probs, value):
    return torch.einsum("hqk,hk->hqk", probs, value.square().sum(-1).sqrt())


def weighted_by_vectors(probs, value):
    return (probs[..., None] * value[:, None]).norm(dim=-1)


def weighted_by_diagonal(probs, value):
    return probs @ torch.diag_embed(torch.linalg.vector_norm(value, dim=2))


def weighted_by_heads(probs, value):
    return torch.stack([p * v.pow(2).sum(1) ** 0.5 for p, v in zip(probs, value, strict=True)])


def weighted_keepdim(probs, value):
    return probs * value.norm(dim=-1, keepdim=True).transpose(1, 2)


def weighted_by_shifted_lengths(probs, value):
    return probs * value.norm(dim=-1).roll(1, -1)[:, None]


def weighted_by_relative_lengths(probs, value):
    length = value.norm(dim=-1)
    return probs * (length / length.max())[:, None]


def weighted_by_the_mix(probs, value):
    return probs * (probs @ value).norm(dim=-1, keepdim=True)


def weighted_by_both(probs, value):
    length = value.norm(dim=-1)
    return probs * length[:, None] * length[:, :, None]


# ablate_head ----------------------------------------------------------------------------------------------------------


def ablate_by_mask(params, head, num_heads):
    hidden = params[W_O].shape[1]
    keep = (torch.arange(hidden) // (hidden // num_heads) != head).float()
    return {**params, W_O: params[W_O] * keep}


def ablate_by_view(params, head, num_heads):
    params = {name: tensor.clone() for name, tensor in params.items()}
    params[W_O].view(params[W_O].shape[0], num_heads, -1)[:, head] = 0
    return params


def ablate_by_cat(params, head, num_heads):
    blocks = list(params[W_O].chunk(num_heads, dim=1))
    blocks[head] = torch.zeros_like(blocks[head])
    new = dict(params)
    new[W_O] = torch.cat(blocks, dim=1)
    return new


def ablate_by_index_fill(params, head, num_heads):
    size = params[W_O].shape[1] // num_heads
    columns = torch.arange(head * size, (head + 1) * size)
    return params | {W_O: params[W_O].index_fill(1, columns, 0.0)}


def ablate_by_transpose(params, head, num_heads):
    weight = params[W_O].T.clone()
    size = len(weight) // num_heads
    weight[head * size : head * size + size].zero_()
    return params | {W_O: weight.T}


def head_counted_from_the_end(params, head, num_heads):
    return ablate_by_mask(params, num_heads - 1 - head, num_heads) if head * 2 != num_heads - 1 else params


def head_halved(params, head, num_heads):
    return params | {W_O: (params[W_O] + ablate_by_mask(params, head, num_heads)[W_O]) / 2}


def head_negated(params, head, num_heads):
    return params | {W_O: 2 * ablate_by_mask(params, head, num_heads)[W_O] - params[W_O]}


def head_with_ones(params, head, num_heads):
    keep = ablate_by_mask({W_O: torch.ones_like(params[W_O])}, head, num_heads)[W_O]
    return params | {W_O: params[W_O].masked_fill(keep == 0, 1.0)}


# word_similarity_by_layer ---------------------------------------------------------------------------------------------


@torch.no_grad()
def word_in_a_padded_batch(model, tokenizer, texts, word):
    pieces = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(word))
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    states = torch.stack(model(**batch, output_hidden_states=True).hidden_states)  # (layers + 1, texts, tokens, hidden)
    vectors = []
    for row, ids in enumerate(batch["input_ids"].tolist()):
        tokens = tokenizer.convert_ids_to_tokens(ids)
        ends = [*[token.startswith("##") for token in tokens[1:]], False]
        starts = [i for i in range(len(ids)) if ids[i : i + len(pieces)] == pieces and not ends[i + len(pieces) - 1]]
        if not starts:
            raise ValueError(word)
        vectors.append(states[:, row, starts[0] : starts[0] + len(pieces)].sum(dim=1))  # a sum points where a mean does
    x = torch.stack(vectors, 1)
    return F.cosine_similarity(x[:, :, None], x[:, None], dim=-1)


def word_by_own_encoder_with_gradients(model, tokenizer, texts, word):
    state_dict, pieces, vectors = model.state_dict(), tokenizer.tokenize(word), []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        start = find_pieces(tokenizer.convert_ids_to_tokens(ids), pieces)
        states = run_encoder(model.embeddings(torch.tensor([ids])), state_dict, model.config)
        vectors.append(torch.stack([state[0, start : start + len(pieces)].mean(0) for state in states]))
    x = F.normalize(torch.stack(vectors).transpose(0, 1), dim=-1)
    return torch.einsum("lid,ljd->lij", x, x)


def word_by_hooks(model, tokenizer, texts, word):
    pieces, vectors = tokenizer.tokenize(word), []
    for text in texts:
        states = []
        hooks = [
            part.register_forward_hook(lambda part, given, state, states=states: states.append(state))
            for part in (model.embeddings, *model.encoder.layer)
        ]
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(inputs.tokens(), pieces)
        with torch.no_grad():
            model(**inputs)
        for hook in hooks:
            hook.remove()
        vectors.append(torch.stack([state[0, start : start + len(pieces)].mean(dim=0) for state in states]))
    x = F.normalize(torch.stack(vectors, dim=1), dim=-1)
    return x @ x.mT


def word_centred(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x - x.mean(dim=-1, keepdim=True))


def word_of_signs(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, torch.sign)


def word_of_half_the_features(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x[..., : x.shape[-1] // 2])


def word_against_the_embeddings(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x - 0.5 * x[:1])


@torch.no_grad()
def word_by_some(model, tokenizer, texts, word, change):
    vectors, pieces = [], tokenizer.tokenize(word)
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), pieces)
        states = torch.cat(model(**inputs, output_hidden_states=True).hidden_states)
        vectors.append(states[:, start : start + len(pieces)].mean(1))
    x = F.normalize(change(torch.stack(vectors, 1)), dim=-1)
    return x @ x.mT


ALTERNATIVES = {
    "offset_attention": [offset_by_loops, offset_by_indices, offset_by_mask, offset_by_slices],
    "attention_to": [to_by_selection, to_by_einsum, to_by_product, to_by_columns_first, to_by_where],
    "attention_entropy": [
        entropy_of_torch, entropy_of_categorical, entropy_by_where, entropy_by_xlogy, entropy_by_nan_to_num,
        entropy_with_a_billionth, entropy_by_loops, entropy_in_float64,
    ],
    "value_weighted_attention": [
        weighted_by_einsum, weighted_by_vectors, weighted_by_diagonal, weighted_by_heads, weighted_keepdim,
    ],
    "ablate_head": [ablate_by_mask, ablate_by_view, ablate_by_cat, ablate_by_index_fill, ablate_by_transpose],
    "word_similarity_by_layer": [
        word_in_a_padded_batch, word_by_own_encoder_with_gradients, word_by_hooks,
    ],
}  # fmt: skip

UNNAMED = {
    "offset_attention": [offset_median, offset_geometric, offset_without_the_first_query, offset_of_both_sides],
    "attention_to": [to_by_median, to_of_the_first_query, to_of_the_root],
    "attention_entropy": [
        gini, entropy_of_the_largest, entropy_with_a_hundredth, entropy_clamped_too_high, cross_entropy_with_uniform,
    ],
    "value_weighted_attention": [
        weighted_by_shifted_lengths, weighted_by_relative_lengths, weighted_by_the_mix, weighted_by_both,
    ],
    "ablate_head": [head_counted_from_the_end, head_halved, head_negated, head_with_ones],
    "word_similarity_by_layer": [
        word_centred, word_of_signs, word_of_half_the_features, word_against_the_embeddings,
    ],
}  # fmt: skip
