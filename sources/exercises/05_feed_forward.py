# %% [markdown]
# # Exercises 05 · Feed-forward
#
# Seven functions: the activation function in both its forms, the network's two halves, an instrument to look at it, a
# neuron written by hand, and a count. Write each one below its docstring, run its cell, then run the check. [The
# lesson](../notebooks/05_feed_forward.ipynb) explains what they are for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils import progress
from course_utils.my_bert import layer_norm, linear

# %% [markdown]
# The activation function, which makes the width count. BERT uses the exact form.

# %%
# exercise: gelu, easy, 3 minutes

# %% [markdown]
# The approximation that you will meet in GPT-2 and in many a BERT on the web. Compare it with yours when both have
# passed.

# %%
# exercise: gelu_tanh, easy, 3 minutes

# %% [markdown]
# The first half: widen, then GELU. Your `gelu` from above will do, and so will `linear` from lesson 03.

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
# Now one that no formula solves. The lesson read neurons that training has written. Write one yourself: it has to find
# one token among several, write a message there, and leave the others alone. Choose its key, its bias and its value.

# %%
# exercise: write_neuron, hard, 20 minutes

# %% [markdown]
# Last, count: how much of a layer is the feed-forward network?

# %%
# exercise: ffn_parameter_share, easy, 5 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your functions on the real weights, in every layer of the model, against its own modules. Your neuron becomes one more
# neuron of the real network. Where you have not passed yet, the reference's function is used, and the table says so.

# %%
from course_utils import against_bert

against_bert("feed_forward")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("feed_forward")
