# %% [markdown]
# # Exercises 06 · The encoder layer
#
# Six functions; with the second you have a layer of BERT, with the third the whole encoder. The parts come from your own earlier
# work where you have proven it, and from the reference where you have not; the next cell says which.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
from torch import Tensor, nn

from course_utils import progress
from course_utils.my_bert import intermediate, output, self_attention, self_output

# %% [markdown]
# A checkpoint is one flat dict of tensors. Before a layer can run, its 16 tensors have to be found among all the others. Mind
# that bert-base has layers 1, 10 and 11.

# %%
# exercise: layer_params, easy, 10 minutes

# %% [markdown]
# Now the layer itself. There is nothing new to compute: everything stands in the four functions imported above. What can go
# wrong is the wiring, and wrong wiring runs without complaint.

# %%
# exercise: bert_layer, medium, 20 minutes

# %% [markdown]
# One layer was the hard part. The encoder is a loop, and its list of results is what `output_hidden_states=True` returns.

# %%
# exercise: run_encoder, medium, 15 minutes

# %% [markdown]
# When 6 or 12 layers are in a row and the end is wrong, where do you look? At the first place where your numbers part from the
# right ones. This is the most useful debugging tool of the course.

# %%
# exercise: first_difference, medium, 15 minutes

# %% [markdown]
# How large is a layer? You have all the shapes. One formula serves every BERT.

# %%
# exercise: layer_parameters, easy, 10 minutes

# %% [markdown]
# PyTorch has an encoder layer of its own, written from the same paper by other people. If yours is right, theirs with your
# weights computes the same, and one proof serves as a check of the other.

# %%
# exercise: to_torch_layer, hard, 25 minutes

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson:

# %%
progress("encoder_layer")
