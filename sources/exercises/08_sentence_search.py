# %% [markdown]
# # Exercises 08 · Sentence search
#
# Five short functions, and you have a search engine that is equal to `SentenceTransformer.encode`; a sixth measures it. Write each
# one below its docstring, run its cell, then run the check. [The lesson](../notebooks/08_sentence_search.ipynb) explains what they are for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

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
# How good is a search? With questions whose right answers are known, it can be counted. A question may have several.

# %%
# exercise: recall_at_k, medium, 10 minutes

# %% [markdown]
# Try it with the real model and the course's sentences, in a cell of your own:
#
# ```python
# from course_utils import load_corpus, load_model
#
# tokenizer, model = load_model()
# sentences = [one.text for one in load_corpus()]
# vectors = embed(sentences, tokenizer, model)
# for index, cosine in search(embed(["my flight was late"], tokenizer, model)[0], vectors, k=3):
#     print(f"{cosine:.2f}  {sentences[index]}")
# ```
#
# Which question makes it look foolish?

# %% [markdown]
# ## Yours against the real BERT
#
# The judge is the library `sentence-transformers`, with the real model and the course's sentences: first its single parts, then
# its `encode`, then a whole search.

# %%
from course_utils import against_bert

against_bert("sentence_search")

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson; `progress()` without a name draws the whole map.

# %%
progress("sentence_search")
