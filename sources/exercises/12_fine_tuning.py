# %% [markdown]
# # Exercises 12 · Fine-tune it
#
# Nine functions: score the classes, measure the loss, find its gradient, take a step; then decide what is trained, and count what
# goes wrong. At the end they meet PyTorch's and transformers' own, and train a classifier.
# [The lesson](../notebooks/12_fine_tuning.ipynb) explains what they are for.
#
# Return new tensors with the dtype of the tensors that you are given, and do not change those.

# %%
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils import (
    INTENTS,
    IntentModel,
    intent_accuracy,
    load_messages,
    load_model,
    my_bert,
    predict_intents,
    progress,
    show_confusion,
    watch_training,
    with_functions,
)
from course_utils.my_bert import linear, softmax

# %% [markdown]
# A text is one vector, a class is one row of a matrix, and a score says how well they fit.

# %%
# exercise: classification_head, easy, 4 minutes

# %% [markdown]
# How wrong are the scores? The loss is a mean of -ln p, and e to the power of 100 is too large for float32. The check has scores of
# 10,000.

# %%
# exercise: cross_entropy, medium, 10 minutes

# %% [markdown]
# Now what `backward` does, for the two tensors of the head. Start with one text: by how much does the loss change if one of its
# scores rises a little? The lesson has the answer as a picture.

# %%
# exercise: head_gradients, hard, 15 minutes

# %% [markdown]
# The gradient says which way, the optimizer says how far. The W of AdamW says where the weight decay goes: it is taken off the
# numbers themselves, and the gradient knows nothing of it. Return new numbers and a new state, and leave the old ones as they are.

# %%
# exercise: adamw_step, hard, 15 minutes

# %% [markdown]
# The learning rate on its way up, and down again. A warm-up of 0 steps is allowed, and people use it.

# %%
# exercise: linear_warmup, easy, 6 minutes

# %% [markdown]
# What is trained, and what stays as it was? This function is to change what it is given: the `requires_grad` flags of the model's
# parameters. Take care with the names: `bert.encoder.layer.10.` begins with `bert.encoder.layer.1`, too.

# %%
# exercise: trainable, medium, 8 minutes

# %% [markdown]
# LoRA leaves the weight alone and trains a detour beside it: down to a few numbers per token, and up again.

# %%
# exercise: lora_linear, medium, 8 minutes

# %% [markdown]
# After the training no detour is needed: one matrix computes the same function.

# %%
# exercise: merge_lora, easy, 5 minutes

# %% [markdown]
# A share of right answers does not say what the wrong ones were taken for. This table does.

# %%
# exercise: confusion_matrix, easy, 5 minutes

# %% [markdown]
# ## Your own training
#
# Now a head on the frozen model, trained with your functions on four messages of each intent. What is not solved yet is the
# reference's, and a line says so. `trainable` decides what is trained; your loss, your gradients, your learning rate and your
# optimizer do the rest. The model's own numbers do not move, so its vectors are computed once, and the training takes seconds.

# %%
MyModel = with_functions("IntentModel", classification_head=my_bert.classification_head)
my_training = with_functions(
    "fine_tuning_losses",
    cross_entropy=my_bert.cross_entropy,
    head_gradients=my_bert.head_gradients,
    adamw_step=my_bert.adamw_step,
    linear_warmup=my_bert.linear_warmup,
)

# %%
classes, steps = len(INTENTS), 100
tokenizer, bert = load_model()
texts, labels = load_messages("train")
texts, labels = texts[: 4 * classes], labels[: 4 * classes]

generator = torch.Generator().manual_seed(0)
model = MyModel(bert, classes, generator)
print("trained:", *my_bert.trainable(model, last_layers=0))
losses = my_training(model, tokenizer, texts, labels, generator, steps, learning_rate=1e-2)
history = watch_training(losses, steps, {"knows nothing": math.log(classes)})

# %%
known = intent_accuracy(model, tokenizer, texts, labels)
print(f"{known:.0%} of the {len(texts)} messages that it was trained on are right")

# %% [markdown]
# And those that it has never seen? Each row of your table is an intent, each column what it was taken for.

# %%
held_out, right = load_messages("held_out")
chosen = predict_intents(model, tokenizer, held_out).argmax(dim=-1).tolist()
show_confusion(my_bert.confusion_matrix(chosen, right, classes), INTENTS)

# %% [markdown]
# Which two intents are mixed up most often? Print some of these messages, in a cell of your own, and decide whether you would have
# known:
#
# ```python
# for text, mine, its in zip(held_out, right, chosen):
#     if INTENTS[mine] == "damaged" and its != mine:
#         print(f"{INTENTS[its]:10} {text}")
# ```

# %% [markdown]
# ## Yours against the real BERT
#
# The judges are PyTorch and transformers: `BertForSequenceClassification` on real weights and real messages, `F.cross_entropy`,
# autograd, `torch.optim.AdamW`, transformers' schedule. For LoRA the judge is the real BERT with merged weights. The last step is a
# whole training of two layers and the head with your functions.

# %%
from course_utils import against_bert

against_bert("fine_tuning")

# %% [markdown]
# ## Where you are
#
# What you have proven in this lesson. The whole map is on the [closing page](../notebooks/14_closing.ipynb).

# %%
progress("fine_tuning")
