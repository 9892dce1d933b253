# %% [markdown]
# # 10 · Making it fast
#
# **What you will build:** the parts of an encoder that gives the same vectors as BERT in batches of 32, in a third of the time or
# less on texts of very different lengths. Each step is proven equal first and measured second.
#
# **What you need:** self-attention and its mask from lesson 03, sentence vectors from lesson 08.
#
# **Time:** about 90 minutes with the [exercises](../exercises/10_speed.ipynb). The measurements in between take a minute or two.

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
# - [ ] About 5 % | It would be, if the texts in a batch were about equally long.
# - [ ] About a third | Each batch is as wide as its *longest* text, and one in 32 is nearly always long.
# - [x] About two thirds | One long text makes 31 others as long as itself. The average text is a third as long as the longest of its batch.

# %%
from course_utils import show_padding

show_padding(lengths, batch_size=32)

# %% [markdown]
# The mask makes sure that padding changes nothing. It does *not* make padding free: a [PAD] goes through every dense layer, every
# GELU, every norm like a word. How much there is depends on your texts. The everyday sentences of lesson 08 differ far less in
# length:


# %%
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
# So remember for your own texts: what sorting can save is the padding that there is. "Is 512 required?" No: that is how many
# positions there are, and a text that is padded that far gives the right vector, slowly.


# %%
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
# - [ ] An error | The shape is right, and every row is a good unit vector.
# - [ ] The search gets a little worse | Every vector is perfect, and belongs to another text.
# - [x] Almost every text gets the vector of another | And nothing says so, until somebody looks at what a search finds.

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
# It takes a float mask, which is added, or a bool one.
#
# **Predict.** In a bool mask for `F.scaled_dot_product_attention`, what does True mean?
#
# - [x] This key may be looked at | True keeps. It is the tokenizer's mask, 1 for real, as bool.
# - [ ] This key is hidden | So it is in `nn.MultiheadAttention` and `nn.TransformerEncoderLayer`. PyTorch has both, which is a trap.
# - [ ] Add 1 to its score | That is what a *float* mask of 1 does, and it is what you get from forgetting `.bool()`.

# %%
keep = attention_mask[:, None, None, :]  # (2, 1, 1, 7)
masks = {
    "bool, True keeps": keep.bool(),
    "bool, True hides": ~keep.bool(),
    "float, 0 or lowest": extended_attention_mask(attention_mask, query.dtype),
    "float, 1 or 0": keep.float(),
}
for name, mask in masks.items():
    context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    print(f"{name:20} right for the padded sentence: {torch.allclose(context[1, :, :4], ours[1, :, :4], atol=1e-5)}")

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
# - [ ] Both .99: BERT is robust | See below. Words of another text in the same row are context like any other.
# - [ ] With the mask nothing can go wrong | Then "Nobody came." would begin at position 12. The mask does not touch embeddings.
# - [x] Both go wrong, without the mask by more | Positions shift the embeddings; without the mask, three texts are read as one.

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
# short the texts are. How much is that, beside the dense layers?
#
# Count two operations, a multiplication and an addition, for every number that a token is multiplied with. Dense layers: 12 d²
# weights. Q Kᵀ and the mix of values: T · d each, since a token meets T others. Together 24 d² + 4 T d per token and layer. torch
# can count for us:

# %%
from torch.utils.flop_counter import FlopCounterMode

T, inner = 128, config.intermediate_size
with FlopCounterMode(display=False) as counter:
    model.encoder.layer[0](torch.randn(1, T, d))
print(f"counted by torch   {counter.get_total_flops():,}")
print(f"by the formula     {T * (8 * d * d + 4 * d * inner + 4 * T * d):,}  (24 d² is 8 d² + 4 d · I with I = 4 d)")

# %% [markdown]
# **Predict.** What share of a layer's operations grows with the square of the length, at 128 tokens?
#
# - [x] About 5 % in this model, less in a wider one | 4 T d / (24 d² + 4 T d) = T / (6 d + T). "Attention is quadratic" is true, and for sentences it does not matter.
# - [ ] About half | It takes T = 6 d tokens for that.
# - [ ] Nearly all | That is what one hears, and it holds for very long texts.

# %%
from course_utils import attention_flop_share

for T in (16, 128, 512, 2048, 6 * d):
    print(f"T = {T:5}  share of Q Kᵀ and the mix: {attention_flop_share(T, d):5.1%}  at bert-base's width: ", end="")
    print(f"{attention_flop_share(T, 768):5.1%}")

# %% [markdown]
# So for a text attention is cheap; for a packed row of 2,048 tokens under a mask it would cost nearly as much as all the rest,
# and nearly all of it for scores that the mask hides. FlashAttention's `varlen` kernels take `cu_seqlens` in place of a mask and
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
# That is `packed_encode`, the whole encoder: sort, cut into packs of about 1,024 tokens (few enough for the processor's
# cache), embed, run the layers with fused products, take each text's mean, and put the vectors back into the order of the texts.

# %%
import inspect

from course_utils import packed_attention, packed_encode

print(inspect.getsource(packed_attention))
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

print(inspect.getsource(on_every_core))
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
# First the layers: fused products and runs of equal length against the real model, on four inputs. A padded batch becomes a
# packed row, shortest first; the rows compared are those of real tokens.

# %%
from course_utils import fused_layers, packed_layer, show_proof

layers = fused_layers(model.state_dict(), config)


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
judge = embed(few, tokenizer, copy.deepcopy(model).double()).float()  # (40, d)
show_proof({name: (encode(few), judge) for name, encode in ways.items()})

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
# Now, and only now, the clock. All ways on the same texts, one after the other in one run. On two cores it takes about a minute;
# whatever else your machine does in the meantime, it does to all of them.
#
# **Predict.** Which step saves most on these texts?
#
# - [x] Sorting by length | It takes away most of the padding, and padding was most of the work.
# - [ ] SDPA | It makes attention cheaper, which is a small part of the work where texts are short.
# - [ ] Fused QKV | The same multiplications, read once rather than three times.
# - [ ] Packing | It takes away the rest of the padding, and that is not much any more.
# - [ ] One pack per core | No operation is saved, only the waiting after each.

# %% tags=["nbval-ignore-output"]
from course_utils import all_or_few, show_race, timed

measured = all_or_few(texts, model, few=128)  # all 1,000; fewer of a larger model and in the course's own tests
seconds = timed({name: lambda encode=encode: encode(measured) for name, encode in ways.items()})
show_race(seconds, "+ one pack per core", len(measured))

# %% [markdown]
# The times stored in this notebook are from the course's tests: the first 128 of the texts, on two shared cores of a server (AMD
# EPYC). Four sorted batches of 32 still hold 30 % padding, where the sorted thousand holds 7 %; so in that picture packing saves
# more, and sorting less, than when you run the cell.
#
# Where has the time gone? A stopwatch around every operation of torch, for plain batches and for the packed encoder, both on a
# single core (where one pack per core would be the same as packing):

# %% tags=["nbval-ignore-output"]
from course_utils import show_parts, timed_parts

some = measured[:192]
both = ("plain batches of 32", "+ packed, no padding")
show_parts({name: timed_parts(lambda name=name: ways[name](some)) for name in both})

# %% [markdown]
# The dense layers are most of it, before and after. So what has been saved is not attention, which everybody talks about: it is
# *computing padding in dense layers*.
#
# ## How far is it to the limit?
#
# The dense layers' products have to be done. What remains if nothing else is done? `matrix_products` runs only those, on random
# numbers of the same shapes, one pack per core: no tokenizer, no norms, no GELU, no softmax.

# %% tags=["nbval-ignore-output"]
from course_utils import matrix_products, operations

some, own = measured[:320], lengths[: len(measured)][:320]
limit = {"encoder": lambda: packed_encode(some, tokenizer, model), "products alone": matrix_products(own, model)}
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
# kernels of their own. All three still compute every [PAD] that you give them: sort first. On a *GPU* the same rules hold with other
# numbers: larger batches, since thousands of small cores must be kept busy; float16 or bfloat16, which its matrix units are built
# for; and packing by FlashAttention's `varlen` kernels, with `cu_seqlens`. They are measured as here: first equal, then fast.
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
# - [ ] Half as long | Reading the numbers takes half as long, but most of the work is multiplying them. Only a processor that multiplies bfloat16 by itself may come near: Intel's Sapphire Rapids, AMD's Zen 4, Apple's M2 and what came after them.
# - [ ] Just as long | Only if turning bfloat16 into float32 and back cost nothing.
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
# - For sentences the dense layers are the work, 24 d² per token and layer; attention adds 4 T d.
# - With fewer bits it is another function. Measure what that costs you.
#
# **Now you:** [the exercises](../exercises/10_speed.ipynb). Then train a model of your own in
# [lesson 11](11_masked_lm.ipynb).
#
# ## Papers
#
# - Dao et al. 2022, *FlashAttention*, arXiv 2205.14135: exact attention that never stores the probabilities.
# - Krell et al. 2021, *Efficient sequence packing without cross-contamination*, arXiv 2107.02027: packing for BERT.
# - Kaplan et al. 2020, *Scaling laws for neural language models*, arXiv 2001.08361: table 1 counts the operations.
# - Dettmers et al. 2022, *LLM.int8()*, arXiv 2208.07339: 8-bit products, and the features that resist them.
# - Wang et al. 2020, *MiniLM*, arXiv 2002.10957: how a smaller model is made from a large one.
