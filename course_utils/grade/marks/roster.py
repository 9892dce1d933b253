"""The LMS's own exported CSV with the marks filled in, and otherwise byte for byte as it was: what it takes back.

Canvas's gradebook, Moodle's grading worksheet, or any table with a column that knows the learners. A column that is named after
a lesson takes the lesson's marks; if none is, one column takes the total: Moodle's `Grade`, or the one that is asked for.
A learner who has handed in nothing keeps what was there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from course_utils.grade.errors import RosterError
from course_utils.grade.handed_in.naming import beside_the_lesson, lesson_in
from course_utils.grade.records import Record
from course_utils.grade.report.page import points
from course_utils.lessons import LESSONS

from .learners import Learners, squashed
from .points import handed_in, score
from .raw_csv import Field, decoded, delimiter_of, filled, rows_of

# How headings read once only their letters are left, in English, German and Spanish.
_GRADE = {"grade", "bewertung", "note", "calificacion", "score", "mark", "points", "punkte"}
_MAXIMUM = {"maximumgrade", "bestwertung", "calificacionmaxima", "maxgrade", "maxscore", "maxpoints", "pointspossible"}
_READ_ONLY = "(read only)"  # Canvas's word below a heading of its own sums
_TOTAL = ""  # in place of a topic


@dataclass(frozen=True)
class Filled:
    """A roster with the marks in it.

    columns: topic ("" for the total) to heading. rows: how many were filled. unmatched: students to the reason why no row is
    theirs. without: the lessons, as labels, that no column is named after, though others have one.
    """

    data: bytes
    columns: dict[str, str]
    rows: int
    unmatched: dict[str, str]
    without: tuple[str, ...] = ()


class Roster:
    """A table as the LMS exported it."""

    def __init__(self, data: bytes, name: str, topics: Sequence[str], column: str = "") -> None:
        """column: the heading of the one that takes the total. Raises RosterError."""
        self.name, self._topics = name, tuple(topics)
        self._text, self._encoding = decoded(data, name)
        self._delimiter, start = delimiter_of(self._text)
        self._rows = rows_of(self._text, self._delimiter, start)
        at = next((number for number, row in enumerate(self._rows) if len(row) > 1), None)
        if at is None:
            raise RosterError(f"{name} has no columns: give the CSV that your LMS exports")
        self._first = at + 1
        self._headings = [field.value.strip() for field in self._rows[at]]
        self._learners = Learners(self._headings, {number: self._values(number) for number in self._below()})
        self._columns = self._asked(column) if column else self._by_lesson() or self._by_grade()

    def fill(self, records: Iterable[Record], weights: Mapping[str, float], follow_through: bool = True) -> Filled:
        """The same table with what the learners have earned."""
        records = list(records)
        rows, unmatched = self._learners.rows_of(records)
        values, done = {}, set()
        for record in records:
            if record.student not in rows:
                continue
            for topic, column in self._columns.items():
                earned, possible = score(record, weights, topic or None, follow_through)
                if possible and any(handed_in(record, each) for each in ([topic] if topic else self._topics)):
                    row = rows[record.student]
                    values[row, column] = self._written(earned, possible, row, column)
                    done.add(row)
        text = filled(self._text, self._rows, values, self._delimiter)
        headings = {topic: self._headings[column] for topic, column in self._columns.items()}
        reasons = {
            student: f"In {self.name}, several rows or several learners have this name or id: none was filled in."
            if unclear
            else f"No row of {self.name} has an id or a name of this learner."
            for student, unclear in unmatched.items()
        }
        return Filled(text.encode(self._encoding), headings, len(done), reasons, self._without())

    def _below(self) -> range:
        return range(self._first, len(self._rows))

    def _values(self, row: int) -> list[str]:
        return [field.value for field in self._rows[row]]

    def _cell(self, row: int, column: int) -> str:
        fields: list[Field] = self._rows[row]
        return fields[column].value.strip() if column < len(fields) else ""

    @cached_property
    def _about(self) -> list[int]:
        """Rows above the learners that say something of the columns: Canvas's points possible."""
        first = next((row for row in self._below() if self._learners.knows(row)), self._first)
        return list(range(self._first, first))

    def _may_be_filled(self, column: int) -> bool:
        read_only = any(_READ_ONLY in self._cell(row, column).lower() for row in self._about)
        return not read_only and column not in self._learners.columns

    def _by_lesson(self) -> dict[str, int]:
        found: dict[str, list[int]] = {}
        for column, heading in enumerate(self._headings):
            named = lesson_in(heading, bare_number=False)
            if named and named.lesson.topic in self._topics and self._may_be_filled(column):
                found.setdefault(named.lesson.topic, []).append(column)
        return {topic: self._one_of(columns) for topic, columns in found.items()}

    def _one_of(self, columns: list[int]) -> int:
        """The column that is named after a lesson and nothing else, but for the LMS's number, if several are."""
        bare = [each for each in columns if re.fullmatch(r"[\W\d]*", beside_the_lesson(self._headings[each]))]
        columns = bare if len(columns) > 1 and len(bare) == 1 else columns
        if len(columns) > 1:
            several = " and ".join(repr(self._headings[each]) for each in columns)
            raise RosterError(f"{self.name} has several columns for one lesson, {several}: say which with --column")
        return columns[0]

    def _by_grade(self) -> dict[str, int]:
        columns = [column for column, heading in enumerate(self._headings) if squashed(heading) in _GRADE]
        if len(columns) != 1:
            labels = ", ".join(repr(lesson.label) for lesson in LESSONS if lesson.topic in self._topics)
            raise RosterError(
                f"{self.name} has no column named {labels}, nor one named 'Grade': say with --column NAME which takes the total; "
                f"it has {self._listed()}"
            )
        return {_TOTAL: columns[0]}

    def _asked(self, wanted: str) -> dict[str, int]:
        def plain(heading: str) -> str:
            return re.sub(r"\s*\(\d+\)$", "", heading).strip().casefold()

        same = [column for column, heading in enumerate(self._headings) if heading == wanted.strip()]
        same = same or [column for column, heading in enumerate(self._headings) if plain(heading) == plain(wanted)]
        if len(same) != 1:
            many = "several columns" if same else "no column"
            raise RosterError(f"{self.name} has {many} named {wanted!r}; it has {self._listed()}")
        if not self._may_be_filled(same[0]):
            raise RosterError(f"{self.name}: the column {wanted!r} is the LMS's own and cannot take marks")
        return {_TOTAL: same[0]}

    def _listed(self) -> str:
        return ", ".join(repr(heading) for heading in self._headings[:40])

    def _without(self) -> tuple[str, ...]:
        if _TOTAL in self._columns:
            return ()
        return tuple(lesson.label for lesson in LESSONS if lesson.topic in set(self._topics) - set(self._columns))

    def _written(self, earned: float, possible: float, row: int, column: int) -> str:
        """The mark, of the column's maximum where that is known, in the table's way to write decimals."""
        maximum = self._maximum(row, column)
        number = points(earned / possible * maximum if maximum else earned)
        return number.replace(".", ",") if self._decimal_commas else number

    def _maximum(self, row: int, column: int) -> float | None:
        said = [self._cell(above, column) for above in self._about]
        said += re.findall(r"MaxPoints:\s*([\d.,]+)", self._headings[column])  # Brightspace
        if len(self._columns) == 1:
            said += [self._cell(row, each) for each, name in enumerate(self._headings) if squashed(name) in _MAXIMUM]
        numbers = (_number(each) for each in said)
        return next((number for number in numbers if number), None)

    @cached_property
    def _decimal_commas(self) -> bool:
        columns = [*self._columns.values()]
        columns += [each for each, name in enumerate(self._headings) if squashed(name) in _MAXIMUM]
        cells = [self._cell(row, column) for row in self._below() for column in columns]
        return any(re.fullmatch(r"\d+,\d+", cell) for cell in cells)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
