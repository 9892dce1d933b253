# %% [markdown]
# # Exercises 01 · Text to ids
#
# Six functions that together are BERT's tokenizer, one that learns a vocabulary, and a riddle. Write each one below its
# docstring, run its cell, then run the check. [The lesson](../notebooks/01_tokenization.ipynb) explains what they are for.

# %%
import string
import unicodedata
from collections import Counter

import torch
from torch import Tensor

from course_utils import is_cjk_character, load_model, planted, progress

# %% [markdown]
# First the text is cleaned. Two ways of writing the same word should end in the same string, and what cannot be seen should
# not make a difference. `unicodedata` knows each character's category; `is_cjk_character` is given.

# %%
for character in "é\u0301\t\u200b北☃!":
    print(f"U+{ord(character):04X}  {unicodedata.category(character)}  {is_cjk_character(character)}")

# %%
# exercise: normalize, medium, 20 minutes

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
# Then the way back, which you will need whenever you want to read what a model was given.

# %%
# exercise: decode, easy, 5 minutes

# %% [markdown]
# Six green cards? Then this tokenizer is yours. The next function works on a corpus and not on a text: it scores the pairs
# that WordPiece could merge. The formula is the easy part. Ask before you write: what exactly is counted, and how often?
# Work out one score by hand before you write a line, that of `t` and `##e` in this corpus of three words:

# %%
corpus = {("t", "##h", "##e"): 20, ("t", "##e", "##n"): 16, ("##e",): 4}
right = planted("merge_scores")  # with nothing planted in it
print("t and ##e:", round(right(corpus)["t", "##e"], 4))

# %%
# exercise: merge_scores, medium, 10 minutes

# %% [markdown]
# The last one has no formula. Three wrong tokenizers are planted here, and you may try texts on them as you like, by hand
# or with a loop. Most texts look right to all three: it is the habit of a tester to know which will not.

# %%
tokenizer, _ = load_model()
vocab = tokenizer.get_vocab()
three = {
    "NFKD": planted("encode", "normalize: compatibility_form"),
    "keeps pieces": planted("encode", "wordpiece: pieces_before_unk_kept"),
    "from the end": planted("encode", "wordpiece: from_the_end"),
}
text = "Hello world!"
print(f"{'BERT':12}", *tokenizer.tokenize(text))
for name, wrong in three.items():
    print(f"{name:12}", *tokenizer.convert_ids_to_tokens(wrong(text, None, vocab)["input_ids"][1:-1]))

# %%
# exercise: telltale_text, hard, 12 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your functions on hostile texts, beside what the real tokenizer makes of them. At the end, the real BERT reads your ids.

# %%
from course_utils import against_bert

against_bert("tokenization")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("tokenization")
