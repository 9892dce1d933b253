# %% [markdown]
# # Exercises 09 · What the heads look at
#
# Six functions: three numbers that tell heads apart, a fourth that weighs attention by what it carries, a switch for a head, and
# one word followed through the layers. At the end you use them on the real model. [The lesson](../notebooks/09_attention_heads.ipynb) shows what they find.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import torch
from torch import Tensor, nn

from course_utils import find_pieces, progress
from course_utils.my_bert import l2_normalize

# %% [markdown]
# The first instrument found the previous-token head. In a table with one row per query, where are the weights that go one token
# back? And which query has no token to look back at?

# %%
# exercise: offset_attention, easy, 8 minutes

# %% [markdown]
# The second one found that most heads look at [CLS]. The mask marks *keys*, and may hold `True` and `False` or 1 and 0: both must
# work.

# %%
# exercise: attention_to, medium, 8 minutes

# %% [markdown]
# The third tells narrow heads from wide ones. In a padded batch some weights are exactly 0. What is 0 · ln 0 in PyTorch?

# %%
# exercise: attention_entropy, medium, 8 minutes

# %% [markdown]
# Now what a weight carries. Two axes have the same length here, queries and keys. Which of the two does a value belong to?

# %%
# exercise: value_weighted_attention, easy, 6 minutes

# %% [markdown]
# A switch that switches. The matrix is square, so a mistake keeps its shape. Lesson 03 says which features of the context belong to
# a head, and lesson 04 which side of W_O they meet.

# %%
# exercise: ablate_head, medium, 8 minutes

# %% [markdown]
# Last, a word in several texts. `find_pieces` is given: it finds a word's pieces, the list that `tokenizer.tokenize(word)` returns,
# among the tokens of a text, as a whole word. `l2_normalize` is yours from lesson 08, if you have passed it.

# %%
# exercise: word_similarity_by_layer, hard, 25 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your numbers for all heads of the real model, against PyTorch's own functions; your switch, against a hook that clears the same
# heads; your cosines, against `F.cosine_similarity`. In the last row your functions find the head that looks back most, switch it
# off, and follow `bank` through what is left of the model.

# %%
from course_utils import against_bert

against_bert("attention_heads")

# %% [markdown]
# What have you proven in this lesson?

# %%
progress("attention_heads")
