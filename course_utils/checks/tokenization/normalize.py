"""One text for every rule of Unicode that a hand-made cleaning misses. Both lower cases of a Σ at the end of a word pass."""

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import draw_text
from course_utils.judge import Case, Check
from course_utils.reference.tokenization import normalize


def cases(draw: Draw) -> list[Case]:
    texts = {
        "Hello World!": "capitals",
        "Café naïve Ångström": "accents",
        "one\ttwo\nthree\r\nfour": "tabs and line ends are white space",
        "a  b ": "runs of spaces stay",
        "x北y京": "CJK characters",
        "ze\u200bro": "a zero-width space (U+200B), which is invisible",
        "a\u00a0b\u3000c\u2028d": "other white space: no-break (U+00A0), ideographic (U+3000), line separator (U+2028)",
        "page\x0cbreak\x85": "a form feed (U+000C) and a next line (U+0085), category Cc: dropped, though `isspace` says yes",
        "bell\x07 null\x00 lost\ufffd own\ue000": "a control character, NUL, U+FFFD and one for private use (U+E000)",
        "e\u0301 \u0378": "an accent of its own (U+0301), and an unassigned character (U+0378), which stays",
        "हिन्दी ☺\ufe0f": "marks of category Mc, which stay, and of Mn, which go: the virama, and what makes ☺ a picture (U+FE0F)",
        "Straße ﬁne ½ $5, it's ☃": "ß, the ligature ﬁ, ½, punctuation and a symbol all stay",
        "㐀𠀀": "CJK characters from two rarer blocks",
        "한국 カナ": "Hangul and kana, which get no spaces; NFD takes Hangul apart into its letters",
        "ΟΔΟΣ İ": "a Σ at the end of a word, and a capital I with a dot",
        "": "no text",
    }
    return [
        *(Case((text,), about) for text, about in texts.items()),
        Case((draw_text(draw, 9),), "a bit of everything"),
    ]


def _one_small_sigma(value: str, text: str) -> str:
    return value.replace("ς", "σ")


def _other_sigma(value: str, text: str) -> str:
    if "ς" not in value:
        return ""
    return "Your Σ at the end of a word became ς, BertTokenizer's becomes σ. Both count as right."


check = Check(
    normalize,
    cases,
    view=_one_small_sigma,
    remark=_other_sigma,
)
