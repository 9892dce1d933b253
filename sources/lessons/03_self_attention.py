# %% [markdown]
# # 03 · Self-attention
#
# **What you will build:** the part of BERT in which words meet. Each token asks a question, each token offers an answer,
# and each takes in a mix of what the others offer: about thirty lines of plain PyTorch, equal to the real model's.
#
# **What you need:** `hidden_states[0]` from lesson 02, and what a matrix product is.
#
# **Time:** about 120 minutes with the [exercises](../exercises/03_self_attention.ipynb).

# %%
import math

import torch
import torch.nn.functional as F

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config = model.config
d, heads = config.hidden_size, config.num_attention_heads
head_size = d // heads
print("hidden size d", d, "| heads", heads, "| head size dh", head_size)

# %% [markdown]
# ## A bank is a bank is a bank
#
# Two sentences with the same word in the same place. Since lesson 02 each token is a vector: word + position + segment,
# normalised.
#
# **Predict.** The vectors of `bank` in the two sentences are ...
#
# - [ ] quite similar | They would be, if anything had looked at the neighbours by now. Nothing has.
# - [x] the same, bit for bit | The same word in the same place of the same segment takes the same row from each table.
# - [ ] different, since one is a river's bank | That is what we want. But the embeddings look at one token at a time.


# %%
def embed(text):
    """The tokens of a text and their embeddings, (1, tokens, d)."""
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    return tokenizer.convert_ids_to_tokens(ids[0]), model.embeddings(ids)


tokens, x = embed("the river bank was muddy")
_, x_money = embed("the money bank was closed")
bank = tokens.index(tokenizer.tokenize("bank")[0])
print("the same vector:", torch.equal(x[0, bank], x_money[0, bank]))

# %% [markdown]
# Now one step of the real model, the part called `layer.attention.self`. How similar is `bank` after it to the `bank` of
# other sentences?

# %%
layer = model.encoder.layer[0]
here = layer.attention.self(x)[0][0, bank]  # (d,): "bank" in "the river bank was muddy"
for text in ("the river bank was steep", "the money bank was muddy", "the money bank was closed"):
    there = layer.attention.self(embed(text)[1])[0][0, bank]
    print(f"{F.cosine_similarity(here, there, dim=0):.2f}  {text}")

# %% [markdown]
# Before this step all of them were the same. One other word in the sentence changes `bank` a little, *money* for *river*
# more than *steep* for *muddy*, and two other words change it a lot: it has taken in something from its sentence. The rest
# of this lesson is about how. Here are all the steps, with the shape of every tensor:

# %%
from course_utils import show_flow

show_flow(d, heads, len(tokens))

# %% [markdown]
# ## Query, key, value
#
# Each token plays three parts. As a **query** it asks: what am I looking for? As a **key** it answers: what have I to
# offer? And its **value** is what it gives to the tokens that look at it. Three dense layers make the three from the same
# vector. It is *self*-attention because queries, keys and values all come from the same sequence. (In *cross*-attention
# the queries come from another one: Vaswani et al., section 3.2.3.)

# %%
print(layer.attention.self)

# %% [markdown]
# (The dropout works on the attention weights during training; in eval mode it does nothing.)
#
# A dense layer is y = x Wᵀ + b, with a transpose because `nn.Linear` stores its weight as (out, in). In BERT's attention
# both sizes are d, so a forgotten transpose raises no error, and only a comparison shows it:

# %%
own = layer.attention.self.query
for name, mine in {
    "x @ weight.T + bias": x @ own.weight.T + own.bias,
    "x @ weight + bias": x @ own.weight + own.bias,
}.items():
    print(f"{name:20} {tuple(mine.shape)}  equal: {torch.allclose(mine, own(x), atol=1e-5)}")

# %%
from course_utils import layer_params, linear

params = layer_params(model.state_dict(), 0)  # the 16 tensors of layer 0, by their names
query, key, value = (
    linear(x, params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"])
    for name in ("query", "key", "value")
)
print("query, key, value:", tuple(query.shape), tuple(key.shape), tuple(value.shape))

# %% [markdown]
# (In Vaswani et al. the three have no bias; in BERT each has one. More about one of them below.)
#
# ## Heads: the vector is cut into pieces
#
# A token may look for several things: its neighbour, its verb, which river. So the d features are cut into heads, blocks
# of dh neighbouring features, and each block has its own attention. The heads become an axis like the batch, one that
# matrix products leave alone: (batch, heads, tokens, dh).
#
# **Predict.** `x.reshape(batch, heads, tokens, dh)` gives that shape in one call. What does it do to the numbers?
#
# - [ ] The same as cutting and transposing | Same shape, other contents. A reshape keeps the numbers in their order in memory; it only cuts them at other places.
# - [x] It mixes the tokens up | In memory a token's d numbers are side by side. Cut in the order (heads, tokens, dh), the first rows of head 0 are all pieces of token 0.
# - [ ] It raises an error | The sizes multiply to the same number, and a reshape needs no more than that.

# %%
from course_utils import show_split

show_split()

# %% [markdown]
# So: first cut the last axis, (batch, tokens, heads, dh), then transpose. That is "why the transpose after `view`".
# In `merge_heads`, the inverse, the transpose comes first. After it the numbers in memory are no longer in the order of
# the axes: `view` raises an error, and `reshape` makes a copy in the new order.

# %%
from course_utils import merge_heads, split_heads

q, k, v = (split_heads(part, heads) for part in (query, key, value))  # (1, heads, tokens, dh)
print("per head:", tuple(q.shape))
print(
    "head 1 of 'bank' is its features dh to 2 dh:",
    torch.equal(q[0, 1, bank], query[0, bank, head_size : 2 * head_size]),
)
print("merge_heads undoes it:", torch.equal(merge_heads(q), query))

# %% [markdown]
# ## Scores: every query meets every key
#
# How well does a key answer a query? The model takes their dot product: multiply feature by feature, and add. That is the
# cosine of lesson 02 times the two lengths: large where the two have similar directions and are long. All the dot products
# of a head are one matrix product, Q Kᵀ, with one row per query and one column per key.

# %%
by_hand = sum(q[0, 0, bank, i] * k[0, 0, 1, i] for i in range(head_size))  # head 0, one score
products = q @ k.transpose(-2, -1)  # (1, heads, tokens, tokens)
print("all scores:", tuple(products.shape))
same = torch.isclose(by_hand, products[0, 0, bank, 1], atol=1e-5)
print("'bank' asks token 1, by hand and by matrix product the same:", bool(same))

# %% [markdown]
# ### Why divide by √dh?
#
# A dot product is a sum of dh terms. If the terms are independent and have mean 0, the sum's spread (its standard
# deviation) grows with √dh. Softmax is next, and it works with exp: a score that leads by 5 weighs 148 times as much.
#
# **Predict.** Random queries and keys with 32 features each, 64 tokens, no scaling. How large is the largest of a
# query's 64 weights, on average? (If all were the same, each would be 0.016.)
#
# - [ ] About 0.05 | For that the scores would need a spread of about one half. Theirs is √32, nearly 6.
# - [ ] About 0.11 | That is what it is with the scaling.
# - [x] About 0.70 | The largest of 64 scores is so far ahead of the second that exp gives it most of the weight, although all of this is random.

# %%
draw = torch.Generator().manual_seed(0)
random_q = torch.randn(2000, 1, 32, generator=draw)  # 2,000 draws
random_k = torch.randn(2000, 64, 32, generator=draw)
raw = random_q @ random_k.transpose(-2, -1)  # (2000, 1, 64)
for name, divisor in {"1": 1, "√dh": math.sqrt(32), "√d, 12 heads": math.sqrt(12 * 32)}.items():
    scaled = raw / divisor
    largest = torch.softmax(scaled, dim=-1).amax(dim=-1).mean()
    print(f"divided by {name:12}  spread {scaled.std():.2f}  largest weight {largest:.2f}")

# %%
from course_utils import show_scaling

show_scaling(head_size)

# %% [markdown]
# Why is it bad if one token has nearly all the weight? Because then nothing can be learned any more: "extremely small
# gradients", say Vaswani et al. (section 3.2.1). Here they are. For a loss that depends on the weights at random, how
# large is the gradient of a score?

# %%
loss_of_weights = torch.randn(2000, 1, 64, generator=draw)
for name, divisor in {"1": 1, "√dh": math.sqrt(32)}.items():
    scores = (raw / divisor).requires_grad_()  # (2000, 1, 64)
    with torch.enable_grad():
        loss = (torch.softmax(scores, dim=-1) * loss_of_weights).sum()
    gradient = torch.autograd.grad(loss, scores)[0].abs()
    print(f"divided by {name:3}  median |gradient| of a score {gradient.median():.0e}")

# %% [markdown]
# "√d_k or √d_model?" The paper's d_k is the size of a query, and a query belongs to one head: dh. Dividing by √d is
# too much: the weights are too even. The trained model shows it, too. (Our sentence has 7 tokens, so in a row of equal
# weights each would be 0.14.)

# %%
for name, divisor in {"1": 1, "√dh": math.sqrt(head_size), "√d": math.sqrt(d)}.items():
    largest = torch.softmax(products / divisor, dim=-1).amax(dim=-1)  # (1, heads, tokens)
    print(f"layer 0, divided by {name:3}  largest weight of a row, on average {largest.mean():.2f}")

# %% [markdown]
# ## Softmax: scores become shares
#
# `exp` makes every score positive, and division by the sum makes them shares of 1: exp(x) / Σ exp(x).
#
# **Predict.** The scores are a table, queries by keys. Along which axis does softmax go?
#
# - [ ] The queries, `dim=-2` | Then the columns would sum to 1, and the weights in a token's own mix to 0.4 or 2.
# - [x] The keys, `dim=-1` | A query has a budget of 1 to spend on all the keys. Its row sums to 1.
# - [ ] Both | Then the whole table would sum to 1, and a row to about 1 / tokens: every mix would be far too small.

# %%
from course_utils import attention_scores, show_rows_and_columns, softmax

probabilities = softmax(attention_scores(q, k))  # (1, heads, tokens, tokens)
muddy = bank + 2
head = int(probabilities[0, :, bank, muddy].argmax())  # where "bank" pays most attention to "muddy"
show_rows_and_columns(probabilities[0, head], tokens)

# %% [markdown]
# Computed as it is written, softmax breaks on large scores. But a number that is added to *all* scores of a row, or
# subtracted, becomes a factor of all exponentials, and cancels. `torch.softmax` makes use of that:

# %%
scores = torch.tensor([1.0, 2.0, 3.0])
large = scores + 1000
for about, numbers in {
    "exp(88), exp(89)": torch.exp(torch.tensor([88.0, 89.0])),
    "torch.softmax of 1, 2, 3": torch.softmax(scores, dim=-1),
    "torch.softmax, each + 1000": torch.softmax(large, dim=-1),
    "exp / sum, each + 1000": torch.exp(large) / torch.exp(large).sum(),
}.items():
    print(f"{about:28}", "  ".join(f"{number:.3g}" for number in numbers.tolist()))

# %% [markdown]
# ## The mix
#
# Now the values: each token's value times its weight, all added. Below is the head in which `bank` pays most attention to
# `muddy`.

# %%
from course_utils import show_mix

show_mix(tokens, probabilities[0, head], v[0, head], bank)

# %% [markdown]
# That sum is the whole result of a head. **Each output is a mix of values, by a row of positive weights that sums to 1.**
# So no feature of it is larger than the largest value, and none is smaller than the smallest.

# %%
context = probabilities @ v  # (1, heads, tokens, dh)
low, high = v.amin(dim=2, keepdim=True), v.amax(dim=2, keepdim=True)  # (1, heads, 1, dh)
inside = (context >= low - 1e-6) & (context <= high + 1e-6)
print(f"{inside.float().mean():.0%} of {inside.numel():,} outputs lie within the range of the values")
sums = probabilities.sum(dim=-1)  # (1, heads, tokens)
print("every row sums to 1:", torch.allclose(sums, torch.ones_like(sums)))

# %% [markdown]
# All rows of that head together are its attention map. The framed row is the one above.

# %%
from course_utils import show_attention_map

show_attention_map(tokens, probabilities[0, head], f"Layer 0, head {head}", query=bank)

# %% [markdown]
# ## Play: inside one row
#
# The neuron view (Vig 2019) shows how a row is computed. Each feature of the query is multiplied by the same feature of a
# key; the products add up to the score. Things to try: **divided by** 1, then √d, and read the entropy (below the picture:
# how evenly the weights are spread); another **query**; layer 0, **head** 2: which token does each query look at? In the
# later **layers**, which token gets most of the attention? For a sentence of your own, write
# `explore_attention(tokenizer, model, text="...")`.

# %%
from course_utils import explore_attention

explore_attention(tokenizer, model)

# %% [markdown]
# Did you see it? Head 2 of layer 0 looks at the token before, and the later layers pay most attention to [CLS]. Here are
# all queries, and all heads:

# %%
which = min(2, heads - 1)  # head 2, if there are three
before = probabilities[0, which].diagonal(offset=-1)  # (tokens - 1,): each token's weight for the one before it
print(f"layer 0, head {which}: every token gives the one before it more than 0.99:", bool(before.min() > 0.99))
attentions = model(**tokenizer("the river bank was muddy", return_tensors="pt"), output_attentions=True).attentions
shares = [weights[..., 0].mean() for weights in attentions]  # weights: (1, heads, tokens, tokens)
print("attention that [CLS] receives, layer by layer:", *(f"{share:.2f}" for share in shares))

# %% [markdown]
# ## One bias too many
#
# The part has six tensors: a weight and a bias for each of query, key and value.
#
# **Predict.** You can set one of them to zero without changing the result. Which?
#
# - [ ] The query's bias | It adds b · k to a score, a different number for each key: the weights change.
# - [x] The key's bias | It adds q · b to a score, the same number for *every* key of a row. And a number added to a whole row cancels in the softmax.
# - [ ] The value's bias | The weights sum to 1, so it is added unchanged to every output.
# - [ ] None of them | One row of the table below says otherwise.

# %%
from course_utils import max_abs_diff, self_attention

real = self_attention(x, params, heads)  # (1, tokens, d)
print("set to zero                  largest number  change of the output")
for name, tensor in params.items():
    if name.startswith("attention.self."):
        zeroed = self_attention(x, params | {name: torch.zeros_like(tensor)}, heads)
        change = max_abs_diff(zeroed, real)
        shown = f"{change:.2f}" if change > 1e-5 else "below 1e-5"
        print(f"{name:28} {tensor.abs().max():14.3f}  {shown}")

# %% [markdown]
# Training agrees: what changes nothing gets no gradient, and the key's bias is still near 0. So an implementation without
# it is right, and the checks let it pass. **The key bias cancels.**
#
# ## Padding, and why the mask is added
#
# Sentences of a batch are padded to one length. The words of the short one have the same embeddings as before; after them
# come embeddings of [PAD].

# %%
long = "the money bank next to the station was closed"
batch = tokenizer(["the river bank was muddy", long], padding=True, return_tensors="pt")
padded = model.embeddings(batch["input_ids"])  # (2, tokens, d)
T = len(tokens)
print("places:", padded.shape[1], "| real in the first row:", T)
print("real tokens start out the same:", torch.equal(padded[0, :T], x[0]))

# %% [markdown]
# **Predict.** Without a mask, what share of their attention do the real tokens of the first sentence give to [PAD] in
# this model?
#
# - [ ] None, the model has learned to ignore it | It had no reason to learn that: in training there was always a mask.
# - [ ] A few per cent | [PAD] is a vector like others, with a key like others, and there are four of them.
# - [x] About a quarter | Nothing tells the softmax that these are not words. They are four of the eleven places, and get their share.

# %%
from course_utils import extended_attention_mask

own = layer.attention.self
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
for name, weights in ways.items():
    rows = weights[0, :, :T]  # (heads, real queries, tokens)
    print(f"{name:18}  padding gets {rows[..., T:].sum(-1).mean():.2f}, a row sums to {rows.sum(-1).mean():.2f}")

# %% [markdown]
# "Is the mask added or multiplied?" Added, and before the softmax. A score *times* 0 is 0, which is a score like any
# other: exp(0) = 1. *Weights* times 0 hide the padding, but the rows no longer sum to 1. And the tokenizer's raw 0 and 1,
# *added*, raise the scores of the real tokens by 1 and hide nothing; the model's own layer accepts such a mask without an
# error. Only a score of minus infinity, or nearly, has the weight 0 and leaves the row a row of shares.
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
masked = softmax(scores + mask)[0, head]  # (tokens, tokens)
show_attention_map(places, masked, "With the mask", padding=len(places) - T)
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
# "Is this how GPT does it?" Yes, with one more mask: there a token may look only at itself and at those before it (the
# *causal* mask). A BERT looks both ways; that is the B in its name, *bidirectional* (Devlin et al. 2018).
#
# ## Two questions about heads
#
# "Do the heads talk to each other?" Spoil the query weights of one head and see which features of the result change.

# %%
spoiled = params["attention.self.query.weight"].clone()
spoiled[which * head_size : (which + 1) * head_size] = 0  # its rows
changed = self_attention(x, params | {"attention.self.query.weight": spoiled}, heads)
features = ((changed - real).abs() > 1e-5).any(dim=1)[0].nonzero().flatten().tolist()
print(f"features {features[0]} to {features[-1]} of {d} change")
print(f"head {which} has {which * head_size} to {(which + 1) * head_size - 1}")

# %% [markdown]
# No: in here each works alone. They meet in the dense layer after it, in lesson 04.
#
# "Do more heads cost more?" The features are divided among them, not multiplied:

# %%
n = 128  # tokens
print("heads   dh   parameters   multiplications for Q Kᵀ   weights")
for h in (1, heads, d // 8):
    size = d // h
    print(f"{h:5} {size:4} {3 * (d * d + d):12,} {h * n * n * size:26,} {h * n * n:9,}")

# %% [markdown]
# The same parameters and the same number of multiplications. Only the tables of weights grow: one per head. And each has
# T × T weights, so a text of twice the length takes four times as many:

# %%
for n in (128, 256, 512):
    print(f"{n} tokens: {heads * n * n:9,} weights per layer")
#
# ## The proof
#
# Now everything together: the course's mask and self-attention, the code that yours is checked against, in all layers,
# against `layer.attention.self` of the real model, on four very different inputs. Each layer gets the real hidden
# states, so that no error can hide an earlier one.

# %%
draw = torch.Generator().manual_seed(0)
batch = ["Short.", "A longer sentence, unaffable as ever!"]
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(batch, padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was wet.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": torch.randint(config.vocab_size, (3, 17), generator=draw)},
}


# %%
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
# Is our mask the one that the model makes? A *hook*, a function that PyTorch calls before the part runs, records what the
# part is given:

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
# And wrong code? All of these give the right shape, and none raises an error:

# %%
from course_utils import planted, show_lookalikes

states = model.embeddings(inputs["seed sentence"]["input_ids"])
wrong = {
    "√d for √dh": "attention_scores: root_of_hidden_size",
    "not scaled": "attention_scores: unscaled",
    "query and key swapped": "query_and_key_swapped",
    "softmax over the queries": "scaled_dot_product_attention: over_queries",
    "heads cut by view alone": "split_heads: view_only",
    "weights not transposed": "linear: untransposed",
}
variants = {name: planted("self_attention", label)(states, params, heads) for name, label in wrong.items()}
show_lookalikes(compared["seed sentence"][1][0], variants)  # of layer 0

# %% [markdown]
# ## Recap
#
# - Attention is a **soft look-up**: a query is compared with all keys, and the values are mixed by the result.
#   softmax(Q Kᵀ / √dh + mask) V.
# - Heads are blocks of neighbouring features: **cut the last axis, then transpose**. Each works alone, and more of
#   them cost no more parameters and no more multiplications, only more weights.
# - **√dh**, the size of a head, keeps the scores' spread near 1. Without it one token gets most of the weight, and
#   gradients vanish.
# - Softmax goes over the **keys**: a row sums to 1, and an output is a mix of values.
# - The mask is **added, before** the softmax, and is for the **keys**. Padded queries give numbers that nothing uses.
# - The **key bias cancels**.
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
