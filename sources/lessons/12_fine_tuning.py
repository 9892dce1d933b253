# %% [markdown]
# # 12 · Fine-tune it
#
# **What you will build:** a classifier out of the pretrained model: it reads a message to a library and says what the writer
# wants. You will find its gradient by hand, take the steps of its optimizer yourself, and train it in three ways: the head
# alone, the whole model, and 0.35 % of it.
#
# **What you need:** the sentence vector (lesson 08), and loss, gradient and optimizer (lesson 11).
#
# **Time:** about 110 minutes with the [exercises](../exercises/12_fine_tuning.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three questions about earlier lessons. Today builds on their answers.

# %% [markdown]
# **Recall.** Lesson 07: the model has 22.7 million numbers. Where are most of them?
#
# - [x] In the table of words | 30,522 rows of 384 numbers are 11.7 million, more than half.
# - [ ] In the six layers | They do nearly all of the computing, with 10.6 million numbers.
# - [ ] In the pooler | A single dense layer with 384 inputs and outputs: 0.15 million.

# %% [markdown]
# **Recall.** Lesson 08: "The home team won ..." and "The home team lost ..." have nearly the same vector. What does a sentence
# vector tell?
#
# - [ ] Whether the sentence is true | The model has never been told what is true, only which texts belong together.
# - [x] What the sentence is about | Both are about the result of a match. What is said about it hardly moves the vector.
# - [ ] Which words the sentence has | Two sentences without a common word can have a cosine of .7.

# %% [markdown]
# **Recall.** Lesson 11: a model that chooses among 32 words has a loss of 3.47. What does it know?
#
# - [ ] About a third of the words | A loss is not a share, but a mean of -ln p.
# - [x] Nothing: 3.47 is ln 32 | It gives the right word a probability of 1/32, as it would by guessing.
# - [ ] Nearly all: only 3.47 % are wrong | A model that knows nearly everything has a loss near 0.

# %%
import math

import torch

from course_utils import load_model

torch.set_grad_enabled(False)  # where a gradient is needed, we say so
tokenizer, bert = load_model()
hidden = bert.config.hidden_size
print(f"{sum(p.numel() for p in bert.parameters()):,} numbers, and none of them knows anything about a library")

# %% [markdown]
# ## A task of our own
#
# People write to the desk of a town library. There are twelve things that they may want, their **intents**. (The messages are
# invented for this course; slips of the pen are meant.)

# %%
from course_utils import INTENTS, load_messages

texts, labels = load_messages("train")
held_out, right = load_messages("held_out")
classes = len(INTENTS)
print(f"{len(texts)} messages to learn from, {len(held_out)} held out, {classes} intents; one of each:")
for text, label in zip(texts[:classes], labels, strict=False):
    print(f"  {INTENTS[label]:10} {text}")

# %% [markdown]
# **Held out** means: nothing is learned from these messages, and nothing is chosen by them. They are there to measure with. The
# messages to learn from come in rounds, one of each intent, so the first 48 have four of each.
#
# ## Before any training
#
# We have a model that knows what a sentence is about. A message can be given the intent of the message whose vector is
# *nearest*, as in lesson 08's search. Nothing is trained for that, and every method has to be better than this to be worth its
# trouble. Such a method is called a *baseline*. Guessing gets 1/12, which is 8 %.
#
# **Predict.** With four known messages of each intent, how often does the nearest one have the right intent?
#
# - [ ] About 8 %, no better than guessing | It would be so if the vectors had nothing to do with intents. But most messages with the same intent are about the same things.
# - [x] About 65 %, much better than guessing | What somebody wants and what they write about often go together. Not always: that is the rest of the lesson.
# - [ ] About 95 %, since it is a good model | It was trained to tell what texts are about. Two people who write about a DVD may want very different things.

# %%
from course_utils import IntentModel, nearest_neighbours, pooled_vectors


def share_right(chosen):
    """The share of held-out messages whose intent is the chosen one."""
    return sum(one == other for one, other in zip(chosen, right, strict=True)) / len(right)


untrained = IntentModel(bert, classes, torch.Generator().manual_seed(0))
known = pooled_vectors(untrained, tokenizer, texts)  # (messages, hidden), the mean of each message's tokens
asked = pooled_vectors(untrained, tokenizer, held_out)
for each in (1, 4, 16, 32):
    chosen = nearest_neighbours(known[: each * classes], labels, asked)
    print(f"{each:2} messages per intent: {share_right(chosen):.0%} right")

# %% [markdown]
# ## The head: one dense layer
#
# To *fine-tune* a pretrained model is to go on training it on a task of one's own. BERT needs little for it (Devlin et al.
# 2018, section 4.1): a vector per text, and one dense layer that makes of it one score per class, the **logits**. With a
# softmax they are probabilities. Row c of the weight is a vector for class c, and the logit is its dot product with the text's
# vector.

# %%
from course_utils import classification_head, cross_entropy

first, targets = known[:48], torch.tensor(labels[:48])  # four messages of each intent
weight, bias = untrained.classifier.weight, untrained.classifier.bias
logits = classification_head(first, weight, bias)  # (48, classes)
print(tuple(first.shape), "times", tuple(weight.shape), "transposed:", tuple(logits.shape))
print(f"loss {cross_entropy(logits, targets):.2f}; ln {classes} is {math.log(classes):.2f}")

# %% [markdown]
# The head's numbers are random and small, as BERT's were at first. So all intents are about equally likely, and the loss is about
# ln 12. This is what to look for at the first step of any training: **a loss that begins far above ln C is a bug.**
#
# One trap. Taken literally, the formula of softmax (e to the power of each logit, divided by the sum of all of these) fails in
# float32, for which e to the power of 89 is too large. Two logits, 1000 and 0, and the first class is right, so the loss is 0:

# %%
extreme = torch.tensor([[1000.0, 0.0]])
shares = extreme.exp() / extreme.exp().sum()
print("as the formula says:", -shares[0, 0].log().item())
print("cross_entropy:", cross_entropy(extreme, torch.tensor([0])).item())

# %% [markdown]
# Infinity divided by infinity is `nan`, "not a number", and so is everything computed from it. Lesson 03's softmax had the same
# trouble, and what helped there helps here. Yours has to survive logits of 10,000.
#
# ## Which vector?
#
# Devlin et al. give the head the vector of [CLS] from the pooler. Ours gets the mean over the tokens. The course has trained a
# head alone five times with each kind of vector, on 32 messages per intent (more on these stored trainings below):

# %%
from course_utils import load_learning_curve

curve = load_learning_curve()
for name, shares in curve["pooling"].items():
    print(f"{name:14} {sum(shares) / len(shares):.0%} of the held-out messages right")

# %% [markdown]
# As in lesson 08: this model was trained with means. For another checkpoint it may be another vector; so measure it.
#
# ## The gradient, by hand
#
# In lesson 11 `backward` found all gradients. For this head you can find them with pencil and paper, and you will. Start with
# one message, and ask autograd: by how much does its loss change if one of the twelve logits rises a little?
#
# **Predict.** The right intent has a probability of p, about 1/12. The gradient of the loss, -ln p, with respect to the right
# intent's *logit* is ...
#
# - [ ] -1/p, about -12 | That is the gradient with respect to p itself. But p hardly moves with its logit as long as p is small.
# - [x] p - 1, about -0.92 | -1/p times the slope of p along its logit, which is p · (1 - p).
# - [ ] p, about 0.08 | Then a higher logit would mean a higher loss. So it is for the other eleven.

# %%
from course_utils import show_logit_gradient

with torch.enable_grad():
    scores = logits[:1].clone().requires_grad_(True)  # (1, classes), of the first message
    cross_entropy(scores, targets[:1]).backward()
show_logit_gradient(INTENTS, torch.softmax(scores[0], dim=-1), scores.grad[0], int(targets[0]))

# %% [markdown]
# So the gradient with respect to the logits is the **error**: what the model said, less what it should have said. No message
# can pull harder than with 1, however wrong the model is, and one that is right and sure pulls no more. The rest is the dense
# layer: each message moves the row of each intent along *its own vector*, by its error. For a batch, take the mean over its
# messages. Your `head_gradients` will compute that, in a few lines and without autograd:

# %%
from course_utils import head_gradients, show_proof

with torch.enable_grad():
    leaves = [part.detach().clone().requires_grad_(True) for part in (weight, bias)]
    loss = cross_entropy(classification_head(first, *leaves), targets)
    theirs = torch.autograd.grad(loss, leaves)
ours = head_gradients(first, logits, targets)
show_proof({name: pair for name, *pair in zip(("weight", "bias"), ours, theirs, strict=True)})

# %% [markdown]
# ## The step, by hand
#
# Lesson 11 left the step to PyTorch's AdamW, *Adam with decoupled weight decay*. It keeps two running means for each number: of
# its gradients and of their squares.
#
# **Predict.** Three numbers, with gradients of 0.001, 1 and 1000. The learning rate is 0.1. How far does AdamW's first step
# move each?
#
# - [ ] By 0.0001, 0.1 and 100 | That is SGD: learning rate times gradient.
# - [x] By 0.1, all three of them | The mean of one gradient is g, the root of the mean of one square is |g|, and g / |g| is 1 or -1.
# - [ ] By 0.1 the first, the others less | Then AdamW would hold back large gradients. It only compares a number's gradient with the earlier gradients of the same number.

# %%
from course_utils import adamw_step

numbers, gradient = torch.ones(3), torch.tensor([1e-3, 1.0, 1e3])
moved, state = adamw_step(numbers, gradient, {}, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0)
print("moved by", *(f"{step:.4f}" for step in (numbers - moved).tolist()))
print("kept for the next step:", *state)

# %% [markdown]
# The sizes of the gradients cancel. (Those who forget to divide the running means by 1 - beta^steps, because they start at 0,
# get steps of another size: here three times too large.) *Weight decay* is what the W is for: before each step every number
# loses a small share of itself. Added to the gradient, as was usual with Adam, that share would be rescaled with it; AdamW
# keeps the two apart (Loshchilov and Hutter 2017).
#
# Is it the same as PyTorch's, over 20 steps, with gradients of very different sizes?

# %%
generator = torch.Generator().manual_seed(0)
options = {"lr": 1e-2, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}
theirs, ours, state = weight.clone(), weight.clone(), {}
optimizer = torch.optim.AdamW([theirs], **options)
for step in range(20):
    gradient = torch.randn(weight.shape, generator=generator) * 10 ** (step % 5 - 3)
    theirs.grad = gradient
    optimizer.step()
    ours, state = adamw_step(ours, gradient, state, **options)
show_proof({"20 steps of AdamW": (ours, theirs)})

# %% [markdown]
# A first step of full length, for every number, in a direction chosen by one small batch of messages: in a pretrained model
# that can break more than it mends. Hence the **warm-up**: the learning rate begins at 0, rises in a straight line, then falls
# back to 0. Your `linear_warmup` says what it is multiplied by:

# %%
from course_utils import linear_warmup

factors = [linear_warmup(step, warmup=4, total=20) for step in range(20)]
print(*(f"{factor:.2f}" for factor in factors))

# %% [markdown]
# (The factor of the very first step is 0: its messages change nothing. So it is in transformers, too.)
#
# ## Three ways to train
#
# - **The head alone.** The BERT stays as it is, *frozen*. Its vectors are computed once, and a step costs next to nothing.
# - **The whole model.** All numbers are trained, at a small learning rate: they are good already, and should move only a little.
# - **LoRA**, *low-rank adaptation* (Hu et al. 2021). The weights stay as they are; beside some dense layers a detour is
#   trained, first down to few numbers, then up again. Here that is done for the query and the value of each layer's attention.

# %%
from course_utils import show_lora

show_lora((hidden, hidden), rank=8)

# %% [markdown]
# At the beginning A is random and B is all 0: nothing is corrected yet, and training begins with the old model. (Were both 0,
# nothing would ever be learned: the gradient of each is a product with the other.)

# %%
from course_utils import add_lora, trainable


def prepare(how, seed=0):
    """An untrained classifier in which only what is to be trained is not frozen, and its generator."""
    generator = torch.Generator().manual_seed(seed)
    tuned = IntentModel(bert, classes, generator)
    if how == "head alone":
        trainable(tuned, last_layers=0)
    elif how == "LoRA":
        add_lora(tuned, rank=8, alpha=16, generator=generator)
    return tuned, generator


batch = tokenizer(held_out[:20], padding=True, return_tensors="pt")
some, total = (batch["input_ids"], batch["attention_mask"]), sum(p.numel() for p in untrained.parameters())
for how in ("head alone", "LoRA", "whole"):
    tuned, _ = prepare(how)
    numbers = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
    same = torch.allclose(tuned(*some), untrained(*some), atol=1e-5)
    print(f"{how:10} {numbers:10,} numbers to train, {numbers / total:7.2%}; the untrained model's logits: {same}")

# %% [markdown]
# ## Training the head
#
# One function trains in all three ways. `fine_tuning_losses` is the loop of lesson 11 with today's parts in it:
# `cross_entropy`, `adamw_step`, `linear_warmup` over the first tenth of the steps, and `head_gradients` where only the head is
# trained; elsewhere autograd finds the gradients. In the exercises it runs on your functions. The learning rates were chosen on
# messages that are *not* held out: the last ten rounds of those to learn from.

# %%
from course_utils import fine_tuning_losses, watch_training

rates = {"head alone": 1e-2, "LoRA": 5e-3, "whole": 5e-4}
levels = {"knows nothing": math.log(classes)}


def train(how, each, steps, ask=None, picture=False):
    """A classifier that has learned from `each` messages of every intent, and the history of its training."""
    tuned, generator = prepare(how)
    some = texts[: each * classes], labels[: each * classes]
    losses = fine_tuning_losses(tuned, tokenizer, *some, generator, steps, rates[how])
    asked = (lambda: ask(tuned)) if ask else None
    return tuned, watch_training(losses, steps, levels, asked, every=5, picture=picture, chance=1 / classes)


def head_right(tuned):
    """The share of held-out messages that a head alone has right: their vectors are known already."""
    return share_right(tuned.head(asked).argmax(dim=-1).tolist())


# %% [markdown]
# **Predict.** The head learns from four messages of each intent, 48 in all, until its loss is near 0. How many does it get right?
#
# - [ ] All of the 48, and nearly all held-out ones | It has learned what tells these 48 apart. Other people put things differently.
# - [x] All of the 48, about 3 of 4 held-out ones | 384 features can tell 48 messages apart in very many ways. Not every one of these ways is about the intent.
# - [ ] About 3 of 4, of the 48 and of the held-out | That would be a head that cannot even tell the 48 apart. With 4,620 numbers it can.

# %%
small = {}
small["head alone"], history = train("head alone", each=4, steps=100, ask=head_right, picture=True)
fitted = small["head alone"].head(first).argmax(dim=-1)
print("of the 48 messages learned from:", f"{(fitted == targets).float().mean():.0%} right")

# %% [markdown]
# The loss goes on falling long after the share of right answers has stopped rising. To learn what holds only for the messages
# that one learns from is called **overfitting**. That is why one measures on messages held out. More messages help:

# %%
large = {}
large["head alone"], _ = train("head alone", each=16, steps=150)
for each, tuned in {4: small, 16: large}.items():
    share = head_right(tuned["head alone"])
    print(f"{each:2} messages per intent: more than 0.65 right: {share > 0.65}; more than 0.8: {share > 0.8}")

# %% [markdown]
# (Only limits are printed: processors differ in the last digits, and that may change the answer to a message or two.)
#
# ## LoRA and the whole model
#
# Now the other two ways. Every step goes through all layers, forward and back, so this takes a while:

# %%
histories = {}
for how in ("LoRA", "whole"):
    small[how], _ = train(how, each=4, steps=20)
    large[how], histories[how] = train(how, each=16, steps=40)

# %%
from course_utils import predict_intents, show_losses

show_losses(histories, levels)

# %% [markdown]
# **Predict.** Which of the three ways is best where there are only *four* messages of each intent?
#
# - [ ] The whole model, which has most to learn with | It can fit 48 messages in ever so many ways. That it does says little about others.
# - [x] The head alone, which has least to learn with | 4,620 numbers on vectors that are good already. With few examples, what is not trained cannot be spoiled.
# - [ ] None: the nearest neighbour, which learns nothing | It comes last here, as it looks at one message where a head looks at all 48. With two per intent it is as good as the whole model, as you will see.

# %%
from course_utils import show_accuracies


def answered(how, tuned):
    """The probabilities of the held-out messages, (messages, classes)."""
    return tuned.head(asked).softmax(dim=-1) if how == "head alone" else predict_intents(tuned, tokenizer, held_out)


few, answers = ({how: answered(how, tuned) for how, tuned in trained.items()} for trained in (small, large))
counts = {"nearest neighbour": [nearest_neighbours(known[: each * classes], labels, asked) for each in (4, 16)]}
for how in answers:
    counts[how] = [found[how].argmax(dim=-1).tolist() for found in (few, answers)]
show_accuracies({how: [share_right(one) for one in both] for how, both in counts.items()}, (4, 16), len(right))

# %% [markdown]
# ## How sure is that?
#
# The bars are there for a reason. 228 messages are a *sample*: other people would have written others.
#
# How far may the accuracy on all messages that could be written be from the one that was measured? Suppose 84 % are right:

# %%
from course_utils import accuracy_interval

for total in (25, 228, 20_000):
    low, high = accuracy_interval(round(0.84 * total), total)
    print(f"{total:6,} messages, 84 % right: a 95 % interval from {low:.1%} to {high:.1%}")

# %% [markdown]
# Four times as many messages halve the interval. So of two classifiers that are 3 points apart on our 228 nobody can say that
# the better one *is* better. (More can be said if one counts only the messages on which they differ.)
#
# There is a second kind of chance: which messages were learned from, with which numbers the head began, in which order the
# batches came. All three depend on the seed. So the course has trained with five seeds, at five sizes, on one machine, with
# more steps than we have time for, and the whole model at a rate of 3e-4 (`python -m bench fine_tune`). Its `frozen` is our
# head alone:

# %%
ways = {way["name"]: way for way in curve["ways"]}
print(f"4 messages per intent, {len(curve['seeds'])} seeds")
for name, way in ways.items():
    shares = way["accuracy"][curve["sizes"].index(4)]
    print(f"  {name:18} from {min(shares):.0%} to {max(shares):.0%}, mean {sum(shares) / len(shares):.0%}")

# %% [markdown]
# All are about ten points lower than ours, even the nearest neighbour, for which nothing but the messages differs. Each seed
# draws its messages at random; we took the first of the list, which happen to be good examples. Which four examples one has
# matters more than the way of training. The order is ours, too: of the three, the less is trained the better. And with more
# messages?

# %%
from course_utils import show_learning_curve

show_learning_curve(curve)

# %% [markdown]
# With two messages per intent the whole model does no better than the nearest neighbour, for which nothing is trained at all.
# With 32 all three trainings are alike: closer to each other than the interval of one of them is wide. Their slopes are not:
# the whole model's line is the steepest, and where it would be with 320 nobody has measured here.
#
# ## What was taken for what?
#
# A share of right answers does not say what the wrong ones were. The **confusion matrix** does: one row per right intent, one
# column per chosen one.

# %%
from course_utils import confusion_matrix, cosine_matrix, show_confusion

show_confusion(confusion_matrix(counts["LoRA"][-1], right, classes), INTENTS)

# %% [markdown]
# **Predict.** Some messages were missed in ten or more of the fifteen stored trainings with 32 messages per intent (head, LoRA
# and whole, five seeds each). What have they in common?
#
# - [ ] They are longer than the others, or misspelt | Most of these are short, and without a slip.
# - [x] They are about what other intents are about | A comic, an audiobook, chess, Thursday: other intents' messages have them, too. It is lesson 08's weakness, once more.
# - [ ] Nothing, since each training misses others | Then hardly any message would be missed ten times out of fifteen.

# %%
trained_ways = [way for name, way in ways.items() if name != "nearest neighbour"]
missed = [sum(way["missed"][i] for way in trained_ways) for i in range(len(right))]
often = sorted((i for i in range(len(right)) if missed[i] >= 10), key=lambda i: -missed[i])
cosines = cosine_matrix(asked, known)  # (held out, to learn from)
print(f"{len(often)} of {len(right)} messages; below each the most similar one of another intent\n")
for i in often:
    others = [-1.0 if label == right[i] else cosine for label, cosine in zip(labels, cosines[i].tolist(), strict=True)]
    like = max(range(len(texts)), key=others.__getitem__)
    print(f"{INTENTS[right[i]]:9} {held_out[i]}\n  {INTENTS[labels[like]]:9} {texts[like]}")

# %%
never = [i for i in range(len(right)) if missed[i] == 0]
for name, some in {"these": often, "those never missed": never}.items():
    failed = sum(ways["nearest neighbour"]["missed"][i] >= 3 for i in some)  # in most of its five seeds
    print(f"of {name}, the nearest neighbour misses {failed} of {len(some)}")

# %% [markdown]
# The nearest neighbour compares only what texts are about. It misses most of these, too, and few of those that all the others
# get right. So the confusions are not random. The most frequent, over all fifteen trainings:

# %%
taken = sum(torch.tensor(way["confusion"]) for way in trained_ways).fill_diagonal_(0)  # (classes, classes)
for place in taken.flatten().topk(4).indices.tolist():
    row, column = divmod(place, classes)
    print(f"{INTENTS[row]:8} taken for {INTENTS[column]:8} {int(taken[row, column])} of {int(taken.sum())} errors")

# %% [markdown]
# ## Type and see
#
# Your classifiers, and one that was not trained. Write what you want; then write it so that no word of the intent occurs, or so
# that words of another intent do. And write something that a library has nothing to do with.

# %%
from course_utils import explore_intents

explore_intents(tokenizer, {"untrained": untrained, "head alone": large["head alone"], "LoRA": large["LoRA"]})

# %% [markdown]
# ## Strangers
#
# The desk gets messages, too, that are none of the twelve. The course has some of those; no model has learned from them.
#
# **Predict.** The head alone gets "What time does the pharmacy shut?" How does it answer?
#
# - [ ] About 1/12 for each intent, as it has none | For that somebody would have had to tell it that there are messages without an intent.
# - [x] `hours`, with more than 0.9 | There is no thirteenth intent to choose, and this message is very like those about when the library is shut.
# - [ ] `hours`, with less than 0.5, as it is not sure | That is what happens to a stranger that is like none of the twelve. This one is like `hours`, and no message that it learned from was like `hours` and meant something else.

# %%
from course_utils import load_strangers

strangers = load_strangers()
probabilities = predict_intents(large["head alone"], tokenizer, strangers)  # (strangers, classes)
for start in ("What time does the ph", "I want to extend my", "Double room", "Will you marry", "What's the capital"):
    number = next(i for i, text in enumerate(strangers) if text.startswith(start))
    highest, chosen = probabilities[number].max(dim=-1)
    told = "more than 0.9" if highest > 0.9 else "less than 0.4" if highest < 0.4 else "between"
    print(f"{strangers[number]:55} {INTENTS[int(chosen)]:8} {told}")

# %%
from course_utils import show_confidence

both = {}
for how, tuned in large.items():
    both[how] = answers[how].amax(dim=-1), predict_intents(tuned, tokenizer, strangers).amax(dim=-1)
show_confidence(both, ("held out", "strangers"))

# %% [markdown]
# So **a probability from softmax says which of the twelve, never whether any of them.** The highest one is still some help:
# strangers tend to have lower ones. How often, of a held-out message and a stranger, is the message the one with the higher?
# (By chance 50 %; this share is called AUROC.) For the nearest neighbour, the cosine takes the probability's place. The stored
# trainings:

# %%
for name, way in ways.items():
    print(f"{name:18} {sum(way['auroc']) / len(way['auroc']):.0%}")

# %% [markdown]
# The baseline, the worst at intents, is the best at strangers: its cosine is small where nothing known is near. A training for
# twelve intents asks only what tells these twelve apart. A threshold on the highest probability is the usual first remedy
# (Hendrycks and Gimpel 2016), a class of its own for "none of these" the second. The second needs strangers to learn from, and
# the first needs some to be tested with.
#
# ## What was forgotten?
#
# The model could do something before: lesson 08's search. Nobody has asked it to keep that. The measure: how often is the
# nearest other sentence of the corpus on the same theme?
#
# **Predict.** What has become of the search after the whole model was trained on the messages?
#
# - [ ] Nothing: it still has to understand sentences | It has to tell twelve intents apart, and nothing else. What that does not need may go.
# - [x] It is clearly worse, though far from useless | Every step moved all layers a little, in directions chosen by batches of 16 messages. What was not needed for them was not protected.
# - [ ] It is gone: about as good as chance | A few dozen small steps do not undo what a billion sentence pairs have taught.

# %%
from course_utils import embed, load_corpus

corpus = load_corpus()
sentences, themes = [one.text for one in corpus], [one.theme for one in corpus]


def same_theme(model):
    """How often the nearest other sentence is on the same theme."""
    vectors = embed(sentences, tokenizer, model)  # (sentences, hidden)
    nearest = (vectors @ vectors.T).fill_diagonal_(-2).argmax(dim=1).tolist()
    return sum(themes[one] == themes[other] for one, other in enumerate(nearest)) / len(themes)


before = same_theme(bert)
print(f"before any training: {before:.0%}")
for how, tuned in large.items():
    change = same_theme(tuned.bert) - before
    told = "the same" if change == 0 else "more than 4 points less" if change < -0.04 else "within 4 points of it"
    print(f"after {how}: {told}")

# %%
from course_utils import show_forgetting

show_forgetting(curve)

# %% [markdown]
# (The stored trainings are longer than ours. And the rates for the whole model, 5e-4 here and 3e-4 there, are far above the
# 2e-5 to 5e-5 of Devlin et al., appendix A.3. With theirs less may be forgotten, but more steps are needed.) This is called
# *catastrophic forgetting*. A frozen model cannot forget; corrections of rank 8 can do less harm than steps of every number:
# "LoRA learns less and forgets less" (Biderman et al. 2024). What people try against it: smaller learning rates, fewer steps,
# some of the old task among the new.
#
# ## Merging
#
# LoRA's detours cost time at every use. They need not: two matrices applied one after the other are one matrix, and this one
# has the shape of W. After merging, the model has its old layers again, with other numbers in them:

# %%
import copy

from course_utils import merge

merged = copy.deepcopy(large["LoRA"])
merge(merged)
for name, one in {"with detours": large["LoRA"], "merged": merged}.items():
    query = one.bert.encoder.layer[0].attention.self.query
    print(f"{name:12} {sum(p.numel() for p in one.parameters()):,} numbers, query: {type(query).__name__}")

# %% [markdown]
# Not merged, LoRA has another advantage: whoever wants three classifiers keeps one BERT, and for each of the three only what
# was trained:

# %%
own = {name: p.numel() for name, p in large["LoRA"].named_parameters() if p.requires_grad}
print(f"{len(own)} tensors, {sum(own.values()):,} numbers, such as {next(iter(own))}")

# %% [markdown]
# ## The proof
#
# Two claims: merging changes nothing, and the merged model is an ordinary BERT. So the judge is transformers' own `BertModel`,
# which knows nothing of LoRA, with the merged numbers in it, and PyTorch's `nn.Linear` on its mean. It is given four inputs,
# and so is the model with detours, made of *your* functions, where they have passed.

# %%
from transformers import BertForSequenceClassification, BertModel

from course_utils import mean_pool, with_functions
from course_utils.my_bert import classification_head, lora_linear

names = set(BertForSequenceClassification(bert.config).state_dict())
print("not a name of BertForSequenceClassification:", sorted(set(merged.state_dict()) - names))
print("only there:", sorted(names - set(merged.state_dict())))
judge = BertModel(bert.config, add_pooling_layer=False).eval()
print(judge.load_state_dict(merged.bert.state_dict()))

# %%
ours = with_functions("IntentModel", classification_head=classification_head)(bert, classes, torch.Generator())
with_functions("add_lora", lora_linear=lora_linear)(ours, rank=8, alpha=16, generator=torch.Generator())
ours.load_state_dict(large["LoRA"].state_dict())
random_ids = torch.randint(1000, len(tokenizer), (2, 9), generator=torch.Generator().manual_seed(0))
batches = {
    "a message": tokenizer(held_out[0], return_tensors="pt"),
    "padded batch": tokenizer(held_out[:20], padding=True, return_tensors="pt"),
    "two in one": tokenizer("May I keep the atlas?", "It is due today.", return_tensors="pt"),
    "random ids": {"input_ids": random_ids, "attention_mask": torch.ones_like(random_ids)},
}

# %%
compared = {}
for name, batch in batches.items():
    ids, mask = batch["input_ids"], batch["attention_mask"]
    states = judge(ids, mask).last_hidden_state  # (batch, tokens, hidden)
    theirs = merged.classifier(mean_pool(states, mask))  # (batch, classes), by an ordinary nn.Linear
    compared[name] = ours(ids, mask), theirs
show_proof(compared, tolerance=1e-4)

# %% [markdown]
# A wrong step is the hardest mistake to see in this lesson. Here are the weights of a real layer after twenty steps of six
# wrong optimizers, all with the same gradients:

# %%
from course_utils import planted, show_lookalikes

weight = bert.encoder.layer[0].attention.self.query.weight.detach()
draw = torch.Generator().manual_seed(0)
gradients = [torch.randn(weight.shape, generator=draw) * 10 ** (step % 5 - 3) for step in range(20)]


def stepped(step):
    """The weight after 20 steps of an optimizer."""
    moved, state = weight, {}
    for gradient in gradients:
        moved, state = step(moved, gradient, state, 1e-3, (0.9, 0.999), 1e-8, 0.1)
    return moved


# %%
wrong = {
    "Adam with L2 for AdamW": "adam_with_l2",
    "no division by 1 - beta^step": "no_correction",
    "the means stored after it": "corrected_means_stored",
    "the decay left out": "no_decay",
    "the first beta for both": "first_beta_for_both",
    "no memory of the gradient": "gradient_for_mean",
}
show_lookalikes(stepped(adamw_step), {name: stepped(planted("adamw_step", one)) for name, one in wrong.items()})

# %% [markdown]
# ## The real thing
#
# Nothing in this lesson depends on the size of the model. How much LoRA of the same rank would train of bert-base-uncased, a
# config is enough to say:

# %%
from transformers import BertConfig

for name, config in {"the course's model": bert.config, "bert-base": BertConfig()}.items():
    with torch.device("meta"):  # shapes without numbers
        total = sum(p.numel() for p in BertModel(config).parameters())
    corrections = config.num_hidden_layers * 2 * 8 * 2 * config.hidden_size  # query and value, rank 8, A and B
    print(f"{name:18} {total:11,} numbers, {corrections:7,} in the corrections: {corrections / total:.2%}")
if hidden != BertConfig().hidden_size:
    print("Start the course with COURSE_MODEL=bert-base-uncased, and all of this lesson runs on that model.")

# %% [markdown]
# Its mean of the tokens was never trained to compare sentences. Will the frozen head keep up there, too? (The stored curve and
# its tables stay those of the course's model.)
#
# ## Recap
#
# - Fine-tuning: a head on a vector per text, and some more training on a task of one's own.
# - The first loss should be near ln C. The gradient with respect to the logits is the error: probabilities less what they
#   should have been.
# - AdamW moves every number by about the learning rate, whatever the size of its gradient: hence the warm-up.
# - A baseline first. With few examples, the less is trained the better: the head alone, then LoRA, then the whole model. With
#   32 per intent they were alike here.
# - An accuracy on some 200 messages is sure to about 5 points either way; seeds are a chance of their own.
# - What is got wrong by all is *about* the same as other intents' messages. Softmax never says "none of these".
# - What is trained may forget what it could do. What is frozen cannot.
# - LoRA trains 0.35 % of the numbers. Merged, it is the old architecture, and the same function.
#
# **Now you:** [the exercises](../exercises/12_fine_tuning.ipynb). After them: [13 · What has changed since](13_since_bert.ipynb).
#
# ## Papers
#
# - Devlin et al. 2018, *BERT*, arXiv 1810.04805: section 4 on fine-tuning, section 5.3 on frozen vectors, appendix A.3 on the
#   settings.
# - Hu et al. 2021, *LoRA: low-rank adaptation of large language models*, arXiv 2106.09685.
# - Kingma and Ba 2014, *Adam*, arXiv 1412.6980; Loshchilov and Hutter 2017, *Decoupled weight decay regularization*, arXiv
#   1711.05101.
# - Dodge et al. 2020, *Fine-tuning pretrained language models: weight initializations, data orders, and early stopping*, arXiv
#   2002.06305: what the seed alone does.
# - Larson et al. 2019, *An evaluation dataset for intent classification and out-of-scope prediction*, arXiv 1909.02027:
#   strangers.
# - Hendrycks and Gimpel 2016, *A baseline for detecting misclassified and out-of-distribution examples in neural networks*,
#   arXiv 1610.02136.
# - Biderman et al. 2024, *LoRA learns less and forgets less*, arXiv 2405.09673.
# - Tunstall et al. 2022, *Efficient few-shot learning without prompts* (SetFit), arXiv 2209.11055: sentence vectors and few
#   examples.
