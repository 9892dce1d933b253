# %% [markdown]
# # Exercises 05 · Feed-forward
#
# Six functions: the bend, in both its forms, the network's two halves, and two instruments to look at it. Write each
# one below its docstring, run its cell, then run the check. [The lesson](../notebooks/05_feed_forward.ipynb) explains
# what they are for.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils import progress
from course_utils.my_bert import layer_norm, linear

# %% [markdown]
# The bend that makes the width count. BERT uses the exact form.

# %%
# exercise: gelu, easy, 5 minutes

# %% [markdown]
# The approximation that you will meet in GPT-2 and in many a BERT on the web. Compare it with yours when both have
# passed.

# %%
# exercise: gelu_tanh, easy, 5 minutes

# %% [markdown]
# The first half: widen, then bend. Your `gelu` from above will do, and so will `linear` from lesson 03.

# %%
# exercise: intermediate, easy, 4 minutes

# %% [markdown]
# The second half: narrow, add, norm. It is a sibling of `self_output`.

# %%
# exercise: output, easy, 5 minutes

# %% [markdown]
# An instrument: does a function look at one token at a time? It is given as a function, and you may call it as often
# as you like.

# %%
# exercise: is_position_wise, medium, 10 minutes

# %% [markdown]
# Last, count: how much of a layer is the feed-forward network?

# %%
# exercise: ffn_parameter_share, easy, 5 minutes

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("feed_forward")
