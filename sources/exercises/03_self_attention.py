# %% [markdown]
# # Exercises 03 · Self-attention
#
# Nine functions, from a dense layer to the whole of self-attention, and to a head of your own. Write each one below its
# docstring, run its cell, then run the check. [The lesson](../notebooks/03_self_attention.ipynb) explains what they are for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import math

import torch
from torch import Tensor

from course_utils import progress

# %% [markdown]
# The smallest part first, and the one that BERT uses most: the dense layer. You may not use `nn.Linear` or `F.linear`
# (nobody will stop you, but then there is nothing to learn here).

# %%
# exercise: linear, easy, 5 minutes

# %% [markdown]
# Now the heads. The order of the two steps is everything: the lesson's picture of A, B and C shows what happens
# otherwise.

# %%
# exercise: split_heads, medium, 10 minutes

# %% [markdown]
# And back again. When you have both, `merge_heads(split_heads(x, 12))` should give you `x`.

# %%
# exercise: merge_heads, easy, 5 minutes

# %% [markdown]
# Every query meets every key. One matrix product does it for all heads and all sequences of a batch, since `@` works
# on the last two axes and leaves those before them alone.

# %%
# exercise: attention_scores, medium, 8 minutes

# %% [markdown]
# Scores become weights. The check will also try scores around 10,000 and around -10,000: the first BERT added -10,000
# to the scores of padding.

# %%
# exercise: softmax, medium, 10 minutes

# %% [markdown]
# The tokenizer's mask has a 1 for every real token. Attention wants a number to add to the scores.

# %%
# exercise: extended_attention_mask, medium, 8 minutes

# %% [markdown]
# Now put scores, mask, softmax and mix together: the formula of the paper. Use the functions that you have just
# written.

# %%
# exercise: scaled_dot_product_attention, medium, 8 minutes

# %% [markdown]
# And the whole: what you write here is part of every layer of every BERT. Your own parts are called, so if this check names
# a mistake in one of them, mend it there.

# %%
# exercise: self_attention, medium, 12 minutes

# %% [markdown]
# The last one has no formula. Head 2 of layer 0 looks at the token before, whatever the words are: training found weights
# for that, and now you find some. You are given the vectors of the places. Which keys should they have, and which queries,
# so that each query fits the key of the place before, and no other?
#
# `torch.linalg.pinv(positions)` may help. It is (hidden, tokens), and `positions @ torch.linalg.pinv(positions)` is the
# identity. Here are three places to try it with, as vectors at right angles:

# %%
places = torch.eye(3)  # (tokens, hidden)

# %%
# exercise: look_at_previous, hard, 20 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your functions with the real weights, in all layers, on a padded batch; and your head beside the model's, on the real
# position table.

# %%
from course_utils import against_bert

against_bert("self_attention")

# %% [markdown]
# What have you proven in this lesson?

# %%
progress("self_attention")
