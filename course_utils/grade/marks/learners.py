"""Which row of a roster is which learner's: by an id, and where no id is known by the name, if only one has it."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from course_utils.grade.records import Record

# How headings read once only their letters are left. Canvas, Moodle, Blackboard, Brightspace, Ilias and lists made by hand.
_IDS = {
    "id", "identifier", "studentid", "sisuserid", "sisloginid", "userid", "username", "login", "loginid", "email", "emailaddress",
    "emailadresse", "idnumber", "idnummer", "matrikelnummer", "matrnr", "matriculationnumber", "benutzername", "nutzername",
    "kennung", "anmeldename", "orgdefinedid", "integrationid", "participant", "teilnehmer", "mail", "nombredeusuario",
}  # fmt: skip
_NAMES = {
    "student", "studentname", "fullname", "name", "learner", "displayname", "vollstandigername", "nombrecompleto", "names",
}  # fmt: skip
_FIRST = {"firstname", "vorname", "givenname", "nombre"}
_LAST = {"lastname", "surname", "nachname", "familyname", "apellidos", "apellido"}
_OTHERS = {"section", "sections", "group", "groups", "gruppe"}  # not an id, and nothing to fill in


class Learners:
    """The columns that say who a row is about, and what they say."""

    def __init__(self, headings: Sequence[str], rows: Mapping[int, Sequence[str]]) -> None:
        kinds = [squashed(heading) for heading in headings]
        self._ids = [column for column, kind in enumerate(kinds) if kind in _IDS]
        self._names = [column for column, kind in enumerate(kinds) if kind in _NAMES]
        first = [column for column, kind in enumerate(kinds) if kind in _FIRST]
        last = [column for column, kind in enumerate(kinds) if kind in _LAST]
        self._pair = (first[0], last[0]) if first and last else None
        others = [column for column, kind in enumerate(kinds) if kind in _OTHERS]
        self.columns = {*self._ids, *self._names, *first, *last, *others}
        if not (self._ids or self._names or self._pair):
            self._ids = [0]  # a list made by hand begins with the learner
            self.columns.add(0)
        self._rows = rows

    def knows(self, row: int) -> bool:
        """Whether a row is a learner's: it has an id, where the table has ids."""
        columns = self._ids or [*self._names, *(self._pair or ())]
        return any(self._cell(row, column) for column in columns)

    def rows_of(self, records: Sequence[Record]) -> tuple[dict[str, int], dict[str, bool]]:
        """Student to row, and for all others whether there are rows that could be theirs."""
        by_id = _index((key, record.student) for record in records for key in _ids_of(record))
        by_name = _index((key, record.student) for record in records for key in _names_of(record))
        found = {row: self._students(row, by_id) for row in self._rows}
        known = set().union(*found.values())
        named = {row: self._students_named(row, by_name) - known for row in self._rows if not found[row]}
        claims = defaultdict(list)
        for row, students in [*found.items(), *named.items()]:
            for student in students:
                claims[student].append((row, len(students)))
        rows = {student: claim[0][0] for student, claim in claims.items() if len(claim) == 1 and claim[0][1] == 1}
        twice = {row for row, times in Counter(rows.values()).items() if times > 1}
        rows = {student: row for student, row in rows.items() if row not in twice}
        return rows, {each.student: each.student in claims for each in records if each.student not in rows}

    def _students(self, row: int, by_id: Mapping[str, set[str]]) -> set[str]:
        keys = {key for column in self._ids for key in _keys(self._cell(row, column))}
        return set().union(*(by_id.get(key, set()) for key in keys))

    def _students_named(self, row: int, by_name: Mapping[str, set[str]]) -> set[str]:
        names = [self._cell(row, column) for column in self._names]
        if self._pair:
            names.append(" ".join(self._cell(row, column) for column in self._pair))
        keys = {key for name in names for key in _orders(name)}
        return set().union(*(by_name.get(key, set()) for key in keys))

    def _cell(self, row: int, column: int) -> str:
        values = self._rows[row]
        return values[column].strip() if column < len(values) else ""


def squashed(text: str) -> str:
    """A text without case, accents and all that is neither letter nor digit: `Müller, Jörg` is `mullerjorg`."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain.casefold() if sign.isalnum())


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for key, student in pairs:
        if key:
            found[key].add(student)
    return found


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _keys(cell: str) -> set[str]:
    """What an id may be written as: `Participant 123456`, `jane@uni.example`, Brightspace's `#123`."""
    keys = {_normal(cell), _normal(cell.removeprefix("#"))}
    if match := re.fullmatch(r"\D+ (\d+)", cell):
        keys.add(match[1])
    if re.fullmatch(r"[^@\s]+@[^@\s]+", cell):
        keys.add(_normal(cell.partition("@")[0]))
    return keys - {""}


def _ids_of(record: Record) -> set[str]:
    return {_normal(each) for each in (record.student, *record.ids)}


def _names_of(record: Record) -> set[str]:
    return {squashed(each) for each in (record.name, record.student, *record.ids) if re.search(r"[^\W\d]", each)}


def _orders(name: str) -> set[str]:
    """A name as it is, with the last word first, and without a comma: `Doe, Jane` and `Jane Doe` are the same."""
    words = name.replace(",", " ").split()
    before, _, after = name.partition(",")
    return {squashed(each) for each in (name, " ".join([*words[-1:], *words[:-1]]), f"{after} {before}")} - {""}
