# %% [markdown]
# # Exercises 13 · What has changed since
#
# Nine functions: five parts that models of today have in place of BERT's, a layer of ModernBERT, and three that turn an
# encoder into a model that writes. At the end your functions are a whole ModernBERT and a whole Llama, with random weights.
# [The lesson](../notebooks/13_since_bert.ipynb) explains what was wrong with the old parts.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import math

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, ModernBertConfig, ModernBertModel

from course_utils import my_bert, progress, show_proof
from course_utils.my_bert import (
    extended_attention_mask,
    gelu,
    layer_norm,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)

# %% [markdown]
# First the norm of Llama. A layer norm subtracts the mean, divides, scales and shifts. This one divides and scales.

# %%
# exercise: rms_norm, easy, 5 minutes

# %% [markdown]
# Positions become angles. The first pair of dimensions turns by a whole radian per token, the last one hardly at all. Which
# dimensions are a pair is where implementations differ, so read the docstring twice.

# %%
# exercise: rotary_tables, medium, 12 minutes

# %% [markdown]
# Now turn by these angles. If yours is right, the product of a turned query and a turned key depends on how far apart they are,
# and on nothing else of their positions.

# %%
# exercise: rotate, medium, 8 minutes

# %% [markdown]
# A feed-forward network with a gate: two dense layers side by side where BERT has one, and one of them opens or closes the other.

# %%
# exercise: geglu, easy, 6 minutes

# %% [markdown]
# Who may look at whom in a local layer. Try to do it without a loop.

# %%
# exercise: sliding_window_mask, medium, 8 minutes

# %% [markdown]
# All of it together, as in lesson 06. Nearly every line is one of your functions (the norm is `layer_norm` of lesson 02), and
# again the wiring is where it goes wrong: what is turned and what is not, where the norms are, which layer has which window and
# which theta.

# %%
# exercise: modern_layer, hard, 20 minutes

# %% [markdown]
# From here on the model writes. What has to change is one mask.

# %%
# exercise: causal_mask, easy, 4 minutes

# %% [markdown]
# The keys and values of earlier tokens never change, since nothing that comes later can reach them. So keep them, and compute one
# row per new token instead of all rows.

# %%
# exercise: cached_attention, medium, 10 minutes

# %% [markdown]
# What does that cost? Memory. Count it before you pay for it.

# %%
# exercise: cache_bytes, easy, 6 minutes

# %% [markdown]
# ## A whole ModernBERT
#
# No weights of a ModernBERT come with the course, so this one is small and random: five layers, of which the first and the fourth
# look everywhere, the others three tokens to either side. For a proof of equality random weights are as good as trained ones.
#
# It reads a padded batch, once with transformers' layers and once with yours. (A function that you have not solved yet is the
# reference's; the printed lines say whose each one is.)

# %%
names = [
    "rms_norm",
    "rotary_tables",
    "rotate",
    "geglu",
    "modern_layer",
    "causal_mask",
    "cached_attention",
    "cache_bytes",
]
yours = {name: getattr(my_bert, name) for name in names}

# %%
sizes = {"hidden_size": 48, "intermediate_size": 80, "num_attention_heads": 4, "initializer_range": 0.2}
torch.manual_seed(0)
modern = ModernBertModel(ModernBertConfig(**sizes, num_hidden_layers=5, local_attention=6)).eval()


@torch.no_grad()
def read(input_ids, attention_mask):
    """The model's last hidden states, (batch, tokens, hidden), by your layers."""
    mask = extended_attention_mask(attention_mask, torch.float32)
    x = modern.embeddings(input_ids)
    for number, layer in enumerate(modern.layers):
        x = yours["modern_layer"](x, layer.state_dict(), modern.config, number, mask)
    return modern.final_norm(x)


input_ids = torch.randint(1000, 2000, (2, 12))
attention_mask = torch.ones_like(input_ids)
attention_mask[1, 8:] = 0  # the second text is shorter
real_tokens = attention_mask == 1
theirs = modern(input_ids, attention_mask=attention_mask).last_hidden_state
show_proof({"five layers, a padded batch": (read(input_ids, attention_mask)[real_tokens], theirs[real_tokens])})

# %% [markdown]
# ## And one that writes
#
# A random Llama is made of the same parts: your RMSNorm, your rotary positions, your gated network. (Llama's own gate goes
# through SiLU; `hidden_act="gelu"` makes it yours.) The only thing left open here is how a layer attends.

# %%
config = LlamaConfig(**sizes, num_hidden_layers=3, hidden_act="gelu")
llama = LlamaForCausalLM(config).eval()
heads, eps, theta = config.num_attention_heads, config.rms_norm_eps, config.rope_parameters["rope_theta"]


@torch.no_grad()
def next_scores(ids, positions, attend):
    """The scores of the next token at each place, (batch, tokens, vocabulary)."""
    x = llama.model.embed_tokens(ids)
    cos, sin = yours["rotary_tables"](positions, config.head_dim, theta)
    for number, layer in enumerate(llama.model.layers):
        params = layer.state_dict()
        normed = yours["rms_norm"](x, params["input_layernorm.weight"], eps)
        query, key, value = (split_heads(normed @ params[f"self_attn.{name}_proj.weight"].T, heads) for name in "qkv")
        query, key = yours["rotate"](query, cos, sin), yours["rotate"](key, cos, sin)
        x = x + merge_heads(attend(number, query, key, value)) @ params["self_attn.o_proj.weight"].T
        normed = yours["rms_norm"](x, params["post_attention_layernorm.weight"], eps)
        wi = torch.cat([params["mlp.gate_proj.weight"], params["mlp.up_proj.weight"]])
        x = x + yours["geglu"](normed, wi, params["mlp.down_proj.weight"])
    return yours["rms_norm"](x, llama.model.norm.weight, eps) @ llama.lm_head.weight.T


# %% [markdown]
# Without a cache it reads everything again for every new token, under your causal mask:


# %%
def write(ids, count):
    """The ids and `count` more, each time the one with the best score."""

    def attend(number, query, key, value):
        mask = yours["causal_mask"](query.shape[2], query.dtype)
        return scaled_dot_product_attention(query, key, value, mask)[0]

    for _ in range(count):
        scores = next_scores(ids, torch.arange(ids.shape[1]), attend)
        ids = torch.cat([ids, scores[:, -1:].argmax(dim=-1)], dim=1)
    return ids


# %% [markdown]
# With a cache it reads each token once. There is no mask, for there is nothing later to hide:


# %%
def write_with_cache(ids, count):
    """The same ids, and the caches of all layers."""
    caches = [None] * config.num_hidden_layers

    def attend(number, query, key, value):
        context, caches[number] = yours["cached_attention"](query, key, value, caches[number])
        return context

    for place in range(ids.shape[1] + count - 1):
        scores = next_scores(ids[:, place : place + 1], torch.tensor([place]), attend)
        if place + 1 == ids.shape[1]:
            ids = torch.cat([ids, scores.argmax(dim=-1)], dim=1)
    return ids, caches


# %%
start, count = torch.randint(3, config.vocab_size, (1, 4)), 20
plain = write(start, count)
cached, caches = write_with_cache(start, count)
theirs = llama.generate(start, attention_mask=torch.ones_like(start), max_new_tokens=count, do_sample=False)
print("the same with and without the cache: ", torch.equal(cached, plain))
print("the same as transformers' `generate`:", torch.equal(cached, theirs))

# %% [markdown]
# The random model writes nonsense, but all three write the same nonsense. And the work? Count the tokens that each way has read,
# and ask the tensors how large the cache has become.

# %%
again = sum(range(start.shape[1], start.shape[1] + count))
once = caches[0][0].shape[2]
held = sum(tensor.numel() * tensor.element_size() for cache in caches for tensor in cache)
print(f"tokens read without the cache: {again}, with it: {once}")
print("bytes in the cache:", held, "| your cache_bytes:", yours["cache_bytes"](config, once, 1, 4))

# %% [markdown]
# ## Yours against the library
#
# As the real BERT has none of these parts, your functions meet transformers' `ModernBertModel` and `LlamaModel`, part by part and
# whole, with random weights.

# %%
from course_utils import against_bert

against_bert("since_bert")

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson. The whole map is on the [closing page](../notebooks/14_closing.ipynb).

# %%
progress("since_bert")
