# %% [markdown]
# # 01 · Text to ids
#
# **What you will build:** BERT's whole tokenizer: cleaning, splitting into words, cutting words into pieces, numbering,
# padding, and the way back. At the end it gives what the real one gives, on each of a thousand texts. Then you score the
# merges by which such a vocabulary is learned, and look for a text that wrong tokenizers cannot survive.
#
# **What you need:** strings, lists and dicts. No mathematics yet.
#
# **Time:** about 120 minutes with the [exercises](../exercises/01_tokenization.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions on [lesson 00](00_orientation.ipynb). You will need the answers today.

# %% [markdown]
# **Recall.** `this is a 12212121 test sentence` has six words, and the model was given eleven tokens. Where do the other
# five come from?
#
# - [x] Three from cutting the number, two from special tokens | `12212121` is cut into four pieces in place of one word, and `[CLS]` and `[SEP]` are added.
# - [ ] All five from cutting the number into single digits | It has eight digits, and is cut into four pieces, some of them with several digits.
# - [ ] All five from padding at the end of the sentence | A single sentence needs no padding: its `attention_mask` was 1 everywhere.

# %% [markdown]
# **Recall.** The vocabulary has some 30,000 tokens. Where in the model does that number cost the most parameters?
#
# - [ ] In self-attention, which compares all tokens with each other | Its matrices are as large as the vectors are long. They do not know how many tokens there are.
# - [x] In the table that has one vector for each token | It holds more than half of this model's parameters. A larger vocabulary means a larger table.
# - [ ] In the tokenizer, which has to store all of them | A tokenizer is a list and some rules. Nothing in it is learned along with the model.

# %% [markdown]
# **Recall.** Your ids are to be proven equal to the real tokenizer's. Ids are whole numbers. Which kind of equality is that?
#
# - [ ] Equal within 1e-5, as everything that you write yourself | That is for decimals, which are rounded at every step. Here nothing is rounded.
# - [ ] A cosine of nearly 1, since only directions count | Id 2023 and id 2024 are two unrelated tokens. And a cosine forgives nearly everything.
# - [x] Exactly equal: the largest difference has to be 0 | Nothing is rounded, so there is nothing to forgive.

# %%
import torch
from transformers import BertTokenizer

from course_utils import MODEL, uncased

tokenizer = uncased(BertTokenizer.from_pretrained(MODEL))  # changes nothing in the course's own
vocab = tokenizer.get_vocab()  # a dict: token -> id
seed = "this is a 12212121 test sentence"
print(type(tokenizer).__name__, "with", f"{len(vocab):,}", "tokens")

# %% [markdown]
# A neural network computes with numbers. So the tokenizer turns a sentence into *ids*: whole numbers, each of which means
# one *token* of a fixed list, the vocabulary.
#
# **Predict.** The vocabulary holds many numbers, too. Which of the years 1999 and 2023 is one token?
#
# - [ ] Both of them | The vocabulary was fixed in 2018, when few texts spoke of 2023. It has `202`, and `##3` goes on.
# - [x] Only 1999 is | It was frequent enough in the texts from which the vocabulary was made. 2023 is cut in two.
# - [ ] Neither of them | Digits are no special case: runs of them that are frequent have an id of their own.

# %%
print(tokenizer.tokenize("1999"), tokenizer.tokenize("2023"))
print("years from 1900 to 2025 that are cut:", [year for year in range(1900, 2026) if str(year) not in vocab])

# %% [markdown]
# So a token is a word, or a piece of one, and what is frequent decides. Here is the sentence of the course:

# %%
print(tokenizer(seed))

# %% [markdown]
# These three lists of integers are all that BERT is given. The second and the third matter later, for pairs and for
# batches. The first is the sentence:

# %%
ids = tokenizer(seed)["input_ids"]
for token, number in zip(tokenizer.convert_ids_to_tokens(ids), ids, strict=True):
    print(f"{number:>6}  {token}")

# %% [markdown]
# The model never sees `12212121`. It sees `122`, `##12`, `##12`, `##1`: what BERT knows about a number is what it knows
# about these pieces.
#
# From text to ids takes four steps. Here they are, one below the other:

# %%
from course_utils import show_stages

show_stages(tokenizer, seed)

# %% [markdown]
# ## Step 1: normalise
#
# **Predict.** How many different lists of ids do `Café`, `CAFE` and `cafe` give?
#
# - [ ] Three, one for each | It would take three tokens to know them apart, for every word. The vocabulary has one.
# - [ ] Two, since é is not e | To you it is. To this tokenizer it is an e with something to be removed.
# - [x] One, the same for all | All three become `cafe` before anything else happens. The difference is lost.

# %%
for text in ["Café", "CAFE", "cafe"]:
    print(text, tokenizer(text)["input_ids"])

# %% [markdown]
# This model is *uncased*: it was trained on text without capitals and accents, so both are removed. So are invisible
# characters. Ask the tokenizer's own normaliser:

# %%
normalizer = tokenizer.backend_tokenizer.normalizer
for text in ["Hello WORLD", "naïve café", "tab\there", "ze\u200bro width", "北京"]:
    print(f"{text!r:20} becomes {normalizer.normalize_str(text)!r}")

# %% [markdown]
# How is an accent removed? Unicode can write é as one character or as two, an e and an accent. The form NFD takes it
# apart, and the accent's category is `Mn`, a *mark* that takes no space of its own. Drop it, and e is left:

# %%
import unicodedata

for character in unicodedata.normalize("NFD", "é"):
    print(f"U+{ord(character):04X}  {unicodedata.category(character)}  {unicodedata.name(character)}")

# %% [markdown]
# The last of the normaliser's examples was Chinese, which is written without spaces. So each Chinese character (CJK: the
# ideographs that Chinese, Japanese and Korean share) is put between two spaces and becomes a word.

# %% [markdown]
# ## Step 2: words
#
# Split at white space, and make every punctuation character a word by itself. Punctuation is every character of Unicode's
# categories P..., and all ASCII symbols such as `$`, `+` and `=`. That is why `5€` stays whole: € is a symbol (`Sc`), and
# not ASCII.

# %%
pre_tokenizer = tokenizer.backend_tokenizer.pre_tokenizer
for text in ["hello world!", "isn't it?", "u.s.a.", "$5 = 2+3", "5€ a☃"]:
    print(f"{text:14}", [word for word, _ in pre_tokenizer.pre_tokenize_str(text)])
for symbol in "!$€":
    print(symbol, unicodedata.category(symbol), "ASCII" if symbol.isascii() else "not ASCII")

# %% [markdown]
# ## Step 3: WordPiece
#
# The vocabulary was fixed before training: a list of whole words, and of pieces that make up other words. BERT's paper
# says 30,000 tokens. Count those of this model:

# %%
print(f"{len(vocab):,} tokens")
print(f"{sum(token.startswith('##') for token in vocab):,} of them continue a word: ##ing, ##12 ...")
print(f"{sum(token.startswith('[unused') for token in vocab):,} were left free: [unused0] ...")
print(f"{sum(token.isdecimal() for token in vocab):,} are runs of digits that begin a word: 19, 122 ...")
print("special:", {token: vocab[token] for token in tokenizer.all_special_tokens})

# %% [markdown]
# **Why `##`?** It marks a *continuation piece*, one that does not begin a word. `able` and `##able` are two tokens, with
# two ids and two vectors that are learned separately: one is a word, the other an ending. And it tells which pieces to
# join again.

# %%
for piece in ["able", "ing", "12"]:
    print(f"{piece:>6} {vocab.get(piece)!s:>6}   ##{piece:<5} {vocab.get('##' + piece)!s:>6}")
both = sum("##" + token in vocab for token in vocab)
print(f"{both:,} pieces exist in both forms")

# %% [markdown]
# **Predict.** `unaffable` is not in the vocabulary; `un`, `una`, `##aff` and `##able` are. How is it cut?
#
# - [ ] `un ##aff ##able` | A linguist would cut there. WordPiece does not know what a prefix is.
# - [x] `una ##ffa ##ble` | `una` (a name, a Spanish word) is longer than `un`, and the longest piece wins, at every place.
# - [ ] `[UNK]`, unknown | Only a word that cannot be cut becomes that. Most can, if need be into single letters.

# %%
print(tokenizer.tokenize("unaffable"))

# %% [markdown]
# A word is cut from left to right, and *greedily*: take the longest piece that fits, and go on after it. Grammar plays no
# part. A window opens over the whole word and shrinks from the right until it holds a piece of the vocabulary. Then the
# next window opens after it. Move the slider to replay the tries, and type a word of your own, up to 30 characters: a
# name, a rare word, a number.

# %%
from course_utils import explore_wordpiece

explore_wordpiece(vocab)

# %% [markdown]
# **How are numbers split?** Like words: each cut falls where the longest known run of digits ends. Nothing says that 2024
# is one more than 2023, or that a million is a thousand thousands.

# %%
for text in ["2023", "2024", "1000000", "3,456,789", "3.14", "1e-5"]:
    print(f"{text:10}", tokenizer.tokenize(text))

# %% [markdown]
# ## Where the pieces come from
#
# They are learned, before the model is: from a *corpus*, a large collection of texts. Here is one of ten words, with the
# number of times that each is in it. At first every word is cut into its letters.

# %%
corpus = {"the": 60, "then": 20, "there": 15, "tree": 12, "ten": 16}
corpus |= {"tin": 9, "thin": 7, "queen": 6, "quit": 5, "quite": 4}
words = {(word[0], *("##" + letter for letter in word[1:])): count for word, count in corpus.items()}
print("to begin with:", *sorted({piece for pieces in words for piece in pieces}))
for pair in ["th", "he", "qu"]:
    print(f"{pair} is in it {sum(count for word, count in corpus.items() if pair in word):>3} times")

# %% [markdown]
# Then, again and again: choose a pair of neighbours, and merge it everywhere into one new piece, until there are as many
# pieces as one wants. *Byte-pair encoding* (BPE), the method of GPT, always merges the most frequent pair. WordPiece
# divides: how often the pair is in the corpus, by how often each of its two pieces is.
#
# $$\text{score}(a, b) = \frac{\text{count}(a\,b)}{\text{count}(a) \cdot \text{count}(b)}$$
#
# **Predict.** Which of these three pairs has the highest score?
#
# - [ ] `t` and `##h`, 102 times in the corpus | The most frequent pair, so BPE merges it first. But `t` begins seven of the words, and 102 is divided by a large product.
# - [ ] `##h` and `##e`, 95 times in the corpus | Nearly as frequent, but `##e` comes after many other pieces, too.
# - [x] `q` and `##u`, 15 times in the corpus | Neither is ever without the other: 15 / (15 · 15). A pair that belongs together wins, however rare.

# %%
from course_utils import merge_scores

scores = merge_scores(words)
for first, second in [("t", "##h"), ("##h", "##e"), ("q", "##u")]:
    print(f"{first:>3} {second:3}  {scores[first, second]:.4f}")
print("the best of all:", *max(scores, key=scores.get))

# %% [markdown]
# In the exercises you write `merge_scores`. With it, learning a vocabulary takes fifteen lines. One function merges a pair
# in one word:


# %%
def merge(pieces, pair):
    """The pieces of a word, with this pair made one."""
    joined = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece.removeprefix("##")
        else:
            joined.append(piece)
    return tuple(joined)


# %% [markdown]
# The other finds the best pair, merges it in all words, and begins again with the new pieces:


# %%
def learn(words, scores_of, steps):
    """The pairs that are merged, in order, and how the words are cut after that."""
    merges = []
    for _ in range(steps):
        scores = scores_of(words)
        merges.append(max(scores, key=scores.get))
        words = {merge(pieces, merges[-1]): count for pieces, count in words.items()}
    return merges, words


# %% [markdown]
# For BPE, leave out the division: the same function with that mistake planted in it. Five steps of each, side by side:

# %%
from course_utils import planted

count_alone = planted("merge_scores", "not_divided")
by_count, bpe_words = learn(words, count_alone, 5)
by_score, wordpiece_words = learn(words, merge_scores, 5)
print("step  BPE          WordPiece")
for step, (one, other) in enumerate(zip(by_count, by_score, strict=True), start=1):
    print(f"{step:>4}  {' + '.join(one):12} {' + '.join(other)}")

# %% [markdown]
# And this is how the ten words are cut after it: by BPE in the middle, by WordPiece on the right. BPE has `the`, the
# most frequent word, in one piece. WordPiece has `quit`, whose letters are seldom without each other, and not yet `the`.

# %%
for word, one, other in zip(corpus, bpe_words, wordpiece_words, strict=True):
    print(f"{word:6} {' '.join(one):17} {' '.join(other)}")

# %% [markdown]
# With a large corpus and 30,000 pieces both have the frequent words whole. Google has never published the program that
# learned BERT's vocabulary. Wu et al. (section 4.1) say that the pieces are chosen to make the training text most likely,
# and this score is how the [Hugging Face course](https://huggingface.co/learn/llm-course/chapter6/6) reconstructs that.

# %% [markdown]
# **Do the two differ only in learning?** No. BPE keeps the *order* of its merges, and replays them on a new word.
# WordPiece keeps no order, only the set of pieces, and takes the longest. The same pieces may give another cut:

# %%
from tokenizers.models import BPE, WordPiece

pieces = ["a", "b", "c", "bc", "ab"]
bpe = BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=[("b", "c"), ("a", "b")])
marked = [*pieces, *("##" + piece for piece in pieces), "[UNK]"]
longest_first = WordPiece(vocab={piece: i for i, piece in enumerate(marked)}, unk_token="[UNK]")
print("BPE      ", [token.value for token in bpe.tokenize("abc")])
print("WordPiece", [token.value for token in longest_first.tokenize("abc")])

# %% [markdown]
# ## One odd character
#
# What if the window shrinks to nothing, because no piece has that character?
#
# **Predict.** `unbelievable` is one token. What becomes of `unbelievable☃`?
#
# - [ ] `unbelievable` and `[UNK]` | That would be sensible, and is easily written in the exercise. BERT does otherwise.
# - [ ] `unbelievable`, no snowman | Only control characters are dropped. A snowman is a symbol like any other.
# - [x] `[UNK]` and nothing else | If any place in a word cannot be matched, the *whole* word becomes one `[UNK]`, and the pieces already found are dropped.

# %%
for text in ["unbelievable", "unbelievable☃", "unbelievable ☃", "a" * 100, "a" * 101]:
    pieces = tokenizer.tokenize(text)
    print(f"{text[:14]:14} {len(text):>3} characters:", pieces[:3], "..." if len(pieces) > 3 else "")

# %% [markdown]
# One odd character erases a whole word. So does length: a word of more than 100 characters is `[UNK]` without being tried.
#
# It gets worse. All unknown words have the same id, so to the model they are the same word:

# %%
from transformers import BertModel

model = BertModel.from_pretrained(MODEL).eval()
happy = tokenizer("I feel 😀", return_tensors="pt")
angry = tokenizer("I feel 😡", return_tensors="pt")
print(tokenizer.convert_ids_to_tokens(happy["input_ids"][0]))
with torch.no_grad():
    print("same output, bit for bit:", torch.equal(model(**happy)[0], model(**angry)[0]))

# %% [markdown]
# No network, however deep, can recover what the tokenizer has dropped.
#
# ## Step 4: special tokens and ids
#
# **Does `tokenize` add `[CLS]`?** No: `tokenizer.tokenize(text)` gives the pieces alone. Calling the tokenizer,
# `tokenizer(text)`, adds `[CLS]` before the text and `[SEP]` after it, and looks up the ids.

# %%
print(tokenizer.tokenize("hello world"))
print(tokenizer.convert_ids_to_tokens(tokenizer("hello world")["input_ids"]))

# %% [markdown]
# BERT was trained on pairs of texts, too. A pair has a second `[SEP]`, and the *segment ids*, `token_type_ids`, say which
# text a token belongs to. For a single text they are all 0.

# %%
pair = tokenizer("How old are you?", "I am 6.")
tokens = tokenizer.convert_ids_to_tokens(pair["input_ids"])
print(*(f"{token:>5}" for token in tokens))
print(*(f"{segment:>5}" for segment in pair["token_type_ids"]))

# %% [markdown]
# **What if somebody writes `[SEP]` in their text?** `BertTokenizer` looks for special tokens *before* anything else, in
# exactly this spelling, and takes them as special. So anybody who types into your search box can end your sentence for
# you. With `split_special_tokens=True` they are plain text, as they always are in the exercise.

# %%
text = "the [SEP] and the [sep]"
print("as it is:            ", tokenizer.tokenize(text))
print("split_special_tokens:", tokenizer.tokenize(text, split_special_tokens=True))

# %% [markdown]
# ## All four steps
#
# A sentence with accents, a tab, Chinese, an invisible character and a snowman needs nearly every rule so far. A yellow
# cell below an arrow is a character that normalising has changed; a hatched one has been dropped.

# %%
show_stages(tokenizer, "Naïve Café\tin 北京:\u200b unaffable a☃ — 3,456!")

# %% [markdown]
# ## A batch is a rectangle
#
# A tensor has rows of one length; texts have different lengths. Short ones are filled up with `[PAD]`, id 0, on the right,
# and the *attention mask* says which places are real: 1 for a token, 0 for padding. Lesson 03 shows how the model ignores
# the zeros.

# %%
batch = tokenizer(["Hello world!", "Hi", "This one is longer."], padding=True, return_tensors="pt")
print("shape (batch, tokens):", tuple(batch["input_ids"].shape))
print(batch["input_ids"])
print(batch["attention_mask"])

# %% [markdown]
# **How long may a text be?** For the tokenizer, as long as you like: by default it cuts nothing off. The model has one
# vector per position, and only so many of them.

# %%
long_text = "hello " * 600
print("positions of the model:  ", model.config.max_position_embeddings)
print("ids, nothing cut off:    ", len(tokenizer(long_text)["input_ids"]))
print("ids with truncation=True:", len(tokenizer(long_text, truncation=True)["input_ids"]))
try:
    model(**tokenizer(long_text, return_tensors="pt"))
except (IndexError, RuntimeError):
    print("the model, given all of them, raises an error")

# %% [markdown]
# ## And back
#
# **Predict.** `tokenizer.decode` turns ids into text. Is it the text that you began with?
#
# - [ ] Yes, always | Capitals and accents are removed before the first id is made. Nothing can restore them.
# - [ ] No, never | For a text that normalising does not change, such as `hello world`, it does (between its special tokens).
# - [x] Sometimes | If nothing was lost on the way. Case, accents, the number of spaces, the spaces around punctuation and every unknown word are.

# %%
for text in ["hello world", "Zoë paid  $3,456 in 北京 ☃!"]:
    print(f"{text:28} {tokenizer.decode(tokenizer(text)['input_ids'])}")

# %% [markdown]
# ## The proof
#
# Now the functions of the exercises against the real tokenizer: yours where you have passed, ours until then. The inputs
# are the sentence of the course, a pair, a padded batch, and random characters from several scripts. The results are
# integers, so the difference must be exactly 0.

# %%
import random

from course_utils import show_proof
from course_utils.my_bert import encode, pad_batch

script = "".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x17F), *range(0x391, 0x3C0)]))
script += "".join(map(chr, [*range(0x4E00, 0x4E40), *range(0x2190, 0x2200)]))
noises = ["".join(random.Random(i).choices(script, k=60)) for i in range(1000)]

# %% [markdown]
# The three lists of an encoding are the three rows of one tensor. For the batch, ids and mask are compared.


# %%
def lists(encoding):
    return torch.tensor([encoding[name] for name in tokenizer.model_input_names])  # (3, tokens)


texts = ["Hello world!", "Hi", "naïve café in 北京", seed]
ids, mask = pad_batch([encode(text, None, vocab)["input_ids"] for text in texts], tokenizer.pad_token_id)
real = tokenizer(texts, padding=True, return_tensors="pt")
compared = {"batch: ids": (ids, real["input_ids"]), "batch: mask": (mask, real["attention_mask"])}
for name, one in [("seed sentence", (seed, None)), ("pair", (texts[0], seed)), ("random", (noises[0], None))]:
    compared[name] = (lists(encode(*one, vocab)), lists(tokenizer(*one)))
show_proof(compared)

# %% [markdown]
# Five inputs prove little. Here are texts of this lesson, a few more that were made to hurt, and a thousand random ones:

# %%
hostile = ["hello world", "Hello world!", seed, "unaffable", "3,456,789", "naïve café", "北京", "a☃"]
hostile += ["##ing", "U.S.A.", "a" * 100, "a" * 101, "ze\u200bro\twidth", "", "hello " * 600]
hostile += ["isn't an e-mail: a_b@c", "two  spaces ", "Straße ﬁn\u00a0e\u0301 \ue000x㐀y «ça»_$5"]
equal = [encode(text, None, vocab) == dict(tokenizer(text)) for text in hostile + noises]
print(sum(equal), "of", len(equal), "equal")

# %% [markdown]
# ## Wrong, and nobody notices
#
# Why so many texts? Because a wrong tokenizer looks right on most of them. The check of the exercise knows many ways to
# get it wrong; each is our own code with one thing changed. Plant them one after the other, and see which text reveals
# which.
#
# **Predict.** You test your tokenizer on `hello world` and it is right. How many of the known mistakes could still be in it?
#
# - [ ] Fewer than a tenth | It has two words, both of them in the vocabulary: no capitals, no accents, no punctuation, no pieces, no pair. Most of the code has nothing to do.
# - [ ] About a half of them | Fewer than a quarter show up.
# - [x] More than three quarters | Two common words exercise the special tokens and the lists, and nothing else.

# %%
from course_utils import check_encode, show_telltales

wrong = [planted("encode", label) for label in check_encode.labels()]
show_telltales([*hostile, "Hello | world!"], wrong, vocab)

# %% [markdown]
# No single text is enough. So make it a habit: test on inputs that are made to hurt. (The last exercise asks for one such
# text.) Some mistakes show in none of these. They need a character that is in no text here, such as a form feed or a
# Hangul syllable; or they change only spaces, where the next step splits anyway; or they concern what `encode` leaves at
# its default, such as the limit of 100 characters.

# %% [markdown]
# ## For later: a trap in `tokenizer.json`
#
# Skip this until you use the library `tokenizers` yourself. This model's file `tokenizer.json`, which holds the rules that
# you have just seen, *also* fixes a length, to which every text is cut and padded. `BertTokenizer` ignores it and does what
# your arguments say. The `tokenizers` object inside it does not: one word costs as much as a page, and the rest of a long
# text is silently lost.

# %%
engine = BertTokenizer.from_pretrained(MODEL).backend_tokenizer  # as the file describes it
print("the file says: cut at", engine.truncation and engine.truncation["max_length"])
print("               pad to", engine.padding and engine.padding["length"])
for text in ["hello", long_text]:
    from_engine, from_bert = len(engine.encode(text).ids), len(tokenizer(text)["input_ids"])
    print(f"{len(text.split()):>3} words: {from_engine:>3} ids from the engine, {from_bert:>3} from BertTokenizer")

# %% [markdown]
# ## Recap
#
# - **Normalise:** lower case, accents off, invisible characters out, Chinese characters apart.
# - **Words:** split at white space, punctuation alone.
# - **WordPiece:** from left to right the longest piece in the vocabulary; `##` marks what continues a word; one character
#   that fits nowhere makes the whole word `[UNK]`.
# - **The vocabulary** is learned by merging pairs of pieces: BPE takes the most frequent, WordPiece the one whose pieces
#   are seldom apart.
# - **Encode:** `[CLS]`, pieces, `[SEP]`; segments 0 and 1; then a rectangle with a mask.
# - What the tokenizer drops, no layer can recover.
#
# **Now you:** [the exercises](../exercises/01_tokenization.ipynb). Then
# [02 · Ids to vectors](02_embeddings.ipynb): each id picks a row of a table.
#
# **Papers:** Wu et al. 2016, *Google's Neural Machine Translation System*, arXiv 1609.08144 (WordPiece) ·
# Sennrich et al. 2015, *Neural Machine Translation of Rare Words with Subword Units*, arXiv 1508.07909 (BPE) · Devlin et
# al. 2018, *BERT*, arXiv 1810.04805.
