# %% [markdown]
# # 11 · Train a tiny masked language model
#
# **What you will build:** a BERT of your own, from random numbers to a model that knows its grammar, in about a minute. You
# will hide words, let the model guess them, and find that it has learned something that nobody told it.
#
# **What you need:** the whole model from lesson 07, attention maps from lesson 09, and the idea of a slope.
#
# **Time:** about 110 minutes with the [exercises](../exercises/11_masked_lm.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions about earlier lessons. Today builds on their answers.

# %% [markdown]
# **Recall.** Lesson 03: one head, one query. The head gives the token `birds` a weight of 0.9. What is left for the others?
#
# - [x] 0.1 for all of them together | Softmax makes a row of weights that sums to 1, one weight per key.
# - [ ] Up to 0.9 for each one of them | They share what is left: the weights of one query sum to 1.
# - [ ] 0.1 for each one of the others | That would be more than 1 in all as soon as there are two of them.

# %% [markdown]
# **Recall.** Lesson 06: today's model has 2 layers. How many hidden states does its encoder give, and which one knows most about
# its sentence?
#
# - [ ] Two: one per layer; the second one | What goes into the first layer is in the list, too.
# - [x] Three: L + 1; the last one | The embeddings, then one per layer. Only the last has been through both.
# - [ ] Three: L + 1; the first one | The first is `hidden_states[0]`, the embeddings, where no token has seen another yet.

# %% [markdown]
# **Recall.** Lesson 07: `load_state_dict(weights, strict=False)`, and a name in `weights` is not one of the model's. What happens?
#
# - [ ] An error that lists this name | That is what `strict=True` does.
# - [ ] The nearest name takes the tensor | PyTorch never guesses: names are equal or not.
# - [x] The tensor is left out silently | Its name is in the return value, as *unexpected*, and nowhere else. Today we look there.

# %%
import math
import textwrap
from collections import Counter

import torch
from transformers import BertConfig, BertTokenizer

from course_utils import TINY_CONFIG, load_model

torch.set_num_threads(1)  # tensors as small as today's are computed fastest by one thread
real_tokenizer, real_model = load_model()
numbers = sum(p.numel() for p in real_model.parameters())
print(f"the real model has {numbers:,} numbers, all of them found by training")

# %% [markdown]
# ## A very small language
#
# BERT read 3.3 billion words to become what it is. We have a minute, so our language has 32 tokens and one rule of grammar. The
# tokenizer and the config are the real ones, fed with a small vocabulary and small sizes.

# %%
from course_utils import tiny_corpus, tiny_vocabulary

tokenizer = BertTokenizer(vocab=tiny_vocabulary())
config = BertConfig(**TINY_CONFIG)
sentences, questions = tiny_corpus(torch.Generator().manual_seed(0))
print(textwrap.fill(" ".join(tokenizer.convert_ids_to_tokens(range(len(tokenizer)))), 90), "\n")
print(f"{len(sentences):,} sentences, such as:", *sentences[:6], sep="\n  ")

# %% [markdown]
# The rule: **the verb agrees with its subject.** One bird *sings*, two birds *sing*. A phrase may come between subject and verb,
# and then the nearest noun is the wrong one to ask: "the birds near the dog sing". (In English a noun takes the s in the plural
# and a verb in the singular, so matching letters does not help. The model sees only ids anyway.)
#
# Some beginnings of sentences are held back. No sentence that the model learns from begins like them; they become questions: a
# sentence, the right verb, the wrong verb. There are three kinds, by what comes between subject and verb. A place cannot sing.
# Another noun that could is of the same *number* as the subject (both singular or both plural), or of the other number, which is
# the trap.

# %%
from course_utils import question_kinds

kinds = question_kinds(questions)
for kind, found in kinds.items():
    print(f"{len(found):3} questions, {kind + ':':34} {found[0]}")
beginnings = {sentence.rsplit(" ", 2)[0] for sentence in sentences}
print("seen in training:", sum(text.removesuffix(" [MASK] .") in beginnings for text, _, _ in questions))

# %% [markdown]
# **Predict.** `MaskedLM` is the model that we shall train, and its numbers are still random. How many of these questions, with
# two verbs to choose from, does it get right?
#
# - [ ] None of them | That would take knowledge, too: always choosing wrong is as hard as always choosing right.
# - [x] About half of them | One of two, at random: a coin. This is the number to beat.
# - [ ] About one in 32 | That is the chance of naming the right word out of the whole vocabulary. Here there are two candidates.

# %%
from course_utils import MaskedLM, agreement_accuracy

for seed in range(2):
    untrained = MaskedLM(config, torch.Generator().manual_seed(seed))
    print(f"seed {seed}: {agreement_accuracy(untrained, tokenizer, questions):.0%} right")

# %% [markdown]
# ## The task: hide and guess
#
# Nobody labels these sentences. The labels come from the text itself: hide some words, and let the model guess them from the
# rest. Each token is chosen with a probability of 15 %. Of the chosen ones 80 % become [MASK], 10 % become a random token, and
# 10 % stay as they are.

# %%
from course_utils import mask_tokens, show_masking

encoded = tokenizer(sentences, padding=True, return_special_tokens_mask=True, return_tensors="pt")
ids, special = encoded["input_ids"], encoded["special_tokens_mask"]  # (sentences, tokens)
generator = torch.Generator().manual_seed(8)
inputs, labels = mask_tokens(ids, special, len(tokenizer), tokenizer.mask_token_id, generator)
row = 224  # a sentence to which all three things happen
show_masking(tokenizer, ids[row], inputs[row], labels[row])

# %% [markdown]
# **Predict.** Of all the words in these sentences, what share does the model see as [MASK]?
#
# - [ ] 15 % | That many are chosen. Not all of them become [MASK].
# - [x] 12 % | 80 % of 15 %. Another 1.5 % become random words, and 1.5 % are to be guessed although they are unchanged.
# - [ ] 80 % | It is 80 % of the chosen ones, which are 15 % of all.

# %%
words = special == 0
chosen = labels != -100
for name, share in {
    "chosen": chosen[words],
    "now [MASK]": (inputs == tokenizer.mask_token_id)[words],
    "now another word": (chosen & (inputs != ids) & (inputs != tokenizer.mask_token_id))[words],
    "chosen, and as it was": (chosen & (inputs == ids))[words],
}.items():
    print(f"{name:22} {share.float().mean():6.1%} of {share.numel():,} words")

# %% [markdown]
# "Why 80/10/10, and not always [MASK]?" The paper's reason is that texts in use contain no [MASK]: a model that is asked about
# [MASK] alone is never asked about a word that it can see. What does the recipe change, then? Below we train the control, a model
# for which every chosen word becomes [MASK], and compare.
#
# Labels are -100 where nothing is to be guessed: PyTorch's losses skip that number by default.
#
# ## The head: the word table once more
#
# BERT gives one vector per token. How does a vector become a guess? One more dense layer, GELU and norm, and then a dot
# product with the vector of every word: the word table from lesson 02 is used a second time, now as the *output*. The two are
# **tied**: one tensor, two uses (Press and Wolf 2016). The result, one score per word and before any softmax, is called *logits*.

# %%
d, vocabulary = config.hidden_size, len(tokenizer)
model = MaskedLM(config, torch.Generator().manual_seed(0))
total = sum(p.numel() for p in model.parameters())
print(f"our model: {total:,} numbers; a table of its own for the output would add {vocabulary * d:,}")
rows, columns = real_model.embeddings.word_embeddings.weight.shape
print(f"at the real model's size that table has {rows:,} × {columns} = {rows * columns:,}")

# %% [markdown]
# Is `mlm_head` the real one? (Yours, if you have passed it.) Transformers' own head gets random weights, norm and biases too, and
# the real model's word table. The hidden states are those of four inputs.

# %%
from transformers.models.bert.modeling_bert import BertLMPredictionHead

from course_utils import show_proof
from course_utils.my_bert import mlm_head

generator = torch.Generator().manual_seed(0)
table = real_model.embeddings.word_embeddings.weight.detach()  # (vocabulary, hidden)
head = BertLMPredictionHead(real_model.config)
params = {
    name: torch.randn(p.shape, generator=generator) * 0.1
    for name, p in head.named_parameters()
    if "decoder" not in name
}
head.load_state_dict(params | {"decoder.weight": table, "decoder.bias": params["bias"]})
eps = real_model.config.layer_norm_eps

# %%
random_ids = torch.randint(1000, len(real_tokenizer), (2, 9), generator=generator)
batches = {
    "seed sentence": real_tokenizer("this is a 12212121 test sentence", return_tensors="pt"),
    "padded batch": real_tokenizer(["a short one", "one that is longer"], padding=True, return_tensors="pt"),
    "pair": real_tokenizer("who wrote it?", "she did, in one night.", return_tensors="pt"),
    "random ids": {"input_ids": random_ids},
}
compared = {}
with torch.no_grad():
    for name, batch in batches.items():
        states = real_model(**batch).last_hidden_state  # (batch, tokens, hidden)
        compared[name] = mlm_head(states, params, table, eps), head(states)  # (batch, tokens, vocabulary)
show_proof(compared)

# %% [markdown]
# ## What is a good loss?
#
# The loss, *cross-entropy*, is the mean of -ln p over all chosen places, where p is the probability that the model gave to the right
# word. Its unit is the nat, as for the entropy of lesson 09.
#
# **Predict.** A model knows nothing and finds all 32 tokens equally likely. What is its loss?
#
# - [ ] 1 nat | A loss is not a share and can be larger than 1. Here 1 would mean p = 1/e = 0.37: a model that knows a lot.
# - [x] ln 32 nats | p = 1/32 for every word, so -ln p = ln 32 = 3.47, whatever the right word is.
# - [ ] 1/32 nat | That is p itself. The loss is -ln p.

# %%
from course_utils import mlm_loss

levels = {"knows nothing": math.log(vocabulary)}
print(f"a model that knows nothing has a loss of {levels['knows nothing']:.2f}")
print(f"with {len(real_tokenizer):,} words, as the real one has, {math.log(len(real_tokenizer)):.2f}")
with torch.no_grad():
    logits = model(inputs, encoded["attention_mask"])  # (sentences, tokens, vocabulary)
print(f"ours, untrained: {mlm_loss(logits, labels):.2f}, since it guesses without knowing, but not evenly")

# %% [markdown]
# The next thing to learn is which words are frequent. Without looking at the sentence at all, a model can get this far:

# %%
counts = Counter(ids[words].tolist())
shares = [count / words.sum().item() for count in counts.values()]
levels["counts words"] = -sum(p * math.log(p) for p in shares)
for name, level in levels.items():
    print(f"a model that {name}: loss {level:.2f}, perplexity {math.exp(level):.0f}")

# %% [markdown]
# The *perplexity*, e to the power of the loss, makes the loss readable: a model with perplexity 16 is as unsure as if it chose among
# 16 words, all equally likely.

# %% [markdown]
# ## Downhill, by hand
#
# Training is walking downhill. The smallest landscape there is: one number `w`, and a loss that is least at w = 3. `backward` computes
# how steeply the loss rises with w, the *gradient*, and PyTorch keeps it in `w.grad`. Then w moves a little against it:

# %%
w = torch.tensor(0.0, requires_grad=True)
height = (w - 3) ** 2
height.backward()
print(f"at w = {w.item():.1f} the loss is {height.item():.2f}, the gradient {w.grad.item():.1f}")
with torch.no_grad():  # moving w is no part of the loss
    w -= 0.1 * w.grad  # 0.1 is the learning rate
print(f"at w = {w.item():.1f} the loss is {(w.item() - 3) ** 2:.2f}")

# %% [markdown]
# **Predict.** Now w = 0.6, where the gradient is 2 · (0.6 - 3) = -4.8. We call `backward` once more. What does `w.grad` hold?
#
# - [ ] -4.8, the gradient at 0.6 | It would, if `backward` replaced what is there. It *adds*.
# - [x] -10.8, the sum of the two | `backward` adds to `.grad`. Unless the old gradient is cleared, it counts again.
# - [ ] -6.0, the gradient at 0.0 | That was there before. The new one is added to it.

# %%
((w - 3) ** 2).backward()
print(f"w.grad holds {w.grad.item():.1f}")

# %% [markdown]
# An **optimizer** is given all the numbers of a model once. `optimizer.step()` moves each of them by its gradient, and
# `optimizer.zero_grad()` clears the gradients:

# %%
w = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
((w - 3) ** 2).backward()
optimizer.step()
optimizer.zero_grad()
print(f"w = {w.item():.1f}, as by hand; its gradient: {w.grad}")

# %% [markdown]
# `SGD`, *stochastic gradient descent*, is the step that we did by hand. **AdamW**, BERT's optimizer, keeps two running means for each
# number, of its gradient and of the gradient's square, and moves the number by the learning rate times the first over the root of
# the second. So numbers with small gradients move as far as those with large ones.
#
# Your exercise `train_step` is such a step for a model with 111,776 numbers. Here is the loop around it, the whole body of
# `training_losses`:

# %%
import inspect

from course_utils import training_losses

print(inspect.getsource(training_losses).split('"""')[-1])

# %% [markdown]
# Each step takes 32 sentences at random, masks them anew, and learns from them. `schedule` changes the learning rate: up in a
# straight line for the first tenth of the steps, the **warm-up**, while AdamW's means rest on few gradients yet; then down to 0.
# Our trainings differ in one thing at a time, so one function makes them all:

# %%
from course_utils import silence, watch_training


def train(
    learning_rate=2.5e-3, steps=600, silent=(), mlm_probability=0.15, loop=training_losses, ask=None, picture=False
):
    """A model, trained on the sentences, and the history of its training. The same seed for all of them."""
    generator = torch.Generator().manual_seed(0)
    trained = MaskedLM(config, generator)
    for part in silent:
        silence(trained, part)
    options = {"steps": steps, "learning_rate": learning_rate, "mlm_probability": mlm_probability}
    training = loop(trained, tokenizer, sentences, generator, **options)
    asked = (lambda: agreement_accuracy(trained, tokenizer, ask)) if ask else None
    return trained, watch_training(training, steps, levels, asked, picture=picture)


# %% [markdown]
# "My loss is stuck near 7", people write who train a BERT from nothing ([transformers, issue
# 3983](https://github.com/huggingface/transformers/issues/3983), [google-research/bert, issue
# 746](https://github.com/google-research/bert/issues/746)). It began above 10, so something was learned: how frequent each word is.
# And nothing else. Our language has such a level, too. A learning rate forty times too large gets us there, and keeps us there:

# %%
_, stuck = train(learning_rate=1e-1, steps=120)
end = sum(stuck.losses[-50:]) / 50
print("the last 50 steps are near the loss of counting words:", abs(end - levels["counts words"]) < 0.25)

# %% [markdown]
# Stuck near the level of word counts means: whatever surrounds the [MASK], the guess is the same. Usual reasons are a learning
# rate that is too large or has no warm-up, too few steps, or labels that do not belong to the inputs.
#
# ## Training
#
# Now 600 steps with the right learning rate. Every 25 steps we ask 24 of the hard questions, those with a noun of the other number.
#
# **Predict.** The loss will fall. What will the share of right answers to the hard questions do?
#
# - [ ] Rise step by step, as the loss falls | At first the loss falls for other reasons, such as which words are likely at which place.
# - [x] Stay near a half, then rise quickly | Agreement needs a head that looks across the phrase at the subject. Until there is one, the verb's number is a guess.
# - [ ] Stay near a half until the very end | It would, if somebody had to tell it about the plural. Nobody does, and it finds out.

# %%
hard = kinds["near a noun of the other number"]
model, history = train(ask=hard[::2], picture=True)

# %% [markdown]
# The loss falls fast to about 1 and then seems to be stuck, and a coin answers the hard questions as well as the model does. Then,
# within a hundred steps or so, it finds the subject. The loss hardly shows it, since few of the words are concerned:

# %%
traps = question_kinds([(sentence, "", "") for sentence in sentences])["near a noun of the other number"]
total = int(words.sum())
print(f"of {total:,} words {len(sentences) / total:.0%} are verbs, one per sentence;", end=" ")
print(f"{len(traps) / total:.0%} are verbs near a noun of the other number")

# %%
accuracy = agreement_accuracy(model, tokenizer, questions)
print(f"{accuracy:.0%} of {len(questions)} questions about sentences that it has never seen")
end = sum(history.losses[-100:]) / 100
print(f"loss: began near {history.losses[0]:.1f}, ends at about {round(4 * end) / 4:.2f}")

# %% [markdown]
# Why does the loss not go to 0? Because much cannot be known: birds may sing, run, sleep or wait, each as likely as the other. A
# perfect model pays ln 4 = 1.39 for a hidden verb. (Rounded to a quarter: processors differ in the last digits.) All chance comes
# from one generator, so the same seed gives the same training, bit for bit:

# %%
twice = [train(steps=10)[1].losses for _ in range(2)]
print("the same losses, bit for bit:", twice[0] == twice[1])

# %% [markdown]
# With another seed the jump comes sooner or later: change it in `train`. Of eight seeds that we tried, seven ended with every
# answer right and one with 95 %.
#
# ## Attention, before and after
#
# Where does the hidden verb look? One row per head, layer and head counted from 0: first with the random numbers that the training
# began with, then with those that it ended with. The frame marks the head that looks at *birds* most.

# %%
from course_utils import show_learned_attention

untrained = MaskedLM(config, torch.Generator().manual_seed(0))
before_and_after = {"before": untrained, "after": model}
show_learned_attention(tokenizer, before_and_after, "the old birds near the dog [MASK] .", "birds")

# %% [markdown]
# **Nobody told it about the plural.** No line of the training mentions singular or plural, subject or verb; the only labels are the
# words themselves. To guess hidden words, the model had to look across the phrase, past the nearer noun. So it learned to.
#
# ## Play: fill the mask
#
# Your own model. Try `the old [MASK] near the dogs sings .`, a sentence with three [MASK]s, or no sentence at all: `[MASK]
# [MASK] [MASK] .` You can choose the model before its training, too.

# %%
from course_utils import explore_masks

explore_masks(tokenizer, {"after the training": model, "before": untrained})

# %% [markdown]
# ## Why 80/10/10? The control
#
# A *control* differs from the model in one thing, the one in question. Same seed, same sentences, same chosen words; but every
# chosen word becomes [MASK]. The random numbers are drawn as before, so nothing else differs:

# %%
from course_utils import with_functions


def always_mask(*arguments):
    masked, labels = mask_tokens(*arguments)
    return torch.where(labels == -100, masked, tokenizer.mask_token_id), labels


control, _ = train(loop=with_functions("training_losses", mask_tokens=always_mask))
print(f"the control, hidden verbs: {agreement_accuracy(control, tokenizer, questions):.0%} right")

# %% [markdown]
# Now fill the verb into all our questions, so that nothing is masked, and look at what each model finds likely at the place of the
# verb, which it can *see*. First a verb that is wrong: "the old birds by the river sings ."


# %%
def at_the_verb(trained, column):
    """Mean probabilities, over all questions with a verb filled in: of the four verbs that agree, of the verb that is there."""
    agree, itself = [], []
    for text, right, wrong in questions:
        verb = (right, wrong)[column]
        ids = tokenizer(text.replace("[MASK]", verb), return_tensors="pt")["input_ids"]
        with torch.no_grad():
            p = torch.softmax(trained(ids)[0, -3], dim=-1)  # (vocabulary,); after the verb come "." and [SEP]
        four = [tokenizer.vocab[w] for w in verbs[right in verbs[1]]]
        agree.append(p[four].sum())
        itself.append(p[tokenizer.vocab[verb]])
    return float(sum(agree) / len(agree)), float(sum(itself) / len(itself))


verbs = ("sings", "runs", "sleeps", "waits"), ("sing", "run", "sleep", "wait")  # singular, plural
for name, trained in {"80/10/10": model, "always [MASK]": control}.items():
    agree, itself = at_the_verb(trained, column=1)
    print(f"{name:14} the four that agree: more than 1/2 {agree > 0.5}; the wrong one: less than 1/4 {itself < 0.25}")

# %% [markdown]
# Both correct the mistake. So that is not the work of 80/10/10: the context alone tells both of them which verbs fit.
#
# **Predict.** Now a verb that is right: "the old birds by the river sing ." Four verbs would fit. What probability does our
# 80/10/10 model give to *sing*, which is there?
#
# - [ ] About 1/4, as for each of the four | The control gives that: nobody ever asked it about a word that it could see, and it goes by the context alone.
# - [x] More than 1/4, but less than 0.6 | A visible word that it was asked about and that fits is nearly always the original. After 600 steps ours has learned some of that.
# - [ ] Nearly 1, for it only has to copy | Copying is right for half of the visible words that it was asked about. The others were random, and it has met few of either kind.

# %%
for name, trained in {"80/10/10": model, "always [MASK]": control}.items():
    agree, itself = at_the_verb(trained, column=0)
    print(f"{name:14} the verb that is there has more than 0.3: {itself > 0.3}, more than 0.6: {itself > 0.6}")

# %% [markdown]
# With four seeds the mean over all questions was 0.35 to 0.45 for 80/10/10 and 0.20 to 0.23 for the control. So **80/10/10 makes the
# model use the word that it sees**; for learning from the context it is not needed. (The paper's own comparison, in its appendix
# C.2, finds little difference after fine-tuning, as in lesson 12, and some where BERT's vectors are used as they are.)
#
# ## What each part is for
#
# Three more trainings, with one thing changed in each and the same questions asked. First the answers of the whole model, for
# comparison:


# %%
right = {}


def tell(name, trained):
    right[name] = {kind: agreement_accuracy(trained, tokenizer, found) for kind, found in kinds.items()}
    for kind, share in right[name].items():
        print(f"{kind:34}", "less than 3/4 right" if share < 0.75 else "mostly or always right")


tell("whole model", model)

# %% [markdown]
# Now without positions: the position table is 0 and stays 0, so a sentence is a bag of words (lesson 02).
#
# **Predict.** Which questions can a model without positions answer?
#
# - [ ] Not one kind of these questions | It still sees all words, and in "the birds by the river" only one of the nouns can be a subject.
# - [ ] Each of the three kinds of questions | "the birds near the dog" and "the dog near the birds" are the same bag. Only their order tells who sings.
# - [x] All but near a noun of the other number | A place cannot be the subject, and where both nouns have the same number there is nothing to mix up. For the rest, seeing all the words hardly beats a coin.


# %%
no_positions, history_no_positions = train(silent=["position_embeddings"])
tell("no positions", no_positions)

# %% [markdown]
# Next without attention: the dense layer after it is 0 and stays 0, so nothing of it reaches the residual stream. Embeddings,
# positions, feed-forward and head are all there.
#
# **Predict.** And which questions can this one answer?
#
# - [ ] Those with both nouns of one number | Both nouns say the same, and it sees neither of them.
# - [x] Not one kind of these questions | Nothing else moves information between tokens (lesson 05). The vector at [MASK] is the same in every sentence that has its [MASK] at this place.
# - [ ] Those by a place, as it has positions | It knows that a verb comes at this place. Which one depends on a word that it cannot see.

# %%
no_attention, history_no_attention = train(silent=["attention.output.dense"])
tell("no attention", no_attention)

# %% [markdown]
# And with 40 % of the words chosen, where BERT has 15 %.
#
# **Predict.** What will become of agreement, and of the loss?
#
# - [ ] It is not learned: too much is hidden | Often the subject is hidden with the verb, that is true. Often enough it is not.
# - [x] It is learned, and the loss ends higher | More context is hidden from every guess. But each sentence gives more to guess. Wettig et al. (2022) found 40 % to be better than 15 % for large models.
# - [ ] It is learned, and the loss ends lower | More context is hidden from every guess: the same model has a harder task.

# %%
forty, history_forty = train(mlm_probability=0.4)
tell("40 % chosen", forty)
ends = [sum(one.losses[-100:]) / 100 for one in (history, history_forty)]
print("its loss ends a little higher than with 15 %:", ends[0] < ends[1] < ends[0] + 0.1)

# %%
from course_utils import show_agreement, show_losses

histories = {
    "whole model": history, "no positions": history_no_positions,
    "no attention": history_no_attention, "40 % chosen": history_forty,
}  # fmt: skip
show_losses(histories, levels)

# %%
show_agreement(right)

# %% [markdown]
# ## The proof
#
# Is the little model a BERT? Transformers' own `BertForMaskedLM` gets our config and our trained numbers, under our names, and
# must give the same scores as a model with *your* head, if you have passed it. (Its decoder is tied as well. What it does not expect
# is the pooler: a masked language model has no use for one.)

# %%
from transformers import BertForMaskedLM

theirs = BertForMaskedLM(config).eval()
report = theirs.load_state_dict(model.state_dict(), strict=False)
missing = [name for name in report.missing_keys if "decoder" not in name]
print("missing:", missing, "| unexpected:", report.unexpected_keys)
ours = with_functions("MaskedLM", mlm_head=mlm_head)(config, torch.Generator())  # your head, from the cell above
ours.load_state_dict(model.state_dict())

# %%
random_ids = torch.randint(len(tokenizer), (2, 9), generator=torch.Generator().manual_seed(0))
batches = {
    "a sentence": tokenizer("the old birds by the river [MASK] .", return_tensors="pt"),
    "padded batch": tokenizer(["the dog [MASK] .", "the old birds [MASK] ."], padding=True, return_tensors="pt"),
    "two in one": tokenizer("the dog runs .", "the birds [MASK] .", return_tensors="pt"),
    "random ids": {"input_ids": random_ids, "attention_mask": torch.ones_like(random_ids)},
}

# %%
compared = {}
with torch.no_grad():
    for name, batch in batches.items():
        ids, mask = batch["input_ids"], batch["attention_mask"]
        real = mask == 1  # scores at padding are arbitrary
        compared[name] = ours(ids, mask)[real], theirs(ids, mask).logits[real]
show_proof(compared, tolerance=1e-4)

# %% [markdown]
# (1e-4 is the course's tolerance for a whole model: scores are sums of many products, and larger than hidden states.) Now six wrong
# heads, on the real model's hidden states of a sentence. All of them give scores of the right shape, and the best disguised one keeps
# a cosine of 1.0000:

# %%
from course_utils import planted, show_lookalikes

states = real_model(
    **real_tokenizer("this is a 12212121 test sentence", return_tensors="pt")
).last_hidden_state.detach()
labels = {
    "the norm before GELU": "norm_before_gelu",
    "no GELU": "no_gelu",
    "GELU by tanh": "gelu: tanh",
    "no bias for the words": "no_bias",
    "unbiased variance": "layer_norm: unbiased",
    "cosines for dot products": "cosine",
}
wrong = {name: planted("mlm_head", label)(states, params, table, eps) for name, label in labels.items()}
show_lookalikes(mlm_head(states, params, table, eps), wrong)

# %% [markdown]
# ## The real thing
#
# The checkpoint that comes with this course has no masked-language head: sentence search has no use for one.
# `BertForMaskedLM.from_pretrained` would load it all the same, with a *random* head, and its guesses would be nonsense. The next
# cell needs a checkpoint with a head, such as bert-base-uncased, and asks it what you asked yours.

# %%
from course_utils import MODEL, fill_mask

if "BertForMaskedLM" in (real_model.config.architectures or []):
    real_lm = BertForMaskedLM.from_pretrained(MODEL).eval()
    for text in ("The keys to the old cabinet [MASK] on the table.", "The capital of France is [MASK]."):
        ids = real_tokenizer(text, return_tensors="pt")["input_ids"]
        guesses = fill_mask(lambda *batch: real_lm(*batch).logits, ids, real_tokenizer.mask_token_id, 5)
        print(text, "->", ", ".join(real_tokenizer.convert_ids_to_tokens(guesses[0])))
else:
    print("This checkpoint has no masked-language head.")
    print("Start the course with COURSE_MODEL=bert-base-uncased to run this cell.")

# %% [markdown]
# ## Recap
#
# - The labels of masked language modelling come from the text: 15 % of the tokens are chosen, 80 % of them become [MASK], 10 %
#   another word, 10 % stay. All of them are to be guessed, and only they count in the loss.
# - A step of training: guess, loss, gradients, and every number a little downhill. `backward` *adds* to the gradients; an optimizer
#   clears them and does the step.
# - With every chosen word [MASK] our model learns agreement as well; with 80/10/10 it also uses the words that it sees.
# - The head is a dense layer, GELU, a norm, and the word table once more.
# - ln V is the loss of knowing nothing; the next level is that of counting words. A loss that stays there has learned no language.
# - Agreement came late and fast, with a head that looks at the subject. Without attention it cannot come; without positions only
#   where order does not matter.
# - Your model and `BertForMaskedLM` with its numbers are the same function.
#
# **Now you:** [the exercises](../exercises/11_masked_lm.ipynb). After them: [12 · Fine-tune it](12_fine_tuning.ipynb).
#
# ## Papers
#
# - Devlin et al. 2018, *BERT*, arXiv 1810.04805: section 3.1 and appendix A.1 and C.2 on the masking.
# - Linzen et al. 2016, *Assessing the ability of LSTMs to learn syntax-sensitive dependencies*, arXiv 1611.01368.
# - Goldberg 2019, *Assessing BERT's syntactic abilities*, arXiv 1901.05287: the same questions, asked of BERT.
# - Press and Wolf 2016, *Using the output embedding to improve language models*, arXiv 1608.05859: tied tables.
# - Wettig et al. 2022, *Should you mask 15 % in masked language modeling?*, arXiv 2202.08005.
# - Liu et al. 2019, *RoBERTa*, arXiv 1907.11692: masks drawn anew each time, as here.
