# %% [markdown]
# # Exercises 02 · Ids to vectors
#
# Six functions, from a lookup to the whole of BERT's embeddings. Write each one below its docstring, run its cell,
# then run the check. [The lesson](../notebooks/02_embeddings.ipynb) explains what they are for.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
from torch import Tensor

from course_utils import progress

# %% [markdown]
# The smallest layer of all: a table, and the numbers of the rows that are wanted.

# %%
# exercise: embedding_lookup, easy, 3 minutes

# %% [markdown]
# What a token is, where it stands, which text it is in: three lookups and their sum. Two kinds of ids are given; the
# third you make yourself. Your own `embedding_lookup` may help.

# %%
# exercise: embedding_sum, medium, 10 minutes

# %% [markdown]
# The function that all later lessons use, and the one that goes wrong most quietly. The check tries a tiny eps and a
# large one, and rows with hardly any variance.

# %%
# exercise: layer_norm, medium, 12 minutes

# %% [markdown]
# Now the first real piece of BERT, made of the functions above. Given is the whole model's `state_dict`; take from it
# what you need. When this passes, your `hidden_states[0]` equals that of any BERT.

# %%
# exercise: bert_embeddings, medium, 8 minutes

# %% [markdown]
# A tool to look around in a table: which rows point the same way as a given vector?

# %%
# exercise: nearest_tokens, medium, 8 minutes

# %% [markdown]
# Last, count. The sizes come from a model's config.

# %%
# exercise: embedding_parameters, easy, 4 minutes

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("embeddings")
