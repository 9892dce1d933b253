"""Wrong ways to embed sentences and to search them."""

import torch
import torch.nn.functional as F

from course_utils.reference.sentence_search import l2_normalize, mean_pool, search
from tests.answers.sentence_search.right import cosines_by_torch, embed_one_by_one, pool_as_the_library, search_by_topk


def pool_by_soft_weights(last_hidden_state, attention_mask):
    weights = torch.softmax(attention_mask.to(last_hidden_state.dtype), dim=1)
    return (last_hidden_state * weights[..., None]).sum(dim=1)


def pool_median(last_hidden_state, attention_mask):
    holes = last_hidden_state.masked_fill(attention_mask[..., None] == 0, torch.nan)
    return holes.nanmedian(dim=1).values.nan_to_num(0.0)


def pool_by_position(last_hidden_state, attention_mask):
    weights = attention_mask * torch.arange(1, attention_mask.shape[1] + 1)
    weights = weights / weights.sum(dim=1, keepdim=True).clamp(min=1)
    return (last_hidden_state * weights[..., None]).sum(dim=1)


def pool_and_shrink(last_hidden_state, attention_mask):
    return pool_as_the_library(last_hidden_state, attention_mask) * 0.999


def pool_the_first_half(last_hidden_state, attention_mask):
    half = max(1, last_hidden_state.shape[1] // 2)
    return pool_as_the_library(last_hidden_state[:, :half], attention_mask[:, :half])


def pool_centred(last_hidden_state, attention_mask):
    mean = pool_as_the_library(last_hidden_state, attention_mask)
    return mean - mean.mean(dim=0)


def unit_to_the_third(x):
    return x / x.abs().pow(3).sum(dim=-1, keepdim=True).pow(1 / 3).clamp(min=1e-12)


def unit_with_a_guard_under_the_root(x):
    return x / (x.pow(2).sum(dim=-1, keepdim=True) + 1e-6).sqrt()


def unit_twice_as_long(x):
    return 2 * F.normalize(x, dim=-1)


def unit_signs(x):
    return x.sign()


def unit_absolute(x):
    return F.normalize(x.abs(), dim=-1)


def unit_mean_length(x):
    return x / x.norm(dim=-1).mean().clamp(min=1e-12)


def embed_untrimmed_words(texts, tokenizer, model, batch_size=32):
    return embed_one_by_one([" ".join(text.split()[1:]) for text in texts], tokenizer, model)


def embed_doubled(texts, tokenizer, model, batch_size=32):
    return embed_one_by_one([text + " " + text for text in texts], tokenizer, model)


def embed_with_a_full_stop(texts, tokenizer, model, batch_size=32):
    return embed_one_by_one([text[:900] + " ." for text in texts], tokenizer, model)


def embed_as_in_many_blogs(texts, tokenizer, model, batch_size=32):
    return model(**tokenizer(texts, padding=True, return_tensors="pt")).last_hidden_state.mean(dim=1)


def embed_reversed(texts, tokenizer, model, batch_size=32):
    return embed_one_by_one(texts[::-1], tokenizer, model)


def embed_centred(texts, tokenizer, model, batch_size=32):
    found = embed_one_by_one(texts, tokenizer, model)
    return F.normalize(found - found.mean(dim=0), dim=-1)


def cosines_rooted(a, b):
    return cosines_by_torch(a, b).sign() * cosines_by_torch(a, b).abs().sqrt()


def cosines_ranked(a, b):
    return cosines_by_torch(a, b).argsort(dim=1).float()


def cosines_less_their_mean(a, b):
    found = cosines_by_torch(a, b)
    return found - found.mean()


def cosines_jittered(a, b):
    return cosines_by_torch(a, b) + 1e-3


def search_every_second(query, corpus, k):
    return search_by_topk(query, corpus, 2 * k)[::2]


def search_from_one(query, corpus, k):
    return [(index + 1, cosine) for index, cosine in search_by_topk(query, corpus, k)]


def search_the_middle(query, corpus, k):
    found = search_by_topk(query, corpus, len(corpus))
    return [found[len(found) // 2]] * min(k, len(corpus))


def search_one_too_few_of_all(query, corpus, k):
    return search_by_topk(query, corpus, min(k, len(corpus)) - 1)


def search_never_the_last(query, corpus, k):
    return search_by_topk(query, corpus, len(corpus) - 1)[:k]


def search_above_a_threshold(query, corpus, k):
    return [(index, cosine) for index, cosine in search_by_topk(query, corpus, k) if cosine > 0.1]


def search_squared(query, corpus, k):
    return [(index, cosine**2) for index, cosine in search_by_topk(query, corpus, k)]


# What cards say ---------------------------------------------------------------------------------------------------------


def pool_with_the_pair_of_max(last_hidden_state, attention_mask):
    return last_hidden_state.max(dim=1)


def pool_as_numpy(last_hidden_state, attention_mask):
    return last_hidden_state.numpy()


def unit_with_a_large_guard(x):
    """Too large for short vectors."""
    return x / (x.norm(dim=-1, keepdim=True) + 1e-4)


def unit_half_as_long(x):
    return 0.5 * x / x.norm(dim=-1, keepdim=True).clamp(min=1e-9)


def unit_unchanged(x):
    return 1 * x


def embed_without_its_default(texts, tokenizer, model, batch_size):
    return None


def embed_nothing(texts, tokenizer, model, batch_size=32):
    return None


def embed_at_first(texts, tokenizer, model, batch_size=32):
    """A first attempt: the mean of everything, and nobody thought of gradients."""
    parts = []
    for start in range(0, len(texts), batch_size):
        some = texts[start : start + batch_size]
        batch = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
        mean = model(**batch).last_hidden_state.mean(dim=1)
        parts.append(mean / mean.norm(dim=1, keepdim=True))
    return torch.cat(parts)


def embed_the_words(texts, tokenizer, model, batch_size=32):
    """Cuts off after so many words, which is the same only where every word is one token."""
    parts = []
    for start in range(0, len(texts), batch_size):
        some = [" ".join(text.split()[:254]) for text in texts[start : start + batch_size]]
        batch = tokenizer(some, padding=True, return_tensors="pt")
        with torch.no_grad():
            parts.append(l2_normalize(mean_pool(model(**batch).last_hidden_state, batch["attention_mask"])))
    return torch.cat(parts)


def embed_one_batch_too_many(texts, tokenizer, model, batch_size=32):
    for batch in range(len(texts) // batch_size + 1):
        tokenizer(texts[batch * batch_size : (batch + 1) * batch_size], padding=True, return_tensors="pt")


def embed_one_text_without_a_batch_axis(texts, tokenizer, model, batch_size=32):
    return model(torch.tensor(tokenizer.encode(texts[0])))


def pool_as_the_model_cards(token_embeddings, attention_mask):
    mask_expanded = attention_mask.unsqueeze(-1).expand(token_embeddings.size()).float()
    return torch.sum(token_embeddings * mask_expanded, 1) / torch.clamp(mask_expanded.sum(1), min=1e-9)


def recall_by_reciprocal_rank(query_embeddings, corpus_embeddings, relevant, k):
    """The mean reciprocal rank of the first right text."""
    values = []
    for query, right in zip(query_embeddings, relevant, strict=True):
        ranks = [rank for rank, (index, _) in enumerate(search(query, corpus_embeddings, k), 1) if index in right]
        values.append(1 / ranks[0] if ranks else 0.0)
    return sum(values) / len(values)


def recall_of_the_nearest(query_embeddings, corpus_embeddings, relevant, k):
    """Texts with a cosine above one half, whatever k is."""
    found = (query_embeddings @ corpus_embeddings.T) > 0.5
    shares = [sum(bool(row[index]) for index in right) / len(right) for row, right in zip(found, relevant, strict=True)]
    return sum(shares) / len(shares)


def recall_as_a_tensor(query_embeddings, corpus_embeddings, relevant, k):
    best = (query_embeddings @ corpus_embeddings.T).topk(min(k, len(corpus_embeddings)), dim=1).indices.tolist()
    shares = [len(set(right) & set(row)) / len(right) for row, right in zip(best, relevant, strict=True)]
    return torch.tensor(shares).mean()


def recall_of_tensors(query_embeddings, corpus_embeddings, relevant, k):
    best = (query_embeddings @ corpus_embeddings.T).argsort(dim=1, descending=True)[:, :k]
    return sum(len(set(right) & set(row)) / len(right) for right, row in zip(relevant, best, strict=True)) / len(best)
