"""Whose mark has changed since an earlier run, such as before a check was mended."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from course_utils.grade.errors import CompareError
from course_utils.grade.records import Record
from course_utils.grade.report.page import counted

from .tables import RESULTS, read_table, results_of, write_table


@dataclass(frozen=True)
class Change:
    """An exercise whose status or points differ. A status is "" where a run does not have the exercise or the learner."""

    student_id: str
    name: str
    exercise: str
    status_before: str
    status: str
    points_before: str
    points: str


Earlier = dict[tuple[str, str], dict[str, str]]


def read_earlier(path: Path) -> Earlier:
    """The results in a folder of an earlier run, by learner and exercise. Raises CompareError.

    They are to be read before anything is written: it may be the same folder.
    """
    file = path / "results.csv" if path.is_dir() else path
    try:
        rows = read_table(file)
    except FileNotFoundError:
        raise CompareError(f"{path} has no results.csv: --compare wants the --out of an earlier run") from None
    except Exception as error:
        raise CompareError(f"{file} cannot be read: {error}") from None
    if rows and not {"student_id", "exercise", "status", "points"} <= set(rows[0]):
        raise CompareError(f"{file} is not a results.csv of this grader; its columns are {', '.join(RESULTS)}")
    return {(row["student_id"], row["exercise"]): row for row in rows}


def changes(
    earlier: Earlier, records: Iterable[Record], weights: Mapping[str, float], follow_through: bool = True
) -> list[Change]:
    """What differs, in the order of this run; what only the earlier one has comes last."""
    rows = [dict(zip(RESULTS, map(str, row), strict=True)) for row in results_of(records, weights, follow_through)]
    now = {(row["student_id"], row["exercise"]): row for row in rows}
    found = []
    for key in [*now, *(key for key in earlier if key not in now)]:
        before, after = earlier.get(key, {}), now.get(key, {})
        either = after or before
        points = before.get("points", ""), after.get("points", "")
        if before.get("status") != after.get("status") or points[0] != points[1]:
            found.append(
                Change(key[0], either["name"], key[1], before.get("status", ""), after.get("status", ""), *points)
            )
    return found


def write_changes(found: Iterable[Change], out: Path) -> None:
    """Writes `out/compare.csv`."""
    write_table(out / "compare.csv", tuple(Change.__dataclass_fields__), map(astuple, found))


def as_text(found: list[Change], most: int = 40) -> str:
    """A table for the terminal: what was judged both times and has changed, and how many results only one run has."""
    changed = [each for each in found if each.status_before and each.status]
    lines = ["Compared with the earlier run, no status and no mark has changed."]
    if changed:
        learners = len({each.student_id for each in changed})
        verb = "has" if len(changed) == 1 else "have"
        lines = [
            f"Compared with the earlier run, {counted(len(changed), 'result')} of {counted(learners, 'learner')} {verb} changed:"
        ]
        shown = list(map(_cells, changed[:most]))
        wide = [max(map(len, texts)) for texts in zip(*shown, strict=True)]
        lines += ["  " + "  ".join(map(str.ljust, texts, wide)).rstrip() for texts in shown]
    if len(changed) > most:
        lines.append(f"  and {len(changed) - most} more")
    if len(found) > len(changed):
        lines.append(
            f"{len(found) - len(changed)} results are of learners or lessons that only one of the two runs has."
        )
    return "\n".join([*lines, *(["All are in compare.csv."] if found else [])])


def _cells(change: Change) -> tuple[str, str, str, str]:
    """The texts of a line; a learner's strings cannot steer the terminal."""
    status = f"{change.status_before} -> {change.status}"
    return (
        _printable(change.student_id),
        change.exercise,
        status,
        f"{change.points_before or '-'} -> {change.points or '-'}",
    )


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
