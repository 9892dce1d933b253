"""Punctuation of all kinds, inside words and at their ends, among symbols that are not punctuation."""

import re
import string

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import draw_text
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.tokenization import normalize, pre_tokenize


def cases(draw: Draw) -> list[Case]:
    texts = {
        "hello world!": "a mark at the end of a word",
        "wait... what?!": "every mark is a word by itself",
        "u.s.a. isn't e-mail": "marks inside a word",
        "3,456,789": "a number with commas",
        "$5 = 2+3 ~ a_b ^ `c` | <d>": "ASCII symbols that Unicode does not call punctuation",
        "«oui» — “yes”、no": "punctuation beyond ASCII",
        "5€ a☃ 2×3": "other symbols stay where they are",
        "  two  spaces ": "runs of spaces",
        "##ing": "the mark's own character",
        "": "no text",
        "   ": "spaces only",
    }
    random_text = normalize(draw_text(draw, 9))
    return [*(Case((text,), about) for text, about in texts.items()), Case((random_text,), "a bit of everything")]


# Both hold for what is not a list of words: that is another mistake.


def _no_word_is_empty(value: object, text: str) -> bool:
    return not isinstance(value, list) or all(value)


def _no_character_is_lost(value: object, text: str) -> bool:
    return not isinstance(value, list) or "".join(value) == "".join(text.split())


def _words_and_single_marks(text):
    return re.findall(r"\w+|[^\w\s]", text)


def _words_and_runs_of_marks(text):
    return re.findall(r"\w+|[^\w\s]+", text)


def _marks_at_the_ends_only(text):
    words = []
    for word in text.split():
        core = word.strip(string.punctuation)
        before, after = word.split(core, 1) if core else (word, "")
        words += [*before, *([core] if core else []), *after]
    return words


check = Check(
    pre_tokenize,
    cases,
    properties=(
        Property(_no_word_is_empty, "No word should be empty."),
        Property(
            _no_character_is_lost,
            "Put together again, the words should give the text without its spaces: yours lose, add or move characters.",
        ),
    ),
    functions=(
        Mistake(
            "regex_w",
            "The regular expression's `\\w` has an idea of its own: to it `_` belongs to a word and € or ☃ never does. Ask "
            "Unicode's category and `string.punctuation`.",
            function=_words_and_single_marks,
        ),
        Mistake(
            "regex_runs",
            "A run of marks such as `...` stays together; each punctuation character is a word by itself. And `\\w` takes `_` "
            "for a letter.",
            function=_words_and_runs_of_marks,
        ),
        Mistake(
            "ends_only",
            "Punctuation is taken off the ends of a word, but inside it (`u.s.a`, `e-mail`) it splits, too.",
            function=_marks_at_the_ends_only,
        ),
    ),
)
