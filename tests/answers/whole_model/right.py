"""Right ways to put a BERT together and load it."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers.models.bert.modeling_bert import BertEmbeddings, BertEncoder, BertPooler

from course_utils.reference.whole_model import (
    Bert,
    rename_key,
)


def pooler_by_torch(last_hidden_state, weight, bias):
    return F.linear(last_hidden_state.select(1, 0), weight, bias).tanh()


def pooler_by_einsum(last_hidden_state, weight, bias):
    return torch.tanh(torch.einsum("bi,oi->bo", last_hidden_state[:, 0].double(), weight.double()) + bias).to(
        weight.dtype
    )


def pooler_of_all_tokens_then_the_first(last_hidden_state, weight, bias):
    return (last_hidden_state @ weight.mT + bias)[:, 0].tanh()


class _Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.self = nn.ModuleDict({name: nn.Linear(config.hidden_size, config.hidden_size) for name in _PROJECTIONS})
        self.output = _AddAndNorm(config.hidden_size, config)


class _AddAndNorm(nn.Module):
    def __init__(self, inputs, config):
        super().__init__()
        self.dense = nn.Linear(inputs, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, residual):
        return self.LayerNorm(self.dropout(self.dense(x)) + residual)


_PROJECTIONS = ("query", "key", "value")


class _Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.num_attention_heads
        self.attention = _Attention(config)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(config.hidden_size, config.intermediate_size)})
        self.output = _AddAndNorm(config.intermediate_size, config)

    def forward(self, x, keep):
        parts = [self.attention.self[name](x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for name in _PROJECTIONS]
        context = F.scaled_dot_product_attention(*parts, attn_mask=keep).transpose(1, 2).flatten(2)
        attended = self.attention.output(context, x)
        return self.output(F.gelu(self.intermediate["dense"](attended)), attended)


class BertOfModules(nn.Module):
    """As transformers writes it: modules with a forward of their own, dropout in them, a bool mask, a fused attention."""

    def __init__(self, config):
        super().__init__()
        size = config.hidden_size
        self.embeddings = nn.Module()
        self.embeddings.word_embeddings = nn.Embedding(config.vocab_size, size, padding_idx=0)
        self.embeddings.position_embeddings = nn.Embedding(config.max_position_embeddings, size)
        self.embeddings.token_type_embeddings = nn.Embedding(config.type_vocab_size, size)
        self.embeddings.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.register_buffer("position_ids", torch.arange(config.max_position_embeddings)[None], persistent=False)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))
        self.pooler = nn.Module()
        self.pooler.dense = nn.Linear(size, size)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        keep = None if attention_mask is None else attention_mask[:, None, None, :] == 1
        types = 0 * input_ids if token_type_ids is None else token_type_ids
        own = self.embeddings
        positions = own.position_embeddings(self.position_ids[:, : input_ids.shape[1]])
        states = [own.LayerNorm(own.word_embeddings(input_ids) + positions + own.token_type_embeddings(types))]
        for layer in self.encoder.layer:
            states.append(layer(states[-1], keep))
        pooled = self.pooler.dense(states[-1][:, 0]).tanh()
        return {"hidden_states": tuple(states), "pooler_output": pooled, "last_hidden_state": states[-1]}


class BertOfTransformersParts(Bert):
    """The names come from transformers' own modules, which read more of the config."""

    def __init__(self, config):
        nn.Module.__init__(self)
        self.config = config
        self.embeddings, self.encoder, self.pooler = BertEmbeddings(config), BertEncoder(config), BertPooler(config)


class BertAsItWasTrained(Bert):
    """With what training needs: the config's dropout and its scale of the first weights."""

    def __init__(self, config):
        super().__init__(config)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        for table in (self.embeddings["word_embeddings"], self.pooler["dense"]):
            nn.init.normal_(table.weight, std=config.initializer_range)

    def forward(self, *inputs, **named):
        result = super().forward(*inputs, **named)
        return result | {"pooler_output": self.dropout(result["pooler_output"])}


def rename_by_split(hf_key):
    names = hf_key.split(".")
    names = names[1:] if names[0] == "bert" else names
    if names[0] == "cls" or names == ["embeddings", "position_ids"]:
        return None
    return ".".join({"gamma": "weight", "beta": "bias"}.get(name, name) for name in names)


def rename_by_endings(hf_key):
    key = hf_key[5:] if hf_key[:5] == "bert." else hf_key
    if key.startswith("cls.") or key.endswith("embeddings.position_ids"):
        return None
    for old, new in (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")):
        key = key.replace(old, new)
    return key


def load_by_copying(model, state_dict):
    own, found, unexpected = dict(model.named_parameters()), set(), []
    for name, tensor in state_dict.items():
        key = rename_key(name)
        if key is None:
            continue
        if key not in own:
            unexpected.append(key)
            continue
        if own[key].shape != tensor.shape:
            raise RuntimeError(f"{key}: {tuple(tensor.shape)} does not fit {tuple(own[key].shape)}")
        own[key].data.copy_(tensor)
        found.add(key)
    return sorted(own.keys() - found), unexpected[::-1]


def load_by_replacing(model, state_dict):
    renamed = {rename_key(name): tensor.clone() for name, tensor in state_dict.items()}
    renamed.pop(None, None)
    return tuple(map(list, model.load_state_dict(renamed, strict=False, assign=True)))


def table_by_formula(config):
    d, i = config.hidden_size, config.intermediate_size
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size + 2
    table = {"encoder": (4 * d * d + 2 * d * i + 9 * d + i) * config.num_hidden_layers, "embeddings": rows * d}
    return table | {"pooler": d * (d + 1), "total": sum(table.values()) + d * (d + 1)}


def same_row_by_row(a, b, batch):
    a.eval(), b.eval()
    one, other = (m(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"]) for m in (a, b))
    pairs = {"last_hidden_state": (one["last_hidden_state"], other["last_hidden_state"])}
    for number, states in enumerate(one["hidden_states"]):
        pairs[f"hidden_states.{number}"] = states, other["hidden_states"][number]
    found = {"pooler_output": torch.dist(one["pooler_output"], other["pooler_output"], torch.inf).item()}
    for name, (x, y) in pairs.items():
        rows = zip(x, y, batch["attention_mask"], strict=True)
        found[name] = torch.stack([(p[m == 1] - q[m == 1]).abs().max() for p, q, m in rows]).max().item()
    return found


class BertThatReadsTheConfig(Bert):
    """In transformers' manner: entries that every BertConfig has, and its methods."""

    def __init__(self, config):
        super().__init__(config)
        self.use_cache, self.dtype_of_config = config.use_cache, config.to_dict()["dtype"]

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        assert self.config.model_type == "bert"
        assert not self.config.output_attentions
        assert self.config.return_dict
        assert self.config._attn_implementation is None
        return super().forward(token_type_ids=token_type_ids, attention_mask=attention_mask, input_ids=input_ids)
