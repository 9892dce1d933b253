"""Right ways to measure attention and to switch off a head."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.encoder_layer import run_encoder
from course_utils.reference.helpers import find_pieces

W_O = "attention.output.dense.weight"


def offset_by_loops(probs, offset):
    heads, tokens, _ = probs.shape
    places = [i for i in range(tokens) if 0 <= i + offset < tokens]
    means = [sum(probs[h, i, i + offset].item() for i in places) / len(places) for h in range(heads)]
    return torch.tensor(means, dtype=probs.dtype)


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


def to_by_selection(probs, key_mask):
    return probs[:, :, key_mask.bool()].sum(-1).mean(-1)


def to_by_einsum(probs, key_mask):
    return torch.einsum("hqk,k->h", probs, key_mask.to(probs.dtype)) / probs.shape[1]


def to_by_product(probs, key_mask):
    return (probs @ key_mask.to(probs)).mean(1)


def to_by_columns_first(probs, key_mask):
    return (probs.mean(dim=1) * key_mask).sum(dim=-1)


def to_by_where(probs, key_mask):
    return torch.where(key_mask == 1, probs, torch.zeros(())).sum(2).mean(1)


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
    return torch.tensor([[-sum(p * math.log(p) for p in row) for row in head] for head in rows], dtype=probs.dtype)


def entropy_in_float64(probs):
    return torch.special.entr(probs.double()).sum(-1).to(probs.dtype)


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


def word_by_number_of_the_output(model, tokenizer, texts, word):
    """`outputs[2]`, as in the tutorials: the first two are the last hidden state and the pooler's output."""
    pieces, vectors = tokenizer.tokenize(word), []
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist()), pieces)
        with torch.no_grad():
            states = model(**inputs, output_hidden_states=True)[2]
        vectors.append(torch.cat(states)[:, start : start + len(pieces)].mean(dim=1))
    unit = F.normalize(torch.stack(vectors, dim=1), dim=-1)
    return unit @ unit.transpose(1, 2)
