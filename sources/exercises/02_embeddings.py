# %% [markdown]
# # Exercises 02 · Ids to vectors
#
# Seven functions, from a lookup to the whole of BERT's embeddings. Write each one below its docstring, run its cell,
# then run the check. [The lesson](../notebooks/02_embeddings.ipynb) explains what they are for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

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
# Now the first real piece of BERT, made of the functions above. You are given the whole model's `state_dict`; take from
# it what you need.

# %%
# exercise: bert_embeddings, medium, 8 minutes

# %% [markdown]
# A tool to look around in a table: which rows point the same way as a given vector?

# %%
# exercise: nearest_tokens, medium, 8 minutes

# %% [markdown]
# No formula solves this one. The sum of the embeddings is all that the layers get to see. If two different inputs have
# the same sum, no layer can tell them apart: word a at place i *is* word b at place j. In each case of the check
# somebody has hidden such a pair in three small tables, among others that come close. Find it.

# %%
# exercise: indistinguishable, hard, 15 minutes

# %% [markdown]
# How near does BERT come to such a pair? It has V · P · S sums, 31 million in the course's model, too many to compare each
# with each. Here are inputs that have something in common, and 3,000 drawn at random.

# %%
names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
generator = torch.Generator().manual_seed(0)

from course_utils import load_model

tokenizer, model = load_model()
tables = [model.state_dict()[f"embeddings.{name}.weight"] for name in names]
drawn = [table[torch.randint(len(table), (3000,), generator=generator)] for table in tables]  # three of (3000, hidden)

# %% [markdown]
# If two inputs differ only in their segments, their sums are as far apart as the two rows; and so with places and words.

# %%
for name, vectors in {
    "only the segment differs": tables[2],
    "only the place": tables[1],
    "only the word (of 3,000)": drawn[0].unique(dim=0),
    "any two of 3,000 inputs": sum(drawn),
}.items():
    nearest = torch.pdist(vectors).min()
    print(f"{name:<25} the nearest two sums are {nearest:.2f} apart")
print(f"{'for comparison':<25} a sum has a length of {sum(drawn).norm(dim=-1).median():.1f}")

# %% [markdown]
# None of them is near 0, and that is no accident of the sample. The rows of the position table differ in few directions:
# 150 of the d = 384 are enough to describe what places and segments can do to within 0.055. In the other 234 directions
# any two of the 30,522 words are at least 0.16 apart, and no place can make up for that. So in that model no two inputs
# with different words are nearer than 0.1. (Computed once, with a singular value decomposition of all sums of a place and
# a segment, and the distances of all pairs of words; it takes half a minute and is not run here.)

# %% [markdown]
# Last, count. The sizes come from a model's config.

# %%
# exercise: embedding_parameters, easy, 4 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your own functions on the real weights: every table, the sum, all layer norms of the model, and `hidden_states[0]` of a
# padded batch of pairs. If your `bert_embeddings` is equal here, you have written what feeds any BERT.

# %%
from course_utils import against_bert

against_bert("embeddings")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("embeddings")
