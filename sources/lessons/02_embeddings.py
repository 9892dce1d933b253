# %% [markdown]
# # 02 · Ids to vectors
#
# **What you will build:** the step from ids, which are only row numbers, to `hidden_states[0]`, the vectors that
# enter the first layer. Each token takes a row from each of three tables, the three are added, and the sum is
# normalised. You also write `layer_norm`, which lessons 04 to 06 use again.
#
# **What you need:** the ids of lesson 01. A *vector* here is a list of d numbers, its *features*; d is the hidden size.
#
# **Time:** about 110 minutes: 50 for this notebook, 60 for its [exercises](../exercises/02_embeddings.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on lessons 00 and 01. Today builds on their answers.

# %% [markdown]
# **Recall.** The model has L layers. How many tensors are in `hidden_states`?
#
# - [ ] L - 1 | The last layer's output is in it as well, under the name of `last_hidden_state`, too.
# - [ ] L | One per layer, and one more: what goes into the first layer.
# - [x] L + 1 | What goes into the first layer comes first, and that is what you write today.
# - [ ] 4 · L | A layer has four parts, but only what leaves the whole layer is kept.

# %% [markdown]
# **Recall.** Most BERTs have 512 positions. May a text have 4 tokens, or 600?
#
# - [ ] Both: the model cuts or pads the text | Padding and truncation are the tokenizer's work, and only if you ask for them.
# - [ ] Neither: every input has 512 tokens | Short texts need padding only to the longest of their batch.
# - [x] 4, but not 600 | 512 is the most that there are. For a place beyond it the model has no vector: it raises an error.
# - [ ] 600, but not 4 | It is the other way round: the model of lesson 01 raised an error on 600.

# %% [markdown]
# **Recall.** The paper's BERT has 110 million parameters. What share of them is in its word table?
#
# - [ ] Less than 1 % | It has one vector per token of the vocabulary, and there are more than 30,000 of them.
# - [x] About 20 % | 21.4 %. In a small model like this one it is more than half: the layers shrink faster than the table.
# - [ ] About 80 % | Not even in a model as small as this one. The layers of the paper's BERT have more than three quarters.

# %%
import copy

import torch
import torch.nn.functional as F

from course_utils import load_model, show_here

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config, state_dict = model.config, model.state_dict()
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
input_ids, token_type_ids = batch["input_ids"], batch["token_type_ids"]  # each (batch, tokens)
tokens = tokenizer.convert_ids_to_tokens(input_ids[0])
show_here("embeddings")

# %% [markdown]
# Everything that this lesson needs is in five of the model's tensors: three tables, and the norm's weight and bias.

# %%
for name, tensor in state_dict.items():
    if name.startswith("embeddings."):
        print(f"{name:<42} {tuple(tensor.shape)}")

# %% [markdown]
# ## Which token is it? The word table
#
# The first table has one row for each token of the vocabulary, and an id is the number of a row. *Embedding* a token
# means taking its row. Nothing is computed: two equal ids give two equal vectors, whatever tokens surround them.

# %%
from course_utils import embedding_lookup

word = state_dict["embeddings.word_embeddings.weight"]  # (vocabulary, hidden)
vectors = embedding_lookup(word, input_ids)  # (batch, tokens, hidden)
print("ids", tuple(input_ids.shape), "-> vectors", tuple(vectors.shape))
echo = embedding_lookup(word, tokenizer("no, no", return_tensors="pt")["input_ids"])[0]  # (tokens, hidden)
print("both 'no' have the same vector:", torch.equal(echo[1], echo[-2]))

# %% [markdown]
# Why is a lookup a layer of a neural network? Because it is a matrix product in disguise. Write the id as a *one-hot*
# vector, zeros and a single one; times the table, that one picks its row. The lookup gives the same without
# multiplying by all the zeros, and it can be trained like any other weight.

# %%
one_hot = F.one_hot(input_ids, len(word)).to(word.dtype)  # (batch, tokens, vocabulary)
product = one_hot @ word  # (batch, tokens, hidden)
print(tuple(one_hot.shape), "times the table gives the rows:", torch.equal(product, vectors))

# %% [markdown]
# The rows began as random numbers. Training moved them, and tokens that are used alike ended up with similar
# directions, as the cosine measures it.
#
# **Predict.** `bert` is one of the tokens. Which other token is its nearest neighbour in this model?
#
# - [ ] `berlin` | It begins with the same letters, but the table does not see letters. Each row was learned from the texts in which its token occurs.
# - [x] `ernie` | Sesame Street, or the language model of that name: the two occur in the same texts.
# - [ ] `transformer` | It is not among the first six. In most texts Bert is a person's name.

# %%
from course_utils import show_neighbours

chosen = ["bert", "monday", "river", "python", "1990", "##ing", "[MASK]"]
show_neighbours(tokenizer, word, chosen)

# %% [markdown]
# Weekdays, years, endings; and snakes beside software, since each token has one row, and all senses of a word share it.
# Telling the senses apart is the work of the layers. And `[MASK]` is near `bert`: this model was trained further on
# scientific papers, among other texts (its model card lists S2ORC), and papers on BERT may be among them.
#
# **Predict.** The famous sum: `king` - `man` + `woman`. Which row of the table is nearest to the result?
#
# - [ ] `queen` | The famous result excludes the words of the question. With them, `queen` is second.
# - [x] `king` | Taking `man` away and adding `woman` moves the vector a little. It is still nearest to where it started.
# - [ ] `princess` | It is among the first eight, but not the first.

# %%
from course_utils import nearest_tokens

for start, minus, plus in (("king", "man", "woman"), ("berlin", "germany", "japan")):
    ids = torch.tensor(tokenizer.convert_tokens_to_ids([start, minus, plus]))
    a, b, c = embedding_lookup(word, ids)  # each (hidden,)
    nearest = nearest_tokens(a - b + c, word, k=8)
    print(f"{start} - {minus} + {plus}:", *tokenizer.convert_ids_to_tokens(nearest))

# %% [markdown]
# Capital cities give the same result: `tokyo` is found, after a word of the question.
#
# ## Where is it? The position table
#
# A row of the word table does not depend on the token's place, and attention, as lesson 05 will show, does not depend on
# the order either. So BERT has a second table, with one row per place: row 0 is added to the first token of every
# sequence, row 1 to the second, and so on.
#
# The first Transformer computed such vectors (Vaswani et al. 2017, section 3.5). Its features come in pairs, a sine and
# a cosine of the place, and each pair has waves of its own length:
#
# $$p_{2i} = \sin\frac{\text{place}}{10000^{2i/d}} \qquad p_{2i+1} = \cos\frac{\text{place}}{10000^{2i/d}}$$
#
# BERT *learns* its rows, like those of the words. Nothing in BERT says that place 5 is next to place 6. Did training find
# that out? And did it find sines?

# %%
from course_utils import show_position_map

position = state_dict["embeddings.position_embeddings.weight"]  # (positions, hidden)
show_position_map(position)

# %% [markdown]
# **What is alike:** neighbours are similar, distant places less so, and the way down has waves. So training found the
# order of the places, and something like waves as well.
#
# **What is not:** for sines and cosines only the distance counts, because sin a · sin b + cos a · cos b = cos(a - b). In
# the learned table it also matters *where* the two places are, the waves are much higher, and some cosines are far
# below 0. So training did not find the formula. It need not: Vaswani et al. tried both kinds, with "nearly identical
# results". And row 0 is special: place 0 has the same token, `[CLS]`, in every text.
#
# ## Which text is it in? The segment table
#
# BERT was trained on pairs of texts and had to say whether the second really followed the first. The third table
# tells the two apart: row 0 for the first text, row 1 for the second. The tokenizer calls these ids
# `token_type_ids`.

# %%
segment = state_dict["embeddings.token_type_embeddings.weight"]  # (segments, hidden)
pair = tokenizer("dog bites man", "man bites dog", return_tensors="pt")
print(tokenizer.convert_ids_to_tokens(pair["input_ids"][0]))
print("a pair:  ", pair["token_type_ids"][0].tolist())
print("one text:", token_type_ids[0].tolist())

# %% [markdown]
# One text has segment ids of zero, as you saw in lesson 01. May they be left out then? As an argument, yes: the model
# fills in zeros. But the row must still be added: row 0 is not a row of zeros, and without it every token is off.

# %%
left_out = model.embeddings(input_ids)
all_zero = model.embeddings(input_ids, torch.zeros_like(input_ids))
print("ids left out equals ids of zero:", torch.equal(left_out, all_zero))
print(f"length of row 0: {segment[0].norm():.2f}, of row 1: {segment[1].norm():.2f}")
print(f"cosine of the two: {F.cosine_similarity(segment[0], segment[1], dim=0):.2f}")

# %% [markdown]
# In this model the two rows have nearly the same direction: it makes little difference which text a token is in.
#
# ## Add them
#
# Three lookups, three vectors of the same size for each token. BERT adds them.

# %%
from course_utils import embedding_sum, show_addition

summed = embedding_sum(input_ids, token_type_ids, word, position, segment)
print("the sum:", tuple(summed.shape))
show_addition(tokenizer, model)

# %% [markdown]
# **Predict.** You are given the sum alone, of 100 tokens drawn at random. For how many can you say which word it was,
# and for how many which place?
#
# - [ ] None, or hardly any | Three *numbers* cannot be found again in their sum. But in hundreds of dimensions two unrelated directions are almost at right angles, and hardly disturb each other.
# - [ ] About half | In hundreds of dimensions there is room for both: two unrelated directions are almost at right angles.
# - [x] Nearly all, both | The nearest row of the word table is the word, and the nearest row of the position table the place. Adding has lost almost nothing.

# %%
generator = torch.Generator().manual_seed(0)
ids = torch.randint(len(word), (1, 100), generator=generator)
sums = embedding_sum(ids, torch.zeros_like(ids), word, position, segment)[0]  # (100, hidden)
words = [nearest_tokens(vector, word, k=1)[0] for vector in sums]
places = [nearest_tokens(vector, position, k=1)[0] for vector in sums]
print("words found: ", sum(a == b for a, b in zip(words, ids[0].tolist(), strict=True)))
print("places found:", sum(a == b for a, b in zip(places, range(100), strict=True)))

# %% [markdown]
# **Why add, and not put them side by side?** Because adding keeps both the word and the place readable, as you have just
# seen, and costs nothing. Side by side, every vector would be three times as wide, and so would every layer:

# %%
from course_utils import layer_parameters

wide = copy.deepcopy(config)
wide.hidden_size *= 3
wide.intermediate_size *= 3
ratio = layer_parameters(wide) / layer_parameters(config)
print(f"a layer three times as wide has {ratio:.1f} times the parameters")

# %% [markdown]
# Adding would be a bad idea if two different inputs had the same sum: no layer could ever tell them apart. Nothing forbids
# it. Word a at place i and word b at place j have the same sum if word[a] - word[b] is position[j] - position[i]. In the
# exercises you find such a pair in small tables, and then ask how near BERT comes to one.
#
# ## Normalise
#
# The sums have different lengths: `[CLS]` is long because row 0 of the positions is. *Layer norm* (Ba et al. 2016)
# removes such differences: it brings each token's vector, by itself, to mean 0 and variance 1. Then it multiplies by a
# learned weight and adds a learned bias.
#
# $$y = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \cdot \text{weight} + \text{bias}$$
#
# A token with four features, worked by hand:
#
# | | | | | | |
# |---|---|---|---|---|---|
# | x | 1 | 3 | 3 | 5 | their mean is μ = 3 |
# | x - μ | -2 | 0 | 0 | 2 | |
# | (x - μ)² | 4 | 0 | 0 | 4 | their mean is σ² = 2 |
# | (x - μ) / σ | -1.414 | 0 | 0 | 1.414 | mean 0, variance 1 |

# %%
from course_utils import layer_norm, planted

x = torch.tensor([1.0, 3.0, 3.0, 5.0])
arguments = (x, torch.ones(4), torch.zeros(4), 1e-12)  # weight 1, bias 0
results = {
    "PyTorch's": F.layer_norm(x, (4,), eps=1e-12),
    "the reference's": layer_norm(*arguments),
    "divided by 3": planted("layer_norm", "unbiased")(*arguments),
}
for name, y in results.items():
    print(f"{name:<16}", *(f"{value:7.3f}" for value in y.tolist()))

# %% [markdown]
# **Which variance?** The mean of (x - μ)²: the sum divided by the number of features, here 4. `torch.var` and
# `torch.std` divide by one less (the *unbiased* estimate of statistics), and with four features you see the difference at
# once. At the size of a real model you do not:

# %%
ratio = ((config.hidden_size - 1) / config.hidden_size) ** 0.5
print(f"with {config.hidden_size} features the wrong result is {ratio:.4f} times the right one")

# %% [markdown]
# **What is eps for, and where does it go?** Under the root, so that a token whose features are all equal becomes
# 0 / √ε, which is 0, and not 0 / 0. For ordinary tokens BERT's eps is far too small to notice. That makes a wrong eps
# hard to find, so the checks of the exercises also try 0.1.

# %%
weight = state_dict["embeddings.LayerNorm.weight"]  # (hidden,)
bias = state_dict["embeddings.LayerNorm.bias"]  # (hidden,)
ones, zeros = torch.ones_like(weight), torch.zeros_like(bias)
normed = layer_norm(summed, weight, bias, config.layer_norm_eps)  # (batch, tokens, hidden)
for eps in (0.0, config.layer_norm_eps, 0.1):
    flat = layer_norm(ones, ones, zeros, eps)  # of a token whose features are all 1
    moved = (layer_norm(summed, weight, bias, eps) - normed).abs().max()
    print(f"eps {eps}: all features equal become {flat[0]:.0f}; the seed's tokens move by up to {moved:.2f}")

# %% [markdown]
# **Predict.** Multiply the sum by 3, or divide it by 3, before the norm. What happens to the result?
#
# - [ ] It is 3 times as large, or as small | Mean and standard deviation grow with the vector, and both are removed again.
# - [x] Nothing | x - μ and σ are both 3 times as large, and 3 / 3 cancels: the norm removes the scale. So an *average* of the three embeddings in place of their sum would go unnoticed here, as long as eps is tiny.
# - [ ] Only the bias changes | The bias is added after the division and does not depend on x.

# %%
eps = config.layer_norm_eps
for factor in (3, 1 / 3):
    again = layer_norm(factor * summed, weight, bias, eps)
    print(f"times {factor:.2f}, the same result:", torch.allclose(again, normed, atol=1e-5))

# %% [markdown]
# Last come two learned vectors. The weight stretches each feature and the bias shifts it, the same for all tokens. So
# the lengths differ again at the end: with variance 1 every token has the length √d, but the weight stretches some
# features more than others.

# %%
print(f"weight: {weight.min():.2f} to {weight.max():.2f}, bias: {bias.min():.2f} to {bias.max():.2f}")
plain = layer_norm(summed, ones, zeros, eps)  # weight 1, bias 0
print(f"√d = {config.hidden_size**0.5:.1f}; lengths before | normalised | times weight, plus bias:")
for place in (0, len(tokens) - 2):
    before, middle, after = (vectors[0, place].norm() for vectors in (summed, plain, normed))
    print(f"{tokens[place]:>10}: {before:.1f} | {middle:.1f} | {after:.1f}")

# %% [markdown]
# **Why not batch norm?** *Batch norm* does the same arithmetic in the other direction: not over the features of one token,
# but over all tokens of the batch, for one feature at a time. Then a token's result depends on which others happen to be
# in its batch. Here is the token from above, in the company A of two others, then in company B:

# %%
token = [1.0, 3.0, 3.0, 5.0]
a = torch.tensor([token, [7.0, 2.0, 1.0, 7.0], [0.0, 9.0, 4.0, 4.0]])  # (tokens, features)
b = torch.tensor([token, [2.0, 8.0, 9.0, 1.0], [5.0, 0.0, 7.0, 6.0]])
norms = {
    "layer norm": lambda x: layer_norm(x, torch.ones(4), torch.zeros(4), 1e-12),
    "batch norm": lambda x: F.batch_norm(x, None, None, training=True, eps=1e-12),
}
for name, norm in norms.items():
    in_a, in_b = (" ".join(f"{value:5.2f}" for value in norm(x)[0].tolist()) for x in (a, b))
    print(f"{name}   A: {in_a}   B: {in_b}")

# %% [markdown]
# Padding would be company, too. With layer norm a token has the same result whatever else is in the batch.
#
# ## All of it at once
#
# Three lookups, a sum and a norm: that is `hidden_states[0]`. (In training a dropout follows the norm.)

# %%
out = model(**batch, output_hidden_states=True)
own = model.embeddings(input_ids, token_type_ids)
print("what model.embeddings returns:", torch.equal(out.hidden_states[0], own))

# %% [markdown]
# Read the picture from top to bottom: the id, the place and the segment choose one row each, the rows are added, and the
# sum is normalised. Now switch parts off, and watch the difference from the real `hidden_states[0]`. For most tokens the
# word makes the largest difference, for `[CLS]` the position. Why? (Compare the lengths below the strips.) Then type a
# text of your own, and add a second one.

# %%
from course_utils import explore_embeddings

explore_embeddings(tokenizer, model)

# %% [markdown]
# ## Dog bites man
#
# What do the positions do for the model? Take two sentences of the same three words, and a copy of the model whose
# position table is all zeros. The vector of a sentence is the mean of its tokens' vectors after the *last* layer, `[CLS]`
# and `[SEP]` included.

# %%
without = copy.deepcopy(model)
without.embeddings.position_embeddings.weight.zero_()
one = tokenizer("dog bites man", return_tensors="pt")
other = tokenizer("man bites dog", return_tensors="pt")


def cosines(some_model):
    """The cosine of the two sentences' mean vectors, for each of the hidden states."""
    a = some_model(**one, output_hidden_states=True).hidden_states
    b = some_model(**other, output_hidden_states=True).hidden_states
    means = [(x.mean(dim=1), y.mean(dim=1)) for x, y in zip(a, b, strict=True)]  # (1, hidden) each
    return [F.cosine_similarity(x, y).item() for x, y in means]


# %% [markdown]
# **Predict.** What is the cosine of "dog bites man" and "man bites dog" in the copy without positions?
#
# - [ ] The same as in the model with positions | With positions the model does notice the order, as the first line below shows.
# - [ ] Near 0, as of two unrelated sentences | The words still have their vectors, and attention still compares them.
# - [x] 1.0000, as of one and the same sentence | Without positions the two are the same set of tokens, and nothing else in a BERT depends on their order.

# %%
print(f"with positions:    {cosines(model)[-1]:.4f}")
print(f"without positions: {cosines(without)[-1]:.4f}")

# %% [markdown]
# It is not only the mean. Without positions each token has the same result in both sentences: who bites and who is
# bitten is lost. **To a BERT without positions the two are the same sentence.**

# %%
ids = other["input_ids"][0].tolist()
order = [ids.index(token) for token in one["input_ids"][0].tolist()]
print("the first sentence:   ", *tokenizer.convert_ids_to_tokens(one["input_ids"][0]))
print("the second, reordered:", *tokenizer.convert_ids_to_tokens(other["input_ids"][0, order]))
for name, some_model in (("with positions", model), ("without positions", without)):
    a, b = some_model(**one).last_hidden_state, some_model(**other).last_hidden_state
    same = torch.allclose(a, b[:, order], atol=1e-5)
    print(f"{name}: each token has the same result in both sentences: {same}")

# %% [markdown]
# And where does the real model begin to notice? Not in the mean of `hidden_states[0]`: the same words and the same
# places go into it, only paired differently, and but for the norm the two means would be equal. Attention makes use of
# the order, layer by layer.

# %%
from course_utils import show_order

title = "“dog bites man” and “man bites dog”: how alike the model finds them"
show_order(cosines(model), cosines(without), title)

# %% [markdown]
# ## How many parameters?
#
# Three tables and the norm: all of it follows from four sizes of the config, and the number of layers is not one of them.
# The paper's BERT is twice as wide as MiniLM, and has exactly twice as many parameters here:

# %%
from transformers import BertConfig

from course_utils import count_parameters, embedding_parameters

print(f"embeddings, by the config:   {embedding_parameters(config):>10,}")
print(f"embeddings, counted:         {count_parameters(model.embeddings):>10,}")
print(f"the paper's, by its config:  {embedding_parameters(BertConfig()):>10,}")

# %% [markdown]
# ## The proof
#
# Lookups, a sum and a norm against the real model's `hidden_states[0]`: with your `bert_embeddings` if you have passed it,
# with ours until then. The inputs are the seed sentence, a padded batch, a pair, and random ids.

# %%
inputs = {
    "seed sentence": batch,
    "padded batch": tokenizer(["Short.", "A longer sentence, unaffable as ever!"], padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was muddy.", "She opened an account.", return_tensors="pt"),
    "random ids": {
        "input_ids": torch.randint(config.vocab_size, (3, 17), generator=generator),
        "token_type_ids": torch.randint(config.type_vocab_size, (3, 17), generator=generator),
    },
}

# %%
from course_utils import show_proof
from course_utils.my_bert import bert_embeddings

compared = {}
for name, given in inputs.items():
    real = model(**given, output_hidden_states=True).hidden_states[0]
    mine = bert_embeddings(given["input_ids"], given["token_type_ids"], state_dict, config)
    compared[name] = (mine, real)
show_proof(compared)

# %% [markdown]
# Does such a proof find anything that the eye does not? Here is the same function six times, each with one mistake.

# %%
from course_utils import planted, show_lookalikes

mistakes = {
    "variance divided by d - 1": "layer_norm: unbiased",
    "eps 1e-5": "layer_norm: eps_1e-5",
    "segments swapped": "embedding_sum: segments_inverted",
    "no segments": "embedding_sum: no_segments",
    "positions from 1": "embedding_sum: positions_from_one",
    "no norm": "no_norm",
}
given = inputs["pair"]
arguments = (given["input_ids"], given["token_type_ids"], state_dict, config)
wrong_ones = {}
for name, label in mistakes.items():
    wrong_ones[name] = planted("bert_embeddings", label)(*arguments)
show_lookalikes(compared["pair"][1], wrong_ones)

# %% [markdown]
# ## Recap
#
# - Embedding is **looking up a row**: the id in the word table, the place in the position table, the segment in the
#   segment table.
# - The three are **added**. The vectors get no wider, and word and place can still be read from the sum.
# - **Layer norm** works on one token's features: minus the mean, divided by √(σ² + ε) with the variance over **d**, then
#   times weight, plus bias. It removes the scale of its input.
# - Positions are learned, their number is the longest possible input, and **without them BERT sees a bag of words**.
# - The result is `hidden_states[0]`: the same for equal tokens at equal places, whatever their neighbours are. Attention,
#   the next lesson, changes that.
#
# **Where this model differs from the paper.** The tables work as in Devlin et al., who trained them on pairs of texts
# in one sequence of up to 512 tokens. This model was trained further as an encoder of sentences, each in a sequence of
# its own: there all segment ids are 0.
#
# **Now you:** [the exercises of this lesson](../exercises/02_embeddings.ipynb). After them: [03 ·
# Self-attention](03_self_attention.ipynb).
#
# **Papers.** Devlin et al. 2018, *BERT*, arXiv 1810.04805 · Ba et al. 2016, *Layer Normalization*, arXiv 1607.06450 ·
# Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762 · Mikolov et al. 2013, *Efficient Estimation of
# Word Representations in Vector Space*, arXiv 1301.3781.
