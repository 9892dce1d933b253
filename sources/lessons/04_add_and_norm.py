# %% [markdown]
# # 04 · Add & norm
#
# **What you will build:** the second half of BERT's attention block. A dense layer mixes the heads' results, its output
# is added to the block's input, and the sum is normalised. The formulas are short, and a model with one of them
# slightly wrong does not look broken.
#
# **What you need:** `self_attention` from lesson 03 and `layer_norm` from lesson 02.
#
# **Time:** about 75 minutes with the [exercises](../exercises/04_add_and_norm.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on what you have built so far. Today needs the answers.

# %% [markdown]
# **Recall.** Layer norm divides a token's features by the root of their variance. How is that variance computed?
#
# - [x] It is the mean of (x - μ)² over the d features | So `unbiased=False` in `torch.var`. The features are no sample of something larger: they are all there are.
# - [ ] It is the sum of (x - μ)² divided by d - 1 | That is `torch.var` without `unbiased=False`. It makes the result a little too small, and today you will see how well that hides.
# - [ ] It is the mean of x² over the d features of x | That is the variance only if the mean is 0. Layer norm subtracts the mean first.

# %% [markdown]
# **Recall.** What does a token's row in the result of `self_attention` consist of?
#
# - [x] The results of all heads, side by side | Head h has the slice from h · head size on. They have not met yet: that happens today.
# - [ ] The results of all heads, added together | No head has been added to another yet. `merge_heads` puts them side by side.
# - [ ] The results of all heads, on an average | Nothing is averaged over heads; each head averages over *tokens*, with weights of its own.

# %% [markdown]
# **Recall.** How does `nn.Linear(n, m)` store its weight, and what does it compute (without the bias)?
#
# - [x] It stores (m, n) and computes `x @ weight.T` | One *row* for each output feature, one *column* for each input feature. Remember the columns.
# - [ ] It stores (n, m) and computes `x @ weight` | So the papers write it. PyTorch stores the transpose.
# - [ ] It stores (n, m) and computes `weight @ x` | With a batch in front the shapes do not even fit: the features are the last axis of x.

# %%
import math

import torch
import torch.nn.functional as F

from course_utils import load_model, show_here

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])
show_here("add_and_norm")

# %% [markdown]
# Lesson 03 ended with the *context*, the result of `layer.attention.self`. After it comes `layer.attention.output`, the
# block of this lesson, in three steps: a dense layer, a sum, a norm.

# %%
from course_utils import show_add_and_norm

show_add_and_norm(config, tokens=len(tokens))

# %%
layer = model.encoder.layer[0]
x = model.embeddings(batch["input_ids"])  # (1, tokens, hidden): hidden_states[0]
context = layer.attention.self(x)[0]  # (1, tokens, hidden): what lesson 03 computed
print("x      ", tuple(x.shape))
print("context", tuple(context.shape))
print(layer.attention.output)

# %% [markdown]
# The dropout sets some numbers to zero, chosen at random, but only in training: in eval mode it does nothing.
#
# ## The dense layer: where the heads meet
#
# "Do the heads talk to each other?" Not in the attention: each works on its own slice of the vector.
#
# **Predict.** Set the result of one head to zero before the dense layer, W_O. How many of a token's features change
# after it?
#
# - [ ] Those in that head's own slice | That is where its result was *before* the dense layer. Each output of a dense layer is a weighted sum of all its inputs.
# - [x] All the features of the vector | Every output feature has a weight for every input feature, so each head writes into the whole vector.
# - [ ] None, other heads make up for it | Nothing here adapts: the weights are fixed, and a zero in the input is one term less in every sum.

# %%
from course_utils import merge_heads, split_heads

heads = config.num_attention_heads
dense = layer.attention.output.dense
by_head = split_heads(context, heads)  # (1, heads, tokens, head size)
without = by_head.clone()
without[:, -1] = 0  # the last head is silenced
changed = (dense(merge_heads(without)) - dense(context)).abs() > 1e-6  # (1, tokens, hidden)
print(f"{changed[0, 1].float().mean():.0%} of the {config.hidden_size} features of {tokens[1]!r} change")

# %% [markdown]
# Vaswani et al. (2017) write this step as Concat(head₁, …, head_H) W_O, which sounds as if everything were mixed with
# everything at once. But a row times a matrix is a sum over the row's entries, and a sum can be cut into parts. Head h is
# multiplied only by its own block of W_O: rows of it in the paper's notation, columns in PyTorch, where `nn.Linear`
# stores the transpose.
#
# $$\mathrm{Concat}(c_1, \dots, c_H)\,W_O = c_1 W_O^{(1)} + \dots + c_H W_O^{(H)}$$

# %%
from course_utils import head_contributions, show_proof

contributions = head_contributions(by_head, dense.weight)  # (1, heads, tokens, hidden)
summed_heads = contributions.sum(dim=1) + dense.bias  # (1, tokens, hidden)
show_proof({"the sum over heads, plus the bias": (summed_heads, dense(context))})

# %% [markdown]
# **Concatenate-then-multiply is a sum over heads.** Before the norm nothing else happens between them: each head computes
# a vector of full width, on its own, and the vectors are added. That is why lesson 09 can measure what one head
# contributes, and switch it off by setting its columns to zero.

# %%
from course_utils import show_head_sum

show_head_sum(contributions, token=1, label=tokens[1])

# %% [markdown]
# ## Add: an update, not a replacement
#
# The dense layer's result is not the token's new vector. It is *added* to the old one, as He et al. (2015) did in image
# networks: x + update. How large is the update compared with x?

# %%
from course_utils import update_ratio

update = dense(context)  # (1, tokens, hidden)
ratio = update_ratio(x, update)  # (1, tokens)
for token, one in zip(tokens, ratio[0].tolist(), strict=True):
    print(f"{token:>10}  {one:.2f}")

# %% [markdown]
# Follow one vector through the whole model and you see a road, the *residual stream*: each attention and each
# feed-forward network (lesson 05) reads from it and adds its update to it. Compare the bold row, the update, with the row
# above it: an update need not be small.

# %%
from course_utils import show_highway

show_highway(tokenizer, model)

# %% [markdown]
# **Predict.** Leave the addition out in every attention block, and keep everything else. What becomes of the tokens'
# vectors on their way up?
#
# - [ ] They become shorter and shorter | The norms prevent it: the lengths printed below stay between 6 and 12.
# - [x] They all become the same vector | Attention returns averages. An average of averages of averages is the same for every token, and nothing is left of what it was.
# - [ ] They become longer and longer | The norms prevent it: the lengths printed below stay between 6 and 12.
# - [ ] They keep most of what they were | A token attends to itself, too, but with a part of its attention only: what it was is soon lost in the mix.


# %%
def likeness(states):
    """The mean cosine between the vectors of two different tokens."""
    unit = F.normalize(states[0], dim=-1)  # (tokens, hidden)
    cosines = unit @ unit.T  # (tokens, tokens)
    return (cosines.sum() - len(unit)) / (len(unit) * (len(unit) - 1))


with_it = without = x
for number, block in enumerate(model.encoder.layer):
    with_it = block(with_it)
    mixed = block.attention.output.dense(block.attention.self(without)[0])
    mixed = block.attention.output.LayerNorm(mixed)  # no "+ without"
    without = block.output(block.intermediate(mixed), mixed)
    length = without.norm(dim=-1).mean()
    print(
        f"after layer {number}: cosine {likeness(with_it):.2f} with the residual, {likeness(without):.2f} without it "
        f"(length {length:.0f})"
    )

# %% [markdown]
# A cosine of 1.00 means that all tokens have the same direction: nothing tells them apart any more. Dong et al. (2021)
# proved it for attention without residuals and call it *rank collapse*: as a matrix, the tokens' vectors approach rank 1,
# all rows the same, doubly exponentially with depth. The residual keeps the tokens apart.
#
# ### Are residuals not there for the gradients?
#
# Most texts give that reason. A *gradient* says how the loss, a model's error, changes with a weight; training computes
# it from the end of the network backwards. Here are stacks of small random layers (ReLU and a dense layer), as they are
# before any training. How long is the gradient of the very first layer's weight? (A *shortcut* is another word for the
# residual.)

# %%
from course_utils import gradient_lengths, post_ln, show_gradients

wrappings = {
    "the layer alone": lambda x, sublayer, norm: sublayer(x),
    "with a shortcut": lambda x, sublayer, norm: x + sublayer(x),
    "with a norm": lambda x, sublayer, norm: norm(sublayer(x)),
    "with shortcut and norm": post_ln,
}
depths = (4, 16, 64)
first = {
    name: [gradient_lengths(wrap, layers, final_norm="norm" in name)[0] for layers in depths]
    for name, wrap in wrappings.items()
}
show_gradients(first, depths, "The first layer's gradient")

# %% [markdown]
# Layer after layer alone makes the signal weaker: with 64 of them the first one gets nothing, and cannot learn. A
# shortcut lets the signal through, and then it grows with the depth instead. A norm alone keeps it alive, too (He et
# al. say so of their own networks in section 4.1, and that deep ones trained badly all the same without shortcuts).
# Only the two together give the first of 64 layers about the same gradient as the first of 4.
#
# ## Norm: one token at a time
#
# **Predict.** Now keep the additions and leave out the norms. How long is a token's vector after the last layer? (In
# the course's model it is about 9 before the first.)
#
# - [ ] About as long as before | Then each update would have to cancel an earlier one. Nothing makes it do so.
# - [ ] Between ten and a hundred | So it would be if the updates kept their size. But each is computed from the longer vector, and grows with it.
# - [x] More than a thousand | A longer vector gives a larger update, which gives a longer vector: the length is multiplied in every layer.

# %%
h, before = x, x.norm(dim=-1).mean()
for number, block in enumerate(model.encoder.layer):
    h = h + block.attention.output.dense(block.attention.self(h)[0])
    h = h + block.output.dense(block.intermediate(h))
    length = h.norm(dim=-1).mean()
    print(f"after layer {number}: {length:5,.0f}, {length / before:.1f} times as long as before it")
    before = length

# %% [markdown]
# The layer norm (Ba et al. 2016) that you wrote in lesson 02 prevents that: whatever length the sum has, a normalised
# vector has the length √d. From there the learned weight and bias decide.

# %%
summed = x + update  # (1, tokens, hidden)
norm = layer.attention.output.LayerNorm
plain = F.layer_norm(summed, (config.hidden_size,), eps=config.layer_norm_eps)  # weight 1, bias 0
print(f"√d = {math.sqrt(config.hidden_size):.1f}")
for place in (0, 1, 2):
    before, middle, after = (vectors[0, place].norm() for vectors in (summed, plain, norm(summed)))
    print(f"{tokens[place]:>6}: sum {before:4.1f}, normalised {middle:.1f}, with weight and bias {after:.1f}")

# %% [markdown]
# Many newer models leave the mean alone and divide by the root of the mean of x²: *RMSNorm* (Zhang and Sennrich 2019),
# which saves a step. In these sums the mean is small, so the two would give nearly the same:

# %%
mean = summed.mean(dim=-1)  # (1, tokens)
share = mean.square() / summed.square().mean(dim=-1)  # (1, tokens)
print(f"the mean's share of the mean of x²: at most {share.max():.1%} at our {len(tokens)} tokens")

# %% [markdown]
# ### The error that no eye sees
#
# Here is one token of the real model, normalised with the right variance and with the one that divides by d - 1.
# (`planted` returns a function of the course with a known mistake in it.)

# %%
from course_utils import planted, show_twins

right = norm(summed)  # (1, tokens, hidden)
wrong = planted("layer_norm", "unbiased")(summed, norm.weight, norm.bias, config.layer_norm_eps)
show_twins(wrong[0, 1], right[0, 1])

# %% [markdown]
# **Predict.** What is the mean cosine between the two, over the tokens of this sentence, to four digits?
#
# - [x] 1.0000 | The wrong variance makes every number a little smaller, all by the same factor. A cosine ignores a factor; only the bias, which is added later, is left to be seen.
# - [ ] 0.9987 | That is about the factor by which the wrong numbers are too small. A cosine ignores a factor.
# - [ ] 0.9900 | Two vectors with such a cosine could be told apart by eye. Look at the picture again.

# %%
from course_utils import max_abs_diff

factor = math.sqrt((config.hidden_size - 1) / config.hidden_size)
print(f"A is the wrong one: before weight and bias, its numbers are {1 - factor:.2%} too small")
cosine = F.cosine_similarity(wrong, right, dim=-1).mean()
print(f"mean cosine {cosine:.4f}")
print(f"largest difference at any token {max_abs_diff(wrong, right):.1g}; the proof allows 1e-05")

# %% [markdown]
# **No eye sees it**, and a cosine says that the two are the same. Nothing fails, and no result looks odd. Only a
# comparison with the original, number by number, finds it: that is what each lesson's proof is for.
#
# ## Play: eight numbers
#
# Move x0 to x7, or click the number beside a slider and type. Under **do to all** choose *add 3* or *times 2*: the bars
# on the left change, the result does not. (What else does the norm not notice? The last exercise asks for that.) Set
# one number to 5 and see what happens to the other seven. Choose *make equal*. Then raise eps, and change the divisor.

# %%
from course_utils import explore_norm

explore_norm()

# %% [markdown]
# ## First or last?
#
# BERT, like the first Transformer, applies the norm to the *sum*: norm(x + sublayer(x)). That is **post-LN**. Most
# models since GPT-2 normalise the *input* of the sublayer and leave the sum as it is: x + sublayer(norm(x)),
# **pre-LN**.

# %%
from course_utils import show_wrappings

show_wrappings()

# %% [markdown]
# Both use the same parts and the same shapes. With BERT's weights only one of them is BERT:

# %%
from course_utils import pre_ln


def attend(h):
    return layer.attention.output.dense(layer.attention.self(h)[0])


real = layer.attention.output(context, x)
show_proof({"post_ln": (post_ln(x, attend, norm), real), "pre_ln": (pre_ln(x, attend, norm), real)})

# %% [markdown]
# Why did later models change it? Again because of the gradients. Xiong et al. (2020) proved that at the start of
# training the *last* layer's gradient is large in post-LN, however deep the network, while in pre-LN it falls with the
# square root of the depth. With large gradients, training must begin with very small steps (the *warm-up* of the
# learning rate, lesson 11); pre-LN needs none. The same random stacks show that law:

# %%
last = {
    name: [gradient_lengths(wrap, layers)[-1] for layers in depths]
    for name, wrap in {"post-LN": post_ln, "pre-LN": pre_ln}.items()
}
show_gradients(last, depths, "The last layer's gradient")

# %% [markdown]
# From 16 layers to 64 are four times as many, and pre-LN's gradient falls to about half: the square root. In post-LN the
# depth makes no difference.
#
# ## The proof
#
# `self_output` is the whole block: dense layer, addition, norm. Yours, if you have passed its exercise, else the
# reference's: a printed line says which. Does it equal the model's own `layer.attention.output`? A forward hook on the
# real part (lesson 03) records its inputs and its output while the model reads four very different inputs, a
# padded batch among them.

# %%
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(["Short.", "A longer sentence, unaffable as ever!"], padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was muddy.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (3, 17), generator=torch.Generator().manual_seed(0))},
}
seen = {}
for name, one_input in inputs.items():
    hook = layer.attention.output.register_forward_hook(
        lambda part, args, out, name=name: seen.update({name: (args, out)})
    )
    model(**one_input)
    hook.remove()

# %%
from course_utils import layer_params
from course_utils.my_bert import self_output

params = layer_params(model.state_dict(), 0)  # the layer's 16 tensors
show_proof(
    {
        name: (self_output(context, hidden_states, params, config.layer_norm_eps), real)
        for name, ((context, hidden_states), real) in seen.items()
    }
)

# %% [markdown]
# And this is what the proof protects you from: the same function with one thing wrong.

# %%
from course_utils import show_lookalikes

(context, hidden_states), real = seen["seed sentence"]
arguments = (context, hidden_states, params, config.layer_norm_eps)
wrong_ones = {
    "variance divided by d - 1": wrong,
    "eps 1e-5": self_output(context, hidden_states, params, 1e-5),
    "the other norm's weights": planted("self_output", "other_norm")(*arguments),
    "x + norm(update)": planted("self_output", "norm_before_sum")(*arguments),
    "no residual": planted("self_output", "no_residual")(*arguments),
}
show_lookalikes(real, wrong_ones)

# %% [markdown]
# ## Recap
#
# - The dense layer after the attention is a **sum over heads**: each head writes a vector of full width, and they add
#   up.
# - A sublayer's result is an **update**, added to the sublayer's input. Without the addition all tokens become the same.
# - The norm gives every vector the length √d, before weight and bias. Without it the vectors grow in every layer, here 1.4
#   to 6.7 times.
# - Before any training, shortcut and norm together give the first layer of a deep stack as long a gradient as that of a
#   shallow one.
# - BERT is **post-LN**: the norm acts on the sum. Each block adds the input of its own sublayer.
# - With the wrong variance every number is 0.13 % too small before weight and bias, at d = 384. Eyes and cosines miss it;
#   the proof does not.
#
# **Now you:** [the exercises of this lesson](../exercises/04_add_and_norm.ipynb). After them: [05 ·
# Feed-forward](05_feed_forward.ipynb).
#
# **Papers.** Ba et al. 2016, *Layer Normalization*, arXiv 1607.06450 · He et al. 2015, *Deep Residual Learning*,
# arXiv 1512.03385 · Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762 · Xiong et al. 2020, *On Layer
# Normalization in the Transformer Architecture*, arXiv 2002.04745 · Dong et al. 2021, *Attention is Not All You
# Need*, arXiv 2103.03404 · Zhang and Sennrich 2019, *Root Mean Square Layer Normalization*, arXiv 1910.07467.
