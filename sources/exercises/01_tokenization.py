# %% [markdown]
# # Exercises 01 · Text to ids
#
# Six functions, and together they are BERT's tokenizer. Write each one below its docstring, run its cell, then run the
# check. [The lesson](../notebooks/01_tokenization.ipynb) explains what they are for.

# %%
import string
import unicodedata

import torch
from torch import Tensor

from course_utils import is_cjk_character, progress

# %% [markdown]
# First the text is cleaned. Two ways of writing the same word should end in the same string, and what cannot be seen should
# not make a difference. `unicodedata` knows each character's category; `is_cjk_character` is given.

# %%
for character in "é\u0301\t\u200b北☃!":
    print(f"U+{ord(character):04X}  {unicodedata.category(character)}  {is_cjk_character(character)}")

# %%
# exercise: normalize, medium, 15 minutes

# %% [markdown]
# Then it is split into words. It is a short function, if you find the trick.

# %%
# exercise: pre_tokenize, easy, 8 minutes

# %% [markdown]
# The heart of it: the window that you moved in the lesson. Write down what it does on `unaffable`, and on `a☃`, before you
# write the loop. `vocab` is a dict from token to id, so `piece in vocab` is all the looking up that you need.

# %%
# exercise: wordpiece, hard, 20 minutes

# %% [markdown]
# Now put the three together. They stand above, in this notebook, and `encode` may call them.

# %%
# exercise: encode, medium, 10 minutes

# %% [markdown]
# Several texts make a batch, and a batch is a rectangle. Leave the lists that you are given as they are: the caller still
# needs them.

# %%
# exercise: pad_batch, easy, 6 minutes

# %% [markdown]
# Last, the way back, which you will need whenever you want to read what a model was given.

# %%
# exercise: decode, easy, 5 minutes

# %% [markdown]
# Six green cards? Then this tokenizer is yours. What you have proven in this lesson:

# %%
progress("tokenization")
