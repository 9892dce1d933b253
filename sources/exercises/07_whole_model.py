# %% [markdown]
# # Exercises 07 · The whole model
#
# Six steps to a BERT of your own: its last part, the class, the names, the weights, the count, the comparison. What you
# wrote in earlier lessons comes in from `my_bert`; each line below says whose it is. [The
# lesson](../notebooks/07_whole_model.ipynb) explains what everything is for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import torch
from torch import Tensor, nn

from course_utils import layer_modules, progress
from course_utils.my_bert import (
    bert_embeddings,
    embedding_parameters,
    extended_attention_mask,
    layer_parameters,
    linear,
    max_abs_diff,
    run_encoder,
)

# %% [markdown]
# The last part that is missing. Which vector goes in is the whole question; the rest is a dense layer, your `linear`.

# %%
# exercise: pooler, easy, 5 minutes

# %% [markdown]
# Now the class. In `__init__` you make the parameters, under the checkpoint's own names; a dot in a name is a step
# down, into an `nn.ModuleDict` or an `nn.ModuleList`. In `forward` you compute nothing yourself: `bert_embeddings`,
# `extended_attention_mask`, `run_encoder` and `pooler` do, and they want a dict of weights by name, which every module
# can give: `named_parameters()`.
#
# The check builds small models with your class, gives them random weights by name, puts them into eval mode and
# compares all that they return. If a name is wrong, it says which.

# %%
# exercise: Bert, hard, 30 minutes

# %% [markdown]
# Your model has names, and so has the checkpoint. Most agree. This function knows what to do about the others.

# %%
# exercise: rename_key, easy, 8 minutes

# %% [markdown]
# Then the weights can go in. The two lists that it returns are the point: an empty model that answers with confidence is
# the worst kind of bug.

# %%
# exercise: load_reference_weights, medium, 10 minutes

# %% [markdown]
# How many are they? Two of the three parts you have counted before, in lessons 02 and 06.

# %%
# exercise: parameter_table, easy, 3 minutes

# %% [markdown]
# And the judge. It takes any two models that give their results by name, yours and the original for one, and says for
# each place how far apart they are.

# %%
# exercise: same_model, medium, 12 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# This is the moment: your class, the real file, your loading, and the real model beside it, on a padded batch of pairs. If every
# line is equal, this is BERT, and you wrote it.

# %%
from course_utils import against_bert

against_bert("whole_model")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("whole_model")
