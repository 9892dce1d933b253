"""Right ways to embed sentences and to search them."""

import heapq

import torch
import torch.nn.functional as F

from course_utils.reference.sentence_search import search


def pool_by_matmul(last_hidden_state, attention_mask):
    mask = attention_mask.to(last_hidden_state.dtype)
    return (mask[:, None] @ last_hidden_state)[:, 0] / mask.sum(dim=1, keepdim=True).clamp(min=1e-9)


def pool_by_einsum(last_hidden_state, attention_mask):
    weights = attention_mask / attention_mask.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.einsum("btd,bt->bd", last_hidden_state, weights.to(last_hidden_state.dtype))


def pool_row_by_row(last_hidden_state, attention_mask):
    rows = []
    for states, mask in zip(last_hidden_state, attention_mask, strict=True):
        kept = states[mask == 1]
        rows.append(kept.mean(dim=0) if len(kept) else torch.zeros(states.shape[-1]))
    return torch.stack(rows)


def pool_as_the_library(token_embeddings, attention_mask):
    """As the library has it today; the model cards' `.float()` returns float32 whatever comes in."""
    mask_expanded = attention_mask.unsqueeze(-1).expand(token_embeddings.size()).to(token_embeddings.dtype)
    return torch.sum(token_embeddings * mask_expanded, 1) / torch.clamp(mask_expanded.sum(1), min=1e-9)


def pool_by_filling(last_hidden_state, attention_mask):
    filled = last_hidden_state.masked_fill(~attention_mask.bool()[..., None], 0.0)
    return filled.sum(1) / attention_mask.sum(1).clamp(min=1)[:, None]


def pool_by_nanmean(last_hidden_state, attention_mask):
    holes = last_hidden_state.masked_fill(attention_mask[..., None] == 0, torch.nan)
    return holes.nanmean(dim=1).nan_to_num(0.0)


def pool_in_float64(last_hidden_state, attention_mask):
    wide = attention_mask[..., None].double()
    mean = (last_hidden_state.double() * wide).sum(1) / wide.sum(1)
    return torch.where(wide.sum(1) > 0, mean, 0.0).to(last_hidden_state.dtype)


def unit_by_torch(x):
    return F.normalize(x, dim=-1)


def unit_by_root(x):
    return x / ((x * x).sum(-1, keepdim=True).sqrt() + 1e-12)


def unit_by_rsqrt(x):
    return x * torch.rsqrt(x.pow(2).sum(dim=-1, keepdim=True).clamp(min=1e-24))


def unit_by_linalg(x):
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return torch.where(length == 0, torch.zeros_like(x), x / length)


def unit_with_a_small_eps(x):
    return x / (x.norm(dim=-1, keepdim=True) + 1e-8)


def unit_in_float64(x):
    return F.normalize(x.double(), dim=-1).to(x.dtype)


def embed_one_by_one(texts, tokenizer, model, batch_size=32):
    vectors = []
    with torch.inference_mode():
        for text in texts:
            batch = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
            vectors.append(F.normalize(model(**batch).last_hidden_state[0].mean(dim=0), dim=0))
    return torch.stack(vectors).clone()


def embed_to_the_full_length(texts, tokenizer, model, batch_size=32):
    found = []
    for first in range(0, len(texts), batch_size):
        batch = tokenizer(
            texts[first : first + batch_size],
            padding="max_length",
            truncation=True,
            max_length=256,
            return_tensors="pt",
        )
        with torch.no_grad():
            states = model(batch.input_ids, attention_mask=batch.attention_mask)[0]
        found += list(F.normalize(pool_as_the_library(states, batch.attention_mask), p=2, dim=1))
    return torch.stack(found)


@torch.no_grad()
def embed_sorted_by_length(texts, tokenizer, model, batch_size=32):
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    result = torch.empty(len(texts), model.config.hidden_size)
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        batch = tokenizer(
            [texts[i] for i in places], padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        batch = batch.to(model.device)
        result[places] = unit_by_root(pool_by_matmul(model(**batch)[0], batch["attention_mask"]))
    return result


def embed_detached(texts, tokenizer, model, batch_size=32):
    tokenizer.model_max_length = 256
    parts = []
    for some in (texts[i : i + batch_size] for i in range(0, len(texts), batch_size)):
        batch = tokenizer(some, padding=True, truncation=True, return_tensors="pt")
        states = model(**batch, output_hidden_states=True).last_hidden_state.detach()
        parts.append(pool_by_filling(states, batch["attention_mask"]))
    return unit_by_torch(torch.cat(parts, dim=0))


def embed_by_the_last_of_the_hidden_states(texts, tokenizer, model, batch_size=32):
    parts = []
    for i in range(0, len(texts), batch_size):
        batch = tokenizer(
            texts[i : i + batch_size], padding="longest", truncation=True, max_length=256, return_tensors="pt"
        )
        with torch.inference_mode():
            states = model(**batch, output_hidden_states=True).hidden_states[-1]
        parts.extend(unit_by_torch(pool_by_matmul(states, batch["attention_mask"])))
    return torch.stack(parts)


def embed_with_the_states_asked_for_in_the_config(texts, tokenizer, model, batch_size=32):
    model.config.output_hidden_states = True
    batches = [texts[start : start + batch_size] for start in range(0, len(texts), batch_size)]
    parts = []
    for some in batches:
        batch = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            parts.append(pool_by_matmul(model(**batch).hidden_states[-1], batch["attention_mask"]))
    return unit_by_torch(torch.cat(parts))


def embed_unpacked(texts, tokenizer, model, batch_size=32):
    parts = []
    for start in range(0, len(texts), batch_size):
        some = texts[start : start + batch_size]
        batch = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            states, _ = model(**batch, return_dict=False)
        parts.append(unit_by_torch(pool_by_matmul(states, batch["attention_mask"])))
    return torch.cat(parts)


def cosines_by_torch(a, b):
    return F.cosine_similarity(a[:, None], b[None], dim=-1)


def cosines_by_lengths(a, b):
    return a @ b.T / (a.norm(dim=1)[:, None] * b.norm(dim=1))


def cosines_by_einsum(a, b):
    return torch.einsum("nh,mh->nm", F.normalize(a), F.normalize(b))


def cosines_by_loops(a, b):
    return torch.tensor([[float(x @ y / (x.norm() * y.norm())) for y in b] for x in a], dtype=a.dtype)


def cosines_from_distances(a, b):
    distances = torch.cdist(F.normalize(a.double()), F.normalize(b.double()))
    return (1 - distances.pow(2) / 2).to(a.dtype)


def search_by_topk(query, corpus, k):
    values, indices = (corpus @ query).topk(min(k, len(corpus)))
    return list(zip(indices.tolist(), values.tolist(), strict=True))


def search_by_sorted(query, corpus, k):
    pairs = enumerate((corpus * query).sum(dim=-1).tolist())
    return sorted(pairs, key=lambda pair: pair[1], reverse=True)[:k]


def search_by_heap(query, corpus, k):
    cosines = F.cosine_similarity(corpus, query[None]).tolist()
    return [(i, cosines[i]) for i in heapq.nlargest(k, range(len(cosines)), key=cosines.__getitem__)]


def search_by_sort(query, corpus, k):
    values, indices = torch.sort(torch.mv(corpus, query), descending=True)
    return [(int(i), float(v)) for v, i in zip(values[:k], indices[:k], strict=True)]


def recall_by_topk(query_embeddings, corpus_embeddings, relevant, k):
    best = (query_embeddings @ corpus_embeddings.T).topk(min(k, len(corpus_embeddings)), dim=1).indices.tolist()
    shares = [len(set(right) & set(row)) / len(right) for row, right in zip(best, relevant, strict=True)]
    return sum(shares) / len(shares)


def recall_by_counting(query_embeddings, corpus_embeddings, relevant, k):
    total = 0.0
    for i, right in enumerate(relevant):
        hits = 0
        for index, _ in search(query_embeddings[i], corpus_embeddings, k):
            if index in right:
                hits += 1
        total += hits / len(right)
    return total / len(relevant)


def recall_by_ranks(query_embeddings, corpus_embeddings, relevant, k):
    """How many texts are nearer than a right one says whether it is among the first k."""
    cosines = query_embeddings @ corpus_embeddings.T
    shares = []
    for row, right in zip(cosines, relevant, strict=True):
        ranks = torch.stack([(row > row[index]).sum() for index in right])
        shares.append((ranks < k).double().mean())
    return torch.stack(shares).mean().item()
