# %% [markdown]
# # 04 · Add & norm
#
# **What you will build:** the second half of BERT's attention block. A dense layer mixes the heads' results, they are
# added to the block's input, and the sum is normalised. The formulas are short, and a model with one of them slightly
# wrong does not look broken.
#
# **What you need:** `self_attention` from lesson 03 and `layer_norm` from lesson 02.
#
# **Time:** about 60 minutes with the [exercises](../exercises/04_add_and_norm.ipynb).

# %%
import math

import torch
import torch.nn.functional as F

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])

# %% [markdown]
# Lesson 03 ended with the *context*: for each token a mix of values, the heads' results side by side. In the model
# that is `layer.attention.self`. After it comes `layer.attention.output`, the part of this lesson: a dense layer, a norm
# and a dropout, which does nothing outside training.

# %%
layer = model.encoder.layer[0]
x = model.embeddings(batch["input_ids"])  # (1, tokens, hidden): hidden_states[0]
context = layer.attention.self(x)[0]  # (1, tokens, hidden): what lesson 03 computed
print("x      ", tuple(x.shape))
print("context", tuple(context.shape))
print(layer.attention.output)

# %% [markdown]
# ## The dense layer: where the heads meet
#
# "Do the heads talk to each other?" Not in the attention: each works on its own slice of the vector.
#
# **Predict.** Set the result of one head to zero before the dense layer, W_O. How many of a token's features change
# after it?
#
# - [ ] Only that head's own slice | That is where its result was *before* the dense layer. Each output of a dense layer is a weighted sum of all its inputs.
# - [x] All of them | Every output feature has a weight for every input feature, so each head writes into the whole vector.
# - [ ] None, the other heads make up for it | Nothing here adapts: the weights are fixed, and a zero in the input is one term less in every sum.

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
# - [ ] They shrink to zero | The norms prevent it, as the lengths below show.
# - [x] They all become the same vector | Attention returns averages. An average of averages of averages is the same for every token, and nothing is left of what it was.
# - [ ] They get longer and longer | The norms prevent that, too.
# - [ ] Little changes, since a token attends to itself, too | It gives itself only a small part of its attention, so what it was is soon lost in the mix.


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
# proved it for attention without residuals: its output loses rank doubly exponentially with depth. The residual keeps the
# tokens apart.
#
# ## Norm: one token at a time
#
# **Predict.** Now keep the additions and leave out the norms. How long is a token's vector after the last layer? (In
# the course's model it is about 9 before the first.)
#
# - [ ] About the same | Then each update would have to cancel an earlier one. Nothing makes it do so.
# - [ ] Ten to a hundred | So it would be if the updates kept their size. But each is computed from the longer vector, and grows with it.
# - [x] Thousands | A longer vector gives a larger update, which gives a longer vector: the length is multiplied in every layer.

# %%
h, before = x, x.norm(dim=-1).mean()
for number, block in enumerate(model.encoder.layer):
    h = h + block.attention.output.dense(block.attention.self(h)[0])
    h = h + block.output.dense(block.intermediate(h))
    length = h.norm(dim=-1).mean()
    print(f"after layer {number}: {length:5,.0f}, {length / before:.1f} times as long as before it")
    before = length

# %% [markdown]
# Layer norm (Ba et al. 2016) prevents that. You wrote it in lesson 02: from each token's vector, by itself, it subtracts
# the mean of the features and divides by their standard deviation; then it multiplies each feature by a learned weight and
# adds a learned bias:
#
# $$y = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} \cdot \text{weight} + \text{bias}$$

# %%
from course_utils import normalization_stats

summed = x + update  # (1, tokens, hidden)
mean, variance = normalization_stats(summed)  # (1, tokens, 1) each
normalized = (summed - mean) / torch.sqrt(variance + config.layer_norm_eps)
print("mean and variance of a token, shape", tuple(mean.shape))
for token, before, after in zip(tokens[:3], variance[0, :3, 0], normalized[0, :3], strict=True):
    print(f"{token:>6}: variance {before:.3f} before, {after.var(correction=0):.3f} after, length {after.norm():.2f}")
print(f"√d = {math.sqrt(config.hidden_size):.2f}")

# %% [markdown]
# Mean and variance are one number each per token: (batch, tokens, 1). They depend on no other token and no other sentence,
# so padding or a larger batch cannot change them. (Batch norm averages over the batch instead, and so a sentence would
# depend on the others.)
#
# With variance 1 every vector has the length √d. From here the learned weight and bias decide how long the vectors are:

# %%
norm = layer.attention.output.LayerNorm
print(f"weight: {norm.weight.min():.2f} to {norm.weight.max():.2f}, mean {norm.weight.mean():.2f}")
print(f"length of a normalised token, with weight and bias: {norm(summed).norm(dim=-1).mean():.1f}")

# %% [markdown]
# ### Which variance?
#
# The variance is the mean squared distance from the mean. Statistics has two of them: divided by d, or by d - 1, the
# "unbiased" one for data that are only a sample. `torch.var` divides by d - 1 by default. Layer norm divides by d: the
# features are no sample, they are all there are.
#
# **Predict.** What is the first number of the layer norm of [1, 0, 0, 0]?
#
# - [x] 1.7321 | Mean ¼, variance 3/16, and ¾ divided by √(3/16) is √3.
# - [ ] 1.5 | That divides by d - 1 = 3: the variance is then ¼, and ¾ / ½ = 1.5.
# - [ ] 1 | So it would be if the mean were not subtracted and the variance were 1.


# %%
def norm_with(x, correction=0, eps=config.layer_norm_eps):
    """Layer norm without weight and bias; the variance is divided by d - correction."""
    mean, variance = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, correction=correction)
    return (x - mean) / torch.sqrt(variance + eps)


small = torch.tensor([1.0, 0.0, 0.0, 0.0])
print(f"divided by d:     {norm_with(small, correction=0)[0]:.4f}")
print(f"divided by d - 1: {norm_with(small, correction=1)[0]:.4f}")
for d in (4, 8, config.hidden_size):
    print(f"d = {d:3}: the wrong variance makes the result {1 - math.sqrt((d - 1) / d):.2%} too small")

# %% [markdown]
# With four features you see it at once. But a real vector has hundreds of them. Here is one token of the real model,
# normalised with the right variance and with the wrong one. Which is which?

# %%
from course_utils import show_twins

right = norm(summed)
wrong = norm_with(summed, correction=1) * norm.weight + norm.bias
show_twins(wrong[0, 1], right[0, 1])

# %% [markdown]
# A is the wrong one. **No eye sees it**, and a cosine similarity says that the two are the same. Nothing fails, and no
# result looks odd. Only a comparison with the original, number by number, finds it: that is what each lesson's proof is
# for.

# %%
from course_utils import max_abs_diff

for name, places in {"this token": slice(1, 2), "all tokens": slice(None)}.items():
    mine, real = wrong[0, places], right[0, places]  # (tokens, hidden) each
    cosine = F.cosine_similarity(mine, real, dim=-1).mean()
    print(f"{name}: mean cosine {cosine:.4f}, largest difference {max_abs_diff(mine, real):.1g}; allowed: 1e-05")

# %% [markdown]
# ### Where does eps go, and what is it for?
#
# It is inside the root, added to the variance, for one case only: a token whose features are all (nearly) equal, where the
# formula would divide 0 by 0. BERT uses 1e-12, so small that it changes nothing else. But torch's default is 1e-5.

# %%
print(f"smallest variance among our tokens: {variance.min():.2f}; BERT's eps: {config.layer_norm_eps}")
for eps in (1e-5, 1e-3, 0.1):
    off = max_abs_diff(norm_with(summed, eps=eps), norm_with(summed))
    print(f"eps = {eps:g}: off by {off:.1g}")
outside = (summed - mean) / (torch.sqrt(variance) + config.layer_norm_eps)
print("BERT's eps outside the root, the same bit for bit:", torch.equal(outside, normalized))
print("a constant token, without eps:", norm_with(torch.ones(3), eps=0.0).tolist())
print("a constant token, with eps:   ", norm_with(torch.ones(3)).tolist())

# %% [markdown]
# So torch's default alone is further off than the proof allows. Whether eps is inside the root or outside makes no
# difference at 1e-12 in this model. The exercises use a large eps as well, and there it does.
#
# ## Play: eight numbers
#
# Move x0 to x7, or click the number beside a slider and type. Under **do to all** choose *add 3* or *times 2*: the bars on
# the left change, the result does not. Set one number to 5 and see what happens to the other seven. Choose *make equal*.
# Then raise eps, and change the divisor.

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
from course_utils import post_ln, pre_ln


def attend(h):
    return layer.attention.output.dense(layer.attention.self(h)[0])


real = layer.attention.output(context, x)
show_proof({"post_ln": (post_ln(x, attend, norm), real), "pre_ln": (pre_ln(x, attend, norm), real)})

# %% [markdown]
# Why did later models change it? Because of the *gradients*, the signals that training sends back through the
# network. Xiong et al. (2020) proved that at the start of training the last layer's gradient is large in post-LN,
# however deep the network, while in pre-LN it falls with the square root of the depth. With large gradients,
# training must begin with very small steps (the "warm-up" of the learning rate); pre-LN needs none. Here is that law, in
# stacks of random layers that have never been trained:


# %%
def last_gradient(wrap, layers, size=64):
    """The length of the gradient of the last layer's weight, in a random stack of `layers` layers."""
    draw = torch.Generator().manual_seed(0)
    h, target = torch.randn(2, 4, 16, size, generator=draw)  # (4, 16, size) each
    weights = torch.randn(layers, size, size, generator=draw) / math.sqrt(size)
    with torch.enable_grad():
        last = weights[-1].requires_grad_()
        for weight in [*weights[:-1], last]:
            h = wrap(h, lambda y, weight=weight: F.gelu(y) @ weight, norm_with)
        loss = F.mse_loss(norm_with(h), target)
        return torch.autograd.grad(loss, last)[0].norm()


for layers in (4, 16, 64):
    post, pre = last_gradient(post_ln, layers), last_gradient(pre_ln, layers)
    print(f"{layers:2} layers: post-LN {post:.2f}, pre-LN {pre:.2f}")

# %% [markdown]
# Four times as many layers, about half the gradient: pre-LN's square root. In post-LN the depth makes no difference.
#
# ## Which x does the second residual add?
#
# A layer has two of these blocks, one after the attention and one after the feed-forward network (lesson 05).
#
# **Predict.** The second one adds its update to ... what?
#
# - [ ] The layer's input x | That is what the *first* one added. Here it would replace the vector that already has something from the other tokens.
# - [x] The attention block's output, after its norm | Each block adds the input of *its own* sublayer, and the feed-forward network's input is the normalised output of the attention block.
# - [ ] The first sum, before the norm | So it is in pre-LN. In BERT the road runs through the norm.

# %%
middle = layer.attention.output(context, x)  # (1, tokens, hidden)
wide = layer.intermediate(middle)  # (1, tokens, intermediate)
real_next = model(**batch, output_hidden_states=True).hidden_states[1]
for name, residual in {"middle, after the norm": middle, "the layer's input x": x, "x + update": summed}.items():
    candidate = layer.output(wide, residual)
    cosine = F.cosine_similarity(candidate, real_next, dim=-1).mean()
    print(f"{name:22}  equal: {torch.allclose(candidate, real_next, atol=1e-5)!s:5}  cosine {cosine:.3f}")

# %% [markdown]
# No error in any of the three, and the same shape. Only the first is BERT.
#
# ## The proof
#
# `self_output` is the whole block: dense layer, addition, norm. Does it equal the model's own
# `layer.attention.output`? A *hook* on the real part records its inputs and its output while the model reads four very
# different inputs, a padded batch among them.

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
from course_utils import layer_params, self_output

params = layer_params(model.state_dict(), 0)  # the layer's 16 tensors
show_proof(
    {
        name: (self_output(context, hidden_states, params, config.layer_norm_eps), real)
        for name, ((context, hidden_states), real) in seen.items()
    }
)

# %% [markdown]
# And this is what the proof protects you from: the same function with one thing wrong. (`planted` returns a function of
# the course with a known mistake in it.)

# %%
from course_utils import planted, show_lookalikes

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
# - Layer norm works on **one token's features**, with the variance divided by **d** and eps **inside** the root.
#   Without it the vectors grow in every layer, here 1.4 to 6.7 times.
# - BERT is **post-LN**: the norm acts on the sum. Each block adds the input of its own sublayer.
# - The wrong variance makes every normalised number, before weight and bias, 0.13 % too small at d = 384. Eyes and cosines
#   miss it; the proof does not.
#
# **Now you:** [the exercises of this lesson](../exercises/04_add_and_norm.ipynb). After them: [05 ·
# Feed-forward](05_feed_forward.ipynb).
#
# **Papers.** Ba et al. 2016, *Layer Normalization*, arXiv 1607.06450 · He et al. 2015, *Deep Residual Learning*,
# arXiv 1512.03385 · Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762 · Xiong et al. 2020, *On Layer
# Normalization in the Transformer Architecture*, arXiv 2002.04745 · Dong et al. 2021, *Attention is Not All You
# Need*, arXiv 2103.03404.
