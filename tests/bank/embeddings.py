"""Right and wrong ways to write lesson 02's functions that stand in no bank."""

import torch
import torch.nn.functional as F
from transformers.models.bert.modeling_bert import BertEmbeddings

from course_utils.reference.embeddings import embedding_parameters, embedding_sum, layer_norm


def lookup_functional(table, ids):
    return F.embedding(ids, table)


def lookup_one_hot(table, ids):
    return F.one_hot(ids, num_classes=table.shape[0]).to(table.dtype) @ table


def lookup_loops(table, ids):
    return torch.stack([torch.stack([table[token] for token in row]) for row in ids])


def lookup_index_select(table, ids):
    return table.index_select(0, ids.reshape(-1)).view(*ids.shape, -1)


def lookup_gather(table, ids):
    rows = ids.reshape(-1, 1).expand(-1, table.shape[1])
    return table.gather(0, rows).reshape(*ids.shape, table.shape[1])


def lookup_module(table, ids):
    return torch.nn.Embedding.from_pretrained(table)(ids).detach()


def lookup_rows_reversed(table, ids):
    return table[table.shape[0] - 1 - ids]


def lookup_sentences_swapped(table, ids):
    return table[ids].flip(0) if ids.shape[0] > 1 else table[ids].flip(1)


def lookup_rounded(table, ids):
    return (table[ids] * 1000).round() / 1000


def sum_broadcast(input_ids, token_type_ids, word, position, token_type):
    return word[input_ids] + position[: input_ids.shape[1]] + token_type[token_type_ids]


def sum_modules(input_ids, token_type_ids, word, position, token_type):
    places = torch.arange(input_ids.size(1)).unsqueeze(0)
    pairs = ((word, input_ids), (token_type, token_type_ids), (position, places))
    return sum(torch.nn.Embedding.from_pretrained(table)(ids) for table, ids in pairs)


def sum_loops(input_ids, token_type_ids, word, position, token_type):
    out = torch.empty(*input_ids.shape, word.shape[1], dtype=word.dtype)
    for b in range(input_ids.shape[0]):
        for t in range(input_ids.shape[1]):
            out[b, t] = position[t] + word[input_ids[b, t]] + token_type[token_type_ids[b, t]]
    return out


def sum_stack(input_ids, token_type_ids, word, position, token_type):
    places = torch.arange(input_ids.shape[1]).repeat(input_ids.shape[0], 1)
    return torch.stack([word[input_ids], token_type[token_type_ids], position[places]]).double().sum(0).to(word.dtype)


def sum_where(input_ids, token_type_ids, word, position, token_type):
    segment = torch.where(token_type_ids[..., None] == 1, token_type[1], token_type[0])
    return word[input_ids] + segment + position[None, : input_ids.shape[1]]


def sum_positions_reversed(input_ids, token_type_ids, word, position, token_type):
    return word[input_ids] + token_type[token_type_ids] + position[: input_ids.shape[1]].flip(0)


def sum_positions_from_the_end(input_ids, token_type_ids, word, position, token_type):
    return word[input_ids] + token_type[token_type_ids] + position[-input_ids.shape[1] :]


def sum_segments_twice(input_ids, token_type_ids, word, position, token_type):
    return word[input_ids] + 2 * token_type[token_type_ids] + position[: input_ids.shape[1]]


def sum_segments_only_in_pairs(input_ids, token_type_ids, word, position, token_type):
    summed = word[input_ids] + position[: input_ids.shape[1]]
    return summed + token_type[token_type_ids] if token_type_ids.any() else summed


def sum_both_segments(input_ids, token_type_ids, word, position, token_type):
    return word[input_ids] + token_type.sum(0) + position[: input_ids.shape[1]]


def sum_positions_restart_at_the_second_text(input_ids, token_type_ids, word, position, token_type):
    places = torch.arange(input_ids.shape[1]).expand_as(input_ids)
    start = (token_type_ids == 0).sum(1, keepdim=True)
    return (
        word[input_ids]
        + token_type[token_type_ids]
        + position[torch.where(token_type_ids == 1, places - start, places)]
    )


def sum_sinusoids_in_halves(input_ids, token_type_ids, word, position, token_type):
    half = word.shape[1] // 2
    angles = torch.arange(input_ids.shape[1])[:, None] / 10000 ** (torch.arange(half) / half)
    return word[input_ids] + token_type[token_type_ids] + torch.cat([angles.sin(), angles.cos()], dim=-1)


def norm_torch(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), weight, bias, eps)


def norm_module(x, weight, bias, eps):
    norm = torch.nn.LayerNorm(x.shape[-1], eps=eps)
    norm.load_state_dict({"weight": weight, "bias": bias})
    with torch.no_grad():
        return norm(x)


def norm_float64(x, weight, bias, eps):
    wide = x.double()
    centred = wide - wide.mean(-1, keepdim=True)
    return (centred * (centred.square().mean(-1, keepdim=True) + eps).rsqrt() * weight + bias).to(x.dtype)


def norm_by_hand(x, weight, bias, eps):
    size = x.shape[-1]
    centred = x - x.sum(-1, keepdim=True) / size
    variance = (centred**2).sum(-1, keepdim=True) / size
    return weight * centred / (variance + eps) ** 0.5 + bias


def norm_einsum(x, weight, bias, eps):
    centred = x - torch.einsum("...d->...", x)[..., None] / x.shape[-1]
    variance = torch.einsum("...d,...d->...", centred, centred)[..., None] / x.shape[-1]
    return torch.addcmul(bias, centred / torch.sqrt(variance + eps), weight)


def norm_loops(x, weight, bias, eps):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        variance = row.var(correction=0)
        rows.append((row - row.mean()) / (variance + eps).sqrt() * weight + bias)
    return torch.stack(rows).view_as(x)


def norm_std_squared(x, weight, bias, eps):
    std = x.std(dim=-1, keepdim=True, unbiased=False)
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(std**2 + eps) * weight + bias


def norm_eps_1e6(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), weight, bias, 1e-6)


def norm_one_plus_weight(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), 1 + weight, bias, eps)


def norm_bias_subtracted(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), weight, -bias, eps)


def norm_absolute_deviation(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.abs().mean(-1, keepdim=True) + eps) * weight + bias


def norm_median(x, weight, bias, eps):
    variance = x.var(-1, keepdim=True, unbiased=False)
    return (x - x.median(-1, keepdim=True).values) / torch.sqrt(variance + eps) * weight + bias


def norm_eps_subtracted(x, weight, bias, eps):
    variance = x.var(-1, keepdim=True, unbiased=False)
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(variance - eps) * weight + bias


def norm_eps_squared(x, weight, bias, eps):
    variance = x.var(-1, keepdim=True, unbiased=False)
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(variance + eps**2) * weight + bias


def norm_eps_in_the_numerator(x, weight, bias, eps):
    variance = x.var(-1, keepdim=True, unbiased=False)
    return (x - x.mean(-1, keepdim=True) + eps) / torch.sqrt(variance + eps) * weight + bias


def norm_min_max(x, weight, bias, eps):
    low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    return (x - low) / (high - low + eps) * weight + bias


def norm_weight_squared(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), weight * weight, bias, eps)


def norm_residual_kept(x, weight, bias, eps):
    return x + F.layer_norm(x, (x.shape[-1],), weight, bias, eps)


def whole_in_one(input_ids, token_type_ids, state_dict, config):
    at = "embeddings.{}_embeddings.weight".format
    x = state_dict[at("word")][input_ids] + state_dict[at("token_type")][token_type_ids]
    x = x + state_dict[at("position")][torch.arange(input_ids.shape[1])]
    norm = [state_dict[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")]
    return F.layer_norm(x, x.shape[-1:], *norm, eps=config.layer_norm_eps)


def whole_module(input_ids, token_type_ids, state_dict, config):
    module = BertEmbeddings(config).eval()
    prefix = "embeddings."
    module.load_state_dict(
        {k.removeprefix(prefix): v for k, v in state_dict.items() if k.startswith(prefix)}, strict=False
    )
    with torch.no_grad():
        return module(input_ids, token_type_ids)


def whole_float64(input_ids, token_type_ids, state_dict, config):
    tensors = {key: value.double() for key, value in state_dict.items()}
    return _summed_and_normed(input_ids, token_type_ids, tensors, config).float()


def _summed_and_normed(input_ids, token_type_ids, tensors, config, norm="embeddings.LayerNorm"):
    tables = [tensors[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    summed = embedding_sum(input_ids, token_type_ids, *tables)
    return layer_norm(summed, tensors[f"{norm}.weight"], tensors[f"{norm}.bias"], config.layer_norm_eps)


def whole_tanh(input_ids, token_type_ids, state_dict, config):
    return _summed_and_normed(input_ids, token_type_ids, state_dict, config).tanh()


def whole_halved(input_ids, token_type_ids, state_dict, config):
    return 0.5 * _summed_and_normed(input_ids, token_type_ids, state_dict, config)


def whole_with_the_sum_added(input_ids, token_type_ids, state_dict, config):
    tables = [state_dict[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    summed = embedding_sum(input_ids, token_type_ids, *tables)
    return summed + _summed_and_normed(input_ids, token_type_ids, state_dict, config)


def nearest_topk(vector, table, k):
    return F.cosine_similarity(table, vector, dim=-1).topk(k).indices.tolist()


def nearest_normalized(vector, table, k):
    return torch.topk(F.normalize(table, dim=1) @ F.normalize(vector, dim=0), k)[1].tolist()


def nearest_rows_only(vector, table, k):
    """The vector's own length changes no order."""
    return torch.argsort(F.normalize(table, dim=1) @ vector, descending=True).tolist()[:k]


def nearest_sorted(vector, table, k):
    def cosine(i):
        length = float(table[i].double().norm())
        return float(table[i].double() @ vector.double()) / length if length else 0.0

    return sorted(range(len(table)), key=cosine, reverse=True)[:k]


def nearest_unit_distance(vector, table, k):
    """Between unit vectors distance and cosine rank alike; the row of zeros stands at distance √2, as cosine 0 does."""
    unit, rows = F.normalize(vector, dim=0), F.normalize(table, dim=1)
    squared = rows.square().sum(1) * 0 + 2 - 2 * (rows @ unit)
    return squared.argsort().tolist()[:k]


def nearest_manhattan(vector, table, k):
    return (table - vector).abs().sum(1).argsort().tolist()[:k]


def nearest_centred(vector, table, k):
    centred = table - table.mean(0)
    return F.cosine_similarity(centred, vector - table.mean(0), dim=-1).topk(k).indices.tolist()


def nearest_pearson(vector, table, k):
    return (
        F.cosine_similarity(table - table.mean(1, keepdim=True), vector - vector.mean(), dim=-1)
        .topk(k)
        .indices.tolist()
    )


def nearest_sorted_by_id(vector, table, k):
    return sorted(F.cosine_similarity(table, vector, dim=-1).topk(k).indices.tolist())


def parameters_factored(config):
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    return (rows + 2) * config.hidden_size


def parameters_counted(config):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in BertEmbeddings(config).parameters())


def parameters_with_pooler(config):
    return embedding_parameters(config) + config.hidden_size * (config.hidden_size + 1)


def parameters_off_by_one(config):
    return embedding_parameters(config) + 1


def parameters_rows_only(config):
    return config.vocab_size + config.max_position_embeddings + config.type_vocab_size + 2


ALTERNATIVES = {
    "embedding_lookup": [
        lookup_functional, lookup_one_hot, lookup_loops, lookup_index_select, lookup_gather, lookup_module,
    ],
    "embedding_sum": [sum_broadcast, sum_modules, sum_loops, sum_stack, sum_where],
    "layer_norm": [
        norm_torch, norm_module, norm_float64, norm_by_hand, norm_einsum, norm_loops, norm_std_squared,
    ],
    "bert_embeddings": [whole_in_one, whole_module, whole_float64],
    "nearest_tokens": [nearest_topk, nearest_normalized, nearest_rows_only, nearest_sorted, nearest_unit_distance],
    "embedding_parameters": [parameters_factored, parameters_counted],
}  # fmt: skip

UNNAMED = {
    "embedding_lookup": [lookup_rows_reversed, lookup_sentences_swapped, lookup_rounded],
    "embedding_sum": [
        sum_positions_reversed, sum_positions_from_the_end, sum_segments_twice, sum_segments_only_in_pairs, sum_both_segments,
        sum_positions_restart_at_the_second_text, sum_sinusoids_in_halves,
    ],
    "layer_norm": [
        norm_eps_1e6, norm_one_plus_weight, norm_bias_subtracted, norm_absolute_deviation, norm_median,
        norm_eps_subtracted, norm_eps_squared, norm_eps_in_the_numerator, norm_min_max, norm_weight_squared, norm_residual_kept,
    ],
    "bert_embeddings": [whole_tanh, whole_halved, whole_with_the_sum_added],
    "nearest_tokens": [nearest_manhattan, nearest_centred, nearest_pearson, nearest_sorted_by_id],
    "embedding_parameters": [parameters_with_pooler, parameters_off_by_one, parameters_rows_only],
}  # fmt: skip
