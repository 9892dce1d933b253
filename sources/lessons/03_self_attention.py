# %% [markdown]
# # 03 · Self-attention
#
# **What you will build:** the part of BERT in which words meet. Each token asks a question, each token offers an answer,
# and each takes in a mix of what the others offer: about thirty lines of plain PyTorch, equal to the real model's.
#
# **What you need:** `hidden_states[0]` from lesson 02, and what a matrix product is.
#
# **Time:** about 150 minutes with the [exercises](../exercises/03_self_attention.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three things from earlier lessons that you need today.

# %% [markdown]
# **Recall.** What is in `hidden_states[0]`, one vector per token?
#
# - [x] Word, place and segment, added and normalised | The embeddings. Each token's vector was made without a look at its neighbours.
# - [ ] What the first layer makes of the tokens | That is `hidden_states[1]`. Number 0 is what enters the first layer.
# - [ ] The tokens' rows of the word table, as they are | The rows of two more tables are added, and the sum is normalised.

# %% [markdown]
# **Recall.** What is the cosine of a vector and twice that vector?
#
# - [ ] It is 2 | A cosine is never above 1. It does not see how long the vectors are.
# - [x] It is 1 | The two have the same direction, and the cosine compares nothing else.
# - [ ] It is 0.5 | The cosine divides by both lengths, so that neither counts.

# %% [markdown]
# **Recall.** A batch has a text of 7 tokens and one of 10. What does the tokenizer do with the short one?
#
# - [ ] It leaves it as it is, with 7 ids | Then the rows would have different lengths, and no tensor has such rows.
# - [ ] It adds three [PAD] tokens and marks them with 1 | The mask is 1 for real tokens: it says what to attend to.
# - [x] It adds three [PAD] tokens and marks them with 0 | In the `attention_mask`. Today you see what the mask does.

# %%
import math

import torch
import torch.nn.functional as F

from course_utils import load_model, show_here

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config, layer = model.config, model.encoder.layer[0]
d, heads = config.hidden_size, config.num_attention_heads
show_here("self_attention")

# %% [markdown]
# ## A bank is a bank is a bank
#
# Two sentences with the same word in the same place.
#
# **Predict.** In `hidden_states[0]` the vectors of `bank` in the two sentences are ...
#
# - [ ] quite similar, but not the same | They would be if anything had looked at the neighbours by now. Nothing has.
# - [x] the same, down to the last bit | The same word in the same place of the same segment takes the same row from each table.
# - [ ] different: one is a river's bank | That is what we want. But the embeddings look at one token at a time.


# %%
def embed(text):
    """The tokens of a text and their embeddings, (1, tokens, d)."""
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    return tokenizer.convert_ids_to_tokens(ids[0]), model.embeddings(ids)


tokens, x = embed("the river bank was muddy")
_, x_closed = embed("the money bank was closed")
bank = tokens.index(tokenizer.tokenize("bank")[0])
print("the same vector:", torch.equal(x[0, bank], x_closed[0, bank]))

# %% [markdown]
# Now one step of the real model, the part called `layer.attention.self`. How similar is `bank` after it to the `bank` of
# other sentences?

# %%
here = layer.attention.self(x)[0][0, bank]  # (d,): "bank" in "the river bank was muddy"
for text in ("the river bank was steep", "the money bank was muddy", "the money bank was closed"):
    there = layer.attention.self(embed(text)[1])[0][0, bank]
    print(f"{F.cosine_similarity(here, there, dim=0):.2f}  {text}")

# %% [markdown]
# Before this step all of them were the same. One other word in the sentence changes `bank` a little, *money* for *river*
# more than *steep* for *muddy*, and two other words change it a lot: it has taken in something from its sentence. The rest
# of this lesson is about how.
#
# ## One head, on paper
#
# Three tokens, and for each of them three short vectors:
#
# - its **query**: what it looks for,
# - its **key**: what others find it by,
# - its **value**: what it gives to those who look at it.
#
# In the model they are computed. These are invented, so that you can follow with a pencil.

# %%
words = ["the", "river", "bank"]
queries = torch.tensor([[0.0, 0.0], [0.0, 1.0], [2.0, 1.0]])  # (tokens, features)
keys = torch.tensor([[-1.0, 2.0], [1.0, 1.0], [0.0, 1.0]])
values = torch.tensor([[1.0, 1.0], [4.0, 0.0], [0.0, 2.0]])

# %% [markdown]
# **Scores.** How well does a key answer a query? Multiply them feature by feature and add: the *dot product*. For `bank`,
# whose query is (2, 1):
#
# | key of | | dot product with (2, 1) |
# |---|---|---|
# | `the` | (-1, 2) | 2 · (-1) + 1 · 2 = 0 |
# | `river` | (1, 1) | 2 · 1 + 1 · 1 = 3 |
# | `bank` | (0, 1) | 2 · 0 + 1 · 1 = 1 |
#
# With all three queries it is a table, one row per query and one column per key:

# %%
scores = torch.stack([(asked * keys).sum(dim=-1) for asked in queries])  # (queries, keys)
for word, row in zip(words, scores.tolist(), strict=True):
    print(f"{word:>5} asks:", *(f"{other} {score:.0f} " for other, score in zip(words, row, strict=True)))

# %% [markdown]
# Why does a dot product measure a match? It is the cosine of the two vectors times their lengths. So it is large where
# the two have similar directions, 0 where they are at right angles, and long vectors count for more:

# %%
for word, key in zip(words, keys, strict=True):
    cosine = F.cosine_similarity(queries[2], key, dim=0)
    print(f"{word:>5}: cosine {cosine:.2f} × lengths {queries[2].norm():.2f} × {key.norm():.2f}", end="")
    print(f" = {cosine * queries[2].norm() * key.norm():.0f}")

# %% [markdown]
# **Weights.** The *softmax* turns a row of scores into shares that sum to 1: exp(score), divided by the sum of the row's
# exp(score). So a token has a budget of 1, and spends it on the tokens whose keys answer best.
#
# **Predict.** The scores of `bank` are 0, 3 and 1. What share goes to `river`?
#
# - [ ] About 0.75 | That is 3 of 0 + 3 + 1, a share of the scores themselves. But scores may be negative, and exp makes all of them positive.
# - [x] About 0.84 | exp(3) = 20.1, of 1 + 20.1 + 2.7 = 23.8 in all.
# - [ ] All of it: 1.00 | That would be a *hard* look-up, in which only the best key counts. Softmax is soft: the others keep something.

# %%
from course_utils import softmax

weights = softmax(scores)  # (queries, keys)
for word, row in zip(words, weights.tolist(), strict=True):
    print(f"{word:>5} pays:", *(f"{other} {weight:.2f} " for other, weight in zip(words, row, strict=True)))

# %% [markdown]
# `the` asks for nothing, its query is (0, 0), so it pays the same to all.
#
# **The mix.** Now each token takes the values of all tokens, each times its weight, and adds them. For `bank`:

# %%
mixed = torch.zeros(2)  # (features,)
for word, weight, value in zip(words, weights[2], values, strict=True):
    print(f"{weight:.2f} × {value.tolist()}, the value of {word!r}")
    mixed += weight * value
print("together:", [round(number, 2) for number in mixed.tolist()])

# %% [markdown]
# That is the whole of it. **Attention is a soft look-up:** a query is compared with all keys, and the result is a mix of
# the values. Everything below is this, with more features and in many copies.
#
# It is *self*-attention because queries, keys and values all belong to the tokens of one sequence.
#
# ## The same for `bank`
#
# Where do the three vectors come from? Three dense layers make them from the token's vector x, each y = x Wᵀ + b.
# Training has found the weights W and the biases b.

# %%
own = layer.attention.self
print(own)

# %% [markdown]
# (The dropout works on the attention weights in training; in eval mode it does nothing.)
#
# Their d features are shared out among several *heads*, which work side by side. For now take one head, that is, the
# block of features that belong to it. The course's `attention_scores` gives all dot products at once, and divides them by
# √dh, where dh is the size of the block: why is the next question.

# %%
from course_utils import attention_scores

head_size = d // heads
print("hidden size d", d, "| heads", heads, "| size of a head dh", head_size)


def one_head(number, x):
    """Queries, keys and values of one head, (tokens, dh) each: a block of each layer's features."""
    block = slice(number * head_size, (number + 1) * head_size)
    return tuple(part(x)[0, :, block] for part in (own.query, own.key, own.value))


def weights_of(number, x):
    """Who pays attention to whom in one head, (queries, keys)."""
    query, key, _ = one_head(number, x)
    return softmax(attention_scores(query, key))


# %% [markdown]
# Here is the head of the first layer in which `bank` pays most attention to `muddy`:

# %%
from course_utils import show_mix

muddy = bank + 2
head = max(range(heads), key=lambda number: float(weights_of(number, x)[bank, muddy]))
weights, (query, key, value) = weights_of(head, x), one_head(head, x)
print("head", head)
show_mix(tokens, weights, value, bank)

# %% [markdown]
# Is this sum what the real layer computes? And is it what sets the banks apart? Put *money* in the place of *river*:

# %%
block = slice(head * head_size, (head + 1) * head_size)
mix = sum(weight * vector for weight, vector in zip(weights[bank], value, strict=True))  # (dh,)
print("equal to the real layer's:", torch.allclose(mix, own(x)[0][0, bank, block], atol=1e-5))
_, x_money = embed("the money bank was muddy")
for name, ours, others in zip(("query", "key", "value"), one_head(head, x), one_head(head, x_money), strict=True):
    differs = (ours - others).abs().amax(dim=-1) > 1e-5  # (tokens,)
    print(f"the {name} differs for", [token for token, other in zip(tokens, differs, strict=True) if other])
before, after = (float(weights_of(head, each)[bank, bank - 1]) for each in (x, x_money))
print(f"'bank' pays {before:.2f} to 'river', {after:.2f} to 'money'")

# %% [markdown]
# `bank` asks the same question in both sentences, and all tokens but one offer the same. The mix differs because one key
# and one value in it do.
#
# "Softmax over which axis?" Over the keys, `dim=-1`: a query spends its budget on all of them, and its row sums to 1. What
# a token *receives*, the sum of its column, is not fixed:

# %%
from course_utils import show_rows_and_columns

show_rows_and_columns(weights, tokens)

# %% [markdown]
# **Each output is a mix of values, by a row of positive weights that sums to 1.** So no feature of it is larger than the
# largest value, and none is smaller than the smallest:

# %%
context = layer.attention.self(x)[0][0]  # (tokens, d), all heads side by side
values_of_all = own.value(x)[0]  # (tokens, d)
low, high = values_of_all.amin(dim=0), values_of_all.amax(dim=0)  # (d,)
inside = (context >= low - 1e-6) & (context <= high + 1e-6)
print(f"{inside.float().mean():.0%} of {inside.numel():,} outputs lie within the range of the values")

# %% [markdown]
# All rows of that head together are its attention map. The framed row is the one of the mix above.

# %%
from course_utils import show_attention_map

show_attention_map(tokens, weights, f"Layer 0, head {head}", query=bank)

# %% [markdown]
# ## Why divide by √dh?
#
# A dot product is a sum of dh terms. If the terms are independent and have mean 0, the sum's spread (its standard
# deviation) grows with √dh. Softmax is next, and it works with exp: a score that leads by 5 weighs 148 times as much.
#
# **Predict.** Random queries and keys with 32 features each, 64 tokens, no division. How large is the largest of a
# query's 64 weights, on average? (If all were the same, each would be 0.016.)
#
# - [ ] About 0.05 | For that the scores would need a spread of about one half. Theirs is √32, nearly 6.
# - [ ] About 0.11 | That is what it is after the division by √dh.
# - [x] About 0.70 | The largest score is so far ahead of the second that exp gives it most of the weight, although all is random.

# %%
draw = torch.Generator().manual_seed(0)
random_query = torch.randn(2000, 1, 32, generator=draw)  # 2,000 draws of one query
random_keys = torch.randn(2000, 64, 32, generator=draw)  # and of 64 keys
raw = (random_query * random_keys).sum(dim=-1)  # (2000, 64)
for name, divisor in {"1": 1, "√dh": math.sqrt(32)}.items():
    largest = softmax(raw / divisor).amax(dim=-1).mean()
    print(f"divided by {name:3}  spread {(raw / divisor).std():.2f}  largest weight {largest:.2f}")

# %%
from course_utils import show_scaling

show_scaling(head_size)

# %% [markdown]
# Why is it bad if one token has nearly all the weight? Because then little can be learned any more: "extremely small
# gradients", say Vaswani et al. (section 3.2.1). The *gradient* of a score says how much the loss changes with it, and
# training moves the weights by it. Take a loss that depends on the 64 weights at random:

# %%
loss_of_weights = torch.randn(2000, 64, generator=draw)
for name, divisor in {"1": 1, "√dh": math.sqrt(32)}.items():
    divided = (raw / divisor).requires_grad_()  # (2000, 64)
    with torch.enable_grad():
        loss = (torch.softmax(divided, dim=-1) * loss_of_weights).sum()
    gradient = torch.autograd.grad(loss, divided)[0].abs()
    print(f"divided by {name:3}  median |gradient| of a score {gradient.median():.0e}")

# %% [markdown]
# Where the weights are all 0 or 1, moving a score a little moves no weight: thousands of times less gradient.
#
# ## Heads: many of these side by side
#
# One row of weights can say one thing: "look at the token before", or "look at the adjective". A token needs several. So
# the d features of query, key and value are cut into heads, blocks of dh neighbouring features, and each block has its
# own attention. Here is the path of the tensors:

# %%
from course_utils import show_flow

show_flow(d, heads, len(tokens))

# %% [markdown]
# The heads become an axis like the batch, one that matrix products leave alone: (batch, heads, tokens, dh).
#
# **Predict.** `x.reshape(batch, heads, tokens, dh)` gives that shape in one call. What does it do to the numbers?
#
# - [ ] It cuts each token's vector into pieces, one per head | For that the last axis alone must be cut. A reshape keeps the numbers in their order in memory, and fills the new shape row by row.
# - [x] It mixes the tokens up: pieces of one land in another's row | In memory a token's d numbers are side by side. Filled in the order (heads, tokens, dh), the first rows of head 0 are all pieces of token 0.
# - [ ] It raises an error, since the axes are in another order | The sizes multiply to the same number, and a reshape needs no more than that.

# %%
from course_utils import show_split

show_split()

# %% [markdown]
# So: first cut the last axis, then swap two axes. That is "why the transpose after `view`". In `merge_heads`, the
# inverse, the transpose comes first. After it the numbers in memory are no longer in the order of the axes: `view` raises
# an error, and `reshape` makes a copy in the new order.

# %%
from course_utils import merge_heads, split_heads

q, k, v = (split_heads(part(x), heads) for part in (own.query, own.key, own.value))  # (1, heads, tokens, dh)
print("split:", tuple(q.shape))
print(f"head {head} is the block that you know:", torch.allclose(q[0, head], query, atol=1e-6))
print("merge_heads undoes it:", torch.equal(merge_heads(q), own.query(x)))

# %% [markdown]
# ### √dk or √d_model?
#
# The paper's d_k is the size of a query, and a query belongs to one head: dh. Dividing by √d is too much, and the weights
# are too even. (With 7 tokens, equal weights would be 0.14 each.)

# %%
from course_utils import planted

ways = {
    "1": planted("attention_scores", "unscaled"),
    "√dh": attention_scores,
    "√d": planted("attention_scores", "root_of_hidden_size"),
}
for name, way in ways.items():
    print(f"divided by {name:3}  largest weight of a row, on average {softmax(way(q, k)).amax(dim=-1).mean():.2f}")

# %% [markdown]
# ### Why three matrices, and not one?
#
# Let the keys be the queries. Then what A pays to B is decided by the same number as what B pays to A; and the best match
# of a vector is mostly itself.

# %%
for name, scores in {"query and key": attention_scores(q, k), "key = query": attention_scores(q, q)}.items():
    symmetric = torch.allclose(scores, scores.transpose(-2, -1), atol=1e-4)
    itself = softmax(scores).diagonal(dim1=-2, dim2=-1)  # (1, heads, tokens)
    print(f"{name:14} symmetric: {symmetric!s:5}  a token pays itself {itself.mean():.2f}")

# %% [markdown]
# And the value is a third thing: what a token is found by need not be what it gives.
#
# What if the queries come from another sequence than keys and values? That is *cross-attention*, with which a translator's
# decoder looks at the sentence that it translates (Vaswani et al., section 3.2.3). The table need not be square any more:

# %%
other_tokens, other = embed("das Ufer des Flusses")
other_q = split_heads(own.query(other), heads)
print(len(other_tokens), "tokens ask", len(tokens), "tokens:", tuple(attention_scores(other_q, k).shape))

# %% [markdown]
# ### Do the heads talk to each other?
#
# Spoil the query weights of one head and see which features of the result change.

# %%
from course_utils import layer_params, self_attention

params = layer_params(model.state_dict(), 0)  # the 16 tensors of layer 0, by their names
real = self_attention(x, params, heads)  # (1, tokens, d)
spoiled = params["attention.self.query.weight"].clone()
spoiled[block] = 0  # its rows
changed = self_attention(x, params | {"attention.self.query.weight": spoiled}, heads)
features = ((changed - real).abs() > 1e-5).any(dim=1)[0].nonzero().flatten().tolist()
print(f"features {features[0]} to {features[-1]} of {d} change")
print(f"head {head} has {block.start} to {block.stop - 1}")

# %% [markdown]
# No: in here each works alone. They meet in the dense layer after it, in lesson 04.
#
# ### What do heads cost, and what does a long text cost?
#
# The features are divided among the heads, not multiplied: as many parameters, and as many multiplications. Only the
# tables of weights grow, one per head. And each table is T × T, for T tokens:

# %%
print("heads  tokens  parameters  multiplications in Q Kᵀ     weights")
for h, T in ((1, 128), (heads, 128), (heads, 256), (heads, 512)):
    size = d // h
    print(f"{h:5} {T:7} {3 * (d * d + d):11,} {h * T * T * size:24,} {h * T * T:11,}")

# %% [markdown]
# Twice the tokens, four times the multiplications and the weights: that is the price of letting every token look at every
# other.
#
# ## Play: all heads, and inside one row
#
# Type a sentence of your own. The small maps are all heads of a layer, the large one is the head that you choose, and
# below it is the inside of one row (after Vig 2019): each feature of the query times the same feature of a key; the
# products add up to the score. Things to try: **divided by** 1, then √d. (The *entropy* below the picture, which lesson 09
# uses much, says how evenly the weights are spread.) Look for the head of layer 0 that always does the same. In the later
# **layers**, which token receives most of the attention?

# %%
from course_utils import explore_attention

explore_attention(tokenizer, model)

# %% [markdown]
# Did you find it? Here is the answer, for all heads and layers:

# %% tags=["answer"]
out = model(**tokenizer("the river bank was muddy", return_tensors="pt"), output_attentions=True)
steps_back = out.attentions[0][0].diagonal(offset=-1, dim1=-2, dim2=-1)  # (heads, tokens - 1)
always = int(steps_back.mean(dim=-1).argmax())
print(f"layer 0, head {always}: each token pays the one before it", *(f"{w:.1f}" for w in steps_back[always]))
received = [attention[..., 0].mean() for attention in out.attentions]  # of (1, heads, tokens, tokens)
print("attention that [CLS] receives, layer by layer:", *(f"{share:.2f}" for share in received))

# %% [markdown]
# One head looks at the token before, whatever the words are, and from the second layer on about half of all attention, or more, goes to [CLS].
# Nobody wrote that head. Which weights make a token look at the one before it? You will find some in the last exercise.
#
# ## One bias too many
#
# The part has six tensors: a weight and a bias for each of query, key and value.
#
# **Predict.** You can set one of them to zero without changing the result. Which?
#
# - [ ] The query's bias | It adds b · k to a score, a different number for each key: the weights change.
# - [x] The key's bias | It adds q · b to a score, the same number for *every* key of a row. That is one factor of all exponentials, and cancels in the shares.
# - [ ] The value's bias | The weights sum to 1, so it is added unchanged to every output.
# - [ ] None of the six | One row of the table below says otherwise.

# %%
from course_utils import max_abs_diff

print("set to zero                  largest number  change of the output")
for name, tensor in params.items():
    if name.startswith("attention.self."):
        zeroed = self_attention(x, params | {name: torch.zeros_like(tensor)}, heads)
        change = max_abs_diff(zeroed, real)
        shown = f"{change:.2f}" if change > 1e-5 else "below 1e-5"
        print(f"{name:28} {tensor.abs().max():14.3f}  {shown}")

# %% [markdown]
# Training agrees: what changes nothing gets no gradient, and the key's bias is still near 0. **The key bias cancels**, so
# an implementation without it is right, and the checks let it pass. (In Vaswani et al. none of the three has a bias.)
#
# The same cancelling saves softmax from large scores. exp(89) is already too large for float32, but a number may be
# subtracted from a whole row first:

# %%
large = torch.tensor([1001.0, 1002.0, 1003.0])
print("exp(88), exp(89):      ", *(f"{number:.3g}" for number in torch.exp(torch.tensor([88.0, 89.0])).tolist()))
print("as the formula says:   ", *planted("softmax", "no_maximum")(large).tolist())
print("something subtracted:  ", *(f"{number:.3f}" for number in softmax(large).tolist()))

# %% [markdown]
# ## Padding, and why the mask is added
#
# The short text of a batch is padded. Its words have the same embeddings as before; after them come embeddings of [PAD].

# %%
batch = tokenizer(
    ["the river bank was muddy", "the money bank at the corner was closed"], padding=True, return_tensors="pt"
)
padded = model.embeddings(batch["input_ids"])  # (2, tokens, d)
T = len(tokens)
print("places:", padded.shape[1], "| real in the first row:", T)
print("real tokens start out the same:", torch.equal(padded[0, :T], x[0]))

# %% [markdown]
# **Predict.** Without a mask, what share of their attention do the real tokens of the first sentence pay to [PAD] in
# this model?
#
# - [ ] None: the model ignores it | It had no reason to learn that: in training there was always a mask.
# - [ ] About a hundredth | [PAD] is a vector like others, with a key like others, and there are three of them.
# - [x] About a fifth | Nothing tells the softmax that these are not words. They are three of the ten places, and get a share.

# %%
from course_utils import extended_attention_mask

scores = attention_scores(split_heads(own.query(padded), heads), split_heads(own.key(padded), heads))
keep = batch["attention_mask"][:, None, None, :]  # (2, 1, 1, tokens): 1 or 0
mask = extended_attention_mask(batch["attention_mask"], padded.dtype)  # the same shape: 0 or lowest
ways = {
    "no mask": softmax(scores),
    "scores × (0 or 1)": softmax(scores * keep),
    "scores + (0 or 1)": softmax(scores + keep),
    "weights × (0 or 1)": softmax(scores) * keep,
    "scores + mask": softmax(scores + mask),
}
for name, paid in ways.items():
    rows = paid[0, :, :T]  # (heads, real queries, keys)
    print(f"{name:18}  padding gets {rows[..., T:].sum(-1).mean():.2f}, a row sums to {rows.sum(-1).mean():.2f}")

# %% [markdown]
# "Is the mask added or multiplied?" Added, and before the softmax. A score *times* 0 is 0, which is a score like any
# other: exp(0) = 1. *Weights* times 0 hide the padding, but the rows no longer sum to 1. And the tokenizer's raw 0 and 1,
# *added*, raise the scores of the real tokens by 1 and hide nothing; the model's own layer accepts such a mask without an
# error. Only a score of minus infinity, or nearly, has the weight 0 and leaves the row a row of shares. Hence the *additive
# mask*: 0 for real tokens, the lowest number for padding.
#
# "Padding changes my output!" Then the mask was not passed on:

# %%
with_mask = self_attention(padded, params, heads, mask)  # (2, tokens, d)
without = self_attention(padded, params, heads)
print(f"without the mask the real tokens change by {max_abs_diff(without[0, :T], real[0]):.2f}")
print("with it they are as if alone:", torch.allclose(with_mask[0, :T], real[0], atol=1e-5))

# %% [markdown]
# The mask is for the *keys*: it says which tokens may be looked at. It does not stop the [PAD] tokens from looking. "Why
# are the padded rows not zero?" Because their queries get a mix of real values like all others. It means nothing, and
# nothing uses it: in the next layer they are masked as keys again.

# %%
places = tokenizer.convert_ids_to_tokens(batch["input_ids"][0])
show_attention_map(places, ways["scores + mask"][0, head], "With the mask", padding=len(places) - T)
lengths = with_mask[0].norm(dim=-1)  # (tokens,)
print(f"mean length of a real row {lengths[:T].mean():.1f}, of a padded one {lengths[T:].mean():.1f}")

# %% [markdown]
# One trap for later: masks of `True` and `False` mean opposite things in PyTorch. `F.scaled_dot_product_attention`
# *keeps* what is True; the `key_padding_mask` of `nn.MultiheadAttention` *hides* it. Two tokens, the second marked True:

# %%
second = torch.tensor([[False, True]])  # (batch, tokens)
two = torch.randn(1, 1, 2, 4, generator=draw)  # (batch, heads, tokens, dh)
kept = F.scaled_dot_product_attention(two, two, two, attn_mask=second[:, None, None, :])[0, 0]  # (tokens, dh)
print("attn_mask: both results are the second token:", torch.allclose(kept, two[0, 0, 1].expand(2, 4)))
module = torch.nn.MultiheadAttention(4, num_heads=1, batch_first=True).eval()
hidden = module(two[0], two[0], two[0], key_padding_mask=second)[1]  # (batch, queries, keys): the weights
print("key_padding_mask: the weights of the second token:", hidden[0, :, 1].tolist())

# %% [markdown]
# ### Is this how GPT does it?
#
# Nearly. GPT writes one token after the other, so there a token may look only at itself and at those before it: one more
# mask, the *causal* one, hides all keys to the right. A BERT looks both ways; that is the B in its name, *bidirectional*
# (Devlin et al. 2018).
#
# **Predict.** With a causal mask, how similar is `bank` in *the river bank was muddy* to `bank` in *the river bank was
# steep*? (Without one: 0.86.)
#
# - [ ] Less than 0.86 | Less can be seen, but what can still be seen is in both sentences.
# - [ ] Still about 0.86 | The 0.14 came from *muddy* and *steep*, which are hidden now.
# - [x] Exactly the same: 1.00 | The sentences differ only in a later word, and `bank` cannot see it.


# %%
def looking_left(text):
    """`bank` in a text after self-attention with a causal mask, (d,)."""
    x = embed(text)[1]  # (1, tokens, d)
    lowest = torch.finfo(x.dtype).min
    causal = torch.full((x.shape[1], x.shape[1]), lowest).triu(1)  # (queries, keys)
    return self_attention(x, params, heads, causal)[0, bank]


one, other = looking_left("the river bank was muddy"), looking_left("the river bank was steep")
print(f"{F.cosine_similarity(one, other, dim=0):.2f} with the causal mask")

# %% [markdown]
# ## The proof
#
# Now everything together, your functions where you have passed their checks: mask and self-attention, in all layers,
# against `layer.attention.self` of the real model, on four very different inputs. Each layer gets the real hidden
# states, so that no error can hide an earlier one.

# %%
batch = ["Short.", "A longer sentence, unaffable as ever!"]
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(batch, padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was wet.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (3, 17), generator=draw)},
}

# %%
from course_utils.my_bert import extended_attention_mask, self_attention


def all_layers(batch):
    """Ours and the model's results for all layers, (layers, batch, tokens, d) each."""
    attention_mask = batch.get("attention_mask", torch.ones_like(batch["input_ids"]))
    mask = extended_attention_mask(attention_mask, model.dtype)
    states = model(**batch, output_hidden_states=True).hidden_states[:-1]  # what goes into each layer
    mine, real = [], []
    for number, (x, block) in enumerate(zip(states, model.encoder.layer, strict=True)):
        mine.append(self_attention(x, layer_params(model.state_dict(), number), heads, mask))
        real.append(block.attention.self(x, mask)[0])
    return torch.stack(mine), torch.stack(real)


# %%
from course_utils import show_proof

compared = {name: all_layers(batch) for name, batch in inputs.items()}
show_proof(compared)

# %% [markdown]
# Is our mask the one that the model makes? PyTorch can call a function of yours before a part runs (a *hook*; lesson 09 has
# more of them). This one writes down what the part is given:

# %%
seen = {}


def write_down(part, args, kwargs):
    seen["mask"] = kwargs["attention_mask"]


hook = layer.attention.self.register_forward_pre_hook(write_down, with_kwargs=True)
model(**inputs["padded batch"])
hook.remove()
mine = extended_attention_mask(inputs["padded batch"]["attention_mask"], model.dtype)
print("the model's", tuple(seen["mask"].shape), "ours", tuple(mine.shape))
print("the same for every query:", torch.equal(mine.expand_as(seen["mask"]), seen["mask"]))

# %% [markdown]
# And wrong code? All of these give the right shape, and none raises an error. How far off are they, in layer 0?

# %%
states = model.embeddings(inputs["seed sentence"]["input_ids"])
right = compared["seed sentence"][1][0]  # (batch, tokens, d), of layer 0
for label in (
    "attention_scores: root_of_hidden_size",
    "attention_scores: unscaled",
    "scaled_dot_product_attention: over_queries",
    "query_and_key_swapped",
    "split_heads: view_only",
    "linear: untransposed",
):
    wrong = planted("self_attention", label)(states, params, heads)
    print(f"cosine {F.cosine_similarity(wrong, right, dim=-1).mean():.2f}  {label}")

# %% [markdown]
# ## Recap
#
# - Attention is a **soft look-up**: a query is compared with all keys, and the values are mixed by the result.
#   softmax(Q Kᵀ / √dh + mask) V.
# - Softmax goes over the **keys**: a row sums to 1, and an output is a mix of values.
# - **√dh**, the size of a head, keeps the scores' spread near 1. Without it one token gets most of the weight, and
#   gradients vanish.
# - Heads are blocks of neighbouring features: **cut the last axis, then transpose**. Each works alone, and more of
#   them cost no more parameters and no more multiplications, only more weights. **Twice the tokens**, four times the
#   weights.
# - The **key bias cancels**.
# - The mask is **added, before** the softmax, and is for the **keys**. Padded queries give numbers that nothing uses.
#
# A BERT that you load yourself may run other code. The course loads its model with `attn_implementation="eager"`, which
# computes these steps in turn and can return its probabilities. The default, `"sdpa"`, computes the same output in one
# fused function and returns no probabilities.
#
# **Now you:** [the exercises of this lesson](../exercises/03_self_attention.ipynb). After them: [04 · Add &
# norm](04_add_and_norm.ipynb).
#
# **Papers.** Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762 · Devlin et al. 2018, *BERT*, arXiv
# 1810.04805 · Vig 2019, *A Multiscale Visualization of Attention*, arXiv 1906.05714.
