"""Wrong ways to write the functions of lesson 02."""

import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import embedding_parameters, embedding_sum, indistinguishable
from tests.answers.embeddings.right import summed_and_normed, sums_in_order


def lookup_rows_reversed(table, ids):
    return table[table.shape[0] - 1 - ids]


def lookup_sentences_swapped(table, ids):
    return table[ids].flip(0) if ids.shape[0] > 1 else table[ids].flip(1)


def lookup_rounded(table, ids):
    return (table[ids] * 1000).round() / 1000


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


def whole_tanh(input_ids, token_type_ids, state_dict, config):
    return summed_and_normed(input_ids, token_type_ids, state_dict, config).tanh()


def whole_halved(input_ids, token_type_ids, state_dict, config):
    return 0.5 * summed_and_normed(input_ids, token_type_ids, state_dict, config)


def whole_with_the_sum_added(input_ids, token_type_ids, state_dict, config):
    tables = [state_dict[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    summed = embedding_sum(input_ids, token_type_ids, *tables)
    return summed + summed_and_normed(input_ids, token_type_ids, state_dict, config)


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


def pair_fixed(word, position, segment):
    return (0, 0, 0), (1, 1, 1)


def pair_with_negative_rows(word, position, segment):
    one, other = indistinguishable(word, position, segment)
    return (one[0] - len(word), *one[1:]), other


def pair_farthest(word, position, segment):
    sums, triples = sums_in_order(word, position, segment)
    one, other = divmod(int(torch.cdist(sums, sums).argmax()), len(sums))
    return triples[one], triples[other]


def pair_of_the_second_feature(word, position, segment):
    sums, triples = sums_in_order(word, position, segment)
    gaps = (sums[:, None, 1] - sums[:, 1]).abs().fill_diagonal_(9)
    one, other = divmod(int(gaps.argmin()), len(sums))
    return triples[one], triples[other]


def pair_of_tensor_keys(word, position, segment):
    seen = {}
    for total, triple in zip(*sums_in_order(word, position, segment), strict=True):
        if total in seen:
            return seen[total], triple
        seen[total] = triple
    return None


def pair_of_row_numbers(word, position, segment):
    _, triples = sums_in_order(word, position, segment)
    return tuple(triples.index(triple) for triple in indistinguishable(word, position, segment))


def pair_of_tensors(word, position, segment):
    return tuple(torch.tensor(indistinguishable(word, position, segment)))


def pair_allowing_a_tenth(word, position, segment):
    sums, triples = sums_in_order(word, position, segment)
    gaps = (sums[:, None] - sums).abs().amax(-1).fill_diagonal_(9)
    one, other = (gaps < 0.1).nonzero()[0].tolist()
    return triples[one], triples[other]


def parameters_with_pooler(config):
    return embedding_parameters(config) + config.hidden_size * (config.hidden_size + 1)


def parameters_off_by_one(config):
    return embedding_parameters(config) + 1


def parameters_rows_only(config):
    return config.vocab_size + config.max_position_embeddings + config.type_vocab_size + 2


def norm_without_weight_and_bias(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), eps=eps)


def norm_in_float32(x, weight, bias, eps):
    return F.layer_norm(x.float(), x.shape[-1:], weight.float(), bias.float(), eps)


def norm_eps_1e4(x, weight, bias, eps):
    return F.layer_norm(x, x.shape[-1:], weight, bias, 1e-4)
