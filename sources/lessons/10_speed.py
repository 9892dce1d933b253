# %% [markdown]
# # 10 · Making it fast
#
# **What you will build:** an encoder that gives the same vectors as BERT in batches of 32, in a third of the time or less on texts
# of very different lengths. Each step is proven equal first and measured second. You write its parts in the exercises, and put them
# together at the end.
#
# **What you need:** self-attention and its mask from lesson 03, sentence vectors from lesson 08.
#
# **Time:** about 90 minutes with the [exercises](../exercises/10_speed.ipynb). The measurements in between take about a minute.

# %% [markdown]
# ## Before you begin
#
# Three things from earlier lessons that every step of today builds on.

# %% [markdown]
# **Recall.** Which part of a layer moves something from one token to another?
#
# - [x] Self-attention alone | Dense layers, norms and GELU work on one token at a time. Today that lets us lay texts side by side.
# - [ ] Self-attention and the norms | A norm's mean and variance are taken over the features of one token.
# - [ ] Self-attention and the feed-forward network | The network is given one token's vector, and gives one back.

# %% [markdown]
# **Recall.** The padding mask has the shape (batch, 1, 1, tokens). Which axis of the scores does `tokens` belong to?
#
# - [ ] The queries | Then padding would not look at anybody, and everybody would still look at padding.
# - [x] The keys | The scores are (batch, heads, queries, keys): the mask says who may be looked at.
# - [ ] The heads | The heads are the first axis of size 1: all of them get the same mask.

# %% [markdown]
# **Recall.** You pad a short text to 512 tokens and pass the mask on. What happens to its sentence vector?
#
# - [ ] It moves toward that of `[PAD]` | The mean of lesson 08 leaves padding out, and so does attention under the mask.
# - [ ] It is the same only if all 512 are read | The model takes any length up to 512. Nobody has to fill the places.
# - [x] It is the same, and takes longer | Padding is hidden from the words. It is computed all the same, and that is today's subject.

# %%
import copy
import textwrap

import torch
import torch.nn.functional as F

from course_utils import load_corpus, load_model, max_abs_diff, mixed_sentences

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
d, heads = config.hidden_size, config.num_attention_heads
texts = mixed_sentences(1000)
for text in sorted(texts[:24], key=len)[::5]:
    print(textwrap.fill(text, 90, subsequent_indent="    "))

# %% [markdown]
# A thousand sentences, made for this lesson by stringing clauses together: many short, few long. The job is one vector per sentence,
# as in lesson 08. The slow way, `embed`, takes 32 at a time in the order of the list, pads them to the longest of the 32, and runs
# the model. How much work is that?

# %%
sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
lengths = [len(sequence) for sequence in sequences]  # tokens, with [CLS] and [SEP]
print(f"{sum(lengths):,} tokens; shortest {min(lengths)}, middle {sorted(lengths)[500]}, longest {max(lengths)}")

# %% [markdown]
# **Predict.** Of all tokens that the model computes that way, what share is padding?
#
# - [ ] About a twentieth | It would be, if the texts in a batch were about equally long.
# - [ ] About a third | Each batch is as wide as its *longest* text, and one in 32 is nearly always long.
# - [x] About two thirds | One long text makes 31 others as long as itself. The average text is a third as long as the longest of its batch.

# %%
from course_utils import show_padding

show_padding(lengths, batch_size=32)

# %% [markdown]
# The mask makes sure that padding changes nothing. It does *not* make padding free: a [PAD] goes through every dense layer, every
# GELU, every norm like a word. How much there is depends on your texts. The everyday sentences of lesson 08 differ far less in
# length:


# %% tags=["answer"]
def in_batches(order):
    """Indices cut into batches of 32, in their order."""
    return [order[start : start + 32] for start in range(0, len(order), 32)]


def places(batches, lengths=lengths):
    """How many tokens the model computes, each batch padded to its longest text."""
    return sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)


everyday = [len(ids) for ids in tokenizer([one.text for one in load_corpus()])["input_ids"]]
for name, own in {"this lesson's sentences": lengths, "lesson 08's sentences": everyday}.items():
    share = 1 - sum(own) / places(in_batches(range(len(own))), own)
    print(f"{name:24} longest {max(own):3} tokens, {share:.0%} padding in batches of 32")

# %% [markdown]
# So remember for your own texts: sorting can save the padding that there is, and no more.

# %% tags=["answer"]
to_compute = {
    f"all padded to {config.max_position_embeddings}": config.max_position_embeddings * len(texts),
    "all padded to the longest": max(lengths) * len(texts),
    "batches of 32, unsorted": places(in_batches(range(len(texts)))),
    "the tokens themselves": sum(lengths),
}
for name, number in to_compute.items():
    print(f"{name:28} {number:9,} tokens to compute, {number / sum(lengths):4.1f} × the real ones")

# %% [markdown]
# ## The rule: first equal, then fast
#
# A wrong encoder is easy to make fast. So nothing is measured here before it has been compared: the vectors of the slow way are
# the reference, and each quicker way has to give the same ones within 1e-5.

# %%
from course_utils import embed

few = texts[:40]
reference = embed(few, tokenizer, model)  # (40, d), unit vectors
print("the reference:", tuple(reference.shape))

# %% [markdown]
# ## Step 1: sort by length
#
# Put texts of similar length into the same batch, and little padding is left. That is all that `length_sorted_batches` does: it
# returns lists of *indices*, since the results must be put back in the order of the texts.

# %%
from course_utils import length_sorted_batches

batches = length_sorted_batches(lengths, 32)
first, last = ([lengths[index] for index in batch] for batch in (batches[0], batches[-1]))
print(
    f"{len(batches)} batches; lengths in the first {min(first)} to {max(first)}, in the last {min(last)} to {max(last)}"
)


# %%
def sorted_embed(texts):
    """What `embed` does, one batch of similar lengths at a time."""
    lengths = [len(ids) for ids in tokenizer(texts)["input_ids"]]
    vectors = torch.empty(len(texts), d)
    for batch in length_sorted_batches(lengths, 32):
        vectors[batch] = embed([texts[index] for index in batch], tokenizer, model)  # back to their places
    return vectors


print("equal within 1e-5:", max_abs_diff(sorted_embed(few), reference) < 1e-5)

# %% [markdown]
# **Predict.** Suppose you forget to put them back, and collect the vectors in the order in which they were computed. What happens?
#
# - [ ] PyTorch raises an error | The shape is right, and every row is a good unit vector.
# - [ ] A search gets a little worse | Every vector is perfect, and belongs to another text.
# - [x] Most texts get another's vector | And nothing says so, until somebody looks at what a search finds.

# %%
order = [index for batch in length_sorted_batches(lengths[:40], 32) for index in batch]
forgotten = reference[order]  # in the order of computing
kept = [max_abs_diff(mine, right) < 1e-5 for mine, right in zip(forgotten, reference, strict=True)]
print(f"texts with their own vector: {sum(kept)} of {len(few)}")
print(f"cosine with their own, on average: {(forgotten * reference).sum(dim=-1).mean():.2f}")

# %% [markdown]
# SentenceTransformer sorts, too: by the number of *characters*, which costs nothing to find out. But characters are not tokens:
# `3,456` has five characters and is four tokens, `neighbour` has nine and is one. So some padding stays.

# %%
by_characters = sorted(range(len(texts)), key=lambda index: len(texts[index]))
for name, one in {"by characters": in_batches(by_characters), "by tokens": batches}.items():
    print(f"sorted {name:14} {1 - sum(lengths) / places(one):.0%} padding")

# %% [markdown]
# ## Step 2: torch's own attention
#
# Our `scaled_dot_product_attention` stores the scores, the masked scores, the probabilities: (batch, heads, tokens, tokens) each
# time. `F.scaled_dot_product_attention` computes the context in small blocks that stay in the processor's cache,
# and keeps of each row of the softmax only its largest score and its sum so far (Dao et al. 2022: FlashAttention). The formula
# is the same. The probabilities never exist, so they cannot be returned.

# %%
from course_utils import extended_attention_mask, scaled_dot_product_attention, sdpa_attention

draw = torch.Generator().manual_seed(0)
query, key, value = (torch.randn(2, heads, 7, d // heads, generator=draw) for _ in range(3))
attention_mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]])  # (2, 7)
ours, _ = scaled_dot_product_attention(query, key, value, extended_attention_mask(attention_mask, query.dtype))
theirs = sdpa_attention(query, key, value, attention_mask)  # (2, heads, 7, dh)
print("equal within 1e-5:", max_abs_diff(ours, theirs) < 1e-5)

# %% [markdown]
# It takes a float mask, which is added to the scores, or a bool one.
#
# **Predict.** In a bool mask for `F.scaled_dot_product_attention`, what does True mean?
#
# - [x] This key may be looked at | True keeps. It is the tokenizer's mask, 1 for real, as bool.
# - [ ] This key is hidden | So it is in `nn.MultiheadAttention` and `nn.TransformerEncoderLayer`. PyTorch has both, which is a trap.
# - [ ] Add 1 to the key's score | That is what a *float* mask of 1 does, and it is what you get from forgetting `.bool()`.

# %%
query, keys = torch.zeros(1, 4), torch.zeros(3, 4)  # one query, three keys: all scores are 0
values = torch.eye(3)  # so that the mix of the values is the probabilities themselves
masks = {
    "no mask": None,
    "True, False, True": torch.tensor([[True, False, True]]),
    "1.0, 0.0, 1.0": torch.tensor([[1.0, 0.0, 1.0]]),
    "0.0, lowest, 0.0": torch.tensor([[0.0, torch.finfo().min, 0.0]]),
}
for name, mask in masks.items():
    (weights,) = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask).tolist()
    print(f"{name:18} weights of the three keys:", *(f"{weight:.2f}" for weight in weights))

# %% [markdown]
# A float mask of 1 and 0 raises no error. It gives the real keys a little more than the padding, and hides nothing.

# %% [markdown]
# ## Step 3: one product for three
#
# Query, key and value are three products of the *same* vectors. Stack the three weights, and one product of three times the width
# computes all of them. The multiplications stay the same, but `x` is read once instead of three times.

# %%
from course_utils import fuse_qkv, layer_params

params = layer_params(model.state_dict(), 0)
weight, bias = fuse_qkv(params)  # (3 d, d), (3 d,)
x = model.embeddings(tokenizer(few[0], return_tensors="pt")["input_ids"])  # (1, tokens, d)
query, key, value = F.linear(x, weight, bias).chunk(3, dim=-1)  # (1, tokens, d) each
real = model.encoder.layer[0].attention.self
pairs = {"query": (query, real.query(x)), "key": (key, real.key(x)), "value": (value, real.value(x))}
print(tuple(weight.shape), {name: max_abs_diff(*pair) < 1e-5 for name, pair in pairs.items()})

# %% [markdown]
# (`nn.MultiheadAttention` keeps its weights like this from the start; that is why `to_torch_layer` in lesson 06 had to put
# three together.)
#
# ## Step 4: no padding at all
#
# Sorting leaves a little padding. *Packing* leaves none: all texts are laid one after the other in a single row. Where each begins
# and ends is kept in `cu_seqlens`, FlashAttention's name for the **cu**mulative **seq**uence **len**gths: texts of 5, 7 and 5 tokens
# give 0, 5, 12, 17, and text i fills the places from boundary i up to boundary i + 1. Three short ones, to see everything:

# %%
from course_utils import block_diagonal_mask, pack_sequences, show_packing

three = tokenizer(["Why not?", "the river bank was muddy", "Nobody came."])["input_ids"]
input_ids, position_ids, cu_seqlens = pack_sequences(three)  # (1, N), (1, N), (n + 1,)
mask = block_diagonal_mask(cu_seqlens, model.dtype)  # (1, 1, N, N)
show_packing([tokenizer.convert_ids_to_tokens(ids) for ids in three], position_ids, cu_seqlens, mask)

# %% [markdown]
# Two things keep the texts apart. The **positions** begin anew with each text, so each is embedded as if it were alone. And the
# **mask** is block-diagonal: a token looks only at tokens of its own text. Nothing else in BERT moves anything between tokens
# (lesson 05), so nothing else needs to know.
#
# The real `BertModel` runs a packed row, unchanged; it takes position ids, and a mask of four axes as it is:

# %%
alone = [model(torch.tensor([ids])).last_hidden_state[0] for ids in three]  # (tokens, d) each
alone = torch.cat(alone)  # (N, d)


def packed_states(position_ids, mask):
    return model(input_ids, position_ids=position_ids, attention_mask=mask).last_hidden_state[0]  # (N, d)


print("packed equals alone, within 1e-5:", max_abs_diff(packed_states(position_ids, mask), alone) < 1e-5)

# %% [markdown]
# **Predict.** Leave one of the two out: positions that go on, or a row without the mask. How similar, by cosine, are a token's
# vectors to the right ones?
#
# - [ ] Both stay above 0.99: BERT is robust | Words of another text in the same row are context like any other.
# - [ ] Only without the mask it goes wrong | "Nobody came." would begin at position 12. The mask does not touch embeddings.
# - [x] Both go wrong, most without the mask | Positions shift the embeddings; without the mask, three texts are read as one.

# %%
wrong = {
    "positions go on": (torch.arange(len(alone))[None], mask),
    "no mask": (position_ids, torch.zeros_like(mask)),
    "neither": (torch.arange(len(alone))[None], torch.zeros_like(mask)),
}
for name, inputs in wrong.items():
    cosine = torch.cosine_similarity(packed_states(*inputs), alone, dim=-1)  # (N,)
    print(f"{name:16} cosine with the right vectors: mean {cosine.mean():.2f}, lowest {cosine.min():.2f}")

# %% [markdown]
# ### The price of the mask, and how not to pay it
#
# A mask hides scores; it does not save computing them. In a row of N tokens, attention computes N × N scores per head, however
# short the texts are. How much is that, beside the dense layers? torch can count the multiplications and additions for us: `addmm`
# is a dense layer's product, `bmm` one between tokens, Q Kᵀ or the mix of the values.
#
# **Predict.** What share of a layer's operations is between tokens, in a text of 128?
#
# - [x] About 5 % | "Attention is quadratic" is true, and for sentences it does not matter.
# - [ ] About 50 % | That takes a text far longer than this model can read.
# - [ ] About 95 % | That is what one hears, and it holds for very long texts.

# %%
from torch.utils.flop_counter import FlopCounterMode

for T in (128, 256, 512):
    with FlopCounterMode(display=False) as counter:
        model.encoder.layer[0](torch.randn(1, T, d))
    counts = {str(name).removeprefix("aten."): count for name, count in counter.get_flop_counts()["Global"].items()}
    millions = "  ".join(f"{name} {count / 1e6:7,.1f} million" for name, count in counts.items())
    print(f"{T} tokens: {millions}  between tokens {counts['bmm'] / counter.get_total_flops():5.1%}")

# %% [markdown]
# Twice the tokens, twice the work in dense layers and four times the work between tokens.
#
# **Predict.** From how many tokens on is half of the work between tokens, in this model of 384 features? And in one of 768?
#
# - [ ] 512, and the same with 768 | The row above has 18 % at 512. And a dense layer's work grows faster with the width than attention's.
# - [ ] 2,304, and the same with 768 | Twice the width is twice the work between two tokens, but four times that of a dense layer.
# - [x] 2,304, and 4,608 with 768 | Six times the width: the wider a model, the longer its attention is cheap.

# %%
from course_utils import attention_flop_share

for T in (512, 2304, 4608):
    shares = "  ".join(f"{width} features {attention_flop_share(T, width):5.1%}" for width in (384, 768))
    print(f"{T:5,} tokens, between tokens: {shares}")

# %% [markdown]
# So for a text attention is cheap. In a packed row of 2,304 tokens under a mask it would cost as much as all the rest, and nearly
# all of that for scores that the mask hides. FlashAttention's `varlen` kernels take `cu_seqlens` in place of a mask and
# compute the blocks of the diagonal only. On a CPU we can do the same: sort by length first, and in the packed row texts of
# *equal* length are neighbours. A run of them is a batch, (texts, heads, length, dh), that needs neither padding
# nor mask. Everything else, dense layers, norms and GELU, works on the row as it is and never learns where a text ends.

# %%
from course_utils import equal_length_runs

some = sorted(lengths[:12])
print(some)
for first, count, length in equal_length_runs(some):
    print(f"from token {first:3}: {count} of {length} tokens, {count * length * length:4} scores per head")
print("scores:", sum(n * n for n in some), "instead of", sum(some) ** 2)

# %% [markdown]
# Here is the layer, and where your functions go: `fused_layers` calls `fuse_qkv`, and `packed_attention` calls `sdpa_attention`
# for each run. The rest of `packed_layer` is lessons 03 to 05, on a row of tokens of many texts. (`dense` is `F.linear`, with GELU if
# wanted. Where torch can, it multiplies by oneDNN, a library whose weights are laid out beforehand, by `prepared`, in the blocks that
# it reads.)


# %%
import inspect

from course_utils import fused_layers, packed_attention, packed_layer


def show_code(function):
    """A function's source without its docstring."""
    before, _, after = inspect.getsource(function).partition('    """')
    print(before + after.partition('"""\n')[2])


for function in (fused_layers, packed_attention, packed_layer):
    show_code(function)

# %% [markdown]
# The whole encoder is `packed_encode`: sort (`length_sorted_batches`, in `packs_by_length`), cut into packs of about 1,024 tokens,
# few enough for the processor's cache, lay out and embed (`pack_sequences`, in `packed_embeddings`), run the layers, take each text's
# mean, and put the vectors back into the order of the texts.

# %%
from course_utils import packed_encode

show_code(packed_encode)
packed = packed_encode(few, tokenizer, model, pack_per_core=False)  # (40, d)
print("equal within 1e-5:", max_abs_diff(packed, reference) < 1e-5)

# %% [markdown]
# ## Step 5: one pack per core
#
# So far all cores have worked on the same pack: torch cuts an operation into a piece for each core, and begins the next one when
# the last piece is done. That is a dozen waits per layer, or more. But a pack needs nothing of any other pack. So let each core
# take a whole pack through all layers by itself, and then the next one.
#
# "Do Python's threads not run one at a time?" Python code does: a thread needs the *global interpreter lock*, the GIL, and there is
# one. But torch gives it back while it computes, and here computing is nearly all of the time.

# %%
from course_utils import on_every_core

show_code(on_every_core)
per_core = packed_encode(few, tokenizer, model, tokens_per_pack=128)  # small packs, so that each core gets several
print("equal within 1e-5:", max_abs_diff(per_core, reference) < 1e-5)

# %% [markdown]
# The cores get their packs in turn, so at the end one may still be at work when the others are done. With packs of about the same
# number of tokens that does not take long. Batches of 32 texts would be worse: those with the longest texts come last, and are the
# largest.

# %%
from course_utils import packs_by_length

for name, parts in {"packs": packs_by_length(lengths, 1024), "batches of 32": batches}.items():
    tokens = [sum(lengths[index] for index in part) for part in parts]
    print(f"{len(parts)} {name}: {min(tokens):,} to {max(tokens):,} tokens, the last three", *tokens[-3:])

# %% [markdown]
# ## Play: the batch packer
#
# Every line is a text. Change the **batch size** and watch the grey; then sort; then pack. Which batch size has no padding, and
# how often does it run the model? Type a text that fills its batch with padding.

# %%
from course_utils import explore_batches

explore_batches(tokenizer)

# %% [markdown]
# ## The proof
#
# First the layers, with your own functions where they passed: fused products and runs of equal length against the real model, on
# four inputs. A padded batch becomes a packed row, shortest first; the rows compared are those of real tokens.

# %%
from course_utils import show_proof, with_functions
from course_utils.my_bert import fuse_qkv, length_sorted_batches, pack_sequences, sdpa_attention

layers = with_functions("fused_layers", fuse_qkv=fuse_qkv)(model.state_dict(), config)
packed_layer = with_functions("packed_layer", sdpa_attention=sdpa_attention)


def packed_and_real(batch):
    """The last hidden states of all real tokens, (N, d), packed by us and padded by the model."""
    real = batch.get("attention_mask", torch.ones_like(batch["input_ids"])).bool()  # (batch, tokens)
    order = real.sum(dim=1).argsort(stable=True)  # shortest first
    x = model.embeddings(batch["input_ids"], batch.get("token_type_ids"))[order][real[order]]  # (N, d)
    runs = equal_length_runs(real.sum(dim=1)[order].tolist())
    for params in layers:
        x = packed_layer(x, params, runs, config)
    return x, model(**batch).last_hidden_state[order][real[order]]


# %%
draw = torch.Generator().manual_seed(0)
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(texts[:20], padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was wet.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (3, 17), generator=draw)},
}
show_proof({name: packed_and_real(batch) for name, batch in inputs.items()})

# %% [markdown]
# Then every way to the vectors. `encoders` gives all of them as functions of a list of texts, each with one saving more than
# the one before; the last is the library, sentence-transformers, on its own. The judge is `BertModel` once more, but in float64,
# where rounding hardly counts. So none of the ways is the judge: each must come within 1e-5.

# %%
from course_utils import encoders

ways = encoders(tokenizer, model)
parts = {"fuse_qkv": fuse_qkv, "sdpa_attention": sdpa_attention, "pack_sequences": pack_sequences}
yours = with_functions("packed_encode", length_sorted_batches=length_sorted_batches, **parts)
judge = embed(few, tokenizer, copy.deepcopy(model).double()).float()  # (40, d)
found = {name: encode(few) for name, encode in ways.items()} | {"with your functions": yours(few, tokenizer, model)}
show_proof({name: (vectors, judge) for name, vectors in found.items()})

# %% [markdown]
# **Fast and slow are the same function.** Nothing was approximated, nothing left out, and no step changed a vector by more than
# rounding does. What goes wrong when a step is nearly right looks like this:

# %%
from course_utils import planted, show_lookalikes

bugs = {
    "positions go on in the pack": "pack_sequences: positions_go_on",
    "fused as key, query, value": "fuse_qkv: key_first",
    "biases in another order": "fuse_qkv: biases_in_another_order",
}
small = 128  # tokens per pack: in a large one, positions that go on would run out of the table
variants = {name: planted("packed_encode", bug)(few, tokenizer, model, small, False) for name, bug in bugs.items()}
variants["vectors not put back"] = forgotten
show_lookalikes(reference, variants)

# %% [markdown]
# ## The race
#
# Now, and only now, the clock. All ways on the same texts, in turn.
#
# **Predict.** Which step saves most on this lesson's thousand sentences, where 69 % was padding?
#
# - [x] Sorting by length | It takes away most of the padding, and padding was most of the work.
# - [ ] SDPA | It makes attention cheaper, which is a small part of the work where texts are short.
# - [ ] Packing | It takes away the rest of the padding, and that is not much any more.
# - [ ] One pack per core | No operation is saved, only the waiting after each.

# %%
from course_utils import full_race, show_full_race

race = full_race()  # stored: one machine, one day
show_full_race(race | {"races": race["races"][:1]})

# %% [markdown]
# **Predict.** How many times as fast can sorting make plain batches of lesson 08's everyday sentences, with 22 % of padding?
#
# - [ ] Three times, as here | Three times is what 69 % of padding gives: 1 / (1 - 0.69). It is a property of the texts, not of sorting.
# - [x] 1.3 times at most | 1 / (1 - 0.22): what sorting can save is the padding that there is.
# - [ ] No faster at all | There is less padding than here, but what there is costs as much as words.

# %%
show_full_race(race)

# %% [markdown]
# Those are stored times, of one machine on one day. Yours will differ: more cores have more to win by step 5, another processor
# multiplies faster or slower. Here is the race on your machine, with the first 128 sentences. For all of them, which takes some
# minutes, write `measured = texts`.

# %% tags=["nbval-ignore-output"]
from course_utils import all_or_few, show_race, timed

measured = all_or_few(texts[:128], model, few=48)  # fewer of a larger model, and in the course's own tests
seconds = timed({name: lambda encode=encode: encode(measured) for name, encode in ways.items()})
show_race(seconds, "+ one pack per core", len(measured))

# %% [markdown]
# With few texts the picture is another one: even in sorted batches of 32 those at the two ends of a batch differ in length, and the
# last batch holds all the long ones. So packing saves more, and sorting less, than with a thousand.
#
# Where has the time gone? A stopwatch around every operation of torch, for plain batches and for the packed encoder, both on a
# single core (where one pack per core would be the same as packing):

# %% tags=["nbval-ignore-output"]
from course_utils import show_parts, timed_parts

both = ("plain batches of 32", "+ packed, no padding")
show_parts({name: timed_parts(lambda name=name: ways[name](measured)) for name in both})

# %% [markdown]
# The dense layers are most of it, before and after. (With oneDNN, GELU is part of the packed encoder's dense layers.) So what has been saved is not attention, which everybody talks about: it is
# *computing padding in dense layers*.
#
# ## How far is it to the limit?
#
# The dense layers' products have to be done. What remains if nothing else is done? `matrix_products` runs only those, on random
# numbers of the same shapes, one pack per core: no tokenizer, no norms, no GELU, no softmax.

# %% tags=["nbval-ignore-output"]
from course_utils import matrix_products, operations

own = lengths[: len(measured)]
limit = {"encoder": lambda: packed_encode(measured, tokenizer, model), "products alone": matrix_products(own, model)}
seconds = timed(limit, rounds=3)
share = seconds["products alone"] / seconds["encoder"]
speed = operations(own, config) / seconds["products alone"] / 1e9
print(f"timed: the products alone take {share:.0%} of our fastest encoder's time")
print(f"this machine computes them at about {speed:.0f} billion operations per second")

# %% [markdown]
# Whoever runs this model in float32 must compute these products: only the rest of the time is left to win. Other ways change the
# question: fewer layers (the course's model kept every second of twelve), another machine, or fewer bits.
#
# **"And with torch.compile, ONNX, a GPU?"** *torch.compile* writes kernels that do several operations at once, GELU and its bias for
# example; it compiles anew for new shapes, so it likes few lengths. *ONNX Runtime* and *OpenVINO* run an exported model with fused
# kernels of their own. All three still compute every [PAD] that you give them: sort first. (`make bench ARGS=others` runs the last two
# on the same sorted batches. On one core of the course's machine, an AMD EPYC, they took 1.1 to 1.5 times as long as the packed
# encoder.)
#
# On a *GPU* the same rules hold with other numbers: larger batches, since thousands of small cores must be kept busy; float16 or
# bfloat16, which its matrix units are built for; and packing by FlashAttention's `varlen` kernels, with `cu_seqlens`. They are
# measured as here: first equal, then fast.
#
# ## Fewer bits
#
# A float32 has 32 bits. **bfloat16** keeps the 8 bits of the exponent and 7 of the 23 after the point: about 2 to 3 digits.
# **int8** writes a weight as a whole number from -127 to 127 times a scale, one scale per output, and rounds what comes in as well.
# Neither is equal any more. The rule of this course does not apply, so the question becomes: how far off, and does it
# matter for what one does with it?
#
# **Predict.** bfloat16 has half the bits. How long does the same encoder take with it on a processor (not a graphics card)?
#
# - [ ] Half as long, on any of them | Reading the numbers takes half as long, but most of the work is multiplying them. Only a processor that multiplies bfloat16 by itself may come near: Intel's Sapphire Rapids, AMD's Zen 4, Apple's M2 and what came after them.
# - [ ] Just as long, on any of them | Only if turning bfloat16 into float32 and back cost nothing.
# - [x] That depends on the processor | One without such instructions has to widen every number to float32 first, and takes longer than with float32 from the start, sometimes many times as long.

# %% tags=["nbval-ignore-output"]
from course_utils import fewer_bits, same_neighbour

some = all_or_few(texts[:128], model, few=24)
cheaper = fewer_bits(tokenizer, model)  # sorted batches with SDPA; int8 only where this torch has it
found = {}  # name -> (texts, d)
seconds = timed({name: lambda name=name: found.update({name: cheaper[name](some)}) for name in cheaper})
print("timed, sorted batches    time   largest difference   lowest cosine   same nearest neighbour")
for name, mine in found.items():
    gap, cosine = max_abs_diff(mine, found["float32"]), (mine * found["float32"]).sum(dim=-1).min()
    print(f"{name:21} {seconds[name] / seconds['float32']:5.1f} × {gap:17.4f} {cosine:17.4f}", end="")
    print(f" {same_neighbour(mine, found['float32']):18.0%}")

# %% [markdown]
# (The stored table is from the same AMD EPYC, which multiplies bfloat16 by itself: it has the instructions `avx512_bf16`.)
#
# "The same nearest neighbour" asks whether a search would find the same text. It is a hard test here: the sentences are made of
# the same few clauses, so the next neighbours are nearly as near. Whether such a change matters is to be measured on one's own texts; it can
# no longer be proven. (8-bit types are on their way out of torch, into a package of their own, torchao. That is why the comment
# says "where this torch has it".)
#
# ## Recap
#
# - A batch is as wide as its longest text, and padding costs what words cost. Unsorted, it was most of the work here.
# - First equal, then fast: each step was proven before it was timed.
# - Sorting by length saves most where lengths differ. Then put the vectors back into the order of the texts.
# - SDPA never stores the probabilities; in its bool mask True keeps.
# - Packed texts are kept apart by positions that begin anew and by a block-diagonal mask, or by runs of equal length and no mask.
# - Packs are independent: a core that has one of its own does not wait for the others.
# - For sentences the dense layers are the work. Between tokens it is 5 % at 128 tokens, and half at six times the width.
# - With fewer bits it is another function. Measure what that costs you.
#
# **Now you:** [the exercises](../exercises/10_speed.ipynb), at the end of which your own encoder races the library's. Then train a model of your own in
# [lesson 11](11_masked_lm.ipynb).
#
# ## Papers
#
# - Dao et al. 2022, *FlashAttention*, arXiv 2205.14135: exact attention that never stores the probabilities.
# - Krell et al. 2021, *Efficient sequence packing without cross-contamination*, arXiv 2107.02027: packing for BERT.
# - Kaplan et al. 2020, *Scaling laws for neural language models*, arXiv 2001.08361: table 1 counts the operations.
# - Dettmers et al. 2022, *LLM.int8()*, arXiv 2208.07339: 8-bit products, and the features that resist them.
# - Wang et al. 2020, *MiniLM*, arXiv 2002.10957: how a smaller model is made from a large one.
