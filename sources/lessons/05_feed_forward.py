# %% [markdown]
# # 05 · Feed-forward
#
# **What you will build:** the second half of a layer. Each token's vector, by itself, is made four times as wide, goes
# through GELU and is narrowed again; then add & norm. Two thirds of a layer's parameters are here.
#
# **What you need:** `linear` from lesson 03, `layer_norm` and `nearest_tokens` from lesson 02, and add & norm from
# lesson 04.
#
# **Time:** about 75 minutes with the [exercises](../exercises/05_feed_forward.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on what you have built so far. Today needs the answers.

# %% [markdown]
# **Recall.** The dense layer after the attention can be taken apart. What does each head contribute to its result?
#
# - [x] A vector of full width, and all are added | Head h meets its own columns of the weight. The same cut, made finer, opens up today's network.
# - [ ] A slice of the features, and all are joined | So it is *before* the dense layer. Each of its outputs has a weight for every input.
# - [ ] A vector of full width, and one is chosen | Nothing is chosen in a dense layer: all products are added.

# %% [markdown]
# **Recall.** How does `nearest_tokens(vector, table, k)` measure which rows of the word table are near?
#
# - [x] By the cosine, so that only direction counts | A vector may have any length then, also one that is no token's: today you will ask for the neighbours of weights.
# - [ ] By the dot product, so that long rows count | Then the longest rows would be near to everything.
# - [ ] By the distance, so that lengths count as well | Then a vector twice as long as a token's would not be near to it.

# %% [markdown]
# **Recall.** What does the norm of an add & norm block act on in BERT?
#
# - [x] On the sum of the block's input and update | That is post-LN. You need it once more today.
# - [ ] On the block's input, before the sublayer | That is pre-LN, as in GPT-2 and most later models.
# - [ ] On the update, before it has been added | The proof of lesson 04 had this one among its look-alikes: `x + norm(update)`.

# %%
from copy import copy

import torch
import torch.nn.functional as F

from course_utils import load_model, show_here

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])
show_here("feed_forward")

# %% [markdown]
# Lesson 04 ended with the attention block's output. Here is what happens to it next:

# %%
from course_utils import show_feed_forward

show_feed_forward(config, tokens)

# %% [markdown]
# In the model these are two parts: `layer.intermediate`, which widens, and `layer.output`, which narrows, adds and
# normalises.

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
# Widen a vector, then narrow it again: what for? Between the two is an *activation function*, a curve and not a straight
# line (a *non-linearity*). BERT's is called GELU; you will see it below. (Dense layer, activation function, dense layer:
# many texts call the three an *MLP*.)
#
# **Predict.** Leave GELU out, so that the second dense layer follows directly on the first. What can the two do that
# one dense layer of size d × d cannot?
#
# - [x] Nothing, whatever the weights are | W₂(W₁x + b₁) + b₂ is (W₂W₁)x + (W₂b₁ + b₂): one matrix of d × d and one bias. The width in between leaves no trace.
# - [ ] More, having far more weights | They have, but every choice of those weights gives a function that d × d weights give, too.
# - [ ] More, having far more features | There are more in between, but the second layer only adds them up again, each times a weight.

# %%
from course_utils import show_proof

first, second = layer.intermediate.dense, layer.output.dense
w1, b1, w2, b2 = (p.double() for p in (first.weight, first.bias, second.weight, second.bias))
two_layers = (x.double() @ w1.T + b1) @ w2.T + b2  # no GELU in between
one_matrix, one_bias = w2 @ w1, w2 @ b1 + b2  # (hidden, hidden), (hidden,)
show_proof({"one dense layer for two": (x.double() @ one_matrix.T + one_bias, two_layers)})
print(f"weights: {w1.numel() + w2.numel():,} in two layers, {one_matrix.numel():,} in the one that does the same")

# %% [markdown]
# So only the activation function makes the width useful. With it, each of the wide features is a *neuron*: it looks for
# one pattern in the token's vector, and *fires*, with a large number, where it finds it. The number is its
# *activation*.
#
# ## GELU
#
# GELU (Hendrycks and Gimpel 2016) multiplies each number x by Φ(x), the probability that a number drawn from the
# standard normal distribution is smaller than x. A large x is kept, a strongly negative one becomes nearly 0, and in
# between the change is gradual:
#
# $$\mathrm{GELU}(x) = x \cdot \Phi(x) = \frac{x}{2}\left(1 + \mathrm{erf}\frac{x}{\sqrt 2}\right)$$

# %%
from course_utils import gelu, gelu_tanh, show_gelu

for number in (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0):
    print(f"GELU({number:4}) = {gelu(torch.tensor(number)):6.3f}")

# %%
show_gelu()

# %% [markdown]
# Unlike ReLU, GELU has no corner, and it dips below zero: a slightly negative x gives a slightly negative result. (The
# Transformer of Vaswani et al. 2017 had ReLU here; BERT took GELU from GPT, as Devlin et al. say in appendix A.2.)
#
# ### erf or tanh?
#
# Both are in use. GPT and GPT-2 compute an approximation with tanh (`train.py` in openai/finetune-transformer-lm, June
# 2018). BERT's first code had the exact form, with erf; its repository changed to tanh later (google-research/bert,
# commit bee6030). A checkpoint's config says which it uses: in transformers `"gelu"` is the exact form, `"gelu_new"` the
# one with tanh.

# %%
print("this model's config says:", config.hidden_act)
swapped = layer.output(gelu_tanh(first(x)), x)  # this layer with tanh
print(f"the layer's result is off by {(swapped - layer.output(wide, x)).abs().max():.1g}, and the proof allows 1e-05")

# %% [markdown]
# Close, and yet not the function that the weights were trained for. The check of the exercise says so: "close, but BERT
# uses the exact form".
#
# **Predict.** Of all the numbers that reach GELU in this model, what share is negative?
#
# - [ ] Few, around one quarter | Then GELU would change hardly anything, and the two dense layers would be nearly one.
# - [ ] Half, within a few percent | That is what random weights give: see the last line below. Training has changed it.
# - [x] Most, around three quarters | Most neurons do not fire at most tokens. But not firing is not silence, as the other columns show.


# %%
def around_gelu(block, state):
    """What goes into a layer's GELU, and its result, (1, tokens, intermediate) each."""
    before = block.intermediate.dense(block.attention.output(block.attention.self(state)[0], state))
    return before, gelu(before)


state = h
print("         inputs   outputs within  mean of the      cosine of the update")
print("         below 0  0.05 of 0       outputs below 0  with and without these")
for number, block in enumerate(model.encoder.layer):
    before, after = around_gelu(block, state)
    negative, near = (before < 0).float().mean(), (after.abs() < 0.05).float().mean()
    update, without = block.output.dense(after), block.output.dense(after.clamp(min=0))  # (1, tokens, hidden) each
    cosine = F.cosine_similarity(update, without, dim=-1).mean()
    print(f"layer {number}  {negative:7.0%}  {near:14.0%}  {after[after < 0].mean():15.2f}  {cosine:22.2f}")
    state = block(state)

torch.manual_seed(0)
tiny = copy(config)
tiny.num_hidden_layers, tiny.vocab_size, tiny.pad_token_id = 1, 1, 0
before, _ = around_gelu(type(model)(tiny).encoder.layer[0].eval(), h)
print(f"random   {(before < 0).float().mean():7.0%}")

# %% [markdown]
# Most inputs are negative, but only a part of the outputs is near 0. **The neurons that do not fire hum at about -0.1,
# and the hum counts:** set all negative outputs to 0, as ReLU would, and the update changes its direction.
#
# ## Neurons: what each looks for, and what it writes
#
# In lesson 04 the dense layer after the attention was a sum over heads. In the same way, only finer, the second dense
# layer is a **sum over neurons**. Neuron n multiplies the token's vector y with row n of the first weight (what it
# looks for) and adds its bias; GELU makes that its activation. It adds column n of the second weight (what it writes)
# times its activation. Geva et al. (2021) call row and column the *key* and the *value* of a memory; they are not
# attention's keys and values:
#
# $$\mathrm{GELU}(y \cdot \mathrm{key}_n + \mathrm{bias}_n) \cdot \mathrm{value}_n$$

# %%
one = wide[:, 1].double()  # (1, intermediate): the activation of each neuron at one token
written = one[:, None, :] * w2  # (1, hidden, intermediate): what each neuron adds to it
show_proof({f"{tokens[1]}: the sum over neurons, plus the bias": (written.sum(dim=-1) + b2, one @ w2.T + b2)})

# %% [markdown]
# Can you see what a neuron looks for? Take five texts, and record how strongly each neuron of layer 0 fires at each of
# their tokens.

# %%
texts = [
    "He did not like the film, and she never saw it.",
    "Two dogs and three cats slept on 25 old chairs.",
    "Paris, London and Berlin are cities in Europe.",
    "They were walking, singing and laughing all day.",
    "this is a 12212121 test sentence",
]


def firing(texts):
    """The tokens of some texts, and every neuron's activation at each of them, (all real tokens, intermediate)."""
    read, recorded = tokenizer(texts, padding=True, return_tensors="pt"), []
    hook = layer.intermediate.register_forward_hook(lambda part, args, result: recorded.append(result))
    model(**read)
    hook.remove()
    real = read["attention_mask"].bool()  # (texts, tokens)
    return tokenizer.convert_ids_to_tokens(read["input_ids"][real]), recorded[0][real]


words, fired = firing(texts)
print(f"{fired.shape[0]} tokens, {fired.shape[1]} neurons")

# %% [markdown]
# Now search: which neuron separates a group of tokens most clearly from all others? The margin is its weakest activation
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
# No label ever said *negation* or *place*: training made these detectors. But the six were chosen because they fit five
# texts. Now look at them without any text. What a neuron looks for is a row of the first weight, as long as a token's
# vector. So ask your own function from lesson 02: to which tokens of the word table is that row nearest?

# %%
from course_utils.my_bert import nearest_tokens

word_table = model.embeddings.word_embeddings.weight  # (vocabulary, hidden)


def nearest(vector, k=5):
    """The k tokens whose word vectors are most like this one, as text."""
    return " ".join(tokenizer.convert_ids_to_tokens(nearest_tokens(vector, word_table, k)))


for group, neuron in detectors.items():
    print(f"{group:15} neuron {neuron:4} looks for: {nearest(first.weight[neuron])}")

# %% [markdown]
# The row of the first, which knows nothing of the five texts, is nearest to words of negation.
#
# **Predict.** And what does that first neuron *write*? Its column of the second weight is nearest to ...
#
# - [x] words of negation again | It makes the token's vector more like them: what it has found, it makes stronger.
# - [ ] words that follow a negation | It would be a useful guess at the next word. But BERT is not trained to guess the next word, and this column is near to none of them.
# - [ ] words of the opposite meaning | Then the column would be near to *yes* or *always*. It is near to *not* and *no* themselves.
# - [ ] words without any connection | That is so for many neurons, as you will see, but not for this one.

# %%
for group, neuron in detectors.items():
    print(f"{group:15} neuron {neuron:4} writes: {nearest(second.weight[:, neuron])}")

# %% [markdown]
# The neuron for animals looks for *mammals* and *reptiles* and writes *animal*: a word's class. That reads well, and
# you should not trust it yet: these neurons were chosen. Here are three that were drawn at random from layer 0, and
# those with the same numbers in the last layer:

# %%
draw = torch.Generator().manual_seed(0)
drawn = torch.randint(config.intermediate_size, (3,), generator=draw).tolist()
for number in (0, config.num_hidden_layers - 1):
    block = model.encoder.layer[number]
    for neuron in drawn:
        row, column = block.intermediate.dense.weight[neuron], block.output.dense.weight[:, neuron]
        print(f"layer {number}, neuron {neuron:4}: {nearest(row, 4)} -> {nearest(column, 4)}")

# %% [markdown]
# Few can be read. How many? Take every sixteenth neuron and count those that have any token at all with a cosine above
# 0.3. Then do the same for vectors of random numbers.

# %%
unit = F.normalize(word_table, dim=-1)  # (vocabulary, hidden), every row of length 1


def readable(vectors):
    """The share of vectors whose nearest token has a cosine above 0.3."""
    return ((F.normalize(vectors, dim=-1) @ unit.T).amax(dim=-1) > 0.3).float().mean()


for number, block in enumerate(model.encoder.layer):
    looks, writes = block.intermediate.dense.weight[::16], block.output.dense.weight.T[::16]  # (some, hidden) each
    print(f"layer {number}: {readable(looks):4.0%} of what is looked for, {readable(writes):4.0%} of what is written")
print(f"random:  {readable(torch.randn(looks.shape, generator=draw)):4.0%}")

# %% [markdown]
# The word table is a dictionary for layer 0, and above it for few neurons. In the last layer it tells hardly more than it
# does for random numbers.
#
# And the neuron for negation, can its story be broken? Try other texts: does it fire at other ways to say no? And only
# there?

# %%
neuron = next(iter(detectors.values()))
for text in [
    "She didn't go. Nobody came. It is impossible.",
    "The winner wore no. 1.",
    "He is anything but happy.",
]:
    some, strengths = firing([text])
    pairs = zip(some, strengths[:, neuron].tolist(), strict=True)
    strong = [f"{word} {value:.1f}" for word, value in pairs if value > 1]
    print(f"{text:46}", ", ".join(strong) or "it does not fire")

# %% [markdown]
# It fires at words of negation that it was not chosen for. It also fires at *no.*, the number, and it does not fire at
# a negation without such a word. So it recognises words more than meaning. Try texts of your own, choose the other
# detectors, then *any neuron* and a number and a layer of your choice. Most of them you will not be able to name.

# %%
from course_utils import explore_neurons

explore_neurons(tokenizer, model, detectors=detectors, texts="\n".join(texts))

# %% [markdown]
# ## Why four times wider?
#
# Because Vaswani et al. (2017) chose 512 and 2,048, and BERT kept the ratio. It is a choice, not a law: more width is
# more patterns to look for, and more parameters. You can count what it costs:

# %%
from course_utils import ffn_parameter_share

wider = config.intermediate_size / config.hidden_size
print(f"this model: {config.intermediate_size} = {wider:g} · {config.hidden_size}")
print("share of a layer's parameters that are in the feed-forward network:")
for times in (1, 2, 4, 8):
    other = copy(config)
    other.intermediate_size = times * config.hidden_size
    print(f"{times} times as wide: {ffn_parameter_share(other):.4f}")

# %% [markdown]
# And does the model need all that width? For each token keep only the neurons that write most, set the others to zero,
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
# A few neurons give the rough direction, the many weak ones the rest.
#
# ## Take a token out of its sentence
#
# "No line leads from one token to another", says the caption of the first picture. You can test that: cut one token out
# of the sentence and send it through the part alone, as a sentence of one token. Is its result the same as before?

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

show_alone(tokens, x, attention, feed_forward)

# %% [markdown]
# **The feed-forward network does not notice.** It is one small network, run once per token, with the same weights for
# every token of a layer and other weights in every layer. All that a token learns about its neighbours comes through
# attention. Attention moves information between tokens; the feed-forward network works on what has arrived.
#
# "Is it a convolution?" Vaswani et al. say so: two convolutions with kernel size 1. A convolution slides one small
# network along the sequence and looks at as many neighbours as its kernel is wide; with 1 it looks at the token alone.
# Any library's convolution gives the same numbers:

# %%
kernel = first.weight[:, :, None]  # (intermediate, hidden, 1)
convolved = F.conv1d(x.transpose(1, 2), kernel, first.bias).transpose(1, 2)  # (1, tokens, intermediate)
show_proof({"a convolution with kernel size 1": (gelu(convolved), wide)})

# %% [markdown]
# Another test seems as good: shuffle the tokens.
#
# **Predict.** For which part is the result of the shuffled sentence the old result, shuffled in the same way?
#
# - [ ] For the feed-forward network alone | Attention mixes tokens, but by what their vectors are and not by where they are: its results only change places, too.
# - [ ] For the attention alone, not for the network | The network treats each token by itself, so its results just change places.
# - [x] For the attention and the network alike | Neither of them knows a token's place: it was added to the vectors in lesson 02, before the first layer.
# - [ ] For no part, since the order has changed | The places are already in the vectors, so they move with the tokens.

# %%
shuffled = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))
for part in (attention, feed_forward):
    same = torch.allclose(part(x[:, shuffled]), part(x)[:, shuffled], atol=1e-5)
    print(f"{part.__name__:12}  shuffling the tokens shuffles the result: {same}")

# %% [markdown]
# So shuffling cannot tell who looks at neighbours. Only the token taken out of its sentence can.
#
# ## The other half: narrow, add, norm
#
# `layer.output` is built like the block of lesson 04. Its dense layer narrows, its residual is what went into the
# feed-forward network, and its norm has weights of its own. The *dropout* that was printed at the top comes after the
# dense layer, before the sum, and acts only in training; between the two dense layers BERT has none.

# %%
from course_utils import layer_params
from course_utils.my_bert import output

params = layer_params(model.state_dict(), 0)  # the layer's 16 tensors
mine = output(wide, x, params, config.layer_norm_eps)
show_proof({"layer.output": (mine, layer.output(wide, x)), "hidden_states[1]": (mine, layer(h))})

# %% [markdown]
# Why is there a second bias? It is the part of the update that does not depend on the token: the same vector for all of
# them. It is short.

# %%
lengths = second(wide).norm(dim=-1)  # (1, tokens)
print(
    f"length of the second bias: {second.bias.norm():.1f}; of the updates: {lengths.min():.0f} to {lengths.max():.0f}"
)

# %% [markdown]
# ## The proof
#
# Both halves, yours where you have passed their exercises, against the model's own, on four very different inputs. A
# forward hook on each part (lesson 03) records its inputs and its output.

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
from course_utils.my_bert import intermediate

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
# paper.) A cosine that prints as 1.0000 would pass for right anywhere but in a proof.

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
# - The feed-forward network is dense, GELU, dense, for each token by itself. Without the activation function the two dense
#   layers would be one.
# - GELU is x · Φ(x). BERT uses the **exact** form, with erf; the one with tanh is close and not the same.
# - It is a **sum over neurons**: each looks for one pattern and writes one vector. Most do not fire at most tokens; they
#   hum at about -0.1, and the hum counts.
# - In layer 0 some neurons can be read with the word table, such as one that looks for negation and writes negation. Most
#   neurons cannot, and in the last layer hardly any.
# - Four times as wide is a choice, and puts two thirds of a layer's parameters here.
# - It is the same network for every token, a convolution with kernel size 1, with other weights in every layer.
# - **Only attention moves information between tokens.** A token taken out of its sentence has the same result in the
#   feed-forward network; shuffling would not show the difference.
#
# **Now you:** [the exercises of this lesson](../exercises/05_feed_forward.ipynb). After them: [06 · The encoder
# layer](06_encoder_layer.ipynb).
#
# **Papers.** Hendrycks and Gimpel 2016, *Gaussian Error Linear Units*, arXiv 1606.08415 · Vaswani et al. 2017,
# *Attention Is All You Need*, arXiv 1706.03762, section 3.3 · Devlin et al. 2018, *BERT*, arXiv 1810.04805 · Geva et
# al. 2021, *Transformer Feed-Forward Layers Are Key-Value Memories*, arXiv 2012.14913.
