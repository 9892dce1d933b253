# %% [markdown]
# # Exercises 11 · Train a tiny masked language model
#
# Six functions: hide words, score words, measure, learn, guess, test. At the end they train a model.
# [The lesson](../notebooks/11_masked_lm.ipynb) explains what they are for.
#
# What you return is a new tensor with the dtype of the tensors that you are given, and these stay as they are.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertConfig, BertTokenizer

from course_utils import (
    TINY_CONFIG,
    MaskedLM,
    my_bert,
    progress,
    tiny_corpus,
    tiny_vocabulary,
    watch_training,
    with_functions,
)
from course_utils.my_bert import gelu, layer_norm, linear

# %% [markdown]
# Two questions for every token, both answered by chance: is it chosen, and what becomes of it? Your random numbers need not be
# drawn in the same order as the reference's. The check looks at what every right way of drawing has in common: which tokens are
# never chosen, which shares of them become what, and that the same seed gives the same result.

# %%
# exercise: mask_tokens, hard, 20 minutes

# %% [markdown]
# From a vector to a score for each word. The functions that you need are those of lessons 02, 03 and 05.

# %%
# exercise: mlm_head, medium, 10 minutes

# %% [markdown]
# One number for how wrong the guesses are. Most places of a batch were not to be guessed, and must not count.

# %%
# exercise: mlm_loss, medium, 8 minutes

# %% [markdown]
# The smallest unit of learning. All the lines are short, and each of them can stand in the wrong place without an error message.

# %%
# exercise: train_step, medium, 12 minutes

# %% [markdown]
# What a masked language model is known for. A batch may have several sentences, and a sentence several [MASK]s.

# %%
# exercise: fill_mask, medium, 10 minutes

# %% [markdown]
# How do you find out whether a model knows grammar? Ask it, and make sure that guessing would get half. (`tokenizer(sentence,
# return_tensors="pt")` and `tokenizer.convert_tokens_to_ids([...])` are all that you need of the tokenizer.)

# %%
# exercise: agreement_accuracy, medium, 12 minutes

# %% [markdown]
# ## Train with it
#
# The same training as in the lesson, with your functions where they passed. 100 steps are enough to see the loss come down;
# change the number to 600 and look at what the agreement does.

# %%
steps = 100
yours = {name: getattr(my_bert, name) for name in ("mask_tokens", "train_step", "mlm_head", "agreement_accuracy")}
tokenizer, generator = BertTokenizer(vocab=tiny_vocabulary()), torch.Generator().manual_seed(0)
sentences, questions = tiny_corpus(torch.Generator().manual_seed(0))
model = with_functions("MaskedLM", mlm_head=yours["mlm_head"])(BertConfig(**TINY_CONFIG), generator)
training = with_functions("training_losses", mask_tokens=yours["mask_tokens"], train_step=yours["train_step"])
history = watch_training(
    training(model, tokenizer, sentences, generator, steps), steps, ask=lambda: yours["agreement_accuracy"](model, tokenizer, questions[:24])
)  # fmt: skip

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson. The whole map is on the [closing page](../notebooks/12_closing.ipynb).

# %%
progress("masked_lm")
