"""Grading a class beside nbgrader: processor seconds a learner, of all processes, without what starting takes.

Every learner's code is different, so nothing is known from another one's; the sandbox is on. What starting takes is left out
on both sides: a few learners are graded, then more, and the difference is divided by how many more there were.
"""

import ast
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from course_utils.grade.marks.points import weights_of
from course_utils.grade.marks.tables import write_tables
from course_utils.grade.records import Notebook, Settings, Submission
from course_utils.grade.report.class_page import write_class_page
from course_utils.grade.report.feedback import write_feedback
from course_utils.grade.station import Station
from course_utils.lessons import LESSONS, Lesson
from tools.sources import ROOT

LESSON = LESSONS[3]
WRONG = ("merge_heads", "extended_attention_mask", "scaled_dot_product_attention", "self_attention", "look_at_previous")
FEW, MORE, FEW_OF_NBGRADER, MORE_OF_NBGRADER = 4, 24, 1, 3


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory(prefix="inside-bert-bench-") as folder:
        base = Path(folder)
        one = ours(base, "right", [LESSON])
        rows = [
            ("a lesson, right", one, nbgrader(base, [LESSON])),
            ("a lesson, half of it wrong without a name", ours(base, "half", [LESSON], wrong=WRONG), None),
            ("the same, --explain short", ours(base, "short", [LESSON], "short", WRONG), None),
            ("the same, --explain none", ours(base, "none", [LESSON], "none", WRONG), None),
            ("the whole course, right", ours(base, "course", LESSONS), nbgrader(base, LESSONS)),
        ]
    print(f"{'processor seconds a learner':44} {'ours':>7} {'a lesson':>9} {'nbgrader':>9} {'ratio':>6}")
    for name, seconds, theirs in rows:
        beside = "" if theirs is None else f"{theirs:9.1f} {theirs / seconds:6.0f}"
        print(f"{name:44} {seconds:7.3f} {seconds / one:9.1f} {beside}")
    print(f"The longest start: {start_seconds():.1f} s until the first learner of the whole course is graded.")


def ours(base: Path, name: str, lessons: Iterable[Lesson], explain: str = "full", wrong: Iterable[str] = ()) -> float:
    """Processor seconds a learner, of the judge, both sandboxes, the tables and the pages."""
    lessons = list(lessons)
    settings = Settings(tuple(each.topic for each in lessons), name, explain=explain)
    station = Station(settings)
    grader, weights, out = station.grader(), weights_of(None), base / name
    out.mkdir()
    _settled(station)

    def run(count: int) -> float:
        handed_in = [
            _handed_in(f"learner {number} of {count}", lessons, 100 * count + number, wrong) for number in range(count)
        ]
        before = time.process_time() + station.spent()
        records = [grader.grade(each) for each in handed_in]
        write_tables(records, weights, settings, out, {})
        write_feedback(records, weights, out)
        write_class_page(records, weights, out)
        return time.process_time() + _settled(station) - before

    try:
        return _marginal(run, FEW, MORE)
    finally:
        station.close()


def _settled(station: Station) -> float:
    """What the sandboxes have spent, once they have no more to do: the last session is counted when it has ended."""
    while True:
        before = station.spent()
        time.sleep(1)
        if station.spent() - before < 0.01:
            return station.spent()


def _handed_in(student: str, lessons: Iterable[Lesson], number: int, wrong: Iterable[str]) -> Submission:
    return Submission(
        student, tuple(Notebook(f"{each.stem}.ipynb", solved(each, number, wrong).encode()) for each in lessons)
    )


def nbgrader(base: Path, lessons: Iterable[Lesson]) -> float:
    """Processor seconds a learner of nbgrader's own autograde, a batch of learners at once."""
    from course_utils.grade.marks.nbgrader import write_course

    lessons = list(lessons)
    course = base / f"nbgrader-{len(lessons)}"
    write_course(course, tuple(each.topic for each in lessons), weights_of(None))
    for lesson in lessons:
        _processor_seconds([sys.executable, "-m", "nbgrader", "generate_assignment", lesson.stem], course)

    def run(count: int) -> float:
        for before in ("autograded", "submitted"):
            shutil.rmtree(course / before, ignore_errors=True)
        for number in range(count):
            for lesson in lessons:
                path = course / "submitted" / f"learner{number}" / lesson.stem / f"{lesson.stem}.ipynb"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(course / "source" / lesson.stem / path.name, path)
        return sum(
            _processor_seconds(
                [
                    sys.executable,
                    "-m",
                    "nbgrader",
                    "autograde",
                    each.stem,
                    "--force",
                    "--ExecutePreprocessor.timeout=600",
                ],
                course,
            )
            for each in lessons
        )

    return _marginal(run, FEW_OF_NBGRADER, MORE_OF_NBGRADER)


def start_seconds() -> float:
    """Wall seconds until one learner of the whole course is graded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in" / "learner" / f"{LESSON.stem}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(solved(LESSON, 0), encoding="utf-8")
        command = [sys.executable, "-m", "course_utils.grade", str(path.parents[1]), "--out", f"{folder}/out"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--lessons", ",".join(f"{each.number:02}" for each in LESSONS)], check=True, capture_output=True
        )
        return time.perf_counter() - began


def solved(lesson: Lesson, number: int, wrong: Iterable[str] = ()) -> str:
    """The solved notebook of a lesson as learner `number` wrote it, and as nobody else did."""
    notebook = json.loads((ROOT / "solutions" / f"{lesson.stem}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.lstrip().startswith(("def ", "class ", "@")):
            cell["source"] = _as_written_by(source, number, wrong)
    return json.dumps(notebook)


def _as_written_by(source: str, number: int, wrong: Iterable[str]) -> str:
    lines, shift = source.splitlines(), 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        last = node.body[-1]
        if node.name in wrong and isinstance(last, ast.Return) and last.lineno == last.end_lineno:
            lines[last.lineno - 1 + shift] = f"    return spoilt({ast.unparse(last.value)}, {1.01 + number / 977})"
        lines.insert(node.body[-1].lineno - 1 + shift, f"    learner = {number}")
        shift += 1
    helper = [
        "def spoilt(value, by):",
        "    if isinstance(value, tuple):",
        "        return tuple(spoilt(each, by) for each in value)",
        "    return (value * by + 0.013 * value.flip(-1)).to(value.dtype)",
        "",
    ]
    return "\n".join(lines) + "\n\n" + "\n".join(helper) if wrong else "\n".join(lines)


def _marginal(run: Callable[[int], float], few: int, more: int) -> float:
    return (run(more) - run(few)) / (more - few)


def _processor_seconds(command: list[str], folder: Path) -> float:
    """User and system seconds of a program and of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader starts alembic
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
