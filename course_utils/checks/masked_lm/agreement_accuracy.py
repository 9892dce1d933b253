"""Questions of the tiny grammar, and weights with which no reading at a wrong place wins as many of them as the right one.

Every third one lacks its full stop, or the [MASK] would always be the third token from the end.
"""

from types import SimpleNamespace

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import TinyModel, draw_weights, small_tokenizer, use_agreement_accuracy
from course_utils.given.tiny_language import VERBS, tiny_corpus, tiny_vocabulary
from course_utils.judge import Case, Check, Mistake
from course_utils.judge.shelf import remembering
from course_utils.reference.masked_lm import agreement_accuracy

GROUP, WINS = 6, (2, 5, 1, 4, 6)  # questions per case, and how many of them the model gets right


def cases(draw: Draw) -> list[Case]:
    """Which of the two verbs is right is chosen such that the model wins as often as in WINS; of the questions that it does not
    win, one is a draw. Weights with which it would win as often by mistake are drawn again.
    """
    vocabulary, asked, shape = tiny_vocabulary(), _questions(), (len(WINS), GROUP)
    turn = (torch.arange(GROUP) + 2 * torch.arange(len(WINS))[:, None]) % GROUP  # the wins do not always come first
    wins = torch.tensor(WINS)[:, None]
    won, drawn = turn < wins, (turn == GROUP - 1) & (wins < GROUP)  # (cases, questions)
    by_mistake = [list(WINS)]
    while list(WINS) in by_mistake:
        weights = draw_weights(draw, len(vocabulary))
        weights["bias"] *= 0.3  # what a place has to say must count more than what is said everywhere
        weights["bias"][asked.ids.flatten()] += 4.0  # verbs are the best words: "the best of all" is not rare
        first, *others = (each.view(shape) for each in _preferences(asked, weights, vocabulary["[MASK]"]))
        by_mistake = [(((other == first) == won) & ~drawn).sum(dim=1).tolist() for other in others]
    sentences = [[] for _ in WINS]
    for number, (text, pair) in enumerate(zip(asked.texts, asked.pairs, strict=True)):
        place = divmod(number, GROUP)
        right, wrong = pair if first[place] == won[place] else pair[::-1]
        sentences[place[0]].append((text, right, right if drawn[place] else wrong))
    return [
        Case((weights, vocabulary, some), f"{GROUP} questions, of which the model gets {count} right")
        for some, count in zip(sentences, WINS, strict=True)
    ]


def _ask() -> SimpleNamespace:
    """One sentence per question of all cases, with a pair of verbs and their ids; and the sentences as padded batches, `whole`
    and without special tokens, `bare`.
    """
    tokenizer, verbs = small_tokenizer(tiny_vocabulary()), list(VERBS.items())
    texts = [text for text, *_ in tiny_corpus(torch.Generator().manual_seed(0))[1][::6]][: GROUP * len(WINS)]
    texts = [text.removesuffix(" .") if number % 3 == 1 else text for number, text in enumerate(texts)]
    whole, bare = (
        tokenizer(texts, padding=True, add_special_tokens=special, return_tensors="pt") for special in (True, False)
    )
    pairs = [verbs[number % len(verbs)] for number in range(len(texts))]
    ids = torch.tensor([tokenizer.convert_tokens_to_ids(pair) for pair in pairs])  # (questions, 2)
    return SimpleNamespace(texts=texts, pairs=pairs, ids=ids, whole=whole, bare=bare)


_questions = remembering(_ask, key=lambda: "the same in every call")


def _preferences(asked: SimpleNamespace, weights: dict[str, Tensor], masked: int) -> list[Tensor]:
    """Whether a model prefers a question's first verb, (questions,): at the [MASK]; then, by mistake, at other places, at the
    [MASK] without the attention mask, on average over the places, and at the [MASK] without special tokens.
    """
    model = TinyModel(weights).eval()

    def lead(batch: dict[str, Tensor]) -> Tensor:
        """By how much the first verb is ahead, (questions, tokens)."""
        logits = model(batch["input_ids"], batch["attention_mask"]).detach()
        scores = logits.gather(2, asked.ids[:, None, :].expand(-1, logits.shape[1], -1))
        return scores[:, :, 0] - scores[:, :, 1]

    ids, real = asked.whole["input_ids"], asked.whole["attention_mask"]
    whole, bare = lead(asked.whole), lead(asked.bare)
    unmasked = lead({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
    rows, here = (ids == masked).nonzero(as_tuple=True)
    last = real.sum(dim=1) - 1
    places = (here, here - 1, here + 1, 0 * here, last, last - 1, last - 2)
    leads = [*(whole[rows, place] for place in places), unmasked[rows, here]]
    return [one > 0 for one in (*leads, (whole * real).sum(dim=1), bare[asked.bare["input_ids"] == masked])]


def _probability_of_the_right(model, tokenizer, sentences):
    total = 0.0
    for sentence, right, wrong in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        logits = model(inputs["input_ids"], inputs["attention_mask"]).detach()
        scores = logits[inputs["input_ids"] == tokenizer.mask_token_id][0]
        pair = scores[torch.tensor(tokenizer.convert_tokens_to_ids([right, wrong]))]
        total += float(torch.softmax(pair, dim=0)[0])
    return total / len(sentences)


def _padding_looked_at(model, tokenizer, sentences):
    ids = tokenizer([sentence for sentence, *_ in sentences], padding=True, return_tensors="pt")["input_ids"]
    scores = model(ids, torch.ones_like(ids)).detach()[ids == tokenizer.mask_token_id]
    pairs = torch.tensor([tokenizer.convert_tokens_to_ids(pair) for _, *pair in sentences])
    right, wrong = scores.gather(1, pairs).T
    return (right > wrong).sum().item() / len(sentences)


check = Check(
    agreement_accuracy,
    cases,
    use=use_agreement_accuracy,
    functions=(
        Mistake(
            "mask_forgotten",
            "The sentences go in as one padded batch, and the attention mask does not reach the model, so real tokens look at "
            "padding.",
            function=_padding_looked_at,
        ),
        Mistake(
            "probability",
            "It averages the probability of the right word against the wrong one. Count the questions that are won.",
            function=_probability_of_the_right,
        ),
    ),
)
