"""Words of several pieces, words within words and texts of unequal length, which must not be padded without a mask."""

import torch
from torch import Tensor

from course_utils.checks.attention_heads.inputs import small_bert, small_tokenizer
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.judge.shelf import remembering
from course_utils.reference.attention_heads import word_similarity_by_layer
from course_utils.reference.helpers import find_pieces
from course_utils.reference.sentence_search import l2_normalize


def cases(draw: Draw) -> list[Case]:
    model, tokenizer = small_bert(draw), small_tokenizer()
    banks = ["He sat on the bank by the river.", "The unaffable banker was under the bank by the money bank."]
    bankers = ["Banker, bank # by the river.", "The banker was under the bank."]
    unaffable = [
        "Under the unaffable banker he was unaffable.",
        "A bank by the river was unaffable, a river unaffable by the money.",  # at another place than in the first
    ]
    return [
        Case((model, tokenizer, banks, "bank"), "two texts, one of them with several banks and a banker"),
        Case((model, tokenizer, unaffable, "unaffable"), "two texts of unequal length, a word of three pieces"),
        Case(
            (model, tokenizer, bankers, "bank"), "a longer word that begins alike comes first, and a # follows the word"
        ),
        Case((model, tokenizer, unaffable, "river"), "a text without the word", raises=ValueError),
    ]


def small(draw: Draw) -> Case:
    """One or two texts of a few words, each with the word, and a model that is always the same."""
    word = ("bank", "unaffable")[draw.number(0, 2)]
    before, after = ("", "the", "banker"), ("", "river", "bank")
    texts = [
        " ".join(filter(None, (before[draw.number(0, 3)], word, after[draw.number(0, 3)])))
        for _ in range(1 + draw.number(0, 2))
    ]
    return Case((_the_small_one(), small_tokenizer(), texts, word))


_the_small_one = remembering(lambda: small_bert(Draw(0)), key=lambda: "the one")


def _one_with_itself(value: Tensor, *_: object) -> bool:
    return bool(torch.allclose(value.diagonal(dim1=1, dim2=2), torch.ones(()), atol=1e-4))


def _the_same_both_ways(value: Tensor, *_: object) -> bool:
    return bool(torch.allclose(value, value.transpose(1, 2), atol=1e-4, equal_nan=True))


def _words_of_the_text(model, tokenizer, texts: list[str], word: str) -> Tensor:
    vectors = []
    for text in texts:
        start = text.lower().split().index(word) + 1
        with torch.no_grad():
            outputs = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)
        vectors.append(torch.cat(outputs["hidden_states"])[:, start])
    return _cosines(vectors)


def _padded_without_a_mask(model, tokenizer, texts: list[str], word: str) -> Tensor:
    pieces = tokenizer.tokenize(word)
    input_ids = tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        states = torch.stack(model(input_ids, output_hidden_states=True)["hidden_states"])
    vectors = []
    for row, ids in enumerate(input_ids):
        start = find_pieces(tokenizer.convert_ids_to_tokens(ids), pieces)
        vectors.append(states[:, row, start : start + len(pieces)].mean(dim=1))
    return _cosines(vectors)


def _cosines(vectors: list[Tensor]) -> Tensor:
    unit = l2_normalize(torch.stack(vectors, dim=1))
    return unit @ unit.transpose(1, 2)


check = Check(
    word_similarity_by_layer,
    cases,
    small=small,
    axes=("layers + 1", "texts", "other texts"),
    properties=(
        Property(_one_with_itself, "A text compared with itself does not give 1."),
        Property(_the_same_both_ways, "A with B gives a different number from B with A."),
    ),
    functions=(
        Mistake(
            "counted_in_words",
            "The place was counted in words between blanks. Tokens are not words: punctuation marks are tokens of "
            "their own, and longer words come in pieces. Look for the pieces among the tokens.",
            function=_words_of_the_text,
        ),
        Mistake(
            "padding_not_masked",
            "The texts were padded to one length, and the model did not get the `attention_mask`, so the shorter ones "
            "take in [PAD]. Pass on everything that the tokenizer returns, or run one text at a time.",
            function=_padded_without_a_mask,
        ),
    ),
)
