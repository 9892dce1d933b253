"""What the class has earned, as tables that a spreadsheet opens and a script reads, and run.json, which says how.

All are UTF-8 with a BOM, without which Excel takes umlauts apart; pandas and LibreOffice read it as well. Where a learner's
text would be a formula, an apostrophe is put before it, as spreadsheets do themselves for text.
"""

import csv
import io
import json
import platform
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from course_utils.grade.records import Graded, Look, Record, Settings
from course_utils.grade.whole import write_whole
from course_utils.lessons import LESSONS, Lesson

from .points import counts, exercises_of, handed_in, score, topic_of

RESULTS = ("student_id", "name", "lesson", "exercise", "status", "cases", "passed", "labels", "with_reference", "points",
           "max_points", "notebook")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PACKAGES = ("inside-bert", "torch", "transformers", "numpy")


def write_tables(
    records: Sequence[Record],
    weights: Mapping[str, float],
    settings: Settings,
    out: Path,
    looks: Mapping[str, Iterable[Look]] | None = None,
) -> None:
    """Writes grades.csv, results.csv, mistakes.csv, needs_a_look.csv and run.json. looks: more of them, by student."""
    lessons = [lesson for lesson in LESSONS if lesson.topic in settings.topics]
    follow = settings.follow_through
    rows = look_rows(records, looks or {})
    write_table(out / "grades.csv", *_grades(records, weights, lessons, follow, Counter(row[0] for row in rows)))
    write_table(out / "results.csv", RESULTS, results_of(records, weights, follow))
    write_table(out / "mistakes.csv", ("lesson", "exercise", "mistake", "learners", "of"), _mistakes(records))
    write_table(out / "needs_a_look.csv", ("student_id", "name", "notebook", "exercise", "reason"), rows)
    write_run(out, settings, weights, len(records))


def write_table(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a table, whole or not at all."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(headings)
    table.writerows([_harmless(value) if isinstance(value, str) else value for value in row] for row in rows)
    write_whole(path, text.getvalue().encode("utf-8-sig", "replace"))


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table that `write_table` wrote. Raises OSError, ValueError or csv.Error if it is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return [{heading: _as_it_was(value or "") for heading, value in row.items() if heading} for row in rows]


def results_of(records: Iterable[Record], weights: Mapping[str, float], follow_through: bool) -> list[tuple]:
    """The rows of results.csv: one for each exercise of each learner."""
    return [
        (
            record.student, record.name, _stem(name), name, graded.status, graded.cases, graded.passed,
            "; ".join(_named(graded)), "; ".join(graded.with_reference),
            "" if graded.status == "stumbled" else _plain(weights[name] * counts(graded, follow_through)),
            _plain(weights[name]), graded.notebook,
        )
        for record in records
        for name, graded in record.exercises.items()
    ]  # fmt: skip


def look_rows(records: Iterable[Record], more: Mapping[str, Iterable[Look]]) -> list[tuple[str, ...]]:
    """The rows of needs_a_look.csv: all that was told, whatever the grader stumbled over, and who has no mark at all."""
    rows = []
    for record in records:
        looks = [*record.looks, *more.get(record.student, ())]
        told = {look.exercise for look in looks}
        for name, graded in record.exercises.items():
            if graded.status == "stumbled" and name not in told:
                reason = (
                    "The grader stumbled: this exercise counts neither for the learner nor against. Grade it by hand."
                )
                looks.append(Look(graded.notebook, reason, name))
        if not looks and not handed_in(record):
            looks.append(Look("", "Nothing that was handed in belongs to a lesson: there is no mark."))
        rows += [
            (record.student, record.name, look.notebook, look.exercise, look.reason) for look in dict.fromkeys(looks)
        ]
    return rows


def write_run(out: Path, settings: Settings, weights: Mapping[str, float], learners: int | None = None) -> None:
    """Writes run.json: how this class is graded, and with what."""
    run = {
        "settings": asdict(settings),
        "learners": learners,
        "points": {name: weights[name] for topic in settings.topics for name in exercises_of(topic)},
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES},
        "model": _model(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "command": sys.argv[1:],
    }
    write_whole(out / "run.json", (json.dumps(run, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace"))


def _model() -> dict[str, str]:
    """The checkpoint that is installed with the course, which a learner's code may load in the sandbox."""
    from course_utils.model import ModelError, checksum, embedded_folder

    try:
        return {"sha256": checksum(embedded_folder() / "model.safetensors")}
    except (ModelError, OSError) as error:
        return {"missing": str(error)}


def _grades(
    records: Sequence[Record],
    weights: Mapping[str, float],
    lessons: Sequence[Lesson],
    follow_through: bool,
    looks: Mapping[str, int],
) -> tuple[list[str], list[list]]:
    """A row for each learner. Empty is a lesson of which nothing was handed in; the score counts it as 0."""
    headings = ["student_id", "name", *(lesson.stem for lesson in lessons), "score", "max_score", "needs_a_look"]
    rows = []
    for record in records:
        row: list[Any] = [record.student, record.name]
        for lesson in lessons:
            earned, _ = score(record, weights, lesson.topic, follow_through)
            row.append(_plain(earned) if handed_in(record, lesson.topic) else "")
        earned, possible = score(record, weights, None, follow_through)
        anything = any(handed_in(record, lesson.topic) for lesson in lessons)
        rows.append([*row, _plain(earned) if anything else "", _plain(possible), looks.get(record.student, 0)])
    return headings, rows


def _mistakes(records: Iterable[Record]) -> list[tuple]:
    """How many learners made each mistake, of how many who tried; "" is a failure to which no mistake fits."""
    made, tried = Counter(), Counter()
    for record in records:
        for name, graded in record.exercises.items():
            tried[name] += graded.status in ("passed", "failed", "error")
            if graded.status in ("failed", "error") and not graded.with_reference:
                made.update((name, label) for label in _named(graded) or [""])
    order = {name: place for place, name in enumerate(tried)}
    rows = sorted(made.items(), key=lambda each: (-each[1], order[each[0][0]], each[0][1]))
    return [(_stem(name), name, label, number, tried[name]) for (name, label), number in rows]


def _named(graded: Graded) -> list[str]:
    """The mistakes; several that cannot be told apart are one, `unscaled or wrong_axis`."""
    return list(dict.fromkeys(" or ".join(group) for group in graded.labels if group))


def _stem(exercise: str) -> str:
    topic = topic_of(exercise)
    return next(lesson.stem for lesson in LESSONS if lesson.topic == topic)


def _plain(points: float) -> float | int:
    """8 rather than 8.0."""
    points = round(points, 4)
    return int(points) if points == int(points) else points


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def _as_it_was(text: str) -> str:
    return text.removeprefix("'")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
