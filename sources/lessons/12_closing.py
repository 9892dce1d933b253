# %% [markdown]
# # 12 · What you proved
#
# **What this page is for:** to find out what you remember; to run the whole of BERT once more, from the first character to the
# last vector, on functions that you wrote; to write the mask that GPT has and BERT has not; and to choose where to go from here.
#
# **What you need:** whatever you have passed. Where an exercise is still open, the reference's function takes its place and says so.
#
# **Time:** about 30 minutes.

# %% [markdown]
# ## Ten questions
#
# Without looking. If one of them stops you, its reason names the lesson.

# %% [markdown]
# **Recall.** A word of twelve letters contains one character that the vocabulary does not have. What does the model see of the
# word?
#
# - [ ] All the pieces, without that character | No piece fits at that place, so the search fails for the whole word (lesson 01).
# - [ ] The pieces on both sides, and [UNK] between | WordPiece does not go on after a place where no piece fits (lesson 01).
# - [x] A single [UNK], whatever the letters were | One odd character erases the whole word (lesson 01). Two such words look the same to the model.

# %% [markdown]
# **Recall.** *dog bites man* and *man bites dog* have the same words. Where in the model does the difference between them come
# from?
#
# - [x] From the rows of the position table | They are added to the words' vectors before layer 0 (lesson 02). Without them the two are the same set of vectors.
# - [ ] From the order of the attention scores | Attention is the same whatever the order of the tokens: shuffle them, and its result is shuffled.
# - [ ] From the segments, `token_type_ids` | They are 0 for all tokens of a single sentence (lesson 02).

# %% [markdown]
# **Recall.** The scores are divided by √dh before the softmax. What if they were not?
#
# - [ ] The rows would no longer sum to 1 | Softmax makes every row sum to 1, whatever the scores are.
# - [x] One key would get nearly all the weight | Dot products of dh numbers spread as √dh does; softmax turns large differences into a choice of one, and its gradient vanishes (lesson 03).
# - [ ] Nothing, since softmax ignores a factor | It ignores what is *added* to all scores of a row. A factor makes it sharper or flatter.

# %% [markdown]
# **Recall.** One token's vector is changed at the input of a layer. Through which of its parts can that reach another token?
#
# - [ ] Through attention and the layer norm | The norm takes mean and variance over the features of one token (lesson 04).
# - [ ] Through attention and feed-forward | The feed-forward network works on each token alone (lesson 05).
# - [x] Through attention, and nothing else | Norm, residual and feed-forward leave the tokens apart (lessons 04 and 05).

# %% [markdown]
# **Recall.** Your model agrees with the real one in `hidden_states[0]` to `[3]` and differs from `hidden_states[4]` on. Where do
# you look for the mistake?
#
# - [ ] In layer 4, by its number | Layer 4 turns `hidden_states[4]` into `[5]`, and its input is wrong already.
# - [x] In layer 3, by its number | `hidden_states[0]` is no layer's output, so layer 3 makes `[4]` (lesson 00). The first difference tells where to look (lesson 06).
# - [ ] In the last layer, from the top | What comes after the first difference is wrong because its input is.

# %% [markdown]
# **Recall.** `load_state_dict(weights, strict=False)` ran without a word, and the model's answers mean nothing. What is most
# likely?
#
# - [x] The names do not fit, and weights are random | Tensors under unknown names are left out in silence. Look at the lists `missing` and `unexpected` (lesson 07).
# - [ ] The file is damaged, and numbers are missing | A tensor of another shape raises an error even so, and a damaged file cannot be read.
# - [ ] The model is in train mode, and dropout is on | Dropout makes the answers change from run to run, not mean nothing (lesson 00).

# %% [markdown]
# **Recall.** A search finds other sentences as soon as the corpus is embedded in other batches. What has been forgotten?
#
# - [ ] Scaling the vectors to length 1 | A vector without it is as long in every batch.
# - [x] The mask, when taking the mean | Then the mean includes [PAD], and how much of it depends on the longest text in the batch (lesson 08).
# - [ ] Sorting the texts by length | The order of the texts changes the time that it takes, not a result.

# %% [markdown]
# **Recall.** A head gives half of its weight to [CLS]. How much of [CLS] is in its result?
#
# - [ ] Half of the result, as the weight says | The weight is multiplied by a value vector, and vectors have lengths.
# - [ ] More than half, since [CLS] is long | The value vector of an attention sink is short.
# - [x] That depends on the length of its value | Weight times length is what arrives, and for [CLS] it is close to nothing (lesson 09).

# %% [markdown]
# **Recall.** A thousand texts of different lengths are sorted before they go into batches of 32. Why is that faster?
#
# - [ ] Short texts are done first, and caches are warm | The order of the batches hardly matters. What is in them does.
# - [x] Texts in a batch are alike, so less is padded | The model computes every place of a batch, [PAD] included (lesson 10).
# - [ ] Sorted batches need no attention mask any more | They do, unless all the texts of a batch are equally long.

# %% [markdown]
# **Recall.** Before its first training step a masked language model with a vocabulary of V words has a loss of about ...
#
# - [ ] 1, since it is always wrong | Cross-entropy is not a share of errors: it is the mean of -ln of the right word's probability.
# - [x] ln V, since all words are alike | It gives every word a probability of about 1/V, and -ln(1/V) is ln V (lesson 11).
# - [ ] 0, since it has not learned | 0 is the loss of a model that is certain of the right word.

# %%
import torch

from course_utils import certificate, load_model, progress

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, real = load_model()
real.config.output_hidden_states = True

# %% [markdown]
# ## Text in, vector out, all of it yours
#
# A model needs three things: a tokenizer, the class `Bert`, and weights. The lines that these imports print say which functions are
# your own.

# %%
from course_utils.my_bert import Bert, encode, load_reference_weights, pad_batch, same_model

mine = Bert(real.config)
missing, unexpected = load_reference_weights(mine, real.state_dict())
mine.eval()
print("tensors that were missing:", len(missing), "· left over:", len(unexpected))

# %%
pairs = [("this is a 12212121 test sentence", "Is it?"), ("naïve café", "unaffable people stood in a long line there")]
rows = [encode(first, second, tokenizer.get_vocab()) for first, second in pairs]
input_ids, attention_mask = pad_batch([row["input_ids"] for row in rows])  # (2, tokens) each, the shorter row padded
token_type_ids, _ = pad_batch([row["token_type_ids"] for row in rows])
batch = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}

theirs = tokenizer(*map(list, zip(*pairs, strict=True)), padding=True, return_tensors="pt")
for key, tensor in batch.items():
    print(f"{key:<15}{tuple(tensor.shape)}  equal to the tokenizer's own:", torch.equal(tensor, theirs[key]))

# %%
differences = same_model(mine, real, batch)
for place, difference in differences.items():
    print(f"{place:<18}", "the same, below 1e-4" if difference < 1e-4 else "DIFFERENT")

# %% [markdown]
# Every hidden state agrees, from the sum of three tables to the last layer and the pooler, and padding has changed nothing. Nothing
# on the way from the text to these numbers is hidden from you any more.
#
# ## One mask away from GPT
#
# A model that *writes*, such as GPT, guesses the next token from those before it, so no token may look at a later one. This needs
# no new layer: it is one mask. In lesson 03 a mask hid padding from all queries, so it was (batch, 1, 1, tokens). Now what is hidden
# depends on the query, so it is (1, 1, tokens, tokens): queries first, then keys. (Such a model is also trained with its mask. BERT's
# weights never saw one; here they only show who looks at whom.)
#
# This one hides nothing. Two lines will do; `torch.triu` or `torch.tril` may help.


# %%
def causal_mask(tokens):
    """Added to the scores, (1, 1, tokens, tokens): 0 where a query may look, the lowest number where it may not."""
    return torch.zeros(1, 1, tokens, tokens)


# %% [markdown]
# Here the real BERT's layer 0 uses your mask. A ■ says that the token of this row looks at the token of that column.

# %%
inputs = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
names = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
states = real(**inputs).hidden_states[0]  # (1, tokens, hidden)
attention = real.encoder.layer[0].attention.self
looks = attention(states, causal_mask(len(names)))[1][0].amax(dim=0) > 1e-8  # (queries, keys), in any head

for name, row in zip(names, looks, strict=True):
    print(f"{name:>9}", *("■" if seen else "·" for seen in row))
allowed = torch.ones_like(looks).tril()
for wrong, what in (
    (looks & ~allowed, "looks at a later token"),
    (~looks & allowed, "misses itself or an earlier one"),
):
    for query, key in wrong.nonzero()[:1].tolist():
        print(f"Not yet. {names[query]} (number {query}) {what}: {names[key]} (number {key}).")
if torch.equal(looks, allowed):
    print("✓ Every token looks at itself and at what comes before it, and at nothing else.")

# %% [markdown]
# What is it good for? If no token looks ahead, then what is written later changes nothing about the tokens before: a model that
# writes need not compute them again for each new word. Here the first five tokens run through all layers, alone and with the rest:


# %%
def through_all_layers(states):
    for layer in real.encoder.layer:
        states = layer(states, causal_mask(states.shape[1]))
    return states


alone, with_the_rest = through_all_layers(states[:, :5]), through_all_layers(states)[:, :5]
print("the first five are the same without the rest:", torch.allclose(alone, with_the_rest, atol=1e-4))

# %% [markdown]
# <details><summary>A way to write it</summary>
#
# ```python
# def causal_mask(tokens):
#     lowest = torch.finfo(torch.float32).min
#     return torch.full((1, 1, tokens, tokens), lowest).triu(1)  # the keys after the query
# ```
#
# </details>
#
# ## Your map
#
# A box is green once everything in its lesson is proven.

# %%
progress()

# %% [markdown]
# ## Something to keep
#
# `certificate()` counts the functions that you have proven. With your name and a file it writes one page of HTML that needs no
# network: the map, the list of all checks with those that you passed, and the code with which you passed them. For example
# `certificate("Ada Lovelace", "inside-bert.html")`.

# %%
certificate()

# %% [markdown]
# ## What has changed since 2018
#
# BERT is the plain form of something that has been improved in many places. You know each of these places by its line of code. In
# bold, the name under which you will meet the change:
#
# | in BERT | what newer encoders do | where to read |
# |---|---|---|
# | a learned table of positions, 512 rows (02) | **RoPE**, rotary positions: turn query and key by an angle that grows with the position | RoFormer, arXiv 2104.09864 |
# | norm after the residual (04) | **pre-LN**: norm before the sublayer, which trains deep stacks without a warm-up | Xiong et al., arXiv 2002.04745 |
# | GELU in the feed-forward (05) | **GeGLU**: one half of the inner layer gates the other | Shazeer, arXiv 2002.05202 |
# | the score matrix in memory (03, 10) | **FlashAttention**: computed in tiles that are never stored | Dao et al., arXiv 2205.14135 |
# | padded batches (10) | **unpadding**: no padding at all, in training too | ModernBERT, arXiv 2412.13663 |
# | next-sentence prediction (07) | **no NSP**: left out; results stay as good, or get slightly better | RoBERTa, arXiv 1907.11692 |
# | guess the hidden 15 % (11) | **replaced-token detection**: tell for every token whether it was replaced | ELECTRA, arXiv 2003.10555 |
# | twelve layers, trained alone | **distillation**: fewer layers, taught by the large model | DistilBERT, arXiv 1910.01108; MiniLM, arXiv 2002.10957 |
#
# ## Where to go next
#
# **Read.** *Attention Is All You Need* (arXiv 1706.03762) and *BERT* (arXiv 1810.04805) once more, now that every formula in
# them is a function of yours. *A Primer in BERTology* (arXiv 2002.12327) collects what is known about the inside;
# *Sentence-BERT* (arXiv 1908.10084) is where lesson 08 comes from.
#
# **Use.** `transformers` runs these models and thousands more; `sentence-transformers` trains them for search; `tokenizers` is
# the fast way to do what lesson 01 did by hand. You can read their sources now: begin with `BertModel` itself.
#
# **Build.** Three things that are a short way from here:
#
# - Give the tiny model of lesson 11 your causal mask, and make the next token the label of each: this is the task of GPT. The loop
#   that trains it stays as it is.
# - Replace the position table of lesson 11's model by rotated queries and keys, train it anew, and look for a head that looks at the
#   previous token, as in lesson 09.
# - Run this course on another BERT: stop it, set the variable `COURSE_MODEL` to `bert-base-uncased`, or another name or folder, and
#   start it. Every proof holds there, too.
