# %% [markdown]
# # 08 · Sentence search
#
# **What you will build:** a search engine that finds sentences by what they are about, even if they share no word with the question.
# It takes five short functions on top of the model, and gives the same numbers as the library `sentence-transformers`; a sixth
# says how good it is.
#
# **What you need:** the model as a whole (07), and the attention mask (03).
#
# **Time:** about 85 minutes with the [exercises](../exercises/08_sentence_search.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on earlier lessons, whose answers you will need.

# %% [markdown]
# **Recall.** A batch has a short sentence in it, filled up with [PAD]. The model is given the attention mask. What does that
# change?
#
# - [ ] The vectors of [PAD] are zeros at the end | They go through every layer like all others, and are not zero. Only nobody looks at them.
# - [x] No token takes anything from a [PAD] | The mask is added to the scores of the *keys* (lesson 03): after the softmax their weight is 0.
# - [ ] The rows of [PAD] are left out of the result | The result still has one vector for every place of the batch, [PAD] included.

# %% [markdown]
# **Recall.** What is `pooler_output` made of?
#
# - [ ] The mean of all tokens' vectors, [PAD] left out | The name sounds like it, but no mean is taken anywhere in BERT.
# - [ ] The largest number of each feature over all tokens | That is max pooling. BERT's pooler does not look at the other tokens.
# - [x] The last vector of [CLS], a dense layer and tanh | So it is in lesson 07: `tanh(W h + b)`, with h the first token's vector.

# %% [markdown]
# **Recall.** The position table has 512 rows. Must every input have 512 tokens?
#
# - [x] No, it may have up to 512 | A text of T tokens takes the first T rows (lesson 02). More padding changes nothing but the time.
# - [ ] Yes, padding fills it up to 512 | Padding is only needed up to the longest text of the batch.
# - [ ] No, and it may also have more | There is no row for a 513th token: the lookup raises an error.

# %%
import torch
import torch.nn.functional as F

from course_utils import load_model

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, model = load_model()
weather, sunny, stadium = texts = [
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
]
print(model.config.num_hidden_layers, "layers, hidden size", model.config.hidden_size)

# %% [markdown]
# These three sentences come from the quickstart of `sentence-transformers`. The first two have no word in common and mean nearly the
# same; the third is about something else. A program that compares words cannot know that.
#
# ## One vector per token. And per sentence?
#
# Sentences have different numbers of tokens, so what the model returns for them cannot be compared directly:

# %%
for text in texts:
    states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state  # (1, tokens, hidden)
    print(f"{text:30}", tuple(states.shape))

# %% [markdown]
# To compare sentences we need **one** vector per sentence, of the same size whatever the length. Making one of many is called
# *pooling*, and there are three candidates in this model: the vector of **[CLS]**, which the paper uses to classify whole texts;
# **`pooler_output`**; and the **mean** over all tokens (*mean pooling*). How alike two vectors are, the cosine says, as in lesson 02: 1 for the
# same direction, 0 for a right angle, whatever their lengths.
#
# **Predict.** Which of the three puts sunny weather closer to lovely weather, and the stadium far away from both?
#
# - [ ] `pooler_output`, as its name says | It was made for another task, next sentence prediction. This model's last training never used it.
# - [ ] [CLS], which is for the sentence | It gets their order right, too, but look at the numbers: to it everything is fairly similar.
# - [x] The mean of all the tokens | That is what this model was trained with. This is no law: a model that was trained with [CLS] wants [CLS].

# %%
from course_utils import cosine_matrix, mean_pool

batch = tokenizer(texts, padding=True, return_tensors="pt")
out = model(**batch)
ways = {
    "[CLS]": out.last_hidden_state[:, 0],  # (3, hidden)
    "pooler_output": out.pooler_output,
    "mean": mean_pool(out.last_hidden_state, batch["attention_mask"]),
}
for name, vectors in ways.items():
    cosines = cosine_matrix(vectors, vectors)  # (3, 3)
    two = f"weather, sunny {cosines[0, 1]:.3f} | weather, stadium {cosines[0, 2]:.3f}"
    print(f"{name:14} {two} | sunny, stadium {cosines[1, 2]:.3f}")

# %% [markdown]
# "Pooler or [CLS]?" is one of the oldest questions about BERT. Neither is a sentence vector by nature; a footnote of the paper
# says so itself: [CLS]'s vector "is not a meaningful sentence representation without fine-tuning" (which is lesson 12; Devlin et
# al. 2018, section 3.1). Training decides what a vector means, and this model's last training, on over a billion pairs of
# sentences, compared *means* (its card on the Hugging Face hub says so). What that training asks for, you will see below.
#
# ## The forgotten mask
#
# The mean looks harmless: `last_hidden_state.mean(dim=1)`. It even gives the right answer as long as a sentence is alone. Now put
# the sentence into a batch, next to a longer one.

# %%
longer = "If it stays like this we could walk along the river and have a picnic."
batch = tokenizer([weather, longer], padding=True, return_tensors="pt")
real = int(batch["attention_mask"][0].sum())
print(real, "real tokens in a row of", batch["input_ids"].shape[1])
print(*tokenizer.convert_ids_to_tokens(batch["input_ids"][0]))

# %% [markdown]
# **Predict.** The model is given the attention mask. We take `last_hidden_state.mean(dim=1)`, and compare the sentence in this batch with the same sentence alone. The
# cosine is ...
#
# - [ ] 1.00, as the model had the mask | The model had it, the mean did not. It added up the vectors of [PAD] as well.
# - [ ] about .99, as [PAD] is nothing | More than half of this row is padding, and its vectors are as long as the others.
# - [x] about .7, so far from itself | In this batch the sentence is hardly more like itself than like *It's so sunny outside!*

# %%
from course_utils import embed, l2_normalize

alone = embed([weather], tokenizer, model)[0]  # (hidden,)
states = model(**batch).last_hidden_state  # (2, tokens, hidden)
forgotten = l2_normalize(states.mean(dim=1))[0]  # (hidden,)
masked = l2_normalize(mean_pool(states, batch["attention_mask"]))[0]
print(f"mean without the mask: similar to itself by {alone @ forgotten:.2f}")
print(f"mean with the mask:    similar to itself by {alone @ masked:.2f}")
print(f"for comparison:        {sunny} {alone @ embed([sunny], tokenizer, model)[0]:.2f}")

# %% [markdown]
# **Forget the mask, and a sentence is no longer the same as itself.** No error, no warning: the vector depends on how long the other
# sentences in the batch happen to be. The longer they are, the more of the mean is padding:

# %%
from course_utils import show_forgotten_mask

lengths = [real, real + 2, real + 5, 16, 24, 32, 48, 64]
curves = {True: [], False: []}
for length in lengths:
    batch = tokenizer(weather, padding="max_length", max_length=length, return_tensors="pt")
    states = model(**batch).last_hidden_state  # (1, length, hidden)
    for with_mask, found in curves.items():
        kept = batch["attention_mask"] if with_mask else torch.ones_like(batch["attention_mask"])
        found.append(float(l2_normalize(mean_pool(states, kept))[0] @ alone))
show_forgotten_mask(lengths, curves[True], curves[False])

# %% [markdown]
# So "mean with or without the mask?" has an answer: with. Padding adds nothing to the sum, **and** it is not counted.
#
# **Predict.** A colleague gets the sum right, with the mask, and then divides by the number of *all* tokens. Afterwards the
# vectors are scaled to length 1. How wrong are they?
#
# - [ ] As wrong as without the mask | The padding's vectors have not been added, so none of them is in the result.
# - [x] Not wrong at all, none of them | Dividing by 18 and not by 8 makes the vector shorter and does not turn it. Scaling it to length 1 undoes that.
# - [ ] Wrong for the short sentences | Their vectors are shorter than they should be, until the last step.

# %%
batch = tokenizer([weather, longer], padding=True, return_tensors="pt")
right = mean_pool(model(**batch).last_hidden_state, batch["attention_mask"])
real_share = batch["attention_mask"].float().mean(dim=1, keepdim=True)  # (2, 1), of all tokens
by_all = right * real_share  # the same sum, divided by the number of all tokens
print("the same mean:", torch.allclose(by_all, right, atol=1e-5))
print("the same unit vector:", torch.allclose(l2_normalize(by_all), l2_normalize(right), atol=1e-5))

# %% [markdown]
# The mistake does no harm as long as everybody normalises. Whoever uses the mean itself gets vectors that shrink in long batches.
# The check of `mean_pool` will not let it pass.
#
# ## Unit vectors
#
# Scaled to length 1, a vector is nothing but a direction. Then the cosine of two is their dot product, and all cosines of two
# sets of vectors are **one matrix product**. That is the whole reason for normalising.

# %%
vectors = embed(texts, tokenizer, model)  # (3, hidden)
cosines = cosine_matrix(vectors, vectors)  # (3, 3)
print("lengths:", *(f"{length:.3f}" for length in vectors.norm(dim=1)))
for text, row in zip(texts, cosines, strict=True):
    print(f"{text:30}", *(f"{cosine:.4f}" for cosine in row))

# %% [markdown]
# The quickstart of `sentence-transformers` prints this table for this model: 0.6660, 0.1046 and 0.1411. `embed` is your third
# exercise: tokenise, run, pool, normalise.
#
# ## Twelve sentences
#
# Four groups of three. In each, the second sentence says the same as the first in other words. Mind the third.

# %%
from course_utils import load_corpus, show_similarity

corpus = load_corpus()
twelve = []
for theme in ("weather", "health", "money", "computers"):
    twelve += [one.text for one in corpus if one.theme == theme][:3]
vectors = embed(twelve, tokenizer, model)  # (12, hidden)
show_similarity(twelve, cosine_matrix(vectors, vectors), groups=[i // 3 for i in range(12)])

# %% [markdown]
# The frames are darker, also between the first and the second sentence of each, which have hardly a word in common. *Within* the
# frames something is odd. Keep it in mind.
#
# ## Search
#
# Search needs nothing new: the corpus is embedded once; a question's vector is compared with all of them, and the best k are shown.
# This course has a corpus of its own, everyday sentences on many themes.

# %%
from course_utils import search

sentences = [one.text for one in corpus]
print(len(corpus), "sentences on", len({one.theme for one in corpus}), "themes")
corpus_vectors = embed(sentences, tokenizer, model)  # (sentences, hidden)

for question in ("rejected mortgage", "a broken bone", "lost baggage"):
    print(f"\n{question}")
    for index, cosine in search(embed([question], tokenizer, model)[0], corpus_vectors, k=3):
        print(f"  {cosine:.2f}  {corpus[index].theme:10} {corpus[index].text}")

# %% [markdown]
# None of the sentences that come first has a word in common with its question. But look at the last one about the mortgage: that
# loan was approved. Something is odd here, too.
#
# How good is this as a whole? A rough measure: for each sentence find the nearest *other* one, and count how often it is of the same
# theme. For comparison, the same with the share of common words. (Rough, because a sentence may fit several themes: a hedge with birds in it is filed under *garden*.)

# %%
themes = [one.theme for one in corpus]
themes_agree = torch.tensor([[one == other for other in themes] for one in themes])  # (n, n)


def same_theme(similarity):
    """How often the nearest other sentence is of the same theme. similarity: (n, n)."""
    nearest = similarity.clone().fill_diagonal_(-2).argmax(dim=1)  # (n,)
    return float(themes_agree[torch.arange(len(themes)), nearest].float().mean())


# %%
words = [set(tokenizer.tokenize(text)) - {".", ","} for text in sentences]
overlap = torch.tensor([[len(one & other) / len(one | other) for other in words] for one in words])
print(f"words in common   {same_theme(overlap):.0%}")
print(f"sentence vectors  {same_theme(corpus_vectors @ corpus_vectors.T):.0%}")
print(f"by chance         {(themes_agree.sum() - len(themes)) / len(themes) / (len(themes) - 1):.0%}")

# %% [markdown]
# ## Type and see
#
# Your search box: it answers at every key. Look for something without using the word. Then set **compare by** to *words in
# common* and see what a program without a model would find; and to *[CLS] alone*, where the ranking stays rather good and
# the cosines crowd together. Try `crane`, `bat`, `bark` and `the bank of the river`; and then `no sunshine` and `it did not rain`.

# %%
from course_utils import explore_search

explore_search(tokenizer, model)

# %% [markdown]
# ## Why are all cosines so high?
#
# Average the tokens of a BERT that was never trained on sentences, and *everything* looks similar, even sentences that have nothing
# to do with each other (Ethayarajh 2019 measured it for words). The same can be seen inside this model, at its earlier hidden
# states: `hidden_states[0]` is the embeddings, the last is what the search uses.
#
# **Predict.** Take the mean over the tokens one layer earlier, at `hidden_states[-2]`, and two sentences of different themes.
# In this model their cosine is, on average ...
#
# - [ ] about 0, as at the last one | Only the last was trained for that.
# - [x] about .6, though they differ | All tokens have a large part in common, and the mean keeps it. Only at the last, which was trained for it, is it gone.
# - [ ] about -.6, since they differ | Different is not opposite: two texts about different things have nothing to do with each other, and that is 0.

# %%
from course_utils import mean_hidden_states

by_layer = mean_hidden_states(sentences, tokenizer, model)  # for each hidden state (sentences, hidden)
itself = torch.eye(len(sentences), dtype=torch.bool)
print("hidden state  other themes  same theme  nearest is of the same theme")
for number, means in enumerate(by_layer):
    cosines = cosine_matrix(means, means)
    apart, together = cosines[~themes_agree].mean(), cosines[themes_agree & ~itself].mean()
    print(f"{number:12}  {apart:12.2f}  {together:10.2f}  {same_theme(cosines):.0%}")

# %% [markdown]
# So a high cosine says nothing by itself. What counts is the *order*, and the order is fair at earlier hidden states already. How
# large is the common part? Subtract the mean of all sentences from each:

# %%
means = by_layer[-2]  # (sentences, hidden)
centred = means - means.mean(dim=0)
for name, vectors in {"as they are": means, "without the common part": centred}.items():
    cosines = cosine_matrix(vectors, vectors)
    print(f"{name:24} other themes {cosines[~themes_agree].mean():5.2f} | nearest agrees {same_theme(cosines):.0%}")

# %% [markdown]
# That the mean cosine is now near 0 is no surprise. What matters is the other number: nothing is lost, the nearest sentence is of
# the same theme at least as often as before. So this is the answer to "why are all cosines high": a **common part**, which all
# sentences have and which says nothing about any of them. On the quickstart's sentences, layer by layer:

# %%
from course_utils import show_similarity_by_layer

lines = {"weather, sunny": [], "weather, stadium": [], "sentences of other themes": []}
for three, means in zip(mean_hidden_states(texts, tokenizer, model), by_layer, strict=True):
    cosines = cosine_matrix(three, three)
    lines["weather, sunny"].append(float(cosines[0, 1]))
    lines["weather, stadium"].append(float(cosines[0, 2]))
    lines["sentences of other themes"].append(float(cosine_matrix(means, means)[~themes_agree].mean()))
show_similarity_by_layer(lines)

# %% [markdown]
# ## How is such a model trained?
#
# With pairs that belong together, a question and its answer, a sentence and its paraphrase, and a trick: in a batch of n pairs, the
# n - 1 other answers serve as wrong ones for free. For each sentence the model must tell which of the n answers is its own. So the
# cosines, times 20, are the scores of a classification with n classes, and the right class of row i is column i (this is
# `MultipleNegativesRankingLoss` in sentence-transformers, an *in-batch contrastive loss*; Henderson et al. 2017). In twelve themes
# of our corpus the second sentence says the same as the first:

# %%
by_theme = {}
for one in corpus:
    by_theme.setdefault(one.theme, []).append(one.text)
pairs = {theme: found[:2] for theme, found in by_theme.items() if theme not in ("animals", "school")}
firsts, seconds = zip(*pairs.values(), strict=True)  # 12 sentences, and a paraphrase of each

# %%
from course_utils import show_pairs

sides = mean_hidden_states(list(firsts), tokenizer, model), mean_hidden_states(list(seconds), tokenizer, model)
maps, losses = {}, []
for name, number in {"one layer earlier": -2, "the last hidden state": -1}.items():
    maps[name] = cosine_matrix(sides[0][number], sides[1][number])  # (12, 12)
    losses.append(F.cross_entropy(20 * maps[name], torch.arange(len(firsts))).item())  # row i: the right one is i
guessing = torch.tensor(12.0).log()  # ln 12: each of the twelve equally likely
print(f"loss: {losses[1]:.2f} at the last hidden state, {losses[0]:.2f} one layer earlier, {guessing:.2f} by guessing")
show_pairs(maps, list(pairs))

# %% [markdown]
# Training lifts the diagonal and presses down the rest. A common part lifts a whole row alike: the softmax does not notice, but it
# leaves less room between the right pair and the others. That is why training removes it.
#
# ## What it gets wrong
#
# **Predict.** "She peeled the potatoes while he chopped the onions", and the same with *she* and *he* swapped. The cosine of the
# two in this model?
#
# - [ ] Near 0, since they contradict | They say it about the same people, potatoes and onions. Near 0 are sentences that have nothing to do with each other.
# - [ ] About .7, a paraphrase's value | That would be a model that has noticed the difference.
# - [x] Above .99, hardly a difference | The same words in the same kind of sentence. Who does what hardly reaches the mean.

# %%
alike = {
    "who does what": ("She peeled the potatoes while he", "He peeled the potatoes while she"),
    "from and to": ("She travelled from Lisbon", "She travelled from Prague"),
    "first and last": ("The captain was the last", "The captain was the first"),
    "a number": ("Bake the loaf for forty ", "Bake the loaf for fourteen"),
    "a denial": ("The program crashes", "The program does not crash"),
    "an opposite": ("The home team won", "The home team lost"),
}
for kind, starts in alike.items():
    two = [next(text for text in sentences if text.startswith(start)) for start in starts]
    one, other = embed(two, tokenizer, model)
    print(f"{one @ other:.3f}  {kind}", *two, sep="\n       ")

# %% [markdown]
# No two of these say the same, some say the opposite, and the model finds them nearly identical. How much does that harm a
# search? A search is measured by **recall@k**: how often is the right answer among the first k? The twelve sentences above have
# one right answer each, their paraphrase, among all other sentences of the corpus.
#
# **Predict.** How often is the paraphrase the nearest of them all?
#
# - [x] In a third of the cases | In the others a sentence of nearly the same words is nearer, whatever it says.
# - [ ] In two thirds of the cases | Two thirds is how often something else is nearer.
# - [ ] In nearly all of the cases | So it would be if the others were of other themes, as in the training batch above. Here they are not.

# %%
from course_utils import recall_at_k

others = [text for text in sentences if text not in firsts]
asked, candidates = embed(list(firsts), tokenizer, model), embed(others, tokenizer, model)
paraphrases = [[others.index(text)] for text in seconds]  # the right answers: one for each
for k in (1, 2, 3):
    print(f"recall@{k}  {recall_at_k(asked, candidates, paraphrases, k):.0%}")

# %% [markdown]
# It is never far away, and in two of three cases something else comes first. What? A trial: is a sentence nearer to one that means
# the same in other words, or to one that means something else in nearly the same words?

# %%
from course_utils import show_trials

triples = {
    "denial": twelve[3:6],
    "denial again": twelve[9:12],
    "opposite": twelve[6:9],
    "opposite again": [
        "The home team won by a single goal in the last minute.",
        "A late strike decided the match for the hosts.",
        "The home team lost by a single goal in the last minute.",
    ],
}

# %%
triples |= {
    "who does what": [
        "The dog chased the cat around the garden.",
        "A puppy ran after our kitten on the lawn.",
        "The cat chased the dog around the garden.",
    ],
    "number": [
        "Bake the loaf for forty minutes in a hot oven.",
        "The bread should stay in the heat for two thirds of an hour.",
        "Bake the loaf for fourteen minutes in a hot oven.",
    ],
    "two meanings": [
        "A crane stood motionless at the edge of the marsh.",
        "A tall grey bird waited on long legs in shallow water.",
        "A yellow crane lifted the boxes from the deck.",
    ],
}

# %%
trials = []
for kind, three in triples.items():
    sentence, same, other = embed(three, tokenizer, model)  # (hidden,) each
    trials.append((kind, *three, float(sentence @ same), float(sentence @ other)))
show_trials(trials)

# %% [markdown]
# So know what you have: a machine that tells *what a sentence is about*, and a poor judge of *what it says about it*. For search
# the first is usually enough; a question and its answer are about the same thing. For "is this true?" it is not. Those who need
# both let a second model read question and candidate **together**, as a pair with [SEP] between them, so that every word of the
# one can look at every word of the other (a *cross-encoder*). That is for the best ten, not for a whole corpus: to find the most
# similar pair among 10,000 sentences takes such a model about 65 hours, and 5 seconds with one vector per sentence (Reimers and
# Gurevych 2019).
#
# ## Long texts
#
# The position table sets an upper limit. The library cuts earlier, at 256 tokens, and so do we (the last training, says the model's
# card, saw texts of at most 128). Nothing after the cut is read:

# %%
long = "The weather is lovely today. " * 50
ending = "And then the bank collapsed, and everybody lost their money."
one, other = embed([long, long + ending], tokenizer, model)
print("tokens:", len(tokenizer.tokenize(long)))
print("the same vector, ending or not:", torch.allclose(one, other, atol=1e-5))

# %% [markdown]
# So cut a long text into passages first, and give each passage its own vector.
#
# ## The proof
#
# The judge is the library itself, with the model from the same folder. Its three parts say what it does: the model, pooling by the
# mean, normalising. (A plain BERT checkpoint has no third part, and others pool in another way: then we add these two to its
# model.)

# %%
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

from course_utils import MODEL

library = SentenceTransformer(MODEL, device="cpu").float()
if len(library) != 3 or library[1].pooling_mode != "mean" or not isinstance(library[2], Normalize):
    by_mean = Pooling(library[0].get_embedding_dimension())
    library = SentenceTransformer(modules=[library[0], by_mean, Normalize()], device="cpu")
library.max_seq_length = 256
print(*(type(part).__name__ for part in library), sep=" → ")

# %% [markdown]
# Four inputs through the library's parts and through ours, which are your own functions where they have passed:

# %%
from course_utils import show_proof
from course_utils.my_bert import embed, l2_normalize, mean_pool

draw = torch.Generator().manual_seed(0)
random_ids = torch.randint(model.config.vocab_size, (3, 17), generator=draw)
inputs = {
    "seed sentence": tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": tokenizer([*texts, longer, "Why?"], padding=True, return_tensors="pt"),
    "pair": tokenizer("The river bank was wet.", "She opened an account.", return_tensors="pt"),
    "random ids": {"input_ids": random_ids, "attention_mask": torch.ones_like(random_ids)},
}
compared = {}
for name, batch in inputs.items():
    ours = l2_normalize(mean_pool(model(**batch).last_hidden_state, batch["attention_mask"]))
    compared[name] = ours, library(dict(batch))["sentence_embedding"]  # (batch, hidden) each
show_proof(compared)

# %% [markdown]
# And `embed` against the one call that everybody uses, on every eighth sentence of the corpus, an empty text, and one that is too
# long; in batches of 32 and of 7, since a batch must not matter:

# %%
everything = [*sentences[::8], "", long + ending]
encoded = library.encode(everything, convert_to_tensor=True)  # (texts, hidden)
show_proof(
    {
        "SentenceTransformer.encode": (embed(everything, tokenizer, model), encoded),
        "the same in batches of 7": (embed(everything, tokenizer, model, batch_size=7), encoded),
    }
)

# %% [markdown]
# Wrong versions of `embed`. Each gives unit vectors of the right shape, and a search that returns *something*:

# %%
from course_utils import planted, show_lookalikes

labels = {
    "mask forgotten in the mean": "mean_pool: includes_padding",
    "mask not given to the model": "model_without_mask",
    "[CLS] left out of the mean": "mean_pool: without_first",
    "tokens scaled to length 1": "tokens_normalised",
    "[CLS] for the mean": "cls",
    "pooler_output": "pooler_output",
}
real = embed([*texts, longer], tokenizer, model)  # (4, hidden)
variants = {name: planted("embed", label)([*texts, longer], tokenizer, model) for name, label in labels.items()}
show_lookalikes(real, variants)

# %% [markdown]
# ## Recap
#
# - One vector per sentence: the **mean over real tokens**, because this model was trained with it. [CLS] and the pooler are not
#   sentence vectors by nature.
# - The mask is needed **twice**: in the model, so that no token looks at padding, and in the mean, so that it is not counted.
# - Unit vectors make a cosine a dot product, and a search one matrix product.
# - Such a model is trained on pairs: which of the answers in the batch is mine?
# - A cosine means something only beside others of the same model: a common part may lift them all.
# - recall@k measures a search: how often is the right answer among the first k?
# - It finds what a sentence is *about*. Denials, numbers and who does what to whom hardly show.
#
# **Now you:** [the exercises of this lesson](../exercises/08_sentence_search.ipynb). After them: [09 · What the heads look
# at](09_attention_heads.ipynb).
#
# **Papers.** Reimers and Gurevych 2019, *Sentence-BERT*, arXiv 1908.10084 · Wang et al. 2020, *MiniLM*, arXiv 2002.10957 · Devlin et
# al. 2018, *BERT*, arXiv 1810.04805 · Ethayarajh 2019, *How contextual are contextualized word representations?*, arXiv 1909.00512:
# why cosines are high · Henderson et al. 2017, *Efficient natural language response suggestion*, arXiv 1705.00652: the loss.
