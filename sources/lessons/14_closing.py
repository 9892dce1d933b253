# %% [markdown]
# # 14 · What you proved
#
# **What this page is for:** to find out what you remember; to run the whole of BERT once more, from the first character to the
# last vector, on functions that you wrote; and to choose where to go from here.
#
# **What you need:** whatever you have passed. Where an exercise is still open, the reference's function takes its place and says so.
#
# **Time:** about 30 minutes.

# %% [markdown]
# ## Twelve questions
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

# %% [markdown]
# **Recall.** One text's loss is the cross-entropy of its logits. Its gradient with respect to the logits is the probabilities minus ...
#
# - [x] 1 at the right class, 0 elsewhere | So what is wrong is pushed down by just as much as it is believed, and the right class up by what it lacks (lesson 12).
# - [ ] 1/C each, what a guess would give | That is where an untrained head begins, not where its gradient points.
# - [ ] the logits, which gave rise to them | The logits are scores of any size. The gradient is small where the probabilities are right already (lesson 12).

# %% [markdown]
# **Recall.** Queries and keys are turned by rotary positions. Both tokens move ten places to the right. What becomes of their score?
#
# - [ ] It falls, since they are farther from the start | Nothing in the score knows where the text starts.
# - [x] Nothing: it knows their distance alone | Both are turned by the same angle more, and a dot product does not change when both vectors are turned (lesson 13).
# - [ ] It may do anything, as with BERT's table | With a learned table every position has its own row. That is what rotation ended (lesson 13).

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
# ## What is not in this course
#
# Lesson 13 replaced BERT's parts by those of today. These changes are not in the layer, but in how it is computed and trained:
#
# | in BERT | what came later | where to read |
# |---|---|---|
# | the score matrix in memory (03, 10) | **FlashAttention**: computed in tiles that are never stored | Dao et al., arXiv 2205.14135 |
# | next-sentence prediction (07) | **no NSP**: left out; results stay as good, or get slightly better | RoBERTa, arXiv 1907.11692 |
# | guess the hidden 15 % (11) | **replaced-token detection**: tell for every token whether it was replaced | ELECTRA, arXiv 2003.10555 |
# | twelve layers, trained alone | **distillation**: fewer layers, taught by the large model | DistilBERT, arXiv 1910.01108; MiniLM, arXiv 2002.10957 |
# | vectors as they come out of it (08) | **contrastive training**: pairs that mean the same are drawn together, all others apart | Sentence-BERT, arXiv 1908.10084; SimCSE, arXiv 2104.08821 |
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
# **Build.** Four things that are a short way from here:
#
# - Give the tiny model of lesson 11 the causal mask of lesson 13, and make the next token the label of each: this is the task of
#   GPT. The loop that trains it stays as it is.
# - Replace its position table by your `rotate`, train it anew, and look for a head that looks at the previous token, as in lesson 09.
# - Write fifty messages of your own in a few classes, hold a third of them out, and fine-tune the model on the rest, as in lesson 12.
#   Beat the nearest neighbour.
# - Run this course on another BERT: stop it, set the variable `COURSE_MODEL` to `bert-base-uncased`, or another name or folder, and
#   start it. Every proof holds there, too.
