"""A vocabulary in which no half-right tokenizer survives, and texts to cut into its pieces."""

from collections.abc import Callable
from dataclasses import dataclass

from course_utils.checks.inputs import Draw
from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe

# `#` is a token, as in BERT's own vocabulary: without it, gluing the mark to the rest of a word does no harm.
TOKENS = """
[PAD] [UNK] [CLS] [SEP] [MASK] un una unbe the to token play a b u s in hello world cafe au lait naive i is it t this
test sentence zero width zerowidth 12 122 3 45 78 2 5 北 京 д mask cls sep # ! , . ' - _ [ ] $ € «
##ffa ##ble ##aff ##able ##f ##fable ##ing ##s ##t ##b ##a ##n ##1 ##12 ##121 ##2 ##6 ##9 ##ken ##to ##lay ##ed
##aaaaaaaaa ##ддддд
""".split()  # noqa: SIM905
VOCAB = {token: number for number, token in enumerate(TOKENS)}

# For each of these one of the steps has a rule of its own.
FRAGMENTS = (
    "Hello",
    "UNaffable",
    "playing",
    "12212121",
    "Café",
    "Nai\u0308ve",
    "北京",
    "x京y",
    "a☃",
    "U.S.",
    "$5",
    "«it's»",
    "_",
    "[MASK]",
    "##ing",
    "ze\u200bro",
    "\t",
    "  ",
    "\n",
    "\u00a0",
    "\ufffd",
    "\x07",
    "ß",
    "test-sent",
    "3,456,789",
)


def draw_text(draw: Draw, words: int) -> str:
    """A text that is new at every call, of fragments separated by single spaces or by nothing."""
    chosen = [FRAGMENTS[draw.number(0, len(FRAGMENTS))] + " " * draw.number(0, 2) for _ in range(words)]
    return "".join(chosen)


@dataclass(frozen=True)
class Text:
    """A text that is judged by what tokenizers make of it: no card shows the reference's."""

    text: str

    def __repr__(self) -> str:
        return "a text"


def use_telltale_text(answer: Callable) -> Text:
    """The text that an answer returned."""
    text = answer()
    if not isinstance(text, str):
        back = " (is there a `return`?)" if text is None else ""
        raise Misfit(f"Expected a str, one text, got {describe(text)}{back}.")
    return Text(text)
