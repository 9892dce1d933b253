"""Ids of special tokens, a `##` piece at the very beginning, and a piece that is a mark and a `#`."""

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import TOKENS
from course_utils.judge import Case, Check
from course_utils.reference.tokenization import decode


def cases(draw: Draw) -> list[Case]:
    texts = {
        "[CLS] hello world ! [SEP]": "whole words",
        "[CLS] un ##ffa ##ble , play ##ing . [SEP]": "pieces",
        "[CLS] a [UNK] [MASK] [SEP] [PAD] [PAD]": "special tokens stay",
        "##ing ##s # 5 # ### a": "a piece at the beginning, and the mark's own character",
        "this is a test": "no special tokens",
        "": "no ids",
    }
    tokens = [*TOKENS, "###"]
    known = [Case(([tokens.index(token) for token in text.split()], tokens), about) for text, about in texts.items()]
    return [*known, Case((draw.integers(0, len(tokens), 12).tolist(), tokens), "random ids")]


check = Check(
    decode,
    cases,
)
