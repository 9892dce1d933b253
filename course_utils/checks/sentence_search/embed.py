"""Texts in batches that do not come out even, and one of 300 tokens; how the model is used counts as well."""

from course_utils.checks.inputs import Draw
from course_utils.checks.sentence_search.inputs import LONG, WORDS, embedded, small_bert, small_tokenizer
from course_utils.judge import Case, Check, Property
from course_utils.reference.sentence_search import embed


def cases(draw: Draw) -> list[Case]:
    tokenizer, model = small_tokenizer(), small_bert()
    two = [_text(draw, words) for words in (5, 2)]
    # The order by length is not its own inverse, ascending or descending: or an answer that sorts and then uses one for
    # the other would be right by luck.
    four = [_text(draw, words) for words in (6, 1, 13, 3)]
    # Every second word is two tokens, so cutting off words is not cutting off tokens.
    words = _text(draw, LONG * 2 // 3).split()
    long = [" ".join(word + "s" * (place % 2) for place, word in enumerate(words))]
    return [
        Case(
            (two, tokenizer, model, 2), "2 texts, which are one batch"
        ),  # the fastest first: it rules out most mistakes
        Case((four, tokenizer, model, 3), "4 texts, 3 at a time"),
        Case((long, tokenizer, model), f"a text of {LONG} tokens, with the default batch size"),
    ]


def _text(draw: Draw, words: int) -> str:
    return " ".join(WORDS[number] for number in draw.integers(0, len(WORDS), words).tolist())


def _of_length_one(value, *args) -> bool:
    return bool((value["vectors"].norm(dim=-1) - 1).abs().max() < 1e-4)


check = Check(
    embed,
    cases,
    axes={"vectors": ("texts", "hidden")},
    use=embedded,
    words={"vectors": ""},
    properties=(
        Property(_of_length_one, "The vectors do not have length 1."),
        Property(
            lambda value, *args: not value["gradients recorded"],
            "The vectors carry a graph for gradients: run the model under `torch.no_grad()`.",
        ),
        Property(
            lambda value, *args: not value["more than batch_size texts at a time"],
            "More than `batch_size` texts ran at a time.",
        ),
    ),
)
