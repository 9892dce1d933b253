# %% [markdown]
# # Exercises 00 · Meet the model
#
# Five short functions, the tools of all proofs to come: count a model, measure a difference, find a layer's output, replay
# a layer, and make sure that a result can be trusted to stay the same. They belong to
# [lesson 00](../notebooks/00_orientation.ipynb).
#
# Write each function's body in place of `raise NotImplementedError`, run its cell, then run the check below it. A check that
# fails says why. `check_count_parameters.hint()` gives the next of three hints, `check_count_parameters.solution()` one way
# to write it, and so for each of them.

# %%
import math

import torch
from torch import Tensor, nn

from course_utils import load_model

tokenizer, model = load_model()
inputs = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
with torch.no_grad():
    hidden_states = model(**inputs, output_hidden_states=True).hidden_states

# %% [markdown]
# The real model is at hand, as `model`, with the `hidden_states` of our sentence: try your functions on it before you check
# them. The checks themselves use small models with random weights, made anew for every check, so that no number can be right
# by accident.
#
# ## How big is it?
#
# "A model with 110 million parameters": how are they counted? The one question is what to count. Training may *freeze* a
# parameter, so that it stays as it is; two parts may *share* one; and a module may carry *buffers*, numbers that are stored
# with it and were never learned.

# %%
# exercise: count_parameters, easy, 5 minutes

# %% [markdown]
# ## The yardstick
#
# Every proof in this course ends in one number, the largest difference. It has to be unforgiving, and most of all where torch
# is too kind: it subtracts a (1, 5) from a (2, 5) without a word, and every comparison with a NaN is False, so that
# `difference > 1e-5` finds nothing wrong.

# %%
# exercise: max_abs_diff, easy, 10 minutes

# %% [markdown]
# ## Which hidden state is it?
#
# The commonest off-by-one error with BERT, settled once and for all.

# %%
# exercise: layer_output, easy, 3 minutes

# %% [markdown]
# ## Replay a layer
#
# The heart of lesson 00: the four parts of the real model, called by you. When it passes, try it on the real thing, in a cell
# of your own: with `mine = replay_layer(model.encoder.layer[0], hidden_states[0])`, what does
# `max_abs_diff(mine["layer_output"], hidden_states[1])` give?

# %%
# exercise: replay_layer, medium, 12 minutes

# %% [markdown]
# ## The same again?
#
# Before two results can be compared, each must repeat itself. This function finds out whether a model does; what it does not
# do is *make* it repeat itself.

# %%
# exercise: is_deterministic, medium, 8 minutes

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson; `progress()` without a name draws the whole map.

# %%
from course_utils import progress

progress("orientation")
