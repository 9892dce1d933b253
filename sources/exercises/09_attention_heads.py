# %% [markdown]
# # Exercises 09 · What the heads look at
#
# Six functions: three numbers that tell heads apart, a fourth that weighs attention by what it carries, a switch for a head, and
# one word followed through the layers. [The lesson](../notebooks/09_attention_heads.ipynb) shows what they find.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
from torch import Tensor, nn

from course_utils import find_pieces, progress
from course_utils.my_bert import l2_normalize

# %% [markdown]
# The first instrument found the previous-token head. Where in a table with a row for each query do all the weights stand that go
# one token back? And who has no token to look back at?

# %%
# exercise: offset_attention, easy, 8 minutes

# %% [markdown]
# The second one found the love for [CLS]. The mask marks *keys*, and may hold `True` and `False` or 1 and 0: see to it that both
# work.

# %%
# exercise: attention_to, medium, 8 minutes

# %% [markdown]
# The third tells narrow heads from wide ones. In a padded batch some weights are exactly 0, and there a formula taken literally
# breaks.

# %%
# exercise: attention_entropy, medium, 8 minutes

# %% [markdown]
# Now what a weight carries. Two axes have the same length here, queries and keys: think of which of them the value belongs to.

# %%
# exercise: value_weighted_attention, easy, 6 minutes

# %% [markdown]
# A switch that switches. The matrix is square, so rows and columns look alike; lesson 03 says which features of the context
# belong to a head, and lesson 04 which side of W_O they meet.

# %%
# exercise: ablate_head, medium, 8 minutes

# %% [markdown]
# Last, a word in several texts. `find_pieces` is given: it tells where a word's pieces stand among the tokens of a text, as a
# whole word. `l2_normalize` is yours from lesson 08, if you have passed it.

# %%
# exercise: word_similarity_by_layer, hard, 15 minutes

# %% [markdown]
# What have you proven in this lesson?

# %%
progress("attention_heads")
