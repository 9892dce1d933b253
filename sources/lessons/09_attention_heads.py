# %% [markdown]
# # 09 · What the heads look at
#
# **What you will build:** instruments. Numbers that tell heads apart, a switch that turns one head off, and a way to follow a
# single word through the layers. With them you will find a head that does one clear thing, prove what it depends on, and
# learn why the token that gets the most attention contributes almost nothing.
#
# **What you need:** self-attention (lesson 03), the layer's parameters (06), the sentence vector (08).
#
# **Time:** about 110 minutes with the [exercises](../exercises/09_attention_heads.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions about earlier lessons. Today builds on their answers.

# %% [markdown]
# **Recall.** Lesson 03: the attention mask hides a token from the others. What becomes 0 in every map, (query tokens, key tokens)?
#
# - [ ] The token's row | A row is what one query looks at. The hidden token still asks; nobody reads what it finds.
# - [x] The token's column | A column is what one key gets. The mask is added to it, before softmax.
# - [ ] The token's row and column | Only the column. The hidden token's own row still sums to 1.

# %% [markdown]
# **Recall.** Lesson 04: W_O, the dense layer after the heads, is stored as (out, in). Where are the weights that read head h?
#
# - [ ] In head h's rows of W_O | A row makes one feature of the *result*, from all heads.
# - [x] In head h's columns of W_O | The columns are W_O's inputs, the heads' features side by side.
# - [ ] In all of W_O, mixed up | The heads are side by side, not mixed: head h has h · dh to (h + 1) · dh - 1.

# %% [markdown]
# **Recall.** Lesson 08: what is this model's sentence vector made of?
#
# - [ ] The last vector of [CLS] | That is BERT's pooler. This model was trained with another recipe.
# - [x] The last vectors of all tokens | Their mean, without the padding, scaled to length 1.
# - [ ] The last vector of each layer | It uses only `last_hidden_state`, the last layer's.

# %%
import math

import torch

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads

text = "The old fisherman sat on the bank of the river and waited for the rain to stop."
inputs = tokenizer(text, return_tensors="pt")
tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
print(layers, "layers ×", heads, "heads =", layers * heads, "maps of", len(tokens), "×", len(tokens), "weights")

# %% [markdown]
# ## Getting the weights out
#
# A real BERT returns its attention if asked. There is a trap: by default transformers computes attention with PyTorch's fused
# function (`"sdpa"`), which never stores the weights. It raises no error.


# %%
def ask(way):
    """The model's output on our text, with attention computed in that way."""
    model.set_attn_implementation(way)
    return model(**inputs, output_attentions=True, output_hidden_states=True)


print("sdpa: ", len(ask("sdpa").attentions), "tensors")
outputs = ask("eager")  # and so it stays
print("eager:", len(outputs.attentions), "tensors of", tuple(outputs.attentions[0].shape))
attention = torch.cat(outputs.attentions)  # (layers, heads, query tokens, key tokens)
print("together:", tuple(attention.shape))

# %% [markdown]
# An empty tuple, and no exception. `load_model()` loads with `attn_implementation="eager"` for this lesson's sake.
#
# ## One number per head
#
# Nobody can read that many maps one by one. So we ask each head a question that a number can answer. The first: how much of its
# attention goes to the token just before the query? In the map that is the diagonal below the main one.

# %%
from course_utils import offset_attention

example = torch.tensor([[[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.2, 0.7, 0.1]]])  # (1 head, 3 queries, 3 keys)
print("token 1 looks back with 0.9, token 2 with 0.7, token 0 cannot:", f"{offset_attention(example, -1).item():.2f}")
previous = torch.stack([offset_attention(layer, -1) for layer in attention])  # (layers, heads)
print("uniform attention would give", f"{1 / len(tokens):.2f}")

# %% [markdown]
# **Predict.** How many of this model's heads give more than half of their attention to the previous token?
#
# - [ ] About a quarter of them | Order matters in language, but one good look at the neighbour seems to be enough.
# - [x] Exactly one of them | One head does nothing else. A few more do it now and then.
# - [ ] Not a single one of them | Many heads are spread out. This one is not.

# %%
print("heads above one half:", int((previous > 0.5).sum()), "of", previous.numel())
prev_layer, prev_head = divmod(int(previous.argmax()), heads)  # found, not typed in
print(f"layer {prev_layer}, head {prev_head}: {previous[prev_layer, prev_head]:.1%} to the previous token")

# %% [markdown]
# Code counts from 0. Papers often count from 1 (Clark et al. 2019 do in the text and do not in their code): what is layer 0, head 2
# here would be head 1-3 there.
#
# ## Grammar or position? An experiment
#
# A head looks at the previous token. Is that grammar, or is it position? Watching more sentences would not tell: in all of them words
# and positions come together. We must separate them, and change one thing at a time.


# %%
def map_of(layer, head, **batch):
    """One head's map on some input, (tokens, tokens)."""
    return model(**batch, output_attentions=True).attentions[layer][0, head]


draw = torch.Generator().manual_seed(7)
random_ids = torch.randint(1000, model.config.vocab_size, (1, len(tokens)), generator=draw)
print(*tokenizer.convert_ids_to_tokens(random_ids[0, :8]), "...")

# %% [markdown]
# **Predict.** Two other worlds. In one the words are random tokens, these here. In the other the sentence is whole, but all rows of
# the position table are zero. Where does the head still find the previous token?
#
# - [x] With random tokens, but not without positions | A token's position is all that it uses.
# - [ ] Without positions, but not with random tokens | Then it would have been about words. Besides, attention itself has no order: without position vectors the tokens are a bag.
# - [ ] In both: the order of the input is enough | Attention itself has no order: without position vectors the tokens are a bag.
# - [ ] In neither: it needs words and their positions | It would, if it looked for certain words at certain places.

# %%
from course_utils import show_worlds

table = model.embeddings.position_embeddings.weight  # (positions, hidden)
kept = table.clone()
worlds = {
    "a sentence": attention[prev_layer, prev_head],
    "random ids": map_of(prev_layer, prev_head, input_ids=random_ids),
}
table.zero_()
worlds["no positions"] = map_of(prev_layer, prev_head, **inputs)
table.copy_(kept)  # put back
show_worlds(f"Layer {prev_layer}, head {prev_head} in three worlds", worlds)

# %% [markdown]
# That is a causal statement, not a description: take the words away and nothing changes, take the positions away and everything
# does. If that is so, positions must be *enough*. Give the head position vectors and nothing else, no word at all:

# %%
from course_utils import attention_scores, softmax, split_heads

embeddings, own = model.embeddings, model.encoder.layer[prev_layer].attention.self
places = table[: len(tokens)] + embeddings.token_type_embeddings.weight[0]  # (tokens, hidden): no words
x = embeddings.LayerNorm(places)[None]  # (1, tokens, hidden)
probs = softmax(attention_scores(split_heads(own.query(x), heads), split_heads(own.key(x), heads)))
print(f"from positions alone: {offset_attention(probs[0], -1)[prev_head]:.1%} to the previous token")

# %% [markdown]
# This head's W_Q and W_K read the position part of the embeddings: the query of each position fits the key of the one before it.
# (In another model the head that you find may be in a later layer. Then this last cell is no fair test: what arrives there is no
# longer an embedding.)
#
# ## Where does most of it go?
#
# Second instrument: the share of attention that goes to certain tokens.
#
# **Predict.** Which token of our sentence gets the most attention, over all heads?
#
# - [ ] `fisherman`, the subject | It comes second, with a small fraction of the winner's.
# - [ ] `[SEP]`, which ends the text | In bert-base it is [SEP] in the middle layers (Clark et al. 2019). This model has another favourite.
# - [x] `[CLS]`, which is not a word | Nearly half of everything.

# %%
from course_utils import attention_to

gets = attention.mean(dim=(0, 1, 2))  # (tokens,): of all heads and queries together
for place in gets.argsort(descending=True)[:4].tolist():
    print(f"{tokens[place]:10} {gets[place]:.0%}")

# %% tags=["answer"]
from course_utils import show_heads

is_cls = torch.tensor([token == "[CLS]" for token in tokens])
to_cls = torch.stack([attention_to(layer, is_cls) for layer in attention])  # (layers, heads)
print("by layer, mean of its heads:", *(f"{share:.0%}" for share in to_cls.mean(dim=1)))
show_heads(attention, to_cls, "Attention to [CLS]", high=1.0)

# %% [markdown]
# Each small square is a head's map. The dark left edge, in most of them, is the column of [CLS].
#
# A third instrument tells the narrow heads from the wide ones: the **entropy** of a row of weights, H = -Σ p ln p. All on one token
# gives 0, the same for all n tokens ln n. (Its unit with the natural logarithm is the *nat*; with log₂ it would be the bit.) One row
# by hand, the last of our example:

# %%
row = [0.2, 0.7, 0.1]
parts = [-p * math.log(p) for p in row]
print("H =", " + ".join(f"{part:.2f}" for part in parts), f"= {sum(parts):.2f} nats; at most ln 3 = {math.log(3):.2f}")

# %% [markdown]
# Now for all heads: the narrowest, the widest, and the one that looks at [CLS] most.

# %%
from course_utils import attention_entropy

entropy = torch.stack([attention_entropy(layer).mean(dim=-1) for layer in attention])  # (layers, heads)
print(f"most even: ln {len(tokens)} = {math.log(len(tokens)):.2f} nats")
for name, place in {
    "narrowest": entropy.argmin(),
    "widest": entropy.argmax(),
    "most to [CLS]": to_cls.argmax(),
}.items():
    layer, head = divmod(int(place), heads)
    there = f"{entropy[layer, head]:.2f} nats, {previous[layer, head]:.0%} to the previous token"
    print(f"{name}: layer {layer}, head {head} with {there}, {to_cls[layer, head]:.0%} to [CLS]")

# %% [markdown]
# Two narrow heads, and they look at different things: how *narrow* a head is does not tell what it looks at. (100 % to the previous
# token *and* 10 % to [CLS]? `offset_attention` leaves out token 0, which has no previous one; `attention_to` counts it. Two of 20
# queries look at [CLS]: [CLS] itself, and token 1, whose previous token it is.)
#
# ## Weight is not influence
#
# What a query receives is Σ a · v: weights times *values*. A weight of 0.8 on a very short vector brings less than 0.2 on a long one.
# So before we believe that [CLS] matters, we measure how long its values are:

# %%
states = torch.cat(outputs.hidden_states)  # (layers + 1, tokens, hidden)
values = torch.stack(
    [
        split_heads(layer.attention.self.value(x[None]), heads)[0]
        for x, layer in zip(states, model.encoder.layer, strict=False)
    ]
)  # (layers, heads, tokens, head size)
lengths = values.norm(dim=-1).mean(dim=1)  # (layers, tokens)
for layer, row in enumerate(lengths):
    print(f"layer {layer}: the value of [CLS] is {row[0]:.2f} long, the others' {row[1:].mean():.2f} on average")

# %%
from course_utils import show_weight_and_influence

layer = min(1, layers - 1)
head = int(to_cls[layer].argmax())  # the head of this layer that looks at [CLS] most
title = f"Layer {layer}, head {head}: looked at, and taken in"
show_weight_and_influence(tokens, attention[layer, head], values[layer, head], title)

# %% [markdown]
# On the right the dark edge is nearly gone, and what is left is what this head does, in this model: `of` looks at `bank`, `for` at
# `waited`, `to` at `for`. All the others look at [CLS] most, as if there were nothing for them to find.
#
# `value_weighted_attention` multiplies weight and length. Over all heads:

# %%
from course_utils import value_weighted_attention

weighed = torch.stack([value_weighted_attention(*pair) for pair in zip(attention, values, strict=True)])
carries = weighed.sum(dim=(0, 1, 2)) / weighed.sum()  # (tokens,): share of weight × length
print(f"[CLS] gets {gets[0]:.0%} of the weight and {carries[0]:.0%} of weight × length")

# %% [markdown]
# ## The loudest token says nothing
#
# Lengths are still only numbers that we have read off. So once more an experiment: **silence** a token. Its values become zero in
# every head of every layer, so that a query that looks at it receives nothing, and no other token gets its share. How far does the
# sentence vector of lesson 08 move? (The values are changed by a *hook*: a function that a module calls with its output; what it
# returns replaces the output.)

# %%
from course_utils import l2_normalize


def sentence_vectors(**batch):
    """The unit vectors of unpadded texts of one length, (batch, hidden)."""
    return l2_normalize(model(**batch).last_hidden_state.mean(dim=1))


def silenced(batch):
    """The sentence vector with token 0 silenced, with token 1 silenced, ...: (tokens, hidden)."""
    count = batch["input_ids"].shape[1]
    heard = 1 - torch.eye(count)[:, :, None]  # (copies, tokens, 1): copy j of the text does not hear token j

    def silence(part, args, value):  # value: (copies, tokens, hidden)
        return value * heard

    hooks = [layer.attention.self.value.register_forward_hook(silence) for layer in model.encoder.layer]
    vectors = sentence_vectors(**{name: ids.expand(count, -1) for name, ids in batch.items()})
    for hook in hooks:
        hook.remove()
    return vectors


# %% [markdown]
# **Predict.** [CLS] gets more attention than any other token. If we silence it, how far does the sentence vector move?
#
# - [ ] Farther than without any other token | Attention tells where the heads look, not what they receive from there.
# - [ ] About as far as without `fisherman` | It is second in attention, and moves the vector most of all.
# - [x] About as far as without `of` or `on` | Nearly half of all attention goes to [CLS], and it brings hardly anything.

# %%
from course_utils import show_gets_and_moves

whole = sentence_vectors(**inputs)[0]  # (hidden,)
moves = 1 - silenced(inputs) @ whole  # (tokens,): 1 - cosine
show_gets_and_moves(tokens, gets, moves)

# %% [markdown]
# **The token that gets the most attention carries almost nothing.** A head's weights must sum to 1. So a query for which the head has
# nothing to do needs a place where looking does no harm, a *no-op* (an operation that does nothing). Clark et al. suspected this of
# [SEP] in bert-base. In this model the place is [CLS]. Its name today is **attention sink** (Xiao et al. 2023, who found it at the
# first tokens of large language models).

# %% [markdown]
# **Predict.** Now we *hide* [CLS], with the attention mask: its weight is shared out among the other tokens. The sentence vector ...
#
# - [ ] moves as little as before | Before, the weights on the words stayed small. Now they must grow until they sum to 1.
# - [x] moves many times as far | Every head that did nothing must now do something.
# - [ ] stays the same, bit for bit | The mask changes every softmax.

# %%
mask = torch.ones_like(inputs["input_ids"])
mask[0, 0] = 0  # nobody may look at [CLS]
hidden = sentence_vectors(input_ids=inputs["input_ids"], attention_mask=mask)[0]
print(f"[CLS] silenced: the sentence vector moves by {moves[0]:.3f}")
print(f"[CLS] hidden:   it moves by {1 - hidden @ whole:.3f}")
print(f"for comparison, {tokens[int(moves.argmax())]} silenced: {moves.max():.3f}")

# %% [markdown]
# So [CLS] is not useless: its *silence* is what the heads need.
#
# ## Switching a head off
#
# What does a head do? **Ablate** it: take it away, and look at what changes. The obvious way is an argument named `head_mask`, which
# many tutorials use:

# %%
nothing = torch.zeros(layers, heads)  # 0: switch this head off, according to the tutorials
masked = model(**inputs, head_mask=nothing).last_hidden_state
print("changed by switching off all heads:", not torch.equal(masked, outputs.last_hidden_state))

# %% [markdown]
# No difference at all, and no warning. Transformers 5 has dropped `head_mask`, and accepts any keyword. An experiment that finds
# "no head matters" this way has measured nothing. **Before you believe a null result, check that your switch switches.**
#
# The sure way is through the weights. `ablate_head` makes W_O deaf to one head: that head's part of W_O becomes zero. (Zero is one
# choice of what is left of a head. *Mean-ablation* leaves its mean over many texts, so that only what it says of *this* text goes.)

# %%
from course_utils import ablate_head, layer_params

params = layer_params(model.state_dict(), prev_layer)
ablated = ablate_head(params, prev_head, heads)
for name in params:
    if not torch.equal(params[name], ablated[name]):
        columns = (params[name] != ablated[name]).any(dim=0).nonzero().flatten()
        print(name, tuple(params[name].shape), "columns", int(columns[0]), "to", int(columns[-1]))

# %%
from course_utils import embed

texts = [
    text,
    "She opened an account at the bank this morning.",
    "Two children built a house of cards on the kitchen table.",
    "The train was late again, so we missed the first act.",
    "Nobody knew why the lights had gone out in the whole street.",
]
normal = embed(texts, tokenizer, model)  # (texts, hidden)


def effect(*chosen):
    """How far the sentence vectors move, (texts,), if these heads, (layer, head) each, are switched off."""
    weights = [layer.attention.output.dense.weight for layer in model.encoder.layer]
    kept = [weight.clone() for weight in weights]
    for layer, head in chosen:
        params = ablate_head(layer_params(model.state_dict(), layer), head, heads)
        weights[layer].copy_(params["attention.output.dense.weight"])
    vectors = embed(texts, tokenizer, model)
    for weight, before in zip(weights, kept, strict=True):
        weight.copy_(before)  # put back
    return 1 - (vectors * normal).sum(dim=-1)


# %% [markdown]
# **Predict.** We switch off one head at a time and see how far the five sentence vectors move. Among all heads, where is the
# previous-token head, the clearest head of the whole model?
#
# - [ ] In nearly all texts first | That would be a fine story. But clear to *us* is not the same as important.
# - [x] In most texts in the middle | In four of the five. In "The train was late again ..." it is among the first ten.
# - [ ] In nearly all texts last | It is missed less than many heads, and more than many others.

# %%
effects = torch.stack(
    [torch.stack([effect((layer, head)) for head in range(heads)]) for layer in range(layers)]
)  # (layers, heads, texts)
ranks = 1 + (effects > effects[prev_layer, prev_head]).sum(dim=(0, 1))  # (texts,)
print("without the previous-token head; its place among", layers * heads, "heads:", ranks.tolist())

# %% [markdown]
# Why is the clearest head missed so little? Others can take over. These four heads look at the previous token most. Switch them off
# one by one, and then all together:

# %%
four = sorted(divmod(int(place), heads) for place in previous.flatten().argsort(descending=True)[:4])
print("layer, head, share to the previous token:", *(f"{at[0]}-{at[1]} {previous[at]:.2f}" for at in four))
print(f"one by one, the effects added up: {sum(effects[at] for at in four).mean():.3f}")
print(f"all four together:                {effect(*four).mean():.3f}")

# %% [markdown]
# More than twice the sum. A head that another can replace looks unimportant until both are gone.
#
# Do the heads that look at [CLS] have less to do? A rank correlation tells: 1 if two lists have the same order, -1 if the opposite
# one, near 0 if they have nothing to do with each other.


# %%
def rank_correlation(one, other):
    """Spearman's: the correlation of the ranks."""
    ranks = [numbers.flatten().argsort().argsort().float() for numbers in (one, other)]
    return float(torch.corrcoef(torch.stack(ranks))[0, 1])


to_first = []  # attention to token 0, [CLS], in each text
for sentence in texts:
    probs = torch.cat(model(**tokenizer(sentence, return_tensors="pt"), output_attentions=True).attentions)
    is_first = torch.arange(probs.shape[-1]) == 0
    to_first.append(torch.stack([attention_to(layer, is_first) for layer in probs]))
to_first = torch.stack(to_first, dim=-1)  # (layers, heads, texts)
found = [rank_correlation(a, b) for a, b in zip(to_first.mT.flatten(0, 1), effects.mT.flatten(0, 1), strict=True)]
print(f"below 0 in {sum(one < 0 for one in found)} of {len(found)} cases, each a layer and a text")

# %%
from course_utils import show_sinks_and_effects

show_sinks_and_effects(to_first.mean(dim=-1), effects.mean(dim=-1), (prev_layer, prev_head))

# %% [markdown]
# They have: in every layer and every text, heads that look more at [CLS] tend to be missed less. And in this model the last layer
# stands out: what its heads leave out, no later layer can make up for. (This is one measure: a head that does nothing for this vector may do
# much for another task. Michel et al. 2019 switched heads off in a translation model and in a BERT that tells whether one sentence
# follows from another. Taken one at a time, most were hardly missed.)
#
# ## Is attention an explanation?
#
# It is tempting to colour a text by its attention and say: this is why. Three papers argue about it in their titles.
#
# - *Attention is not Explanation* (Jain & Wallace 2019): in their recurrent classifiers, attention weights agreed poorly with
#   what the output depends on, and quite different weights could give the same output.
# - *Attention is not not Explanation* (Wiegreffe & Pinter 2019): that depends on what you call an explanation. Weights that were
#   changed by hand are not weights that a model could have learned, and as one account of what happened attention may do.
# - *Attention is Not Only a Weight* (Kobayashi et al. 2020): look at a · ‖v‖, and much that puzzled goes away. (Their v has gone
#   through W_O already; ours has not.)
#
# We can try it here. For our five texts: does the order of the tokens by attention agree with their order by effect, that is by how
# far the sentence vector moves without them?


# %%
def compare(text):
    """Two rank correlations with the tokens' effects, of weight and of weight × length; and the effects."""
    batch = tokenizer(text, return_tensors="pt")
    out = model(**batch, output_attentions=True, output_hidden_states=True)
    by_weight, by_both = 0, 0  # (tokens,)
    for x, probs, layer in zip(out.hidden_states, out.attentions, model.encoder.layer, strict=False):
        value = split_heads(layer.attention.self.value(x), heads)[0]  # (heads, tokens, head size)
        by_weight = by_weight + probs[0].sum(dim=(0, 1))
        by_both = by_both + value_weighted_attention(probs[0], value).sum(dim=(0, 1))
    effect = 1 - silenced(batch) @ sentence_vectors(**batch)[0]  # (tokens,)
    return rank_correlation(by_weight, effect), rank_correlation(by_both, effect), effect


# %% [markdown]
# **Predict.** Which agrees better with the effect?
#
# - [ ] the weight alone | [CLS] spoils it: first by weight, in the last third by effect.
# - [x] weight times length | In every one of these texts.
# - [ ] neither: both near 0 | Words that matter do get more. Weights are not noise.

# %%
print("weight  weight × length   tokens with more effect than [CLS]")
for sentence in texts:
    weight, both, moved = compare(sentence)
    more = f"{int((moved > moved[0]).sum())} of {len(moved) - 1}"
    print(f"{weight:+6.1f}  {both:+15.1f}   {more:10}  {sentence}")

# %% [markdown]
# So, in this model: attention is a trace of where information *may* flow, and the values decide what does. To say what a token
# *does*, take it away and look.
#
# ## A word's sense, layer by layer
#
# What is all the looking for? Lesson 03 had two banks with the same vector. Six sentences now, three by the water and three about
# money. `word_similarity_by_layer` compares the six vectors of `bank` at every layer.

# %% [markdown]
# **Predict.** Where do the two senses begin to part?
#
# - [ ] In the embeddings | There all six are the same word; they differ only in its position.
# - [x] In the first layer | One look around is enough to see water or money.
# - [ ] In the last layer | It would be strange to leave it that late: everything else builds on it.

# %%
from course_utils import show_senses, word_similarity_by_layer

banks = {
    "The old fisherman sat on the bank of the river.": "river",
    "We walked along the muddy bank and fed the ducks.": "river",
    "Grass grew on the bank above the water.": "river",
    "She opened an account at the bank this morning.": "money",
    "The bank refused to lend him any more money.": "money",
    "He works as a cashier in a bank.": "money",
}
cosines = word_similarity_by_layer(model, tokenizer, list(banks), "bank")  # (layers + 1, 6, 6)
show_senses(cosines, list(banks.values()), "bank")

# %% tags=["answer"]
senses = list(banks.values())
for number, matrix in enumerate(cosines):
    nearest = (matrix - 2 * torch.eye(len(senses))).argmax(dim=1).tolist()  # itself left out
    right = sum(senses[one] == senses[other] for one, other in enumerate(nearest))
    print(f"hidden_states[{number}]: for {right} of {len(senses)} the nearest other bank has the same sense")

# %% [markdown]
# Even banks of different senses have a mean cosine of .76 or more. Is that much? Compare it with two different tokens of our
# sentence:

# %%
from course_utils import cosine_matrix

different = torch.ones(len(tokens), len(tokens)).triu(1).bool()  # each pair of different places once
others = [float(cosine_matrix(layer, layer)[different].mean()) for layer in states]
print("two tokens of our sentence, mean cosine by layer:", *(f"{cosine:.2f}" for cosine in others))

# %% [markdown]
# At the last layer two banks of different senses have .76, two tokens of our sentence .40. So .76 still says *the same word*; the
# sense is in the gap between .84, for the same sense, and .76. A cosine means little by itself; only the *comparison* does.
#
# ## Play: all heads at once
#
# Choose what the heads are coloured by, a **layer** and a **head**, and type a text of your own. Things to try: colour by attention
# **to the next token** and find the head that looks ahead; a text of nonsense, and see which heads stay as they are; **weigh by the
# length of the values**, and watch the left edges fade; attention **to [SEP]** with a short text and with a long one.

# %%
from course_utils import explore_heads

explore_heads(tokenizer, model)

# %% [markdown]
# ## The proof
#
# Is a zero in W_O really the same as removing a head? Two ways to switch off one head in *every* layer, on four inputs. Yours:
# weights that have gone through your `ablate_head`, if you have passed it, in the encoder of lesson 06. The model's: the real
# weights, and a hook that wipes the head's part of the context before W_O reads it.

# %%
from course_utils.my_bert import ablate_head, extended_attention_mask, run_encoder

draw = torch.Generator().manual_seed(0)
random_ids = torch.randint(1000, model.config.vocab_size, (2, 9), generator=draw)
batches = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer(
        ["a short one", "a sentence that is a good deal longer"], padding=True, return_tensors="pt"
    ),
    "pair": tokenizer("The river bank was wet.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": random_ids, "attention_mask": torch.ones_like(random_ids)},
}
chosen = [(prev_head + layer) % heads for layer in range(layers)]  # a head for each layer


# %%
def by_weights(batch, ablate):
    """Last hidden states of your own encoder, its weights changed by `ablate`."""
    state_dict = dict(model.state_dict())
    for layer, head in enumerate(chosen):
        params = ablate(layer_params(state_dict, layer), head, heads)
        state_dict |= {f"encoder.layer.{layer}.{name}": tensor for name, tensor in params.items()}
    start = model.embeddings(batch["input_ids"], batch.get("token_type_ids"))
    mask = extended_attention_mask(batch["attention_mask"], start.dtype)
    return run_encoder(start, state_dict, model.config, mask)[-1]


# %%
def by_hook(batch):
    """Last hidden states of the real model, the chosen heads' contexts wiped on their way to W_O."""
    hooks = []
    for layer, head in zip(model.encoder.layer, chosen, strict=True):

        def wipe(part, args, head=head):
            context = args[0].unflatten(-1, (heads, -1))  # (batch, tokens, heads, head size)
            return (context.index_fill(2, torch.tensor([head]), 0.0).flatten(2),)

        hooks.append(layer.attention.output.dense.register_forward_pre_hook(wipe))
    result = model(**batch).last_hidden_state
    for hook in hooks:
        hook.remove()
    return result


# %%
from course_utils import show_proof

compared = {}
for name, batch in batches.items():
    real_tokens = batch["attention_mask"] == 1  # (batch, tokens): nobody reads the others
    compared[name] = by_weights(batch, ablate_head)[real_tokens], by_hook(batch)[real_tokens]
show_proof(compared)

# %% [markdown]
# And ways to switch off a head that do something else. All of them run, and most of them look as if they had worked. A head whose
# query or key weights are zero, for instance, is not silent: its row of weights still sums to 1.

# %%
from course_utils import planted, show_lookalikes

wrong = {
    "rows of W_O for columns": "rows_for_columns",
    "the head after it": "next_head",
    "every n-th column": "interleaved",
    "query weights zeroed": "query_silenced",
    "value weights zeroed, bias left": "value_silenced",
    "bias of W_O zeroed, too": "bias_too",
    "nothing (head_mask)": "nothing_changed",
}
seed, real = batches["seed sentence"], compared["seed sentence"][1]
show_lookalikes(real, {name: by_weights(seed, planted("ablate_head", label))[0] for name, label in wrong.items()})

# %% [markdown]
# ## Recap
#
# - A head is a table of weights; **one number per head**, the answer to one question, makes many heads comparable.
# - To know what a head depends on, **change one thing and keep the rest**: this model's previous-token head works on random
#   words and fails without positions.
# - **Weight is not influence.** [CLS] gets nearly half of this model's attention and carries next to nothing: an *attention sink*,
#   where heads look that have nothing to do. a · ‖v‖ shows it, silencing proves it.
# - Switch heads off **through W_O**. `head_mask` is ignored without a warning, and `"sdpa"` gives no weights.
# - A clear head need not be an important one: others may take over.
# - The senses of one word begin to part in the first layer.
#
# **Now you:** [the exercises of this lesson](../exercises/09_attention_heads.ipynb). After them: [10 · Making it
# fast](10_speed.ipynb).
#
# **Papers.** Clark et al. 2019, *What Does BERT Look At?*, arXiv 1906.04341 · Michel et al. 2019, *Are Sixteen Heads Really
# Better than One?*, arXiv 1905.10650 · Jain & Wallace 2019, *Attention is not Explanation*, arXiv 1902.10186 · Wiegreffe &
# Pinter 2019, *Attention is not not Explanation*, arXiv 1908.04626 · Kobayashi et al. 2020, *Attention is Not Only a Weight*,
# arXiv 2004.10102 · Xiao et al. 2023, *Efficient Streaming Language Models with Attention Sinks*, arXiv 2309.17453 · Vig
# 2019, *A Multiscale Visualization of Attention in the Transformer Model*, arXiv 1906.05714.
