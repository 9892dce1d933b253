# %% [markdown]
# # 07 · The whole model
#
# **What you will build:** `Bert`, one class in which everything that you have written comes together: token ids go in,
# every hidden state comes out. You will load the real weights into it, and it will be *the* model: each of its numbers
# equal to the original's.
#
# **What you need:** `bert_embeddings` (02), `extended_attention_mask` (03), `run_encoder` (06). Of Python: what a class
# is.
#
# **Time:** about 90 minutes with the [exercises](../exercises/07_whole_model.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions that this lesson does not answer again.

# %% [markdown]
# **Recall.** `model = BertModel(config)`. The same input twice gives two different results. Why?
#
# - [ ] The weights are drawn anew at each call | They are drawn once, when the model is made.
# - [x] It is in train mode, so dropout is on | A model that you build starts in train mode; `model.eval()` ends it (lesson 00).
# - [ ] Sums are rounded in a random order | Another order would leave a trace of about 1e-6, far too small to be seen.

# %% [markdown]
# **Recall.** What is `hidden_states[0]`?
#
# - [x] The output of the embeddings | What goes into the first layer: L layers give L + 1 hidden states (lessons 00 and 06).
# - [ ] The output of the first layer | That is `hidden_states[1]`.
# - [ ] The vectors of the first sentence | Each entry holds all the sentences of the batch; the list is over depth.

# %% [markdown]
# **Recall.** bert-base has 110 million parameters. What share of them is its table of words?
#
# - [ ] A fiftieth | The table would have some 2,300 words, not 30,522.
# - [x] A fifth | 30,522 words of 768 numbers are 23 million (lesson 00).
# - [ ] A half | That is this course's smaller model: half as wide and half as deep.

# %%
import torch
from torch import nn
from transformers import BertConfig, BertForPreTraining, BertModel

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()  # eager attention, in eval mode
config = model.config
print(f"{config.num_hidden_layers} layers, hidden size {config.hidden_size}, {config.vocab_size:,} tokens")

# %% [markdown]
# ## What a checkpoint is
#
# A model on disk is a file of numbers with names, and a second one, the config, with sizes. There is no code in it. Any code
# whose parameters have the same names can use it. The last four names of this file:

# %%
from safetensors.torch import load_file

from course_utils import weight_files

checkpoint = {}  # from names to tensors
for file in weight_files():  # one; a large model may be in several
    checkpoint |= load_file(file)
for name in sorted(checkpoint)[-4:]:
    print(f"{name:<44}", tuple(checkpoint[name].shape))
print(len(checkpoint), "entries in the file,", len(list(model.parameters())), "parameters in the model")

# %% [markdown]
# If the two numbers are not the same, look at the names:

# %%
parameters = dict(model.named_parameters())
print("only in the file: ", sorted(checkpoint.keys() - parameters)[:3])
print("only in the model:", sorted(parameters.keys() - checkpoint)[:3])
position_ids = checkpoint.get("embeddings.position_ids")
if position_ids is not None:
    print(position_ids.dtype, position_ids[0, :4].tolist(), "...", position_ids[0, -1].item())

# %% [markdown]
# The extra entry of this model is not a weight. It is the row 0, 1, 2, ... by which positions are looked up; older versions of
# the library saved it, too. Such leftovers are harmless as long as somebody *decides* that they are. That will be your
# `rename_key`.
#
# ## Where names come from
#
# In PyTorch a parameter's name is the way to it: attributes and keys, joined by dots.
# `model.encoder.layer[0].output.dense.bias` is called `encoder.layer.0.output.dense.bias`. So a class that is to
# read a checkpoint must be built like it.

# %%
toy = nn.Module()
toy.encoder = nn.Module()
toy.encoder.layer = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 2)])
for name, parameter in toy.named_parameters():
    print(f"{name:<24}", tuple(parameter.shape))

# %% [markdown]
# **Predict.** The same, with a plain Python list for `toy.encoder.layer`. How many parameters does PyTorch see?
#
# - [ ] The same, 17 | It would have to search every list of every object for modules. It does not.
# - [x] None | PyTorch looks at attributes that *are* modules or parameters. A list is neither, and nothing says so.
# - [ ] It raises an error | That would be kind, but an attribute may be anything. The model runs, with layers that are never loaded, saved or trained.

# %%
from course_utils import count_parameters

plain, repeated = nn.Module(), nn.Module()
plain.layer = [nn.Linear(2, 3), nn.Linear(3, 2)]
repeated.layer = nn.ModuleList([nn.Linear(3, 3)] * 6)  # the same object, six times
print("in an nn.ModuleList:", count_parameters(toy))
print("in a plain list:    ", count_parameters(plain))
print("[layer] * 6:        ", count_parameters(repeated), "although six layers have", 6 * (3 * 3 + 3))

# %% [markdown]
# Six names for one layer: such a model runs, too, and of the six layers in a checkpoint the last one loaded stays. Make a new
# layer each time, `[layer() for _ in range(6)]`.
#
# `nn.ModuleDict({"layer": ...})` is another way to make `toy.encoder`, in one line. It takes modules only, and raises an
# error where it is given a plain list.
#
# One layer's modules are given to you: `layer_modules(config)` holds its 16 parameters and computes nothing.

# %%
from course_utils import layer_modules

for name, parameter in list(layer_modules(config).named_parameters())[:4]:
    print(f"{name:<34}", tuple(parameter.shape))
print("...", len(list(layer_modules(config).parameters())), "in all")

# %% [markdown]
# ## A class with no computation of its own
#
# Most BERTs are written as a tree of classes, each with some weights and some arithmetic. Ours separates the two: the
# modules hold the parameters, and the computation is in the functions that you have proven, which take their weights
# from a dict by name. `dict(self.named_parameters())` is that dict. Here is the finished class at work; writing it is your
# exercise.

# %%
from course_utils import Bert

mine = Bert(config)
shapes = {name: tuple(parameter.shape) for name, parameter in mine.named_parameters()}
print("its parts:", *(name for name, _ in mine.named_children()))
real_shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
print(len(shapes), "parameters; the same names and shapes as the real model's:", shapes == real_shapes)

# %% [markdown]
# It is built right, and its numbers are random. Whatever you ask it now, it answers:

# %%
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
other = Bert(config).eval()
answers = [each(**batch)["last_hidden_state"] for each in (mine.eval(), other)]  # (1, tokens, hidden) each
print("shape:", tuple(answers[0].shape), "| two new models agree:", torch.allclose(*answers, atol=0.1))

# %% [markdown]
# ## Loading the weights
#
# `load_state_dict` copies a dict of tensors into a model. Strictly, it demands that the names be the same on both
# sides. Our file may have leftovers, so people write `strict=False`, and this is the most dangerous argument in the
# library.
#
# **Predict.** A checkpoint calls the layers `encoder.layers.0` instead of `encoder.layer.0`. It is loaded with
# `strict=False`. What happens?
#
# - [ ] PyTorch guesses what is meant and loads them | It never guesses. Names are equal or not.
# - [ ] An error lists the names that do not fit | With `strict=True` there would be one.
# - [x] Everything runs, and the layers stay random | Only the tensors whose names fit are copied. The other names are in the return value, which nobody looks at.

# %%
spelt_otherwise = {name.replace("encoder.layer.", "encoder.layers."): t for name, t in parameters.items()}
told = other.load_state_dict(spelt_otherwise, strict=False)
real = model(**batch).last_hidden_state
cosine = torch.cosine_similarity(other(**batch)["last_hidden_state"], real, dim=-1).mean()
print("no error; but:", len(told.missing_keys), "missing,", len(told.unexpected_keys), "unexpected")
print("anything like the real model:", bool(cosine > 0.5))

# %% [markdown]
# So: translate the names first, load, and then *look at the two lists*. The names of BERT's checkpoints differ in a few ways:

# %%
from course_utils import rename_key

for name in (
    "bert.encoder.layer.0.output.dense.weight",  # saved with a head on top
    "embeddings.LayerNorm.gamma",  # from the days of TensorFlow, as is the next
    "embeddings.LayerNorm.beta",
    "bert.embeddings.position_ids",  # not a weight
    "cls.predictions.bias",  # a head of the pretraining
):
    print(f"{name:<44}", rename_key(name))

# %%
from course_utils import load_reference_weights

missing, unexpected = load_reference_weights(mine, checkpoint)
print("missing:", missing, "| unexpected:", unexpected)
same = [torch.equal(parameter, parameters[name]) for name, parameter in mine.named_parameters()]
print("every parameter is the real one:", all(same))

# %% [markdown]
# ### The famous warning
#
# *"Some weights of BertModel were not initialized from the model checkpoint and are newly initialized: ['pooler.dense.bias',
# 'pooler.dense.weight']. You should probably TRAIN this model ..."* Everybody who has used transformers has met it. Version 5
# prints a table instead, a *LOAD REPORT* with the words MISSING and UNEXPECTED (the course turns it off).
#
# **Predict.** A small BERT was saved without its pooler. `BertModel.from_pretrained` loads the file twice, and prints that warning.
# Which numbers do the two models share?
#
# - [ ] All of them | For the names that are missing there is nothing in the file to load.
# - [x] All but the pooler's | What the file has is loaded. What it lacks is drawn at random, again for each model.
# - [ ] None of them | The file has everything else, and that is loaded, warning or not.

# %%
import tempfile
from pathlib import Path

from safetensors.torch import load

small = BertConfig(hidden_size=12, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48)
with tempfile.TemporaryDirectory() as folder:
    BertModel(small, add_pooling_layer=False).save_pretrained(folder)
    (one, report), (two, _) = (BertModel.from_pretrained(folder, output_loading_info=True) for _ in range(2))
    in_the_file = load(Path(folder, "model.safetensors").read_bytes())
differ = [name for name, p in one.named_parameters() if not torch.equal(p, two.get_parameter(name))]
print("not the same in both:", sorted(differ))
print("the warning's list:  ", sorted(report["missing_keys"]))
print("load_reference_weights:", sorted(load_reference_weights(Bert(small), in_the_file)[0]))

# %% [markdown]
# The warning is the first of your two lists. (The bias is new in both models, too: transformers begins a bias at 0.) Is it bad?
# That depends on the names. If you do not use the pooler, or are going to train it, no. If they are `encoder.layer` something, you
# have a broken model.
#
# The second list is as famous: `BertModel` made of a file with the *heads* of the pretraining, as that of bert-base-uncased is.
# A head is what is put on top of the model for one task; lesson 11 builds one.

# %%
with tempfile.TemporaryDirectory() as folder:
    BertForPreTraining(small).save_pretrained(folder)
    _, report = BertModel.from_pretrained(folder, output_loading_info=True)
    with_heads = load(Path(folder, "model.safetensors").read_bytes())
print("UNEXPECTED:", len(report["unexpected_keys"]), "names, such as", min(report["unexpected_keys"]))
print("rename_key says:", {rename_key(name) for name in report["unexpected_keys"]})
print("load_reference_weights:", load_reference_weights(Bert(small), with_heads))

# %% [markdown]
# Somebody decided that these may be left out, and wrote it into `rename_key`: so both lists are empty, and if one of them is not,
# it means something.
#
# ### One tensor under two names
#
# One of the heads gives each word of the vocabulary a score, so it needs a matrix as large as the table of words. Is it in that
# file, a second time?

# %%
pretrained = BertForPreTraining(small)
decoder, table = pretrained.cls.predictions.decoder.weight, pretrained.bert.embeddings.word_embeddings.weight
print("the head's matrix:", tuple(decoder.shape), "| the table of words:", tuple(table.shape))
print("one and the same tensor:", decoder is table)
print("in the file:", [name for name in with_heads if "decoder.weight" in name or "word_embeddings" in name])

# %% [markdown]
# No. The head uses the table the other way round, from a vector to a score for each word (lesson 11). This is *weight tying*: a
# tied matrix is saved once, counted once, and trained from both sides.
#
# ## Ids in, everything out
#
# The forward pass has five steps: defaults, embeddings, mask, encoder, pooler. It returns three things, under the names that
# transformers uses.

# %%
result = mine(**batch)  # input_ids, attention_mask, token_type_ids
for name in ("last_hidden_state", "pooler_output"):
    print(f"{name:<18}", tuple(result[name].shape))
print(f"{'hidden_states':<18}", len(result["hidden_states"]), "tensors")

# %% [markdown]
# ### The pooler
#
# The one new part is small. It makes one vector of a whole sequence: the *first* token's, [CLS], through a dense layer and a
# tanh. In BERT's pretraining this vector had to tell whether the second text of a pair follows the first in its source
# (Devlin et al. 2018, section 3.1).
#
# **Predict.** Besides [CLS] our sentence has ten tokens. What does the pooler compute with them?
#
# - [ ] Their mean | That is another recipe, `mean pooling`. Lesson 08 uses it.
# - [x] Nothing | It reads one vector. What the others contribute has come into [CLS] through attention, layer by layer.
# - [ ] The maximum of each feature | No: the first token is taken as it is.

# %%
from course_utils import pooler

dense = model.pooler.dense
changed = result["last_hidden_state"].clone()  # (1, tokens, hidden)
changed[:, 1:] = 0  # all tokens but [CLS]
pooled = pooler(changed, dense.weight, dense.bias)  # (1, hidden)
print("the same vector without the other tokens:", torch.allclose(pooled, result["pooler_output"], atol=1e-5))
print("all between -1 and 1:", bool((pooled.abs() <= 1).all()))

# %% [markdown]
# Is it a good vector for a sentence? It was trained for another question, and when the course's own model was trained
# for sentence search, the pooler was not used at all: the mean of the tokens was. It is here because it is a part of
# `BertModel`.
#
# ## Where the parameters are
#
# In the map below areas are numbers of parameters.

# %%
from course_utils import show_treemap

show_treemap({"this model": config, "bert-base": BertConfig()})

# %% [markdown]
# **Predict.** You may double one size of bert-base: its width d (with I = 4 d), or its number of layers L. Which gives more parameters?
#
# - [x] Twice the width d | The matrices of a layer are d times d and d times 4 d, so each has four times as many weights; the table has twice as many.
# - [ ] Twice the layers L | The layers' parameters double, and the table stays as it is.
# - [ ] The two give the same | They would if a layer's parameters grew with d. They grow with d².

# %%
from course_utils import parameter_table

tables = {
    "as it is": parameter_table(BertConfig()),
    "twice d": parameter_table(BertConfig(hidden_size=1536, intermediate_size=6144)),
    "twice L": parameter_table(BertConfig(num_hidden_layers=24)),
    "twice H": parameter_table(BertConfig(num_attention_heads=24)),
}
for name, table in tables.items():
    times = {part: count / tables["as it is"][part] for part, count in table.items()}
    print(f"{name:<10}", "  ".join(f"{part} × {factor:.1f}" for part, factor in times.items()))

# %% [markdown]
# A layer has 12 d² + 13 d parameters (if I = 4 d), the tables about V · d. Twice the heads cost nothing: they share the same d
# features.
#
# **Predict.** bert-large is three times the size of bert-base: d = 1024 and 24 layers, with the same vocabulary. In bert-base the
# table of words has 21 %. What share does it have in bert-large?
#
# - [x] About 9 % | The table grows with d, the layers with d² and with their number. The larger a model, the smaller its dictionary's share.
# - [ ] About 21 % | It would, if the layers grew as slowly as the table does.
# - [ ] About 40 % | A share grows only where the rest shrinks or grows more slowly: half the width *raises* it.

# %%
large = BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
for name, sizes in {"this model": config, "bert-base": BertConfig(), "bert-large": large}.items():
    total = parameter_table(sizes)["total"]
    words = sizes.vocab_size * sizes.hidden_size  # V · d
    print(f"{name:<11}{total:>12,} parameters, {words / total:4.0%} of them in the table of words")

# %% [markdown]
# So in a small model the dictionary has the larger share. And the paper's 110 million? With the two heads of its pretraining
# bert-base has 110.1 million, without them 109.5.

# %%
with torch.device("meta"):  # shapes without numbers, as in lesson 00
    base, with_its_heads = BertModel(BertConfig()), BertForPreTraining(BertConfig())
print(f"by the formula:     {parameter_table(BertConfig())['total']:,}")
print(f"BertModel:          {count_parameters(base):,}")
print(f"with its two heads: {count_parameters(with_its_heads):,}")

# %% [markdown]
# ## Build your own size
#
# Start from a model and move its sizes. Can you build one of 50 million parameters, half of them in the layers? Not every d goes
# with every number of heads.

# %%
from course_utils import explore_sizes

explore_sizes(config)

# %% [markdown]
# The memory is that of the weights alone. Training needs about four times as much, the weights, their
# gradients, and the two running means that Adam keeps of each, and on top of it what the layers compute on the way.
#
# ## The proof
#
# Now all of it at once: every hidden state, the last one and the pooler's vector, on a padded batch of *pairs*, so that
# mask, segments and positions all count. There are two references. `eager` computes attention step by step, as you do;
# `sdpa` is the library's default, one fused operation that adds in another order. The class is yours if you have passed the
# exercise, and so are the functions that load and compare.

# %%
pairs = tokenizer(
    ["The river bank was muddy.", "this is a 12212121 test sentence", "naïve café"],
    ["She opened an account.", "Is it?", "3,456,789 unaffable people stood in a long line there."],
    padding=True,
    return_tensors="pt",
)
print("padding in each row:", (pairs["attention_mask"] == 0).sum(dim=1).tolist())

# %%
from course_utils.my_bert import Bert, load_reference_weights, same_model

yours = Bert(config).eval()
print("missing, unexpected:", load_reference_weights(yours, checkpoint))

# %%
model.config.output_hidden_states, gaps = True, {}
for kind in ("sdpa", "eager"):
    model.set_attn_implementation(kind)  # the same weights, another way to compute attention
    gaps[kind] = same_model(yours, model, pairs)
print(f"largest difference   {'sdpa':<14}eager")
for place in gaps["eager"]:
    said = [f"{gaps[kind][place]:.0e}" if gaps[kind][place] > 1e-5 else "below 1e-5" for kind in gaps]
    print(f"{place:<21}{said[0]:<14}{said[1]}")

# %% [markdown]
# And on our four inputs, with the differences of everything that a model returns. Six layers stay below 1e-5; since rounding adds
# up over the layers, we allow a model of twelve or more 1e-4.

# %%
generator = torch.Generator().manual_seed(0)
ids = torch.randint(config.vocab_size, (2, 9), generator=generator)
inputs = {
    "seed sentence": batch,
    "padded batch": tokenizer(["a short one", "a sentence that is longer"], padding=True, return_tensors="pt"),
    "padded batch of pairs": pairs,
    "random ids": {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
}

# %%
from course_utils import show_proof

compared = {}
for name, encoded in inputs.items():
    ours, theirs = yours(**encoded), model(**encoded)
    kept = encoded["attention_mask"] == 1  # (batch, tokens)
    states = [torch.stack(tuple(each["hidden_states"]))[:, kept] for each in (ours, theirs)]  # (L + 1, kept, hidden)
    compared[f"{name}: hidden states"] = states
    compared[f"{name}: pooler"] = ours["pooler_output"], theirs["pooler_output"]
tolerance = 1e-5 if config.num_hidden_layers < 12 else 1e-4
show_proof(compared, tolerance)

# %% [markdown]
# Wrong models that look right. Each of these loads without a warning, runs, and returns the right shapes.

# %%
from course_utils import planted, show_lookalikes

wrong = {
    "GELU by tanh": "gelu: tanh",
    "unbiased variance": "layer_norm: unbiased",
    "token types ignored": "segments_ignored",
    "mask forgotten": "mask_forgotten",
    "mask not extended": "mask_only_reshaped",
    "one norm more at the end": "final_norm",
}
variants, kept = {}, pairs["attention_mask"] == 1
for name, label in wrong.items():
    with torch.device("meta"):
        variant = planted("Bert", label)(config).eval()
    variant.load_state_dict(parameters, assign=True)  # the real tensors themselves
    variants[name] = variant(**pairs)["last_hidden_state"][kept]  # (real tokens, hidden)
show_lookalikes(model(**pairs).last_hidden_state[kept], variants, tolerance)

# %% [markdown]
# ## And nothing changes
#
# Look at your functions once more: there is no 384 in them, no 6 and no 12. The sizes are in the config. So the same code is
# bert-base, too. On the `meta` device it can be run without a single weight, to see the shapes:

# %%
with torch.device("meta"):
    as_base = Bert(BertConfig()).eval()
    shapes = as_base(torch.zeros(1, 11, dtype=torch.int64))
print(f"this model: {count_parameters(mine):>11,} parameters, every hidden state equal")
print(f"bert-base:  {count_parameters(as_base):>11,} parameters, counted, not loaded")
one, other = ({name: p.shape for name, p in each.named_parameters()} for each in (as_base, base))
print("the same names and shapes as BertModel's:", one == other)
print(len(shapes["hidden_states"]), "hidden states of", tuple(shapes["last_hidden_state"].shape))

# %% [markdown]
# **You have rebuilt BERT.** Not a toy with its name: give it the file, and it is the model, number by number. If you
# have a network, stop the course, set the variable `COURSE_MODEL` to `bert-base-uncased`, start the course, and run this notebook
# again: the weights change, the code does not.
#
# ## Recap
#
# - A checkpoint is names and numbers. A parameter's name is the way to it, so a class must be built like the file.
# - `nn.ModuleList` and `nn.ModuleDict`, not plain lists and dicts; a new module each time, not `[layer] * L`.
# - `strict=False` hides missing weights, and a missing weight is a random one. Look at both lists.
# - *Newly initialized* means missing from the file, so random; *unexpected* means left over, often a head.
# - Tied weights are one tensor under two names: saved once, counted once.
# - The pooler is tanh(W h + b) of the first token, and of no other.
# - 12 d² + 13 d parameters per layer: twice d makes four of one, twice L two. In a small model the dictionary is the larger part.
#
# **Now you:** [the exercises of this lesson](../exercises/07_whole_model.ipynb). After them: [08 · Sentence
# search](08_sentence_search.ipynb), where your model earns its living.
#
# **Papers.** Devlin et al. 2018, *BERT*, arXiv 1810.04805 (section 3: sizes, pairs, [CLS]) · Wang et al. 2020,
# *MiniLM*, arXiv 2002.10957 · Reimers and Gurevych 2019, *Sentence-BERT*, arXiv 1908.10084 (the pooler and the mean
# compared).
