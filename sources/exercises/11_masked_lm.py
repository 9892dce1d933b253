# %% [markdown]
# # Exercises 11 · Train a tiny masked language model
#
# Six functions: hide words, score words, measure, learn, guess, test. At the end they meet transformers' own, and train a model.
# [The lesson](../notebooks/11_masked_lm.ipynb) explains what they are for.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

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
    question_kinds,
    show_learned_attention,
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
# exercise: mlm_loss, medium, 6 minutes

# %% [markdown]
# One step downhill, for a whole model. The lesson did it for one number, with the same three calls. The lines are short, and in a
# wrong order or place they raise no error.

# %%
# exercise: train_step, medium, 10 minutes

# %% [markdown]
# What a masked language model is known for. A batch may have several sentences, and a sentence several [MASK]s.

# %%
# exercise: fill_mask, medium, 10 minutes

# %% [markdown]
# How do you find out whether a model knows grammar? Ask it, and make sure that guessing would get half. (`tokenizer(sentence,
# return_tensors="pt")` and `tokenizer.convert_tokens_to_ids([...])` are all that you need of the tokenizer.)

# %%
# exercise: agreement_accuracy, medium, 10 minutes

# %% [markdown]
# ## Your own training
#
# Now 600 steps with your functions, from random numbers to a model that knows its grammar; it takes some ten seconds. What is not
# solved yet is the reference's, and a line says so. On the way 24 of the hard questions are asked: the sentence has a noun of the
# other number between subject and verb.

# %%
accuracy = my_bert.agreement_accuracy
my_model = with_functions("MaskedLM", mlm_head=my_bert.mlm_head)
my_training = with_functions("training_losses", mask_tokens=my_bert.mask_tokens, train_step=my_bert.train_step)

# %%
steps = 600
tokenizer, generator = BertTokenizer(vocab=tiny_vocabulary()), torch.Generator().manual_seed(0)
sentences, questions = tiny_corpus(torch.Generator().manual_seed(0))
kinds = question_kinds(questions)
hard = kinds["near a noun of the other number"][::2]

model = my_model(BertConfig(**TINY_CONFIG), generator)
losses = my_training(model, tokenizer, sentences, generator, steps)
history = watch_training(losses, steps, ask=lambda: accuracy(model, tokenizer, hard))

# %% [markdown]
# Now all 200 questions, about sentences that it has never seen:

# %%
for kind, some in kinds.items():
    share = accuracy(model, tokenizer, some)
    told = "at least 95%" if share >= 0.95 else f"{share:.0%}"  # the last answers differ from processor to processor
    print(f"{len(some):3} questions, {kind + ':':34} {told} right")

# %% [markdown]
# And where does it look? One of its heads should have found the subject, past the nearer noun. Nobody told it to.

# %%
show_learned_attention(tokenizer, {"yours": model}, "the old birds near the dog [MASK] .", "birds")

# %% [markdown]
# ## Yours against the real BERT
#
# Your head on the real model's hidden states, against transformers' `BertLMPredictionHead`; your masks, against the shares that
# transformers' `DataCollatorForLanguageModeling` draws; your steps, against `BertForMaskedLM` with PyTorch's own loss.

# %%
from course_utils import against_bert

against_bert("masked_lm")

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson. The whole map is on the [closing page](../notebooks/14_closing.ipynb).

# %%
progress("masked_lm")
