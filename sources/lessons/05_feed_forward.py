# %% [markdown]
# # 05 · Feed-forward
#
# **What you will build:** the second half of a layer. Every token by itself is made four times as wide, bent by GELU,
# narrowed again, added and normalised. Two thirds of a layer's parameters are here.
#
# **What you need:** `linear` from lesson 03, `layer_norm` from lesson 02, and add & norm from lesson 04.
#
# **Time:** about 60 minutes with the [exercises](../exercises/05_feed_forward.ipynb).

# %%
import torch
import torch.nn.functional as F

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])

# %% [markdown]
# Lesson 04 ended with the attention block's output. In the model two parts follow: `layer.intermediate`, which
# widens, and `layer.output`, which narrows, adds and normalises.

# %%
layer = model.encoder.layer[0]
h = model.embeddings(batch["input_ids"])  # (1, tokens, hidden)
x = layer.attention.output(layer.attention.self(h)[0], h)  # (1, tokens, hidden): what lesson 04 built
wide = layer.intermediate(x)  # (1, tokens, intermediate)
print(layer.intermediate)
print(layer.output)
print(tuple(x.shape), "->", tuple(wide.shape), "->", tuple(layer.output(wide, x).shape))

# %% [markdown]
# ## What is the intermediate layer for?
#
# Widen a vector, then narrow it again: why not stay where you are? The answer is the bend between the two.
#
# **Predict.** Leave GELU out, so that the second dense layer follows directly on the first. What can the two do that
# one dense layer of size d × d cannot?
#
# - [x] Nothing | W₂(W₁x + b₁) + b₂ is (W₂W₁)x + (W₂b₁ + b₂): one matrix of d × d and one bias. The width in between leaves no trace.
# - [ ] More, they have eight times as many weights | They have, but every choice of those weights gives a function that d × d weights give, too.
# - [ ] More, four times as many features exist in between | They exist, and are added up again. Adding up is all that a dense layer does.

# %%
from course_utils import show_proof

first, second = layer.intermediate.dense, layer.output.dense
w1, b1, w2, b2 = (p.double() for p in (first.weight, first.bias, second.weight, second.bias))
two_layers = (x.double() @ w1.T + b1) @ w2.T + b2  # no GELU in between
one_matrix, one_bias = w2 @ w1, w2 @ b1 + b2  # (hidden, hidden), (hidden,)
show_proof({"one dense layer for two": (x.double() @ one_matrix.T + one_bias, two_layers)})
print(f"weights: {w1.numel() + w2.numel():,} in two layers, {one_matrix.numel():,} in the one that does the same")

# %% [markdown]
# So the bend is what makes the width count. With it, each of the wide features is a *neuron*: it looks for one
# pattern in the token's vector, and stays silent where it does not find it.
#
# ## GELU
#
# GELU (Hendrycks and Gimpel 2016) multiplies each number x by Φ(x), the probability that a number drawn from the
# standard normal distribution is smaller than x. A large x is kept, a strongly negative one is wiped out, and in
# between the switch is soft:
#
# $$\mathrm{GELU}(x) = x \cdot \Phi(x) = \frac{x}{2}\left(1 + \mathrm{erf}\frac{x}{\sqrt 2}\right)$$

# %%
from course_utils import gelu, gelu_tanh, show_gelu

for number in (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0):
    print(f"GELU({number:4}) = {gelu(torch.tensor(number)):6.3f}")

# %%
show_gelu()

# %% [markdown]
# Unlike ReLU, GELU is smooth, so that a training step never hits a corner, and it dips below zero: a slightly
# negative x gives a slightly negative result. (The Transformer of Vaswani et al. 2017 had ReLU here. BERT took GELU
# from GPT.)
#
# ### erf or tanh?
#
# Both circulate. BERT's first code had the exact form with erf; its repository and GPT-2 later took the approximation
# with tanh, which was faster to compute. A checkpoint's config says what it was trained with, and in transformers
# `"gelu"` is the exact form, `"gelu_new"` the one with tanh.

# %%
numbers = torch.linspace(-6, 6, 120_001, dtype=torch.float64)
gap = (gelu(numbers) - gelu_tanh(numbers)).abs()
print("this model's config says:", config.hidden_act)
print(f"lowest value of GELU: {gelu(numbers).min():.5f} at {numbers[gelu(numbers).argmin()]:.4f}")
print(f"largest difference of the two forms: {gap.max():.3e} at |x| = {numbers[gap.argmax()].abs():.3f}")
swapped = layer.output(gelu_tanh(first(x)), x)  # this layer with tanh
print(f"in this layer's result: {(swapped - layer.output(wide, x)).abs().max():.0e}, and the proof allows 1e-05")

# %% [markdown]
# Harmless, and yet wrong: another function than the one that the weights were trained for. The check of this lesson's
# exercise calls it "close, but BERT uses the exact form".
#
# **Predict.** Of all the numbers that reach GELU in this model, what share is negative?
#
# - [ ] Very few | Then GELU would hardly bend anything, and the two dense layers would be nearly one.
# - [ ] About half | That is what random weights give. Training moved the biases and weights away from it.
# - [x] Most, around three quarters | Each neuron looks for one pattern and most tokens do not have it. A neuron that is silent most of the time can mean something when it fires.

# %%
state = h
for number, block in enumerate(model.encoder.layer):
    middle = block.attention.output(block.attention.self(state)[0], state)
    before_gelu = block.intermediate.dense(middle)  # (1, tokens, intermediate)
    print(f"layer {number}: {(before_gelu < 0).float().mean():.0%} of GELU's inputs are negative")
    state = block(state)

# %% [markdown]
# ## Neurons: what each looks for, and what it writes
#
# In lesson 04 the dense layer after the attention was a sum over heads. The same cut works here, only finer: the
# second dense layer is a **sum over neurons**. Neuron n compares the token with row n of the first weight (what it
# looks for), and adds column n of the second weight (what it writes), as strongly as it fires. Geva et al. (2021)
# call these pairs the *keys* and *values* of a memory; they are not attention's keys and values.

# %%
one = wide[:, 1].double()  # (1, intermediate): how strongly each neuron fires for one token
written = one[:, None, :] * w2  # (1, hidden, intermediate): what each neuron adds to it
show_proof({f"{tokens[1]}: the sum over neurons, plus the bias": (written.sum(dim=-1) + b2, one @ w2.T + b2)})

# %% [markdown]
# Can one see what a neuron looks for? Sometimes. Take five texts, and write down how strongly each neuron of one
# layer fires at each of their tokens.

# %%
texts = [
    "He did not like the film, and she never saw it.",
    "Two dogs and three cats slept on 25 old chairs.",
    "Paris, London and Berlin are cities in Europe.",
    "They were walking, singing and laughing all day.",
    "this is a 12212121 test sentence",
]
read, firing = tokenizer(texts, padding=True, return_tensors="pt"), []
hook = layer.intermediate.register_forward_hook(lambda part, args, result: firing.append(result))
model(**read)
hook.remove()
fired = firing[0][read["attention_mask"].bool()]  # (all real tokens, intermediate)
words = tokenizer.convert_ids_to_tokens(read["input_ids"][read["attention_mask"].bool()])
print(f"{fired.shape[0]} tokens, {fired.shape[1]} neurons")

# %% [markdown]
# Now search: which neuron tells a group of tokens most clearly from all the others? The margin is its weakest firing
# inside the group minus its strongest outside.

# %%
groups = {
    "not, never": lambda word: word in ("not", "never"),
    "pieces with ##": lambda word: word.startswith("##"),
    "words in -ing": lambda word: word.endswith("ing"),
    "animals": lambda word: word in ("dogs", "cats"),
    "places": lambda word: word.lower() in ("paris", "london", "berlin", "europe"),
    "[CLS]": lambda word: word == "[CLS]",
}
detectors = {}
for group, belongs in groups.items():
    inside = torch.tensor([belongs(word) for word in words])  # (all real tokens,)
    if not inside.any():
        print(f"{group:15} none of these is a token of this model")
        continue
    weakest, strongest = fired[inside].amin(dim=0), fired[~inside].amax(dim=0)  # (intermediate,) each
    best = detectors[group] = (weakest - strongest).argmax().item()
    inner, outer = weakest[best], max(0.0, strongest[best].item())
    print(f"{group:15} neuron {best:4}: at least {inner:4.1f}, all others at most {outer:.1f}")

# %% [markdown]
# Nobody told the model about negation or about places: training made detectors for them. Look at the first one: does
# it fire at other ways to say no? (Write `I never said no.`) Then move to the others: click the number beside the
# slider and type theirs. Most neurons are *not* so easily read: try any number, and a higher layer. And these six were
# picked from among all because they fit five texts: do not believe a story about a neuron before you have tried to
# break it with others.

# %%
from course_utils import explore_neurons

explore_neurons(tokenizer, model, layer=0, neuron=next(iter(detectors.values())), texts="\n".join(texts))

# %% [markdown]
# ## Why four times wider?
#
# Because Vaswani et al. (2017) chose 512 and 2,048, and nearly everybody kept the ratio. It is a choice, not a law:
# more width is more patterns to look for, and more parameters. What it costs is easily counted:

# %%
from copy import copy

from course_utils import ffn_parameter_share

wider = config.intermediate_size / config.hidden_size
print(f"this model: {config.intermediate_size} = {wider:g} · {config.hidden_size}")
print("share of a layer's parameters that are in the feed-forward network:")
for times in (1, 2, 4, 8):
    other = copy(config)
    other.intermediate_size = times * config.hidden_size
    print(f"{times} times as wide: {ffn_parameter_share(other):.4f}")

# %% [markdown]
# And does the model need all that width? Keep only the neurons that write most, for each token anew, mute the others,
# and compare the update with the full one.

# %%
strength = wide.abs() * second.weight.norm(dim=0)  # (1, tokens, intermediate): how much each neuron writes
order = strength.argsort(dim=-1, descending=True)
for share in (0.05, 0.1, 0.25, 0.5, 1.0):
    kept = order[..., : int(share * config.intermediate_size)]
    muted = wide * torch.zeros_like(wide).scatter(-1, kept, 1.0)
    cosine = F.cosine_similarity(second(muted), second(wide), dim=-1).mean()
    print(f"the strongest {share:4.0%} of the neurons: cosine with the full update {cosine:.2f}")

# %% [markdown]
# A few neurons give the rough direction, and the many weak ones the rest.
#
# ## Take a token out of its sentence
#
# **Predict.** Cut one token out of the sentence and send it through the part alone, as a sentence of one token. Whose
# result is the same as before?
#
# - [ ] Attention's | Attention mixes the values of all tokens. Alone, there is nobody to mix with.
# - [x] The feed-forward network's | Nothing in it ever touches two tokens at once: it could not notice.
# - [ ] Nobody's, all tokens share the weights | They share the weights, not the numbers. Each token meets the same weights alone.

# %%
from course_utils import is_position_wise


def attention(states):
    return layer.attention.self(states)[0]


def feed_forward(states):
    return layer.output.dense(layer.intermediate(states))


for part in (attention, feed_forward):
    print(f"{part.__name__:12}  position-wise: {is_position_wise(part, x)}")

# %%
from course_utils import show_alone


def change_alone(part):
    together = part(x)  # (1, tokens, hidden)
    alone = torch.cat([part(x[:, t : t + 1]) for t in range(x.shape[1])], dim=1)
    return ((alone - together).norm(dim=-1) / together.norm(dim=-1))[0].tolist()


show_alone(tokens, change_alone(attention), change_alone(feed_forward))

# %% [markdown]
# **The feed-forward network does not notice.** It is one small network, run once for each token, with no idea of the
# others. So all that a token ever learns about its neighbours comes through attention. Attention moves information
# between tokens, the feed-forward network works on what has arrived.
#
# A test that is often proposed instead is to shuffle the tokens. It does not tell the two apart:

# %%
shuffled = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))
for part in (attention, feed_forward):
    same = torch.allclose(part(x[:, shuffled]), part(x)[:, shuffled], atol=1e-5)
    print(f"{part.__name__:12}  shuffling the tokens shuffles the result: {same}")

# %% [markdown]
# Neither knows an order: the positions were added to the vectors in lesson 02. What tells the two apart is the token
# alone.
#
# ## The other half: narrow, add, norm
#
# `layer.output` is built like the block of lesson 04. Its dense layer narrows, its residual is what went into the
# feed-forward network (the attention block's output, not the layer's input), and its norm has weights of its own.

# %%
from course_utils import layer_params, output

params = layer_params(model.state_dict(), 0)  # the layer's 16 tensors
mine = output(wide, x, params, config.layer_norm_eps)
show_proof({"layer.output": (mine, layer.output(wide, x)), "hidden_states[1]": (mine, layer(h))})

# %% [markdown]
# ## The proof
#
# Both halves against the model's own, on four very different inputs. A hook on each part writes down what goes in and
# what comes out.

# %%
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(["Short.", "A longer sentence, unaffable as ever!"], padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was muddy.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (3, 17), generator=torch.Generator().manual_seed(0))},
}
seen = {}
for name, one in inputs.items():

    def write_down(part, args, result, name=name):
        seen[name, part] = args, result

    hooks = [part.register_forward_hook(write_down) for part in (layer.intermediate, layer.output)]
    model(**one)
    for hook in hooks:
        hook.remove()

# %%
from course_utils import intermediate

compared = {}
for name in inputs:
    (fed,), real_wide = seen[name, layer.intermediate]
    (_, residual), real = seen[name, layer.output]
    my_wide = intermediate(fed, params)
    compared[f"{name}: intermediate"] = (my_wide, real_wide)
    compared[f"{name}: output"] = (output(my_wide, residual, params, config.layer_norm_eps), real)
show_proof(compared)

# %% [markdown]
# And the same part with one thing wrong. (The "sigmoid GELU" is x · σ(1.702 x), a rougher approximation from the same
# paper.) Look at the cosines: those that print as 1.0000 would pass as right anywhere but in a proof.

# %%
from course_utils import planted, show_lookalikes

(fed,), _ = seen["seed sentence", layer.intermediate]
real = seen["seed sentence", layer.output][1]


def finish(wide, part=output):
    return part(wide, fed, params, config.layer_norm_eps)


wrong_ones = {
    "tanh GELU": finish(planted("intermediate", "gelu: tanh")(fed, params)),
    "the sigmoid GELU": finish(planted("intermediate", "gelu: sigmoid")(fed, params)),
    "ReLU": finish(planted("intermediate", "gelu: relu")(fed, params)),
    "no GELU": finish(planted("intermediate", "no_gelu")(fed, params)),
    "variance divided by d - 1": finish(intermediate(fed, params), planted("output", "layer_norm: unbiased")),
    "residual missing": finish(intermediate(fed, params), planted("output", "no_residual")),
}
show_lookalikes(real, wrong_ones)

# %% [markdown]
# ## Recap
#
# - The feed-forward network is dense, GELU, dense, for each token by itself. Without the bend the two dense layers
#   would be one.
# - GELU is x · Φ(x). BERT uses the **exact** form, with erf; the one with tanh is close and not the same.
# - It is a **sum over neurons**: each looks for one pattern and writes one vector. Most are silent most of the time.
# - Four times as wide is a choice, and puts two thirds of a layer's parameters here.
# - **Only attention moves information between tokens.** A token taken out of its sentence gets the same from the
#   feed-forward network; shuffling would not show the difference.
#
# **Now you:** [the exercises of this lesson](../exercises/05_feed_forward.ipynb). After them: [06 · The encoder
# layer](06_encoder_layer.ipynb).
#
# **Papers.** Hendrycks and Gimpel 2016, *Gaussian Error Linear Units*, arXiv 1606.08415 · Vaswani et al. 2017,
# *Attention Is All You Need*, arXiv 1706.03762, section 3.3 · Devlin et al. 2018, *BERT*, arXiv 1810.04805 · Geva et
# al. 2021, *Transformer Feed-Forward Layers Are Key-Value Memories*, arXiv 2012.14913.
