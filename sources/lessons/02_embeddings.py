# %% [markdown]
# # 02 · Ids to vectors
#
# **What you will build:** the step from ids, which are only row numbers, to `hidden_states[0]`, the vectors that
# enter the first layer. Each token takes a row from each of three tables, the three are added, and the sum is
# normalised. You also write `layer_norm`, which lessons 04 to 06 use again.
#
# **What you need:** the ids of lesson 01. A *vector* here is a list of d numbers, d being the model's hidden size.
#
# **Time:** about 75 minutes with the [exercises](../exercises/02_embeddings.ipynb).

# %%
import copy

import torch
import torch.nn.functional as F

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
config, state_dict = model.config, model.state_dict()
batch = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
input_ids, token_type_ids = batch["input_ids"], batch["token_type_ids"]  # each (batch, tokens)
tokens = tokenizer.convert_ids_to_tokens(input_ids[0])

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
word = state_dict["embeddings.word_embeddings.weight"]  # (vocabulary, hidden)
vectors = word[input_ids]  # (batch, tokens, hidden)
print("ids", tuple(input_ids.shape), "-> vectors", tuple(vectors.shape))
echo = word[tokenizer("no, no", return_tensors="pt")["input_ids"][0]]  # (tokens, hidden)
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
# directions. The *cosine* measures how similar two directions are: 1 for the same direction, 0 for unrelated ones, -1
# for opposite ones.
#
# **Predict.** `bert` is one of the tokens. Which other token is its nearest neighbour in this model?
#
# - [ ] `berlin`, which begins with the same letters | The table does not see letters. Each row was learned from the texts in which its token occurs.
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
    a, b, c = word[tokenizer.convert_tokens_to_ids([start, minus, plus])]  # each (hidden,)
    nearest = nearest_tokens(a - b + c, word, k=8)
    print(f"{start} - {minus} + {plus}:", *tokenizer.convert_ids_to_tokens(nearest))

# %% [markdown]
# Capital cities give the same result: `tokyo` is found, after a word of the question.
#
# ## Where is it? The position table
#
# A row of the word table does not depend on the token's place, and attention, as lesson 05 will show, does not depend on
# the order either. So BERT has a second table, with one row per place: row 0 is added to the first token of every
# sequence, row 1 to the second, and so on. Vaswani et al. computed such vectors from sines and cosines; BERT learns them
# like words.

# %%
from course_utils import show_position_map

position = state_dict["embeddings.position_embeddings.weight"]  # (positions, hidden)
show_position_map(position)

# %% [markdown]
# Nothing in BERT says that place 5 is next to place 6. Training found the order of the places, and with it the waves that
# make the stripes. Row 0 is special: place 0 has the same token, `[CLS]`, in every text.
#
# **Must every input have 512 tokens?** No. 512 is the number of *rows* of this table (in this model and in the
# paper's). A shorter sequence takes the first rows; a longer one is impossible. Short inputs need padding only to the
# longest of their batch, as the tokenizer does with `padding=True`.

# %%
for length in (4, config.max_position_embeddings, config.max_position_embeddings + 1):
    try:
        out = model.embeddings(torch.zeros(1, length, dtype=torch.int64))
        print(f"{length} tokens: {tuple(out.shape)}")
    except (IndexError, RuntimeError) as error:
        print(f"{length} tokens: {type(error).__name__}, the table has no such row")

# %% [markdown]
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
# **Why are my segment ids all zero?** Because you gave one text, and everything in it belongs to the first. May they
# be left out then? As an argument, yes: the model fills in zeros. But the row must still be added: row 0 is not a row of
# zeros, and without it every token is off.

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
from course_utils import embedding_sum

summed = embedding_sum(input_ids, token_type_ids, word, position, segment)
by_hand = word[input_ids[0, 3]] + position[3] + segment[0]  # (hidden,)
print("the sum:", tuple(summed.shape))
print(f"{tokens[3]!r} at place 3, by hand:", torch.allclose(summed[0, 3], by_hand, atol=1e-6))

# %% [markdown]
# **Predict.** You are given the sum alone, of 100 tokens drawn at random. For how many can you say which word it was,
# and for how many which place?
#
# - [ ] None: three numbers added cannot be told apart | Three *numbers* cannot. But in hundreds of dimensions two unrelated directions are almost at right angles, and hardly disturb each other.
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
# And at the input, adding *is* putting side by side: set the three one-hot vectors side by side, stack the three tables,
# and one matrix product gives the sum.

# %%
places = torch.arange(len(tokens))
side_by_side = torch.cat(
    [
        one_hot[0],
        F.one_hot(places, len(position)).to(word.dtype),
        F.one_hot(token_type_ids[0], len(segment)).to(word.dtype),
    ],
    dim=-1,
)  # (tokens, all rows)
stacked = torch.cat([word, position, segment])  # (all rows, hidden)
print(tuple(side_by_side.shape), "times", tuple(stacked.shape))
print("equal to the sum:", torch.allclose(side_by_side @ stacked, summed[0], atol=1e-5))

# %% [markdown]
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
variance = summed[0].var(dim=-1, unbiased=False)  # (tokens,)
print(f"variances of the sums: {variance.min():.4f} to {variance.max():.4f}")
print(f"eps: {config.layer_norm_eps}")

# %% [markdown]
# **Predict.** Multiply the sum by 3, or divide it by 3, before the norm. What happens to the result?
#
# - [ ] It is 3 times as large, or as small | Mean and standard deviation grow with the vector, and both are removed again.
# - [x] Nothing | x - μ and σ are both 3 times as large, and 3 / 3 cancels: the norm removes the scale. So an *average* of the three embeddings in place of their sum would go unnoticed here, as long as eps is tiny.
# - [ ] Only the bias changes | The bias is added after the division and does not depend on x.

# %%
weight = state_dict["embeddings.LayerNorm.weight"]  # (hidden,)
bias = state_dict["embeddings.LayerNorm.bias"]  # (hidden,)
eps = config.layer_norm_eps
normed = layer_norm(summed, weight, bias, eps)  # (batch, tokens, hidden)
for factor in (3, 1 / 3):
    again = layer_norm(factor * summed, weight, bias, eps)
    print(f"times {factor:.2f}, the same result:", torch.allclose(again, normed, atol=1e-5))

# %% [markdown]
# Last come two learned vectors. The weight stretches each feature and the bias shifts it, the same for all tokens. So
# the lengths differ again at the end: with variance 1 every token has the length √d, but the weight stretches some
# features more than others.

# %%
print(f"weight: {weight.min():.2f} to {weight.max():.2f}, bias: {bias.min():.2f} to {bias.max():.2f}")
plain = layer_norm(summed, torch.ones_like(weight), torch.zeros_like(bias), eps)  # weight 1, bias 0
print(f"√d = {config.hidden_size**0.5:.1f}; lengths before | normalised | times weight, plus bias:")
for place in (0, len(tokens) - 2):
    before, middle, after = (vectors[0, place].norm() for vectors in (summed, plain, normed))
    print(f"{tokens[place]:>10}: {before:.1f} | {middle:.1f} | {after:.1f}")

# %% [markdown]
# ## All of it at once
#
# Read the picture from top to bottom: the id, the place and the segment choose one row each, the rows are added, and the
# sum is normalised. Below each strip are the row that a token takes and the length of its vector.

# %%
from course_utils import show_embeddings

show_embeddings(tokenizer, model)

# %% [markdown]
# **What is `hidden_states[0]`?** This, and no layer's output: the embeddings after the norm, before any layer has
# worked on them. (In training a dropout follows the norm; in eval mode it does nothing.)

# %%
out = model(**batch, output_hidden_states=True)
own = model.embeddings(input_ids, token_type_ids)
print("what model.embeddings returns:", torch.equal(out.hidden_states[0], own))

# %% [markdown]
# Now switch parts off, and watch the difference from the real `hidden_states[0]`, one strip at a time. For most tokens
# the word makes the largest difference, for `[CLS]` the position. Why? (Compare the lengths below the strips.) Then type a
# text of your own, and add a second one.

# %%
from course_utils import explore_embeddings

explore_embeddings(tokenizer, model)

# %% [markdown]
# ## Dog bites man
#
# What do the positions do for the model? Take two sentences of the same three words, and a copy of the model whose
# position table is all zeros. The vector of a sentence is the mean of its tokens' vectors after the *last* layer, `[CLS]`
# and `[SEP]` included. Compare the two sentences by cosine.
#
# **Predict.** What is the cosine of "dog bites man" and "man bites dog" in the copy without positions?
#
# - [ ] The same as with positions | With positions the model does notice the order, as the first line below shows.
# - [ ] Near 0: without positions it is all noise | The words still have their vectors, and attention still compares them.
# - [x] 1.0000 | Without positions the two are the same set of tokens, and nothing else in a BERT depends on their order.

# %%
without = copy.deepcopy(model)
without.embeddings.position_embeddings.weight.zero_()
one = tokenizer("dog bites man", return_tensors="pt")
other = tokenizer("man bites dog", return_tensors="pt")


# %%
def cosines(some_model):
    """The cosine of the two sentences' mean vectors, for each of the hidden states."""
    a = some_model(**one, output_hidden_states=True).hidden_states
    b = some_model(**other, output_hidden_states=True).hidden_states
    means = [(x.mean(dim=1), y.mean(dim=1)) for x, y in zip(a, b, strict=True)]  # (1, hidden) each
    return [F.cosine_similarity(x, y).item() for x, y in means]


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
# Three tables and the norm. Every model with this vocabulary has 30,522 rows of words, however few its layers and
# however short its vectors. In a small model like this one they are half of all parameters.

# %%
from course_utils import count_parameters, embedding_parameters

all_of_them = count_parameters(model)
print(f"embeddings, by the config: {embedding_parameters(config):,}")
print(f"embeddings, counted:       {count_parameters(model.embeddings):,}")
print(f"the whole model:           {all_of_them:,}")
print(f"the word table's share:    {word.numel() / all_of_them:.1%}")

# %% [markdown]
# ## The proof
#
# The course's `bert_embeddings` (lookups, a sum and a norm) against the real model's `hidden_states[0]`, on the seed
# sentence, a padded batch, a pair, and random ids.

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
from course_utils import bert_embeddings, show_proof

compared = {}
for name, given in inputs.items():
    real = model(**given, output_hidden_states=True).hidden_states[0]
    mine = bert_embeddings(given["input_ids"], given["token_type_ids"], state_dict, config)
    compared[name] = (mine, real)
show_proof(compared)

# %% [markdown]
# Does such a proof find anything that the eye does not? Here is the same function six times, each with one mistake.

# %%
from course_utils import show_lookalikes

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
