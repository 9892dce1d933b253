# %% [markdown]
# # Exercises 04 · Add & norm
#
# Six functions, and at the end the whole block that follows the attention. Write each one below its docstring, run
# its cell, then run the check. [The lesson](../notebooks/04_add_and_norm.ipynb) explains what they are for.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils import progress
from course_utils.my_bert import layer_norm, linear

# %% [markdown]
# Layer norm rests on two numbers for each token. Getting them right is most of the work, and the wrong variance is
# the mistake that no eye sees.

# %%
# exercise: normalization_stats, easy, 5 minutes

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
# exercise: post_ln, easy, 3 minutes

# %% [markdown]
# The same two functions in the other order. One of them now acts on something else.

# %%
# exercise: pre_ln, easy, 3 minutes

# %% [markdown]
# Last, a measuring tool: how much does a sublayer change a token?

# %%
# exercise: update_ratio, easy, 4 minutes

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("add_and_norm")
