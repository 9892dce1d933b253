# %% [markdown]
# # 06 · The encoder layer
#
# **What you will build:** one whole layer of BERT, a few lines that call what you wrote in lessons 03 to 05, and the loop
# that stacks the layers. At the end code that you can read gives every hidden state of the real model.
#
# **What you need:** `self_attention` (03), `self_output` (04), `intermediate` and `output` (05).
#
# **Time:** about 90 minutes with the [exercises](../exercises/06_encoder_layer.ipynb).

# %%
import torch

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])
print(len(tokens), "tokens:", *tokens)

# %% [markdown]
# ## The same four steps, by the model's own parts
#
# Lesson 00 replayed the first layer by calling its four parts in order. You have since rebuilt each of them, so each line
# below is a lesson of yours.

# %%
layer = model.encoder.layer[0]
hidden_states = model(**batch, output_hidden_states=True).hidden_states
x = hidden_states[0]  # (1, tokens, hidden): the embeddings, lesson 02

context = layer.attention.self(x)[0]  # (1, tokens, hidden): lesson 03
attention_output = layer.attention.output(context, x)  # (1, tokens, hidden): lesson 04, the first add & norm
inner = layer.intermediate(attention_output)  # (1, tokens, intermediate): lesson 05
layer_output = layer.output(inner, attention_output)  # (1, tokens, hidden): lesson 05, the second add & norm

for name, tensor in [("context", context), ("attention_output", attention_output), ("intermediate", inner)]:
    print(f"{name:<17}{tuple(tensor.shape)}")
print("equal to hidden_states[1], bit for bit:", torch.equal(layer_output, hidden_states[1]))

# %% [markdown]
# `hidden_states` has one entry more than the model has layers. The first, `hidden_states[0]`, is no layer's output: it is what
# goes *into* the first one.

# %%
print(len(hidden_states), "hidden states from", config.num_hidden_layers, "layers")

# %% [markdown]
# ## What a layer is made of
#
# A layer is 16 tensors: a weight and a bias for six dense layers and two norms. In the checkpoint they have long names,
# each with its layer's number. `layer_params` picks one layer's tensors and shortens their names.

# %%
from course_utils import layer_params

state_dict = model.state_dict()
params = layer_params(state_dict, 0)
print(len(state_dict), "tensors in the model,", len(params), "of them in layer 0:\n")
for name, tensor in params.items():
    print(f"{name:<40}{tuple(tensor.shape)}")

# %% [markdown]
# **Predict.** Of these parameters, which part of the layer has the most?
#
# - [ ] The attention | Four square matrices: 4 · d² weights.
# - [x] The feed-forward | Two matrices of 4 · d² each: twice as many weights as the whole attention.
# - [ ] The norms | A weight and a bias of d numbers each, four vectors in all: next to nothing.

# %%
from course_utils import layer_parameters

total = sum(tensor.numel() for tensor in params.values())
attention = sum(tensor.numel() for name, tensor in params.items() if name.startswith("attention"))
print(f"{total:,} parameters by counting, {layer_parameters(config):,} by the formula")
print(f"attention {attention / total:.1%}, feed-forward {1 - attention / total:.1%}")

# %% [markdown]
# ## The layer in your own code
#
# Everything a layer does, with nothing hidden in a module. It calls four functions that you write in lessons 03 to 05; here
# they are the course's own versions.

# %%
from course_utils import intermediate, output, self_attention, self_output


def my_layer(x, params, config, mask=None):
    context = self_attention(x, params, config.num_attention_heads, mask)
    attended = self_output(context, x, params, config.layer_norm_eps)  # first residual: x
    widened = intermediate(attended, params)
    return output(widened, attended, params, config.layer_norm_eps)  # second residual: attended


mine = my_layer(x, params, config)  # (1, tokens, hidden)
difference = (mine - hidden_states[1]).abs().max()
print("bit for bit:", torch.equal(mine, hidden_states[1]), "| within 1e-5:", bool(difference < 1e-5))

# %% [markdown]
# Not bit for bit this time: our functions round in another order than PyTorch's, from the first dense layer on. That is why
# the course's proofs say *below 1e-5* and not *exactly 0*.
#
# **Predict.** The second residual adds `attended`. Suppose you add the layer's input `x` there instead, in every layer. What
# happens?
#
# - [ ] An error | Both tensors have the same shape, so the addition works.
# - [ ] Hardly anything changes | After one layer it may look so. But each layer adds to the error of those before it.
# - [x] It runs, and every vector is wrong | The shapes agree, the numbers do not, and no message says so.

# %%
from course_utils import planted

wrong = x
for number in range(config.num_hidden_layers):
    wrong_layer = planted("bert_layer", "second_residual_from_input")  # the course's layer, with this slip in it
    wrong = wrong_layer(wrong, layer_params(state_dict, number), config)  # (1, tokens, hidden)
    cosine = torch.cosine_similarity(wrong, hidden_states[number + 1], dim=-1).mean()
    print(f"after layer {number}: mean cosine with the real hidden state {cosine:.2f}")

# %% [markdown]
# ## The circuit
#
# `trace_layer` runs a layer and keeps all nine intermediate results. To see where a computation first differs from the real
# one, we need the same nine from the model. Its modules return all but the scores, so these are computed here.

# %%
from course_utils import split_heads

part, real_trace = layer.attention.self, {}
for name in ("query", "key", "value"):
    real_trace[name] = split_heads(getattr(part, name)(x), config.num_attention_heads)  # (1, heads, tokens, head size)
real_trace["scores"] = real_trace["query"] @ real_trace["key"].transpose(-1, -2) * part.scaling  # 1 / √dh
real_trace["probabilities"] = part(x)[1]  # (1, heads, tokens, tokens)
real_trace |= {"context": context, "attention_output": attention_output}  # these four from the first section
real_trace |= {"intermediate": inner, "layer_output": layer_output}

# %%
from course_utils import show_circuit, trace_layer

show_circuit(trace_layer(x, params, config), real_trace)

# %% [markdown]
# All nine are right. Now an attention that forgets to divide by √dh: query, key and value are still right, and everything from
# the scores on is wrong.

# %%
unscaled = planted("trace_layer", "attention_scores: unscaled")(x, params, config)
show_circuit(unscaled, real_trace, title="The same layer without √dh")

# %% [markdown]
# From the bug on, every result is wrong. Only the *first* wrong one tells where to look, and `first_difference` finds it.

# %%
from course_utils import first_difference

print("first difference:", first_difference(unscaled, real_trace))

# %% [markdown]
# **Yours.** The next cell puts your own functions into the circuit: those that you have proven, and the reference's for the
# rest. Run it again after the exercises.

# %%
from course_utils import my_bert, with_functions

PARTS = ("linear", "split_heads", "attention_scores", "softmax", "merge_heads", "self_output", "intermediate", "output")
yours = {name: getattr(my_bert, name) for name in PARTS}
show_circuit(
    with_functions("trace_layer", **yours)(x, params, config), real_trace, title="The layer with your functions"
)

# %% [markdown]
# ## Hunt a bug
#
# Choose a bug and the layer that has it. Which node shows it first, and why that one? The bars below the circuit show how
# large the error is after this layer and after each later one. It may grow or shrink on the way. No bug of the list raises
# an error.

# %%
from course_utils import explore_bugs

explore_bugs(tokenizer, model)

# %% [markdown]
# ## From one layer to all
#
# **Predict.** Layer 1 is fed the output of layer 0. Which weights does it use?
#
# - [ ] The same as layer 0 | That is ALBERT (Lan et al. 2019), which shares one set of weights among all layers. BERT does not.
# - [x] Its own 16 tensors | Same structure, other numbers: the state dict has them under `encoder.layer.1.`.
# - [ ] The same matrices, with other biases | The matrices differ, too: the layers share nothing but their shapes.

# %%
all_states = [x]
for number in range(config.num_hidden_layers):
    all_states.append(my_layer(all_states[-1], layer_params(state_dict, number), config))

for number, (ours, real) in enumerate(zip(all_states, hidden_states, strict=True)):
    print(f"hidden_states[{number}]: equal within 1e-5: {torch.allclose(ours, real, rtol=0, atol=1e-5)}")

# %% [markdown]
# **Every hidden state of a real, pretrained BERT, from a dozen lines** and the functions that you wrote in lessons 03 to 05.
#
# Is the last one normalised once more at the end? No: in a post-LN model each layer ends with its norm, so
# `last_hidden_state` *is* the last entry.

# %%
print(torch.equal(model(**batch).last_hidden_state, hidden_states[-1]))

# %% [markdown]
# ## A second witness
#
# PyTorch has `nn.TransformerEncoderLayer`, written by other people from the same paper of 2017. Given BERT's sizes (hidden,
# heads, intermediate) and three options (batch first, GELU, BERT's eps), in eval mode, and with our 16 tensors under its
# 12 names, it should be BERT's layer.

# %%
from course_utils import show_proof, to_torch_layer

torch_layer = to_torch_layer(params, config)
print(torch_layer.__class__.__module__, torch_layer.__class__.__name__)
show_proof({"PyTorch's layer against BERT's": (torch_layer(x), hidden_states[1])})

# %% [markdown]
# **PyTorch's own layer is BERT's layer.** The defaults are not: its activation is ReLU, its eps 1e-5, and its first axis the
# tokens.

# %%
defaults = torch.nn.TransformerEncoderLayer(config.hidden_size, config.num_attention_heads)
print("activation:", defaults.activation.__name__)
print("eps:", defaults.norm1.eps)
print("batch first:", defaults.self_attn.batch_first)

# %% [markdown]
# ## The proof
#
# Four inputs: the seed sentence, a padded batch, a pair of sentences and random ids. For each, *all* hidden states by our
# loop, `run_encoder`, against the real model's. Padding rows are left out, since nothing uses them.

# %%
from course_utils import extended_attention_mask, run_encoder

generator = torch.Generator().manual_seed(0)
random_ids = torch.randint(1000, config.vocab_size, (2, 9), generator=generator)
inputs = {
    "seed sentence": batch,
    "padded batch": tokenizer(
        ["a short one", "a sentence that is a good deal longer"], padding=True, return_tensors="pt"
    ),
    "pair": tokenizer("who wrote it?", "she did, in one night.", return_tensors="pt"),
    "random ids": {"input_ids": random_ids, "attention_mask": torch.ones_like(random_ids)},
}
compared = {}
for name, encoded in inputs.items():
    real = model(**encoded, output_hidden_states=True).hidden_states
    mask = extended_attention_mask(encoded["attention_mask"], torch.float32)  # (batch, 1, 1, tokens)
    ours = run_encoder(real[0], state_dict, config, mask)
    kept = encoded["attention_mask"] == 1  # (batch, tokens)
    compared[name] = torch.stack(ours)[:, kept], torch.stack(real)[:, kept]  # (layers + 1, real tokens, hidden)
show_proof(compared)

# %% [markdown]
# And now layers with one thing wrong. Each has the right shape, none raises an error, and some have nearly the right
# direction. The proof finds them all; the eye does not.

# %%
from course_utils import show_lookalikes

labels = {
    "unbiased variance": "layer_norm: unbiased",
    "eps 1e-5": "layer_norm: eps_1e-5",
    "√d for √dh": "attention_scores: root_of_hidden_size",
    "heads merged without transpose": "merge_heads: not_transposed",
    "second residual from the input": "second_residual_from_input",
    "norms before the sublayers": "pre_norm",
}
show_lookalikes(
    hidden_states[1], {name: planted("bert_layer", label)(x, params, config) for name, label in labels.items()}
)

# %% [markdown]
# ## Recap
#
# - A layer is attention, add & norm, feed-forward, add & norm. The second residual adds the attention block's
#   output, *after* its norm.
# - It has 16 tensors; their shapes do not say how many heads there are.
# - The encoder is a loop: same structure, own weights, one mask for all layers. L layers give L + 1 hidden states.
# - Wrong wiring raises no error. Compare every intermediate result, and look at the first that differs.
# - PyTorch's `nn.TransformerEncoderLayer` computes the same, once its options are BERT's.
#
# **Now you:** [the exercises of this lesson](../exercises/06_encoder_layer.ipynb). After them: [07 · The whole
# model](07_whole_model.ipynb).
#
# **Papers.** Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762, figure 1, left half · Devlin et al.
# 2018, *BERT*, arXiv 1810.04805, section 3 · Xiong et al. 2020, *On Layer Normalization in the Transformer Architecture*,
# arXiv 2002.04745 · Lan et al. 2019, *ALBERT*, arXiv 1909.11942.
