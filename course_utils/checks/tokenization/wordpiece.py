"""Words that only the greedy way cuts like this, words at the limit of length, and a vocabulary with traps."""

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import VOCAB
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.tokenization import wordpiece


def cases(draw: Draw) -> list[Case]:
    # The order tells endless loops apart, by the case where they hang: a whole word, the first word with several pieces, the
    # first without a beginning, the first without an end.
    words = [
        Case(("hello", VOCAB), "a word of the vocabulary"),
        Case(("unaffable", VOCAB), "the longest piece first: una, not un"),
        Case(("playing", VOCAB), "a word and an ending"),
        Case(("12212121", VOCAB), "the number of the lesson"),
        Case(("untoken", VOCAB), "after un nothing fits: token begins a word, ##token does not exist"),
        Case(("☃a", VOCAB, "<unk>"), "one odd character, and another unk_token"),
        Case(("unbx", VOCAB), "the end does not fit"),
        Case(("a☃", VOCAB), "one odd character"),
        Case(("#", VOCAB), "the mark's own character"),
        Case(("", VOCAB), "the empty word"),
        Case(("a" * 100, VOCAB), "100 characters, as long as a word may be"),
        Case(("b" * 101, VOCAB), "101 characters, one too many"),
        Case(("unaffable" + "ffable" * 16, VOCAB), "105 characters, but few pieces"),
        Case(("д" * 51, VOCAB), "51 characters of two bytes each"),
        Case(("hello", VOCAB, "<unk>", 4), "5 characters where 4 are allowed"),
        Case(("playing", VOCAB, "<unk>", 4), "7 characters, in two pieces, where 4 are allowed"),
    ]
    random_word = "".join("abc"[draw.number(0, 3)] for _ in range(9))
    pieces = "a b c abca ca ##a ##b ##c ##bc ##cab #a #b #c a## b## c##".split()  # noqa: SIM905
    traps = {piece: number for number, piece in enumerate(pieces)}
    return [
        *words,
        Case(("abcab", traps), "a vocabulary with traps"),
        Case(("abcd", dict.fromkeys(("ab", "abc", "##cd"), 0)), "after abc nothing fits, after ab ##cd would"),
        Case((random_word, traps), "a random word in it"),
    ]


def _from_the_end(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    pieces, end = [], len(word)
    while end > 0:
        start = next((at for at in range(end) if ("##" if at else "") + word[at:end] in vocab), end)
        if start == end:
            return [unk_token]
        pieces.insert(0, ("##" if start else "") + word[start:end])
        end = start
    return pieces


def _going_back(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    def cut(start):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            rest = cut(end) if piece in vocab else None
            if rest is not None:
                return [piece, *rest]
        return [] if start == len(word) else None

    pieces = cut(0) if len(word) <= max_input_chars_per_word else None
    return [unk_token] if pieces is None else pieces


def _whole_words_only(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    known = word in vocab and len(word) <= max_input_chars_per_word
    return [word] if known else [unk_token] if word else []


def _mark_glued_to_the_rest(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    pieces = []
    while word:
        end = next((end for end in range(len(word), 0, -1) if word[:end] in vocab), 0)
        if end == 0:
            return [unk_token]
        pieces.append(word[:end])
        word = "##" + word[end:] if word[end:] else ""
    return pieces


check = Check(
    wordpiece,
    cases,
    functions=(
        Mistake(
            "from_the_end",
            "The word is cut from its end. WordPiece goes from left to right: the longest beginning first.",
            function=_from_the_end,
        ),
        Mistake(
            "going_back",
            "Where the rest does not fit, yours goes back and tries a shorter piece before it. WordPiece never goes back: the "
            "longest piece stays, and if the rest then does not fit, the whole word is one [UNK].",
            function=_going_back,
        ),
        Mistake(
            "whole_words_only",
            "Only words that are in the vocabulary as a whole survive. After each piece the window must open again, up to the "
            "end of the word, and look for the next one.",
            function=_whole_words_only,
        ),
        Mistake(
            "mark_glued_to_the_rest",
            "The mark is glued to the rest of the word and then matched as if it were part of it. `#` is a token itself, so "
            "`##☃` gives `#`, and what is left over gets a new `##`, for ever. Put the mark before a piece when you look it up, "
            "never into the word.",
            function=_mark_glued_to_the_rest,
            endless=True,
        ),
    ),
)
