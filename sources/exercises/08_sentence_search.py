# %% [markdown]
# # Exercises 08 · Sentence search
#
# Five short functions, and you have a search engine that is equal to `SentenceTransformer.encode`. Write each one below its
# docstring, run its cell, then run the check. [The lesson](../notebooks/08_sentence_search.ipynb) explains what they are for.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
from torch import Tensor, nn

from course_utils import progress

# %% [markdown]
# First the mean that does not forget the mask. The check has rows with much padding, with little, with none, and one with nothing
# else.

# %%
# exercise: mean_pool, medium, 10 minutes

# %% [markdown]
# A direction without a length. `F.normalize` does it; write it yourself, and think of the one vector that has no direction.

# %%
# exercise: l2_normalize, easy, 5 minutes

# %% [markdown]
# Now from text to vector, with everything in between: the tokenizer, the model, and your two functions. In the check the model is a
# tiny random one with a vocabulary of a few words; the function must not notice.

# %%
# exercise: embed, medium, 15 minutes

# %% [markdown]
# All comparisons of two sets at once. Here the vectors may have any length.

# %%
# exercise: cosine_matrix, easy, 5 minutes

# %% [markdown]
# And the search itself. What it returns is for people to read, so Python's own numbers, best first.

# %%
# exercise: search, easy, 10 minutes

# %% [markdown]
# Try it with the real model and the course's sentences, in a cell of your own: `load_model` and `load_corpus` come from
# `course_utils`. Which question makes it look foolish?
#
# What have you proven in this lesson?

# %%
progress("sentence_search")
