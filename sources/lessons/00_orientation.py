# %% [markdown]
# # 00 · Meet the model, and the rules of proof
#
# In twelve notebooks you take a real, pretrained BERT apart and rebuild it from plain PyTorch, one part at a time. After
# each part you put yours beside the real one and measure the difference. You will not have to believe anybody, neither a
# blog post nor this course: at every step there is a number that says whether you are right.
#
# |  |  |
# |---|---|
# | **You will** | load the model, find your way through it, replay one of its layers by hand, and learn what counts as a proof |
# | **You need** | Python, and a first acquaintance with PyTorch tensors; no knowledge of transformers |
# | **Time** | about 60 minutes: half for this notebook, half for its [exercises](../exercises/00_orientation.ipynb) |
#
# Run a cell with <kbd>Shift</kbd> + <kbd>Enter</kbd>. Change what you like: nothing here can break the model for good,
# and *Kernel → Restart* brings everything back.

# %% [markdown]
# ## Is everything there?
#
# One cell looks the installation over. If something is broken, it says what, and what to do about it.

# %%
from course_utils import doctor

doctor()

# %% [markdown]
# ## Load it
#
# `MODEL` is the folder of a checkpoint that was installed along with the course, so nothing is downloaded. From here on
# you use the same two classes that everybody uses, those of the library *transformers*: a **tokenizer**, which turns text
# into numbers, and the **model**, which works on the numbers.

# %%
import torch
from transformers import BertModel, BertTokenizer

from course_utils import MODEL

tokenizer = BertTokenizer.from_pretrained(MODEL)
model = BertModel.from_pretrained(MODEL, attn_implementation="eager", dtype=torch.float32).eval()

print(type(tokenizer).__name__, "and", type(model).__name__)

# %% [markdown]
# Three things in that last call matter later. `"eager"` asks for the plain implementation of attention, the one that can
# show its inner numbers; the default computes the same faster and keeps them to itself. `float32` is the kind of number
# that it computes with. And `eval()` makes it repeatable: you will soon see what happens without.
#
# **Which BERT is this?** It is *all-MiniLM-L6-v2*: a BERT with the vocabulary of the original `bert-base-uncased`, but half
# as wide and half as deep, made from a larger model by distillation (Wang et al., 2020) and then trained to turn sentences
# into vectors (Reimers & Gurevych, 2019). Small enough for any laptop, and every part is the part of the paper. To run the
# course on another BERT, set the environment variable `COURSE_MODEL`, for instance to `bert-base-uncased`, before you start
# it: nothing in these notebooks depends on the sizes of this one.

# %% [markdown]
# ## Its sizes
#
# A checkpoint is two things: a *config* of a few sizes, and the learned numbers. Everything about BERT's build follows
# from these seven sizes, and the course calls them by the letters of the papers.

# %%
config = model.config
sizes = {
    "L": "num_hidden_layers",
    "d": "hidden_size",
    "H": "num_attention_heads",
    "I": "intermediate_size",
    "V": "vocab_size",
    "P": "max_position_embeddings",
    "S": "type_vocab_size",
}
for letter, name in sizes.items():
    print(f"{letter}  {getattr(config, name):>6,}  {name}")

# %% [markdown]
# Two more letters come with the data: **B** for the number of sentences in a *batch*, and **T** for the number of *tokens*
# in each of them. And **dh** is `d / H`, the share of the numbers that one attention head gets.

# %% [markdown]
# ## Its parts
#
# A model is a tree of modules. At the top there are three.

# %%
for name, part in model.named_children():
    print(f"{name:<11} {type(part).__name__}")
layer = model.encoder.layer[0]
print(f"\nmodel.encoder.layer: {len(model.encoder.layer)} × {type(layer).__name__}")

# %% [markdown]
# All layers have the same build and differ only in their numbers, so knowing one is knowing them all:

# %%
layer

# %% [markdown]
# Look for the four parts that do the work, since this whole course is about them: `attention.self`, `attention.output`,
# `intermediate` and `output`. Their names are old and not very telling. The map below gives them better ones.
#
# ## The map
#
# This is the course. A black number is the lesson in which you rebuild that part, and every box shows what it gives (its
# axes by their letters, then in numbers) and how many learned numbers it holds. No need to understand it now: it will come
# back, and by the end you will have coloured it in.

# %%
from course_utils import progress

progress()

# %% [markdown]
# ## How big is it?
#
# The learned numbers are called **parameters**. This is what people mean by "a 110M model": the sum over all of them.
#
# **Predict.** Where do most of this model's parameters lie?
#
# - [ ] In self-attention, which made transformers famous | Of all the large parts it holds the least: four square matrices a layer.
# - [ ] In the feed-forward parts | Within a layer, yes, two thirds of it. But the layers are not everything.
# - [x] In the table with one vector for each word piece | More than half of them are in that table, and a sentence looks up only a handful of its rows.

# %%
from course_utils import count_parameters

total = count_parameters(model)
word_table = model.embeddings.word_embeddings
print(f"{total:>11,}  in all")
for name, part in {"word table": word_table, "all layers": model.encoder}.items():
    count = count_parameters(part)
    print(f"{count:>11,}  {name} ({count / total:.1%})")

# %% [markdown]
# And the 110 million of the paper's BERT? Count them without downloading it: on the device `meta` torch makes modules that
# have shapes and no numbers. A `BertConfig()` without arguments is that of `bert-base-uncased`.

# %%
from transformers import BertConfig

with torch.device("meta"):
    bert_base = BertModel(BertConfig())
share = count_parameters(bert_base.embeddings.word_embeddings) / count_parameters(bert_base)
print(f"{count_parameters(bert_base):,}, of which {share:.1%} in the word table")

# %% [markdown]
# ## From text to numbers
#
# This sentence will be with you through the whole course. It has a number in it that no vocabulary contains.

# %%
sentence = "this is a 12212121 test sentence"
inputs = tokenizer(sentence, return_tensors="pt")
for name, tensor in inputs.items():
    print(f"{name:<15} {tuple(tensor.shape)}  {tensor[0].tolist()}")

# %% [markdown]
# **Predict.** The sentence has six words. Why did the model get more numbers than that?
#
# - [ ] One number a character | Count them: that would be far more.
# - [ ] The rest is padding | A single sentence needs none: `attention_mask` is 1 everywhere.
# - [x] Unknown words are cut into known pieces, and two marks are added | `12212121` falls into four pieces; `[CLS]` and `[SEP]` stand around the sentence.

# %%
print(" ".join(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])))

# %% [markdown]
# A piece that continues a word begins with `##`. These pieces, marks included, are the **tokens**, and there are
# T = 11 of them. How the cutting works is lesson 01.
#
# ## Through the model

# %%
with torch.no_grad():  # no gradients: we only look, and nothing is trained
    outputs = model(**inputs, output_hidden_states=True)

print("last_hidden_state", tuple(outputs.last_hidden_state.shape))  # (batch, tokens, hidden)
print("pooler_output    ", tuple(outputs.pooler_output.shape))  # (batch, hidden)
print("hidden_states    ", type(outputs.hidden_states).__name__)

# %% [markdown]
# A BERT gives three things. `last_hidden_state`, of shape (B, T, d), is the result: one vector for every token.
# `pooler_output` is one vector for the whole sentence, made from the first token's (lesson 07). And `hidden_states`, which
# one has to ask for, shows the work in progress: the vectors after every step on the way.
#
# **Predict.** The model has L layers. How many tensors are in `hidden_states`?
#
# - [ ] L - 1, the last one has its own name | The last one is in there as well; the next cell checks that.
# - [ ] L, one a layer | So it seems. It is the commonest off-by-one error with BERT.
# - [x] L + 1 | What goes *into* the first layer is in the list, too, at its very beginning.

# %%
hidden_states = outputs.hidden_states
print("layers:", config.num_hidden_layers, " hidden states:", len(hidden_states))
print("the last is the result: ", torch.equal(hidden_states[-1], outputs.last_hidden_state))
with torch.no_grad():
    embedded = model.embeddings(inputs["input_ids"])
print("the first is no layer's:", torch.equal(hidden_states[0], embedded))

# %% [markdown]
# So `hidden_states[0]` is no layer at all: it comes straight out of the embeddings. Layer 0 turns it into
# `hidden_states[1]`, layer 1 turns that into `hidden_states[2]`, and so on up the tower.

# %%
from course_utils import show_tower

show_tower(tokenizer, model)

# %% [markdown]
# The shape never changes on the way up. A layer does not shrink or summarise: it takes T vectors and gives T vectors back,
# each of them a little better informed about the sentence it stands in.
#
# ## Every tensor on the way
#
# Type sentences below, one on each line, and watch the shapes. Make one sentence much longer than the others. Then let it
# *point out* the axis T: which tensors have it twice?

# %%
from course_utils import explore_shapes

explore_shapes(tokenizer, config)

# %% [markdown]
# ## The first rule: the same input gives the same output
#
# A proof compares two results, so a result must not depend on the day. Every PyTorch module is in one of two modes: `train`
# or `eval`.
#
# **Predict.** We run the same sentence twice through the model in train mode. Do the results differ?
#
# - [ ] No, the weights did not change | They did not, but there is more than weights at work in train mode.
# - [x] Yes | In train mode *dropout* sets a random tenth of the numbers to 0, in every layer, newly drawn at each run.
# - [ ] Only after a training step | Nothing is trained here; the mode alone makes the difference.

# %%
from course_utils import is_deterministic

model.train()
print(f"dropout: {config.hidden_dropout_prob:.0%} of the numbers")
print("train mode, the same twice:", is_deterministic(model, inputs))
model.eval()
print("eval mode,  the same twice:", is_deterministic(model, inputs))

# %% [markdown]
# "The same input gives another output each time" has been asked about BERT for as long as there is BERT. The answer is
# `model.eval()`. (`from_pretrained` calls it for you, a model that you build yourself starts in train mode.)
#
# ## The second rule: say what *equal* means
#
# A float32 holds about seven decimal digits. The rest is rounded away at every step, so the *order* of the steps leaves a
# trace. Here are the same thousand numbers, 1 + 1/2 + 1/3 + ... + 1/1000, added from the front and from the back:

# %%
numbers = 1 / torch.arange(1.0, 1001.0)
forwards, backwards = torch.tensor(0.0), torch.tensor(0.0)
for number in numbers:
    forwards = forwards + number
for number in numbers.flip(0):
    backwards = backwards + number
print(f"{forwards.item():.7f}\n{backwards.item():.7f}")

# %% [markdown]
# Neither is wrong: both are as good as float32 gets. A matrix product is thousands of such sums, and how they are ordered
# depends on the processor, on the number of threads, on whether a sentence is alone or in a batch. So there are two
# kinds of equality, and the course always says which one it means:
#
# - **bit-equal**: `torch.equal`, a largest difference of exactly 0. To be expected where the *same operations* run in the
#   same order.
# - **equal within 1e-5**: to be expected where *the same mathematics* is computed in another way, as your own code will.
#   Right code stays below 1e-6 in one layer; real mistakes start at about 2e-5.

# %%
from course_utils import max_abs_diff

print("bit-equal:   ", torch.equal(forwards, backwards))
print("within 1e-5: ", max_abs_diff(forwards, backwards) < 1e-5)

# %% [markdown]
# `max_abs_diff` is the yardstick of the whole course: the *largest* difference anywhere. Not the mean, in which one wrong
# number among millions vanishes, and not a cosine, which forgives nearly everything. Watch.
#
# ## The third rule: looking right is not being right
#
# Here are copies of layer 0 with something wrong inside, from grave to tiny: a sum made twice, another tensor added than
# BERT adds, a popular approximation of its activation function, and a tiny constant that is ten million times too large.
# Would you notice?

# %%
import copy

from course_utils import planted, show_lookalikes

x = hidden_states[0]  # what goes into layer 0
tanh, eps = copy.deepcopy(layer), copy.deepcopy(layer)
tanh.intermediate.intermediate_act_fn = torch.nn.GELU("tanh")
eps.attention.output.LayerNorm.eps = eps.output.LayerNorm.eps = 1e-5  # it is 1e-12
twice = planted("replay_layer", "second_residual_twice")
other = planted("replay_layer", "second_residual_input")

with torch.no_grad():
    wrong = {"a sum made twice": twice(layer, x)["layer_output"]}
    wrong["another tensor added"] = other(layer, x)["layer_output"]
    wrong["tanh for erf in GELU"] = tanh(x)
    wrong["eps 1e-5 for 1e-12"] = eps(x)
show_lookalikes(hidden_states[1], wrong)

# %% [markdown]
# A cosine of 1.0000 to four digits, and still not BERT: both of the small ones would pass every glance, plot and demo.
# They cannot pass a largest difference of 1e-5. That is why this course proves things.
#
# ## Take a layer apart
#
# Now the first proof. Layer 0 has four parts. Call them by hand, one after the other, the way the map shows it:
#
# | call | takes | gives |
# |---|---|---|
# | `layer.attention.self` | the layer's input | `context`: every token has looked at the others |
# | `layer.attention.output` | `context`, and the layer's input, which went round | `attention_output`: added and normalised |
# | `layer.intermediate` | `attention_output` | `intermediate`: wider, every token for itself |
# | `layer.output` | `intermediate`, and `attention_output`, which went round | `layer_output`: added and normalised |
#
# In the exercises you write these calls yourself. The course's version is `replay_layer`:

# %%
from course_utils import replay_layer

with torch.no_grad():
    replayed = replay_layer(layer, hidden_states[0])
for name, tensor in replayed.items():
    print(f"{name:<17} {tuple(tensor.shape)}")

# %% [markdown]
# **Predict.** How large is the largest difference between `replayed["layer_output"]` and the model's own
# `hidden_states[1]`?
#
# - [ ] About 0.001 | Then one of the parts would be missing something: that is the size of a real mistake.
# - [ ] Below 0.00001, but not 0 | That is what you get when you write a part anew. Here the model's own parts did the work.
# - [x] Exactly 0.0 | The same operations ran in the same order, so every last bit agrees.

# %%
print(max_abs_diff(replayed["layer_output"], hidden_states[1]))
print(torch.equal(replayed["layer_output"], hidden_states[1]))

# %% [markdown]
# Exactly zero. There is nothing else in a layer: no hidden step, no magic between the parts. *Four calls are the layer, and
# L such layers, on top of the embeddings, are the model.* Whoever can write these four parts has written BERT, and that is
# what you will do in lessons 03 to 05.
#
# ## The proof
#
# Each lesson ends with a cell like this one: the part against the real model's, on four inputs. Here it replays *all*
# layers, one after the other. The inputs are our sentence, a pair of sentences, random ids, and a batch of two sentences of
# different length, whose shorter one is filled up with padding.
#
# **Predict.** One of the four will fail. Which?
#
# - [ ] Random ids, which mean nothing | A proof does not care for meaning; numbers go in, numbers come out.
# - [ ] The pair | Both sentences are full; their difference is in the embeddings, before the first layer.
# - [x] The padded batch | The model hides the padding from attention with a mask. `replay_layer` was given no mask, so the words look at the padding as well.

# %%
from course_utils import show_proof

torch.manual_seed(0)
four = {
    "seed sentence": inputs,
    "pair": tokenizer("Where is the bank?", "It is by the river.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (2, 13))},
    "padded batch": tokenizer([sentence, "Hello world!"], padding=True, return_tensors="pt"),
}
compared = {}
with torch.no_grad():
    for name, batch in four.items():
        real = model(**batch, output_hidden_states=True).hidden_states
        mine = real[0]
        for layer in model.encoder.layer:
            mine = replay_layer(layer, mine)["layer_output"]
        compared[name] = (mine, real[-1])
show_proof(compared)

# %% [markdown]
# Three times exactly 0, and one honest ✗. A proof is only worth something if it *can* fail: this one found, by itself, that
# a mask is missing. Lesson 03 adds it.
#
# ## How the exercises work
#
# Each lesson has a notebook of exercises. You get a function without a body and a check that judges it. Here is the life of
# an exercise, in one minute. First, somebody's attempt at `layer_output`, which is to give the output of a layer, counted
# from 0:

# %%
from course_utils import check_layer_output


def layer_output(hidden_states, layer):
    return hidden_states[layer]


check_layer_output(layer_output)

# %% [markdown]
# The check compared it with the reference on inputs that leave a mistake no place to hide, and then it looked for the reason:
# it knows, for each exercise, the mistakes that people make, and tells you which one gives exactly your numbers. If it
# recognises none it says so, and shows where your result differs. It never guesses.
#
# Stuck? There are three hints for every exercise, one at each call: the idea, a plan, nearly the code.

# %%
check_layer_output.hint()

# %% [markdown]
# So everything moves up by one, since the embeddings come first:


# %%
def layer_output(hidden_states, layer):
    return hidden_states[layer + 1]


check_layer_output(layer_output)

# %% [markdown]
# There it is: your first proof. What else there is to know:
#
# - `check_layer_output.solution()` shows one way to write it. Nobody keeps count.
# - Other ways are welcome. A loop, an einsum, float64 inside: what is right passes.
# - What passes is remembered on your machine, this one included, and `progress()` shows it on the map. Later lessons use
#   *your* functions where they passed, and the reference's where they did not, so you can skip an exercise or come back.
#
# ## Recap
#
# - A BERT is embeddings, L layers of one build, and a pooler. Every layer takes (B, T, d) and gives (B, T, d).
# - `hidden_states` has L + 1 items: `hidden_states[0]` is no layer, layer `i` gives `hidden_states[i + 1]`.
# - `eval()` switches dropout off, and without it nothing can be compared.
# - *Bit-equal* is for the same operations, *within 1e-5* for the same mathematics; a cosine proves nothing.
# - Four calls replay a layer with a difference of exactly 0.0. Nothing else is in there.
#
# **Now you:** the [exercises of lesson 00](../exercises/00_orientation.ipynb), five functions in about half an hour. Then
# [lesson 01](01_tokenization.ipynb) opens the first part: how text becomes ids, and why the model never sees `12212121`.
#
# ## Papers
#
# - Vaswani et al. (2017), *Attention Is All You Need*, [arXiv 1706.03762](https://arxiv.org/abs/1706.03762): the layer
# - Devlin et al. (2018), *BERT*, [arXiv 1810.04805](https://arxiv.org/abs/1810.04805): the model
# - Wang et al. (2020), *MiniLM*, [arXiv 2002.10957](https://arxiv.org/abs/2002.10957): how this one was made small
# - Reimers & Gurevych (2019), *Sentence-BERT*, [arXiv 1908.10084](https://arxiv.org/abs/1908.10084): what it was trained for
