"""Gradescope's results.json: one submission's marks, as its autograder platform reads them.

The format is described at https://gradescope-autograders.readthedocs.io/en/latest/specs/. Texts are sent as plain text: a
card quotes what the learner's code printed and returned, and Gradescope shows HTML as it is.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from course_utils.grade.marks.points import earned
from course_utils.grade.records import Graded, Record
from course_utils.grade.report.cards import Misshapen, plain, rebuilt
from course_utils.grade.report.outcome import WORDS, lesson_of, outcome
from course_utils.grade.whole import write_whole

STUMBLED = (
    "The grader itself stumbled here, which is not your fault. No points are taken away: your teacher has a look."
)


def write_results(record: Record, weights: Mapping[str, float], path: Path, follow_through: bool = True) -> None:
    """Writes what `record` earned to `path`, /autograder/results/results.json in Gradescope's container."""
    write_whole(path, json.dumps(_results(record, weights, follow_through), indent=1, ensure_ascii=False) + "\n")


def _results(record: Record, weights: Mapping[str, float], follow_through: bool) -> dict[str, object]:
    tests = [_test(graded, weights, follow_through) for graded in record.exercises.values()]
    score, _ = earned(record.exercises.values(), weights, follow_through)
    stumbled = [name for name, graded in record.exercises.items() if graded.status == "stumbled"]
    says = [f"Not final: the grader stumbled at {', '.join(stumbled)}."] if stumbled else []
    says += [": ".join(filter(None, [look.exercise or look.notebook, look.reason])) for look in record.looks]
    return {
        "score": score,
        "output": "\n".join(says),
        "output_format": "text",
        "test_output_format": "text",
        "stdout_visibility": "hidden",  # what the grader prints is for the teacher
        "tests": tests,
    }


def _test(graded: Graded, weights: Mapping[str, float], follow_through: bool) -> dict[str, object]:
    """One exercise. Where the grader stumbled there is no score, since Gradescope would show 0 as a verdict."""
    lesson = lesson_of().get(graded.exercise)
    name = f"{lesson.label}: {graded.exercise}" if lesson else graded.exercise
    told: dict[str, object] = {"name": name, "output": _text(graded), "visibility": "visible"}
    if graded.status == "stumbled":
        return told
    score, most = earned([graded], weights, follow_through)
    counts, _ = earned([graded], {}, follow_through)  # an exercise may be worth nothing, and yet be passed or not
    return told | {"score": score, "max_score": most, "status": "passed" if counts else "failed"}


def _text(graded: Graded) -> str:
    """The card in plain text, and above it what became of an answer that is right but for an earlier part."""
    if graded.status == "stumbled":
        return STUMBLED
    above = ""
    if outcome(graded) == "part":
        parts = ", ".join(graded.with_reference)
        above = f"{WORDS['part'][1].capitalize()}: with the reference's {parts} in place of yours it passes.\n\n"
    try:
        return above + repr(rebuilt(graded))
    except Misshapen:
        return above + repr(plain(graded))
