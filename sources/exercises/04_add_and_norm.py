# %% [markdown]
# # Exercises 04 · Add & norm
#
# Seven functions: the whole block that follows the attention, its parts, and a puzzle. Write each one below its
# docstring, run its cell, then run the check. [The lesson](../notebooks/04_add_and_norm.ipynb) explains what they are
# for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils import progress
from course_utils.my_bert import layer_norm, linear

# %% [markdown]
# Layer norm rests on two numbers for each token. You computed them inside `layer_norm`; here they must also be right
# where all features are large and nearly equal.

# %%
# exercise: normalization_stats, easy, 4 minutes

# %% [markdown]
# After the attention the heads' results stand side by side and go through one dense layer. Take that layer apart:
# what does each head add? Given are the heads before they are merged, and the layer's weight.

# %%
# exercise: head_contributions, medium, 10 minutes

# %% [markdown]
# Now the block itself, as the model has it. The two functions that you need you have written before: `linear` in
# lesson 03 and `layer_norm` in lesson 02.

# %%
# exercise: self_output, medium, 10 minutes

# %% [markdown]
# The order of sum and norm tells BERT from most later models. Here the sublayer may be anything: it arrives as a
# function, and so does the norm.

# %%
# exercise: post_ln, easy, 2 minutes

# %% [markdown]
# The same two functions in the other order. One of them now acts on something else.

# %%
# exercise: pre_ln, easy, 2 minutes

# %% [markdown]
# A measuring tool: how much does a sublayer change a token?

# %%
# exercise: update_ratio, easy, 2 minutes

# %% [markdown]
# And one that no formula solves. The widget of the lesson showed a result that stays as it is while the bars on the left
# change. What can be added to a token without the norm's noticing? There are two such things, and they have nothing to do
# with each other. Find both. (On paper with three features it is easier to see than in code.)

# %%
# exercise: invisible_updates, medium, 12 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your functions on the real weights, in every layer of the model, against its own modules. Where you have not passed yet,
# the reference's function is used, and the table says so.

# %%
from course_utils import against_bert

against_bert("add_and_norm")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("add_and_norm")
