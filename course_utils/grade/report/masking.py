"""Who wrote something, hidden: pseudonyms that stay the same, and code without its writer's name."""

import ast
import hashlib
import io
import re
import tokenize
import unicodedata
from collections.abc import Sequence

from course_utils.grade.records import Record

from .page import clean

_LONGEST = 1200  # characters of an example
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})


class Pseudonyms:
    """`learner 07` for every student of a class, in the order of their ids' hashes: stable, and not the alphabet's.

    opened: the real names are shown in their place.
    """

    def __init__(self, records: Sequence[Record], opened: bool = False):
        self.opened = opened
        self._records = {record.student: record for record in records}
        order = sorted(self._records, key=lambda each: hashlib.sha256(each.encode("utf-8", "replace")).hexdigest())
        digits = max(2, len(str(len(order))))
        self._numbers = {student: f"{number:0{digits}}" for number, student in enumerate(order, 1)}

    def short(self, student: str) -> str:
        """`07`, or who it is."""
        if not self.opened:
            return self._numbers[student]
        name = self._records[student].name
        return clean(f"{name} ({student})" if name and name != student else student, 80)

    def long(self, student: str) -> str:
        """`learner 07`, or who it is."""
        return self.short(student) if self.opened else f"learner {self._numbers[student]}"

    def code(self, text: str, record: Record) -> tuple[str, bool]:
        """An answer as an example: bare, short and without its writer's name; and whether one was in it."""
        bare = without_comments(text).strip()
        shown = self.hidden(bare, record, _LONGEST)
        return shown, not self.opened and anonymous(bare[:_LONGEST], record) != bare[:_LONGEST]

    def hidden(self, text: str, record: Record, longest: int) -> str:
        """A learner's text, without their name unless names are shown."""
        shown = text[: 4 * longest] if self.opened else anonymous(text[: 4 * longest], record)
        if len(shown) > longest:
            shown = shown[:longest].rsplit("\n", 1)[0] + "\n…"
        return clean(shown, longest + 2)


def anonymous(text: str, record: Record) -> str:
    """Text without the name and the ids of a learner, however they are spelt."""
    pattern = _pattern(record)
    return pattern.sub("▢▢▢", text) if pattern else text


def _pattern(record: Record) -> re.Pattern | None:
    """What gives a learner away: the name and the ids whole, and the words that they are made of."""
    whole = {each.strip() for each in (record.name, record.student, *record.ids)}
    words = {word for each in (record.name, record.student.partition("@")[0]) for word in re.split(r"[\W_\d]+", each)}
    numbers = {word for each in (record.student, *record.ids) for word in re.findall(r"\d{4,}", each)}
    found = {spelling for each in whole | words | numbers for spelling in _spellings(each) if len(spelling) > 1}
    pieces = []
    for each in sorted(found, key=lambda each: (-len(each), each)):
        piece = re.escape(each)
        if len(each) < 4:  # a short one is meant only where it stands alone: "Li", but not in `linear`
            piece = rf"(?<![^\W_]){piece}(?![^\W_])"
        pieces.append(piece)
    return re.compile("|".join(pieces), re.IGNORECASE) if pieces else None


def _spellings(word: str) -> set[str]:
    """A word as it may be written where umlauts and accents cannot be."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each))
    return {word, plain, word.casefold().translate(_UMLAUTS)}


def without_comments(text: str) -> str:
    """An answer's code without comments and docstrings, where names are written; as it is if it cannot be parsed."""
    try:
        lines = text.splitlines(keepends=True)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        tree = ast.parse(text)
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
        return "\n".join(re.sub(r"(^|\s+)#.*", "", line) for line in text.split("\n"))
    dropped: set[int] = set()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1 and first.lineno > node.lineno:
                dropped |= set(range(first.lineno, first.end_lineno + 1))
    return "".join(line for row, line in enumerate(lines, 1) if row not in dropped and line.strip())
