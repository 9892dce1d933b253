# %% [markdown]
# # Exercises 10 · Making it fast
#
# Six functions that a fast encoder is made of. None of them changes a result; the checks hold you to that. At the end you put
# them together, prove your encoder equal to sentence-transformers, and race the two.
# [The lesson](../notebooks/10_speed.ipynb) shows what each function saves.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import load_model, mixed_sentences, my_bert, progress, show_proof, show_race, timed, with_functions

# %% [markdown]
# Three dense layers read the same vectors. One layer of three times the width computes all three, if its rows are in the
# order that the next line of code expects.

# %%
# exercise: fuse_qkv, easy, 5 minutes

# %% [markdown]
# Your attention of lesson 03 in one call of torch. The call is short; the mask is where it goes wrong.

# %%
# exercise: sdpa_attention, medium, 10 minutes

# %% [markdown]
# The step that saves most. Return indices, not texts: whoever computes the vectors has to put them back into their places.

# %%
# exercise: length_sorted_batches, easy, 5 minutes

# %% [markdown]
# No padding at all: every sequence in one row. What was rows and columns is now a row, positions and boundaries.

# %%
# exercise: pack_sequences, medium, 12 minutes

# %% [markdown]
# In that row everybody could look at everybody. With the boundaries you can say who may. Try to do it without a loop.

# %%
# exercise: block_diagonal_mask, medium, 12 minutes

# %% [markdown]
# "Attention is quadratic", people say. How much of a layer's work is that? Count it. Then try your function: from which length on
# is it half of the work in this model (384 features), and in one twice as wide? You will need the answer below.

# %%
# exercise: attention_flop_share, medium, 10 minutes

# %% [markdown]
# ## Your own encoder, put together
#
# First the short way. Your `length_sorted_batches` chooses the texts, your `pack_sequences` lays them into one row, your
# `block_diagonal_mask` keeps them apart, and the real `BertModel` reads the row. (A function that you have not solved yet is the
# reference's; the printed lines say whose each one is.)

# %%
tokenizer, model = load_model()
names = ["fuse_qkv", "sdpa_attention", "length_sorted_batches", "pack_sequences", "block_diagonal_mask"]
yours = {name: getattr(my_bert, name) for name in [*names, "attention_flop_share"]}


@torch.no_grad()
def masked_encode(texts, batch_size=16):
    """Each text's vector, (texts, hidden), from packed rows under a mask."""
    sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    vectors = torch.empty(len(texts), model.config.hidden_size)
    for batch in yours["length_sorted_batches"]([len(ids) for ids in sequences], batch_size):
        input_ids, position_ids, cu_seqlens = yours["pack_sequences"]([sequences[index] for index in batch])
        mask = yours["block_diagonal_mask"](cu_seqlens, model.dtype)  # (1, 1, N, N)
        states = model(input_ids, position_ids=position_ids, attention_mask=mask).last_hidden_state[0]  # (N, hidden)
        means = [text.mean(dim=0) for text in states.split(cu_seqlens.diff().tolist())]
        vectors[batch] = F.normalize(torch.stack(means), dim=-1)  # back to the order of the texts
    return vectors


# %% [markdown]
# Then the fast way, the lesson's `packed_encode`. Four of your functions take the places of the reference's in it:
#
# - `length_sorted_batches` sorts in `packs_by_length`,
# - `pack_sequences` lays out each pack in `packed_embeddings`,
# - `fuse_qkv` makes one weight of three in `fused_layers`,
# - `sdpa_attention` is called in `packed_attention`, once for each run of equal length, which needs no mask.
#
# First equal, then fast: both against `SentenceTransformer.encode`.

# %%
from course_utils import library

theirs = library()  # sentence-transformers, with the course's model
parts = {name: yours[name] for name in names[:4]}
packed_encode = with_functions("packed_encode", **parts)
texts = mixed_sentences(1000)
real = theirs.encode(texts[:60], convert_to_tensor=True, show_progress_bar=False)
show_proof(
    {
        "packed under your mask": (masked_encode(texts[:60]), real),
        "packed in runs of equal length": (packed_encode(texts[:60], tokenizer, model), real),
    }
)

# %% [markdown]
# Now the clock.

# %% tags=["nbval-ignore-output"]
from course_utils import all_or_few

some = all_or_few(texts, model, few=64)
ways = {
    "SentenceTransformer.encode": lambda: theirs.encode(some, convert_to_tensor=True, show_progress_bar=False),
    "yours, with the mask": lambda: masked_encode(some),
    "yours, in runs": lambda: packed_encode(some, tokenizer, model),
}
show_race(timed(ways, rounds=3), "yours, in runs", len(some))

# %% [markdown]
# The mask hides scores, and they are computed all the same. How much of the work that is, your `attention_flop_share` knows. Try
# `batch_size=64` in `masked_encode`: there is as little padding as before, and it takes longer.

# %%
width, share = model.config.hidden_size, yours["attention_flop_share"]
for row, tokens in {
    "one text of 25 tokens": 25,
    "16 of them in a row": 16 * 25,
    "64 of them in a row": 64 * 25,
}.items():
    print(f"{row:21} {share(tokens, width):4.0%} of the work is between tokens")

# %% [markdown]
# ## Yours against the real BERT
#
# Your functions inside the real model: in all layers, in a packed row, and in the encoder as a whole.

# %%
from course_utils import against_bert

against_bert("speed")

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson:

# %%
progress("speed")
