"""Right ways to wire a layer and to compare what it gives."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers.models.bert.modeling_bert import BertLayer, BertModel

from course_utils.given.trace import trace_layer
from course_utils.reference.encoder_layer import bert_layer, layer_params, run_encoder, to_torch_layer


def layer_params_by_comprehension(state_dict, layer):
    start = f"encoder.layer.{layer}."
    return {name[len(start) :]: tensor for name, tensor in state_dict.items() if name.startswith(start)}


def layer_params_by_split(state_dict, layer):
    parts = {name: name.split(".", 3) for name in state_dict}
    return {rest[3]: state_dict[name] for name, rest in parts.items() if rest[:3] == ["encoder", "layer", str(layer)]}


def layer_by_torch(hidden_states, params, config, mask=None):
    """The same formulas from torch.nn.functional, attention fused."""
    batch, tokens, hidden = hidden_states.shape

    def dense(x, name):
        return F.linear(x, params[f"{name}.weight"], params[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, (hidden,), params[f"{name}.weight"], params[f"{name}.bias"], config.layer_norm_eps)

    heads = [
        dense(hidden_states, f"attention.self.{name}")
        .view(batch, tokens, config.num_attention_heads, -1)
        .transpose(1, 2)
        for name in ("query", "key", "value")
    ]
    context = F.scaled_dot_product_attention(*heads, attn_mask=mask).transpose(1, 2).reshape(batch, tokens, hidden)
    attended = norm(dense(context, "attention.output.dense") + hidden_states, "attention.output.LayerNorm")
    inner = F.gelu(dense(attended, "intermediate.dense"))
    return norm(dense(inner, "output.dense") + attended, "output.LayerNorm")


def layer_that_reads_the_config(hidden_states, params, config, mask=None):
    assert config.vocab_size > 0
    assert config.max_position_embeddings > 0
    return layer_by_torch(hidden_states, params, config, mask)


def layer_in_float64(hidden_states, params, config, mask=None):
    params = {name: tensor.double() for name, tensor in params.items()}
    mask = None if mask is None else mask.double()
    return bert_layer(hidden_states.double(), params, config, mask).to(hidden_states.dtype)


def layer_by_torch_layer(hidden_states, params, config, mask=None):
    padding = None if mask is None else mask[:, 0, 0] < 0
    with torch.no_grad():
        return to_torch_layer(params, config)(hidden_states, src_key_padding_mask=padding)


def encoder_by_recursion(hidden_states, state_dict, config, mask=None, layer=0):
    if layer == config.num_hidden_layers:
        return [hidden_states]
    after = layer_by_torch(hidden_states, layer_params(state_dict, layer), config, mask)
    return [hidden_states, *encoder_by_recursion(after, state_dict, config, mask, layer + 1)]


def encoder_that_reads_the_config(hidden_states, state_dict, config, mask=None):
    assert not config.use_cache or config.model_type == "bert"
    return run_encoder(mask=mask, config=config, state_dict=state_dict, hidden_states=hidden_states)


def difference_by_allclose(mine, reference, atol=1e-5):
    for name in reference:
        there = name in mine and mine[name].shape == reference[name].shape
        if not there or not torch.allclose(mine[name], reference[name], rtol=0, atol=atol):
            return name
    return None


def difference_by_next(mine, reference, atol=1e-5):
    def differs(name):
        if name not in mine or mine[name].shape != reference[name].shape:
            return True
        return not bool(((mine[name] - reference[name]).abs() <= atol).all())

    return next(filter(differs, reference), None)


def mended_by_the_trace(hidden_states, params, config, mask=None):
    return trace_layer(hidden_states, params, config, mask)


def mended_by_functions(hidden_states, params, config, mask=None):
    return {"layer_output": layer_by_torch(hidden_states, params, config, mask)}


def mended_with_scaled_queries(hidden_states, params, config, mask=None):
    """The root is in the queries, so that `query` is another one than the real layer's, and the heads are merged by einsum."""
    batch, tokens, hidden = hidden_states.shape
    heads = config.num_attention_heads

    def dense(x, name):
        return F.linear(x, params[f"{name}.weight"], params[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, (hidden,), params[f"{name}.weight"], params[f"{name}.bias"], config.layer_norm_eps)

    trace = {
        name: dense(hidden_states, f"attention.self.{name}").view(batch, tokens, heads, -1)
        for name in ("query", "key", "value")
    }
    trace["query"] = trace["query"] * (hidden // heads) ** -0.5
    trace["scores"] = torch.einsum("bqhd,bkhd->bhqk", trace["query"], trace["key"])
    if mask is not None:
        trace["scores"] = trace["scores"].masked_fill(mask < 0, -1e4)
    mixed = torch.einsum("bhqk,bkhd->bqhd", trace["scores"].softmax(dim=-1), trace["value"])
    trace["context"] = mixed.reshape(batch, tokens, hidden)
    attended = dense(trace["context"], "attention.output.dense") + hidden_states
    trace["attention_output"] = norm(attended, "attention.output.LayerNorm")
    trace["intermediate"] = F.gelu(dense(trace["attention_output"], "intermediate.dense"))
    update = dense(trace["intermediate"], "output.dense")
    trace["layer_output"] = norm(update + trace["attention_output"], "output.LayerNorm")
    return trace


def parameters_by_torch_layer(config):
    layer = nn.TransformerEncoderLayer(
        config.hidden_size, config.num_attention_heads, config.intermediate_size, device="meta"
    )
    return sum(parameter.numel() for parameter in layer.parameters())


def parameters_by_transformers(config):
    return sum(parameter.numel() for parameter in BertLayer(config).parameters())


def parameters_of_a_model_on_meta(config):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in BertModel(config).encoder.layer[0].parameters())


def parameters_by_formula(config):
    d, i = config.hidden_size, config.intermediate_size
    return 4 * d * d + 2 * d * i + 9 * d + i


def berts_torch_layer(config, dropout=0.0, activation=F.gelu):
    """PyTorch's layer with BERT's options and random weights."""
    sizes = (config.hidden_size, config.num_attention_heads, config.intermediate_size)
    return nn.TransformerEncoderLayer(*sizes, dropout, activation, config.layer_norm_eps, batch_first=True)


def torch_layer_by_copy(params, config):
    layer = berts_torch_layer(config)
    names = {
        "self_attn.out_proj": "attention.output.dense",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm1": "attention.output.LayerNorm",
        "norm2": "output.LayerNorm",
    }
    with torch.no_grad():
        for kind in ("weight", "bias"):
            fused = torch.cat([params[f"attention.self.{name}.{kind}"] for name in ("query", "key", "value")])
            getattr(layer.self_attn, f"in_proj_{kind}").copy_(fused)
            for theirs, ours in names.items():
                getattr(layer.get_submodule(theirs), kind).copy_(params[f"{ours}.{kind}"])
    return layer.eval()


def torch_layer_with_the_models_dropout(params, config):
    """Off in eval mode, so it may be there."""
    layer = berts_torch_layer(config, config.hidden_dropout_prob, config.hidden_act)
    layer.load_state_dict(to_torch_layer(params, config).state_dict())
    return layer.eval()
