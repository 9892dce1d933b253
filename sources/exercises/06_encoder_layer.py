# %% [markdown]
# # Exercises 06 · The encoder layer
#
# Seven functions; with the second you have a layer of BERT, with the third the whole encoder. In the fifth you mend a layer that
# somebody else wrote. The parts come from your own earlier work where you have proven it, and from the reference where you have
# not; the next cell says which.
#
# Return a new tensor with the dtype of the tensors that you are given, and do not change those.

# %%
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils import load_model, my_bert, progress, trace_layer
from course_utils.my_bert import intermediate, output, self_attention, self_output

# %% [markdown]
# A checkpoint is one flat dict of tensors. Before a layer can run, its 16 tensors have to be found among all the others. Mind
# that bert-base has layers 1, 10 and 11.

# %%
# exercise: layer_params, easy, 5 minutes

# %% [markdown]
# Now the layer itself. There is nothing new to compute: the four functions imported above do it all. What can go wrong is the
# wiring, and wrong wiring runs without complaint. The lesson's circuit shows what goes where.

# %%
# exercise: bert_layer, medium, 10 minutes

# %% [markdown]
# One layer was the hard part. The encoder is a loop, and its list of results is what `output_hidden_states=True` returns.

# %%
# exercise: run_encoder, easy, 8 minutes

# %% [markdown]
# When 6 or 12 layers are in a row and the end is wrong, where do you look? At the first place where your numbers part from the
# right ones. This is the most useful debugging tool of the course.

# %%
# exercise: first_difference, medium, 10 minutes

# %% [markdown]
# ## A layer with three bugs
#
# No formula helps you here. Somebody wrote a layer of BERT with PyTorch's own functions. It runs, every shape is right, and it has
# three bugs. It returns all its intermediate results under the names of the lesson's circuit, so that you can look inside.


# %%
def broken_layer(hidden_states, params, config, mask=None):
    batch, tokens, hidden = hidden_states.shape
    heads, eps = config.num_attention_heads, config.layer_norm_eps
    names = {name.rpartition(".")[0] for name in params}
    pairs = {name: (params[f"{name}.weight"], params[f"{name}.bias"]) for name in names}
    trace = {}
    for name in ("query", "key", "value"):
        projected = F.linear(hidden_states, *pairs[f"attention.self.{name}"])  # (batch, tokens, hidden)
        trace[name] = projected.view(batch, tokens, heads, hidden // heads).transpose(1, 2)
    scores = trace["query"] @ trace["key"].transpose(2, 3) / math.sqrt(hidden)
    trace["scores"] = scores if mask is None else scores + mask
    trace["probabilities"] = trace["scores"].softmax(dim=-1)
    mixed = trace["probabilities"] @ trace["value"]  # (batch, heads, tokens, head size)
    trace["context"] = mixed.reshape(batch, tokens, hidden)
    added = F.linear(trace["context"], *pairs["attention.output.dense"]) + hidden_states
    trace["attention_output"] = F.layer_norm(added, (hidden,), *pairs["attention.output.LayerNorm"], eps)
    trace["intermediate"] = F.gelu(F.linear(trace["attention_output"], *pairs["intermediate.dense"]))
    added = F.linear(trace["intermediate"], *pairs["output.dense"]) + trace["attention_output"]
    trace["layer_output"] = F.layer_norm(added, (hidden,), *pairs["attention.output.LayerNorm"], eps)
    return trace


# %% [markdown]
# Hunt them with `first_difference`, on a real sentence in layer 0 of the real model. `trace_layer` gives the right results.

# %%
tokenizer, model = load_model()
ids = tokenizer("the bank by the river was steep", return_tensors="pt")["input_ids"]
x = model.embeddings(ids).detach()  # (1, tokens, hidden)
params = model.encoder.layer[0].state_dict()  # a layer's 16 tensors
right = trace_layer(x, params, model.config)
first_difference_of = my_bert.first_difference


def hunt(layer):
    print("first difference:", first_difference_of(layer(x, params, model.config), right))


hunt(broken_layer)

# %% [markdown]
# One bug hides the next: from the first on, every result is wrong. So mend one and hunt again with `hunt(mended_layer)`, until
# there is no difference left. The check names what is still in it.

# %%
# exercise: mended_layer, medium, 15 minutes

# %% [markdown]
# How large is a layer? You have all the shapes. One formula serves every BERT.

# %%
# exercise: layer_parameters, easy, 4 minutes

# %% [markdown]
# PyTorch has an encoder layer of its own, written from the same paper by other people. If yours is right, theirs with your
# weights computes the same, and one proof serves as a check of the other.

# %%
# exercise: to_torch_layer, hard, 15 minutes

# %% [markdown]
# ## Yours against the real BERT
#
# Your own functions on the real weights, in every layer, on a padded batch, compared with the real model and its modules.

# %%
from course_utils import against_bert

against_bert("encoder_layer")

# %% [markdown]
# What you have proven in this lesson:

# %%
progress("encoder_layer")
