"""Right ways to write the functions of lesson 02."""

import itertools

import torch
import torch.nn.functional as F
from transformers.models.bert.modeling_bert import BertEmbeddings, BertModel

from course_utils.reference.embeddings import embedding_sum, layer_norm


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


def norm_torch(x, weight, bias, eps):
    return F.layer_norm(x, (x.shape[-1],), weight, bias, eps)


def norm_module(x, weight, bias, eps):
    norm = torch.nn.LayerNorm(x.shape[-1], eps=eps, dtype=x.dtype)
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


def whole_in_one(input_ids, token_type_ids, state_dict, config):
    at = "embeddings.{}_embeddings.weight".format
    x = state_dict[at("word")][input_ids] + state_dict[at("token_type")][token_type_ids]
    x = x + state_dict[at("position")][torch.arange(input_ids.shape[1])]
    norm = [state_dict[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")]
    return F.layer_norm(x, x.shape[-1:], *norm, eps=config.layer_norm_eps)


def whole_module(input_ids, token_type_ids, state_dict, config):
    module = BertEmbeddings(config).to(state_dict["embeddings.LayerNorm.weight"].dtype).eval()
    prefix = "embeddings."
    module.load_state_dict(
        {k.removeprefix(prefix): v for k, v in state_dict.items() if k.startswith(prefix)}, strict=False
    )
    with torch.no_grad():
        return module(input_ids, token_type_ids)


def whole_float64(input_ids, token_type_ids, state_dict, config):
    tensors = {key: value.double() for key, value in state_dict.items()}
    dtype = state_dict["embeddings.LayerNorm.weight"].dtype
    return summed_and_normed(input_ids, token_type_ids, tensors, config).to(dtype)


def summed_and_normed(input_ids, token_type_ids, tensors, config, norm="embeddings.LayerNorm"):
    tables = [tensors[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    summed = embedding_sum(input_ids, token_type_ids, *tables)
    return layer_norm(summed, tensors[f"{norm}.weight"], tensors[f"{norm}.bias"], config.layer_norm_eps)


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
    """Between unit vectors distance and cosine rank alike; the row of zeros is at distance √2, as cosine 0 is."""
    unit, rows = F.normalize(vector, dim=0), F.normalize(table, dim=1)
    squared = rows.square().sum(1) * 0 + 2 - 2 * (rows @ unit)
    return squared.argsort().tolist()[:k]


def sums_in_order(word, position, segment):
    """All sums as rows, and the triple of each."""
    sizes = (len(word), len(position), len(segment))
    return (word[:, None, None] + position[:, None] + segment).flatten(0, 2), list(
        itertools.product(*map(range, sizes))
    )


def pair_by_all_gaps(word, position, segment):
    sums, triples = sums_in_order(word, position, segment)
    gaps = (sums[:, None] - sums).abs().amax(-1) + torch.eye(len(sums))
    one, other = divmod(int(gaps.argmin()), len(sums))
    return triples[one], triples[other]


def pair_by_cdist(word, position, segment):
    """Its default computes distances from products, which here are exact."""
    sums, triples = sums_in_order(word, position, segment)
    one, other = (torch.cdist(sums, sums).fill_diagonal_(9) < 1e-5).nonzero()[0].tolist()
    return triples[one], triples[other]


def pair_by_unique(word, position, segment):
    sums, triples = sums_in_order(word, position, segment)
    _, which, counts = sums.unique(dim=0, return_inverse=True, return_counts=True)
    one, other = (which == counts.argmax()).nonzero().flatten().tolist()[-2:]
    return triples[other], triples[one]


def pair_by_sorting(word, position, segment):
    sums, triples = sums_in_order(word.double(), position, segment)
    rows = sorted(zip(sums.tolist(), triples, strict=True), reverse=True)
    return next([one[1], other[1]] for one, other in itertools.pairwise(rows) if one[0] == other[0])


def pair_by_differences(word, position, segment):
    """What two words lack has to be what places and segments make up for."""
    others = list(itertools.product(range(len(position)), range(len(segment))))
    known = {}
    for one, other in itertools.product(others, others):
        gap = position[one[0]] - position[other[0]] + segment[one[1]] - segment[other[1]]
        if one != other:
            known[tuple(gap.tolist())] = one, other
    for a, b in itertools.product(range(len(word)), range(len(word))):
        found = known.get(tuple((word[b] - word[a]).tolist()))
        if found:
            return (a, *found[0]), (b, *found[1])
    return None


def pair_by_rounding(word, position, segment):
    seen = {}
    for total, triple in zip(*sums_in_order(word, position, segment), strict=True):
        key = tuple(round(number, 4) for number in total.tolist())
        if key in seen:
            return triple, seen[key]
        seen[key] = triple
    return None


def parameters_factored(config):
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    return (rows + 2) * config.hidden_size


def parameters_counted(config):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in BertEmbeddings(config).parameters())


def parameters_of_a_model_on_meta(config):
    with torch.device("meta"):
        embeddings = BertModel(config, add_pooling_layer=False).embeddings
    return sum(parameter.numel() for parameter in embeddings.parameters())


def whole_that_reads_the_config(input_ids, token_type_ids, state_dict, config):
    assert config.initializer_range > 0
    assert config.model_type == "bert"
    assert not config.output_attentions
    return summed_and_normed(input_ids, token_type_ids, state_dict, config)
