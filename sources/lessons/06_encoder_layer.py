# %% [markdown]
# # 06 · The encoder layer
#
# **What you will build:** one whole layer of BERT out of what you wrote in lessons 03 to 05, and the loop that stacks the layers.
# At the end code that you can read gives every hidden state of the real model.
#
# **What you need:** `self_attention` (03), `self_output` (04), `intermediate` and `output` (05).
#
# **Time:** about 90 minutes with the [exercises](../exercises/06_encoder_layer.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on what this lesson is built of. Answer without looking.

# %% [markdown]
# **Recall.** A model has 12 layers. How many tensors are in its `hidden_states`?
#
# - [ ] 11 | One between each two layers would make 11. The list has both ends, too.
# - [ ] 12 | Each layer adds one, and before the first layer there is one already: the embeddings.
# - [x] 13 | The embeddings' output, then the output of each layer: L + 1 (lesson 00).
# - [ ] 24 | A layer has two sublayers, but only what leaves the whole layer is kept.

# %% [markdown]
# **Recall.** By what does attention divide the scores, before the softmax?
#
# - [ ] The root of the hidden size d | The sum in a score has as many products as a *head* has features, not d.
# - [x] The root of a head's size dh | A score is a sum of dh products, and the root of dh keeps its spread near 1 (lesson 03).
# - [ ] The number of tokens T | Then the same two tokens would have other scores in a longer text.

# %% [markdown]
# **Recall.** Layer norm divides by the root of a variance. Which variance?
#
# - [x] The sum of squares over d | All d numbers of the token, divided by d: `unbiased=False` (lesson 02).
# - [ ] The sum of squares over d - 1 | That is PyTorch's default for `var`, and the difference is large enough to fail a proof.
# - [ ] The sum of squares over T | A token's norm knows nothing of the other tokens.

# %%
import torch

from course_utils import load_model, show_here

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])
print(len(tokens), "tokens:", *tokens)
show_here("encoder_layer")

# %% [markdown]
# ## Listening to a layer
#
# A layer has four parts, and you have rebuilt each of them. To hear what they say inside the real model, give each a *forward
# hook* (lesson 09 uses them, too): a function that PyTorch calls with a module's result each time the module has run. Nothing in
# the model changes.

# %%
layer, heard = model.encoder.layer[0], {}


def listen(name):
    def hook(module, given, result):
        heard[name] = result[0] if isinstance(result, tuple) else result

    return layer.get_submodule(name).register_forward_hook(hook)


ears = [listen(name) for name in ("attention.self", "attention.output", "intermediate", "output")]
hidden_states = model(**batch, output_hidden_states=True).hidden_states
for ear in ears:
    ear.remove()

# %%
lessons = {"attention.self": "03", "attention.output": "04", "intermediate": "05", "output": "05"}
for name, result in heard.items():
    print(f"{name:<18}{tuple(result.shape)!s:<16} lesson {lessons[name]}")
print("the last is hidden_states[1], bit for bit:", torch.equal(heard["output"], hidden_states[1]))

# %% [markdown]
# The four ran in this order, and the last result is the layer's. What the list does not say is what each part was *given*: two of
# them take two inputs. That is the wiring, the only new thing in this lesson.
#
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
# **Predict.** Count the weights in these shapes. How do the parameters of attention and feed-forward compare?
#
# - [ ] 1 to 1 | Attention has four matrices, but each of the two others is four times as large.
# - [x] 1 to 2 | Four matrices of d · d against two of d · 4 d: 4 d² against 8 d².
# - [ ] 1 to 4 | The inner vectors are four times as wide, but attention has twice as many matrices.
# - [ ] 2 to 1 | Twice as many matrices, yes, but small ones.

# %%
from course_utils import layer_parameters

total = sum(tensor.numel() for tensor in params.values())
attention = sum(tensor.numel() for name, tensor in params.items() if name.startswith("attention"))
print(f"{total:,} parameters by counting, {layer_parameters(config):,} by the formula")
print(f"attention to feed-forward: 1 to {(total - attention) / attention:.2f}")

# %% [markdown]
# ## The layer as one function
#
# `bert_layer` is all that a layer does, with nothing hidden in a module. It calls four functions, `self_attention`,
# `self_output`, `intermediate` and `output`, and adds nothing to them but the wiring. Writing it is your exercise; here is the
# course's own, on the same input.

# %%
from course_utils import bert_layer

x = hidden_states[0]  # (1, tokens, hidden): the embeddings, lesson 02
ours = bert_layer(x, params, config)  # (1, tokens, hidden)
difference = (ours - hidden_states[1]).abs().max()
print("bit for bit:", torch.equal(ours, hidden_states[1]), "| within 1e-5:", bool(difference < 1e-5))

# %% [markdown]
# Not bit for bit: our functions round in another order than PyTorch's, from the first dense layer on. That is why the course's
# proofs say *below 1e-5* and not *exactly 0*.
#
# **Predict.** The second add & norm adds what went into the feed-forward. Suppose that it adds the layer's input instead, in every
# layer. What happens?
#
# - [ ] It stops with an error about shapes | Both tensors have the same shape, so the addition works.
# - [ ] It runs, and hardly anything changes | After one layer it may look so. But each layer adds to the error of those before it.
# - [x] It runs, and every vector is wrong | The shapes agree, the numbers do not, and no message says so.

# %%
from course_utils import planted

# the course's encoder, with this slip in each layer
wrong_encoder = planted("run_encoder", "bert_layer: second_residual_from_input")
wrong = wrong_encoder(x, state_dict, config)
for number, real in enumerate(hidden_states):
    cosine = torch.cosine_similarity(wrong[number], real, dim=-1).mean()
    print(f"hidden_states[{number}]: mean cosine with the real one {cosine:.2f}")

# %% [markdown]
# ## The circuit
#
# `trace_layer` runs a layer and keeps all nine intermediate results. To see where a computation first differs from the real
# one, we need the same nine from the model. Four we have heard; attention's inner ones its modules can compute.

# %%
from course_utils import split_heads

part, real_trace = layer.attention.self, {}
for name in ("query", "key", "value"):
    real_trace[name] = split_heads(getattr(part, name)(x), config.num_attention_heads)  # (1, heads, tokens, head size)
real_trace["scores"] = real_trace["query"] @ real_trace["key"].transpose(-1, -2) * part.scaling  # 1 / √dh
real_trace["probabilities"] = part(x)[1]  # (1, heads, tokens, tokens)
real_trace |= {"context": heard["attention.self"], "attention_output": heard["attention.output"]}
real_trace |= {"intermediate": heard["intermediate"], "layer_output": heard["output"]}

# %%
from course_utils import show_circuit, trace_layer

show_circuit(trace_layer(x, params, config), real_trace)

# %% [markdown]
# All nine are right. Follow the arrows: this is the wiring that `bert_layer` needs.
#
# **Predict.** Now an attention that forgets to divide by √dh. Which is the first of the nine results that is wrong?
#
# - [ ] `query` | It is made before anything is divided: a dense layer, split into heads.
# - [x] `scores` | The division is part of them. What goes into them, queries and keys, is still right.
# - [ ] `probabilities` | They are wrong as well, but only because they are made of the scores.
# - [ ] `layer_output` | It is wrong as well. But it is the last of six wrong ones, and says least about the cause.

# %%
unscaled = planted("trace_layer", "attention_scores: unscaled")(x, params, config)
show_circuit(unscaled, real_trace, title="The same layer without √dh")

# %% [markdown]
# From the bug on, every result is wrong. Only the *first* wrong one tells where to look, and `first_difference` finds it. It is
# an exercise, too.

# %%
from course_utils import first_difference

print("first difference:", first_difference(unscaled, real_trace))

# %% [markdown]
# ## Hunt a bug
#
# Each number hides a bug in a random layer of the model, or none. No bug raises an error. Which node is the first with a ✗, and by
# how much is it off? Guess which bug it is. A wrong guess is answered with the place where *that* bug would show first. When
# you have found it, the bars below show how large the error is after this layer and after each later one.

# %%
from course_utils import explore_bugs

explore_bugs(tokenizer, model)

# %% [markdown]
# Where several bugs show first at the same node, the size of the difference decides: the wrong root is nearer to the right scores
# than no root at all.
#
# ## From one layer to all
#
# **Predict.** Layer 1 is fed the output of layer 0. Which weights does it use?
#
# - [ ] The same tensors as layer 0 | That is ALBERT (Lan et al. 2019), which shares one set of weights among all layers. BERT does not.
# - [x] Another 16 tensors of its own | Same structure, other numbers: the state dict has them under `encoder.layer.1.`.
# - [ ] The same matrices, other biases | The matrices differ, too: the layers share nothing but their shapes.

# %%
from course_utils import run_encoder

names = [f"encoder.layer.{number}." for number in range(config.num_hidden_layers)]
shared = {start + name: tensor for start in names for name, tensor in params.items()}  # layer 0's 16, in every layer
ours, as_albert = run_encoder(x, state_dict, config), run_encoder(x, shared, config)

for number, real in enumerate(hidden_states):
    equal = torch.allclose(ours[number], real, rtol=0, atol=1e-5)
    cosine = torch.cosine_similarity(as_albert[number], real, dim=-1).mean()
    print(f"hidden_states[{number}]: equal within 1e-5: {equal} | with layer 0's weights in all: cosine {cosine:.2f}")

# %% [markdown]
# **Every hidden state of a real, pretrained BERT**, by a loop around one function. With layer 0's weights in every layer it is
# another model, and the further up, the less alike.
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
# Four inputs: the seed sentence, a padded batch, a pair of sentences and random ids. For each, *all* hidden states by
# `run_encoder`, yours if you have passed it, against the real model's. Padding rows are left out, since nothing uses them.

# %%
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

# %%
from course_utils import extended_attention_mask
from course_utils.my_bert import run_encoder

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
# - The encoder is a loop: same structure, own weights, one mask for all layers.
# - Wrong wiring raises no error. Compare every intermediate result, and look at the first that differs.
# - PyTorch's `nn.TransformerEncoderLayer` computes the same, once its options are BERT's.
#
# **Now you:** [the exercises of this lesson](../exercises/06_encoder_layer.ipynb). After them: [07 · The whole
# model](07_whole_model.ipynb).
#
# **Papers.** Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762, figure 1, left half · Devlin et al.
# 2018, *BERT*, arXiv 1810.04805, section 3 · Xiong et al. 2020, *On Layer Normalization in the Transformer Architecture*,
# arXiv 2002.04745 · Lan et al. 2019, *ALBERT*, arXiv 1909.11942.
