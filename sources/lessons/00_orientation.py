# %% [markdown]
# # 00 · Meet the model, and the rules of proof
#
# In twelve notebooks you take a real, pretrained BERT apart and rebuild it from plain PyTorch, one part at a time. After
# each part you put yours beside the real one and measure the difference. You need not take anybody's word for it, not a
# blog post's and not this course's: at every step a number says whether you are right.
#
# **What you will do:** load the model, find your way through it, replay one of its layers by hand, and learn what counts as
# a proof.
#
# **What you need:** Python, and a first acquaintance with PyTorch tensors. No knowledge of transformers.
#
# **Time:** about 60 minutes, half of them for the [exercises](../exercises/00_orientation.ipynb).
#
# Run a cell with <kbd>Shift</kbd> + <kbd>Enter</kbd>. Change what you like: nothing here can break the model for good,
# and *Kernel → Restart* brings everything back.

# %% [markdown]
# ## What it can do
#
# Here are a question and five sentences. Only one of the five answers it.
#
# *How do I keep moths out of my clothes?*
#
# 1. The light attracted a swarm of insects.
# 2. Lavender protects woollen jumpers in the wardrobe.
# 3. How do I keep up with my friends?
# 4. She took her clothes out of the car.
# 5. The keys are in the other coat.
#
# **Predict.** The model turns each of these texts into a few hundred numbers. Whose numbers are nearest to the question's?
#
# - [x] The lavender's, number 2 | It answers the question, and it does not contain a single word of it.
# - [ ] The insects', number 1 | It comes second. Moths are insects, but nobody asked about insects.
# - [ ] The friends', number 3 | It begins with the same four words. What the model compares is not words.
# - [ ] The clothes', number 4 | It has three words of the question, and is about something else.

# %%
from course_utils import embed, load_model, search

question = "How do I keep moths out of my clothes?"
sentences = [
    "The light attracted a swarm of insects.",
    "Lavender protects woollen jumpers in the wardrobe.",
    "How do I keep up with my friends?",
    "She took her clothes out of the car.",
    "The keys are in the other coat.",
]
bert = load_model()  # the tokenizer and the model
for number, nearness in search(embed([question], *bert)[0], embed(sentences, *bert), k=5):
    print(f"{nearness:.2f}  {sentences[number]}")

# %% [markdown]
# In lesson 08 you will have written all that this took: what turns text into numbers, every layer of the model, and the
# search. (If the cell failed, the next one says why.)

# %% [markdown]
# ## Is everything there?
#
# One cell checks the installation. If something is broken, it says what, and how to mend it.

# %%
from course_utils import doctor

doctor()

# %% [markdown]
# ## Load it
#
# `MODEL` is the folder of a *checkpoint*, a model that was saved. It was installed along with the course, so nothing is
# downloaded. From here on you use the same two classes that everybody uses, those of the library *transformers*: a
# **tokenizer**, which turns text into numbers, and the **model**, which works on the numbers.

# %%
import torch
from transformers import BertModel, BertTokenizer

from course_utils import MODEL

tokenizer = BertTokenizer.from_pretrained(MODEL)
model = BertModel.from_pretrained(MODEL, attn_implementation="eager", dtype=torch.float32).eval()

print(type(tokenizer).__name__, "and", type(model).__name__)

# %% [markdown]
# Three things in that last call matter later. `"eager"` selects the plain implementation of attention, which can show
# its inner numbers; the default computes the same faster and does not return them. `float32` is the kind of number
# that the model computes with. And `eval()` makes it repeatable: you will soon see what happens without.
#
# **Which BERT is this?** It is *all-MiniLM-L6-v2*: a BERT with the vocabulary of the original `bert-base-uncased`, but half
# as wide and half as deep, trained to imitate a larger model (*distillation*; Wang et al., 2020) and then to turn
# sentences into vectors (Reimers & Gurevych, 2019). It is small enough for any laptop, and every part is that of the paper.
# To run the course on another BERT, set the environment variable `COURSE_MODEL`, for instance to `bert-base-uncased`,
# before you start it: nothing in these notebooks depends on the sizes of this one.

# %% [markdown]
# ## Its sizes
#
# A checkpoint is two things: a *config* of a few sizes, and the learned numbers. BERT's structure follows from these
# seven sizes, and the course calls them by the letters of the papers.

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
# in each of them. And **dh** is `d / H`: attention works in H *heads* (lesson 03), and each gets dh of the d numbers.

# %% [markdown]
# ## Its parts
#
# A model is a tree of modules. At the top there are three: the first makes vectors of the text, the second has the layers,
# and the third, the *pooler*, makes one vector for the whole text (lesson 07).

# %%
for name, part in model.named_children():
    print(f"{name:<11} {type(part).__name__}")
layer = model.encoder.layer[0]
print(f"\nmodel.encoder.layer: {len(model.encoder.layer)} × {type(layer).__name__}")

# %% [markdown]
# All layers have the same structure and differ only in their numbers, so if you know one you know them all:

# %%
layer

# %% [markdown]
# Look for the four parts that do the work: `attention.self`, `attention.output`, `intermediate` and `output`. Lessons 03 to
# 05 are about them. Their names are old and say little: the first is *self-attention*, in which each token looks at the
# others; the last two are the *feed-forward* network, which works on each token alone. For the rest (`LayerNorm`, `Dropout`,
# `GELUActivation`) the names are enough for now.

# %% [markdown]
# ## How big is it?
#
# The learned numbers are called **parameters**. This is what people mean by "a 110M model": the sum over all of them.
#
# **Predict.** Where do most of this model's parameters lie?
#
# - [ ] In self-attention, in all layers | It made transformers famous, but of the large parts it has the least: four square matrices per layer.
# - [ ] In the feed-forward networks | Within a layer, yes, two thirds of it. But the layers are not everything.
# - [x] In the table of all the tokens | It has one vector per token of the vocabulary. More than half of the parameters are in it, and a sentence looks up only a handful of its rows.

# %%
from course_utils import count_parameters

total = count_parameters(model)
word_table = model.embeddings.word_embeddings
print(f"{total:>11,}  in all")
for name, part in {"word table": word_table, "all layers": model.encoder}.items():
    count = count_parameters(part)
    print(f"{count:>11,}  {name} ({count / total:.1%})")

# %% [markdown]
# And the 110 million of the paper's BERT? Count them without downloading it: on the device `meta` torch makes modules
# that have shapes but no numbers. A `BertConfig()` without arguments is that of `bert-base-uncased`.

# %%
from transformers import BertConfig

with torch.device("meta"):
    bert_base = BertModel(BertConfig())
share = count_parameters(bert_base.embeddings.word_embeddings) / count_parameters(bert_base)
print(f"{count_parameters(bert_base):,}, of which {share:.1%} in the word table")

# %% [markdown]
# ## From text to numbers
#
# You will meet this sentence throughout the course. It has a number in it that the vocabulary does not contain. The tokenizer
# returns three tensors: `input_ids`, the sentence itself; `token_type_ids`, 0 or 1 for the first or second of two sentences;
# and `attention_mask`, 1 for what is real and 0 for *padding*, which fills a short sentence up if it shares a batch with a
# longer one.

# %%
sentence = "this is a 12212121 test sentence"
inputs = tokenizer(sentence, return_tensors="pt")
for name, tensor in inputs.items():
    print(f"{name:<15} {tuple(tensor.shape)}  {tensor[0].tolist()}")

# %% [markdown]
# **Predict.** The sentence has six words. Why did the model get more numbers than that?
#
# - [ ] There is one number per character, blanks included | Count the characters: that would be far more.
# - [ ] Padding fills it up to the model's usual length | A single sentence needs none: `attention_mask` is 1 everywhere.
# - [x] One word is cut up, and two tokens are added | `12212121` is cut into four pieces; `[CLS]` and `[SEP]` enclose the sentence.

# %%
print(" ".join(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])))

# %% [markdown]
# A piece that continues a word begins with `##`. These pieces, with the *special tokens* `[CLS]` and `[SEP]`, are the
# **tokens**, and there are T = 11 of them. How the cutting works is lesson 01.
#
# ## Through the model

# %%
with torch.no_grad():  # no gradients: we only look, and nothing is trained
    outputs = model(**inputs, output_hidden_states=True)

print("last_hidden_state", tuple(outputs.last_hidden_state.shape))  # (batch, tokens, hidden)
print("pooler_output    ", tuple(outputs.pooler_output.shape))  # (batch, hidden)
print("hidden_states    ", type(outputs.hidden_states).__name__)

# %% [markdown]
# A BERT returns three things. `last_hidden_state`, of shape (B, T, d), is the result: one vector per token.
# `pooler_output` is one vector for the whole sentence, made from the first token's. And `hidden_states`, returned on request,
# shows the work in progress. The *hidden states* are the vectors after every step on the way.
#
# **Predict.** The model has L layers. How many tensors are in `hidden_states`?
#
# - [ ] L - 1, only those between two layers | What the last layer returns is in the list as well; the next cell checks that.
# - [ ] L, the output of every layer | So it seems, and it is a common off-by-one error.
# - [x] L + 1, the outputs and one more | What goes *into* layer 0 is in the list, too: it is `hidden_states[0]`.

# %%
hidden_states = outputs.hidden_states
print("layers:", config.num_hidden_layers, " hidden states:", len(hidden_states))
print("the last is the result: ", torch.equal(hidden_states[-1], outputs.last_hidden_state))
with torch.no_grad():
    embedded = model.embeddings(inputs["input_ids"])
print("the first is no layer's:", torch.equal(hidden_states[0], embedded))

# %% [markdown]
# So `hidden_states[0]` is no layer's output: it is the embeddings' output. Layer 0 turns it into `hidden_states[1]`,
# layer 1 turns that into `hidden_states[2]`, and so on to the top.

# %%
from course_utils import show_tower

show_tower(tokenizer, model)

# %% [markdown]
# The shape never changes on the way up. A layer does not shrink or summarise: it takes T vectors and returns T vectors,
# each with a little more of its sentence in it.
#
# ## The map
#
# This is the course. A black number is the lesson in which you rebuild that part. Every box shows how many learned
# numbers the part holds, and the shape of its result: its axes by their letters, then in numbers. You need not understand
# it now: you will meet it again, and by the end you will have coloured it in.

# %%
from course_utils import progress

progress()

# %% [markdown]
# ## Every tensor on the way
#
# Type sentences below, one on each line, and watch the shapes. Make one sentence much longer than the others. Then let the
# picture *point out* the axis T: which tensors have it twice?

# %%
from course_utils import explore_shapes

explore_shapes(tokenizer, config)

# %% [markdown]
# ## The first rule: the same input gives the same output
#
# A proof compares two results, so a result must be repeatable. Every PyTorch module is either in *train mode* or in
# *eval mode*.
#
# **Predict.** We run the same sentence twice through the model in train mode. Do the results differ?
#
# - [ ] No, the weights stay the same | They do, but in train mode the weights are not all that matters.
# - [x] Yes, no two runs are the same | In train mode *dropout* sets a random tenth of the numbers to 0, in every layer, newly drawn at each run.
# - [ ] Only after a step of training | Nothing is trained here; the mode alone makes the difference.

# %%
from course_utils import is_deterministic

model.train()
print(f"dropout: {config.hidden_dropout_prob:.0%} of the numbers")
print("train mode, the same twice:", is_deterministic(model, inputs))
model.eval()
print("eval mode,  the same twice:", is_deterministic(model, inputs))

# %% [markdown]
# "The same input gives another output each time" is an old question about BERT (transformers, issue 695). The answer is
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
exact = (1 / torch.arange(1, 1001, dtype=torch.float64)).sum()  # float64: some 16 digits
print(f"forwards   {forwards.item():.7f}\nbackwards  {backwards.item():.7f}\nin float64 {exact.item():.7f}")

# %% [markdown]
# Neither is a bug. Adding the small numbers first loses less, and neither order is exact. A matrix product is thousands
# of such sums, and their order depends on the processor, on the number of threads, on whether a sentence is alone or in a
# batch. So there are two kinds of equality, and the course always says which one it means:
#
# - **bit-equal**: `torch.equal`, a largest difference of exactly 0. To be expected where the *same operations* run in the
#   same order.
# - **equal within 1e-5**: to be expected where *the same mathematics* is computed in another way, as in your own code.

# %%
from course_utils import max_abs_diff

print("bit-equal:   ", torch.equal(forwards, backwards))
print("within 1e-5: ", max_abs_diff(forwards, backwards) < 1e-5)

# %% [markdown]
# Why 1e-5? Because it lies between right and wrong. Here are three parts in plain PyTorch, as you will have written them by
# lesson 06: the embeddings, one self-attention, a whole layer. The last two run as every one of the layers, on the real
# input of that layer. And the layer runs once more with a tiny mistake in it: a constant of 1e-5 where BERT has 1e-12.

# %%
from course_utils import bert_embeddings, bert_layer, layer_params, planted, self_attention

slip = planted("bert_layer", "layer_norm: eps_1e-5")  # bert_layer with this mistake in it
weights, segments = model.state_dict(), inputs["token_type_ids"]
mine = bert_embeddings(inputs["input_ids"], segments, weights, config)
gaps = {"embeddings": [max_abs_diff(mine, hidden_states[0])], "attention": [], "layer": [], "wrong": []}
for number, block in enumerate(model.encoder.layer):
    x, params = hidden_states[number], layer_params(weights, number)
    with torch.no_grad():
        context = self_attention(x, params, config.num_attention_heads)
        gaps["attention"].append(max_abs_diff(context, block.attention.self(x)[0]))
    gaps["layer"].append(max_abs_diff(bert_layer(x, params, config), hidden_states[number + 1]))
    gaps["wrong"].append(max_abs_diff(slip(x, params, config), hidden_states[number + 1]))
for part in ("embeddings", "attention", "layer"):
    print(f"right code, {part:<11} nowhere above 3e-6: {max(gaps[part]) < 3e-6}")
print(f"the tiny mistake, in every layer at least {min(gaps['wrong']):.0e}")

# %% [markdown]
# `max_abs_diff` is the yardstick of the whole course: the *largest* difference anywhere. Not the mean, in which one wrong
# number among millions vanishes, and not a cosine. (The *cosine* of two vectors says how alike their directions are: 1 for
# the same direction, 0 for unrelated ones.) It forgives nearly everything. Watch.
#
# ## The third rule: looking right is not being right
#
# Here are copies of layer 0 with something wrong inside, from grave to tiny. A layer adds the input of a part to its
# result; that is called a *residual* (lesson 04). In the first copy a residual is added twice, in the second the wrong one is
# added. The third has a popular approximation of GELU, the function inside the feed-forward network (lesson 05). The last has
# the mistake that you have just seen, a constant eps that is ten million times too large. Would you notice?

# %%
import copy

from course_utils import show_lookalikes

x = hidden_states[0]  # what goes into layer 0
with_tanh, with_eps = copy.deepcopy(layer), copy.deepcopy(layer)
with_tanh.intermediate.intermediate_act_fn = torch.nn.GELU("tanh")
with_eps.attention.output.LayerNorm.eps = with_eps.output.LayerNorm.eps = 1e-5  # it is 1e-12
twice = planted("replay_layer", "second_residual_twice")
other = planted("replay_layer", "second_residual_input")

with torch.no_grad():
    wrong = {"a residual added twice": twice(layer, x)["layer_output"]}
    wrong["the wrong residual added"] = other(layer, x)["layer_output"]
    wrong["GELU by an approximation"] = with_tanh(x)
    wrong["eps 1e-5 for 1e-12"] = with_eps(x)
show_lookalikes(hidden_states[1], wrong)

# %% [markdown]
# A cosine of 1.0000 to four digits, and still not BERT: both of the small ones would pass every glance, plot and demo.
# They cannot pass a largest difference of 1e-5. That is why this course proves things.
#
# ## Take a layer apart
#
# Now the first proof. Layer 0 has four parts. Call them by hand, one after the other, as on the map:
#
# | call | takes | returns |
# |---|---|---|
# | `layer.attention.self` | the layer's input | `context`: for each token, a mix of all tokens |
# | `layer.attention.output` | `context`, and the layer's own input, which bypassed attention (the residual) | `attention_output`: added and normalised |
# | `layer.intermediate` | `attention_output` | `intermediate`: wider, each token alone |
# | `layer.output` | `intermediate`, and `attention_output`, which bypassed `intermediate` (the second residual) | `layer_output`: added and normalised |
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
# - [ ] About 0.001, which is small | Then one of the parts would be missing something: that is the size of a real mistake.
# - [ ] Below 0.00001, yet not 0 | That is what you get when you write a part yourself. Here the model's own parts did the work.
# - [x] Exactly 0, to the last bit | The same operations ran in the same order, so every last bit agrees.

# %%
print(max_abs_diff(replayed["layer_output"], hidden_states[1]))
print(torch.equal(replayed["layer_output"], hidden_states[1]))

# %% [markdown]
# Exactly zero. There is nothing else in a layer: no hidden step between the parts. *Four calls are the layer, and L such
# layers, on top of the embeddings, are the model.* If you can write these four parts you have written most of BERT, and
# that is what you will do in lessons 03 to 05.
#
# ## The proof
#
# Each lesson ends with a cell like this one: the part against the real model's, on four inputs. Here it replays *all*
# layers, one after the other. The inputs are our sentence, a pair of sentences, random ids, and a batch of two sentences
# of different length, the shorter one padded.
#
# **Predict.** One of the four will fail. Which?
#
# - [ ] The seed sentence, with its odd word | It passed for layer 0 above, and the other layers have the same structure.
# - [ ] The random ids, which mean nothing | A proof compares numbers, whether they mean anything or not.
# - [ ] The pair, with its two segments | Nothing in it is padded, and which sentence a token is in is settled in the embeddings, before layer 0.
# - [x] The batch of two, with its padding | The model hides the padding from attention with a *mask* made of `attention_mask`. `replay_layer` was given none, so the words look at the padding as well.

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
        for block in model.encoder.layer:
            mine = replay_layer(block, mine)["layer_output"]
        compared[name] = (mine, real[-1])
show_proof(compared)

# %% [markdown]
# Three times exactly 0, and one ✗. A proof is only worth something if it *can* fail: this one found, by itself, that a
# mask is missing. Lesson 03 adds it.
#
# ## How the exercises work
#
# Each lesson has a notebook of exercises. You get a function without a body and a check that judges it. Here is an
# exercise from start to finish, in one minute. First, somebody's attempt at `layer_output`, which is to return the output
# of a layer, counted from 0:

# %%
from course_utils import check_layer_output


def layer_output(hidden_states, layer):
    return hidden_states[layer]


check_layer_output(layer_output)

# %% [markdown]
# The check compared it with the reference on inputs that leave a mistake no place to hide, and then it looked for the reason:
# it knows common mistakes in each exercise, and tells you which one gives exactly your numbers. If it recognises none it
# says so, and shows where your result differs. It never guesses.
#
# Stuck? There are three hints per exercise, one at each call: the idea, a plan, nearly the code.

# %%
check_layer_output.hint()

# %% [markdown]
# The change is yours to make: `layer_output` is the third exercise. When a function passes, its check says so. Here it judges
# the course's own version, without showing it:

# %%
import course_utils

check_layer_output(course_utils.layer_output)

# %% [markdown]
# Three more things to know:
#
# - `check_layer_output.solution()` shows one way to write it. Nobody keeps count.
# - Other ways pass, too: a loop, an einsum, float64 inside.
# - What passes is remembered on your machine, and `progress()` shows it on the map. Later lessons use
#   *your* functions where they passed, and the reference's where they did not, so you can skip an exercise or come back.
#
# ## Recap
#
# - A BERT is embeddings, L layers of one structure, and a pooler (lesson 07). Every layer takes (B, T, d) and returns (B, T, d).
# - `hidden_states` has L + 1 items: `hidden_states[0]` is no layer, layer `i` gives `hidden_states[i + 1]`.
# - `eval()` switches dropout off. Without it no two results can be compared.
# - *Bit-equal* is for the same operations, *within 1e-5* for the same mathematics; a cosine proves nothing.
# - Four calls replay a layer with a difference of exactly 0.0. Nothing else is in there.
#
# **Now you:** the [exercises of lesson 00](../exercises/00_orientation.ipynb), five short functions. Then
# [lesson 01](01_tokenization.ipynb) opens the first part: how text becomes ids, and why the model never sees `12212121`.
#
# ## Papers
#
# - Vaswani et al. (2017), *Attention Is All You Need*, [arXiv 1706.03762](https://arxiv.org/abs/1706.03762): the layer
# - Devlin et al. (2018), *BERT*, [arXiv 1810.04805](https://arxiv.org/abs/1810.04805): the model
# - Wang et al. (2020), *MiniLM*, [arXiv 2002.10957](https://arxiv.org/abs/2002.10957): how this one was made small
# - Reimers & Gurevych (2019), *Sentence-BERT*, [arXiv 1908.10084](https://arxiv.org/abs/1908.10084): what it was trained for
