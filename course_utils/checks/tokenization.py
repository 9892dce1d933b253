"""The checks of lesson 01: texts and words that no half-right tokenizer survives."""

from course_utils.reference import tokenization as reference

from .engine import Case, Check, Draw, Mistake

# A vocabulary in which every trap can be set: words, pieces that are words too, and the mark's own character.
_WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] un una the to token play a b in hello world cafe naive # ! , . ' $ 12 122 u s 北 京 unbe"
).split()
_PIECES = "##ffa ##ble ##aff ##able ##ing ##s ##b ##a ##n ##12 ##121 ##2 ##ken ##to ##lay ##ed".split()
VOCAB = {token: number for number, token in enumerate(_WORDS + _PIECES)}


def _wordpiece_cases(draw: Draw) -> list[Case]:
    words = {
        "hello": "a word of the vocabulary",
        "playing": "a word and an ending",
        "unaffable": "the longest match first: una, not un",
        "12212121": "the number of the lesson",
        "unbx": "the end does not fit",
        "a☃": "one odd character",
        "#": "the mark's own character",
        "a" * 100: "as long as a word may be",
        "a" * 101: "one character too long",
        "": "the empty word",
    }
    return [Case((word, VOCAB), about) for word, about in words.items()]


check_wordpiece = Check(
    reference.wordpiece,
    _wordpiece_cases,
    mistakes=(
        Mistake("no_mark", was='piece = "##" + piece', now="pass", says="The pieces inside the word lack their `##`."),
        Mistake(
            "not_advancing", was="start = end", now="start = start", says="The start never moves on.", endless=True
        ),
    ),
    hints=("a", "b", "c"),
)
