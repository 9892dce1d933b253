# %% [markdown]
# # Exercises 10 · Making it fast
#
# Six functions that a fast encoder is made of. None of them changes a result; the checks hold you to that.
# [The lesson](../notebooks/10_speed.ipynb) shows what each one saves.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import progress

# %% [markdown]
# Three dense layers read the same vectors. One layer of three times the width computes all three, if its rows stand in the
# order that the next line of code expects.

# %%
# exercise: fuse_qkv, easy, 8 minutes

# %% [markdown]
# Your attention of lesson 03 in one call of torch. The call is short; the mask is where it goes wrong.

# %%
# exercise: sdpa_attention, medium, 10 minutes

# %% [markdown]
# The step that saves most. Return indices, not texts: whoever computes the vectors has to put them back into their places.

# %%
# exercise: length_sorted_batches, easy, 10 minutes

# %% [markdown]
# No padding at all: every sequence in one row. What was rows and columns is now a row, positions and boundaries.

# %%
# exercise: pack_sequences, medium, 12 minutes

# %% [markdown]
# In that row everybody could look at everybody. With the boundaries you can say who may. Try to do it without a loop.

# %%
# exercise: block_diagonal_mask, medium, 12 minutes

# %% [markdown]
# "Attention is quadratic", people say. How much of a layer's work is that? Count it.

# %%
# exercise: attention_flop_share, medium, 10 minutes

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson:

# %%
progress("speed")
