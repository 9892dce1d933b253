"""Prove one exercise: `make exercise NAME=gelu` or `python -m tools.exercise gelu`.

It looks whether all its files are there, runs the tests of its key, its bank and its answers, builds the two notebooks of its
lesson, and says what it did. Another exercise's tests are not run, so it takes less than a minute.
"""

import argparse
import importlib
import subprocess
import sys
import time

from course_utils.judge.diff import DiffError, must_compile
from course_utils.lessons import LESSONS, Lesson
from tools.sources import ROOT, SourceError, build

# Tests with one case per exercise, the name in square brackets, and with one file per topic.
BY_NAME = ("tests/reference/test_statements.py", "tests/checks/test_bank.py", "tests/checks/test_answers.py")
BY_TOPIC = "tests/reference/test_{}.py"


def lesson_of(name: str) -> Lesson | None:
    """The lesson whose part of the key defines the exercise."""
    for lesson in LESSONS:
        text = (ROOT / f"course_utils/reference/{lesson.topic}.py").read_text(encoding="utf-8")
        if any(line.startswith((f"def {name}(", f"class {name}(", f"class {name}:")) for line in text.splitlines()):
            return lesson
    return None


def missing(name: str, lesson: Lesson) -> list[str]:
    """What an exercise still lacks, one sentence each, with the file."""
    check, source = f"course_utils/checks/{lesson.topic}/{name}", f"sources/exercises/{lesson.stem}.py"
    found = [
        (f"{check}.py", f"write its cases, `check = Check({name}, cases)`"),
        (f"{check}.diff", "write its three hints and its mistakes"),
    ]
    says = [f"{file} is missing: {advice}" for file, advice in found if not (ROOT / file).exists()]
    if f"# exercise: {name}," not in (ROOT / source).read_text(encoding="utf-8"):
        says.append(f"{source} has no line `# exercise: {name}, easy|medium|hard, N minutes`")
    if name not in importlib.import_module(f"tests.answers.{lesson.topic}").RIGHT:
        says.append(f'tests/answers/{lesson.topic} has no row "{name}" in RIGHT: other right ways to write it')
    return says


def readable(name: str, lesson: Lesson) -> str:
    """What is wrong with its diff or its source, with file and line; "" if nothing is."""
    from course_utils.checks.course import KEY, find

    try:
        check = find(name)
        must_compile(check.bank, KEY.body_source(name), check.diff.relative_to(ROOT))
        build(ROOT / f"sources/exercises/{lesson.stem}.py", "exercises")
    except (DiffError, SourceError) as error:
        return str(error).replace(f"{ROOT}/", "")
    return ""


def steps(name: str, lesson: Lesson) -> list[tuple[str, list[str]]]:
    """What is run, each with a word on what it proves."""
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    notebooks = [f"{kind}/{lesson.stem}" for kind in ("exercises", "solutions")]
    return [
        ("the key, against transformers and torch", [*pytest, BY_TOPIC.format(lesson.topic)]),
        ("the statement, the bank and the answers", [*pytest, *BY_NAME, "-k", f"[{name}]"]),
        ("how well its mistakes are told apart", [*python, "tools.score", name]),
        ("the names for IDEs", [*python, "tools.stubs"]),
        (f"the notebooks {' and '.join(notebooks)}", [*python, "tools.build", *notebooks]),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Proves the exercise that `arguments` name. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.exercise", description=__doc__.split("\n")[0])
    parser.add_argument("name", help="the exercise, for example gelu")
    name = parser.parse_args(arguments).name
    lesson = lesson_of(name)
    if lesson is None:
        print(f"No module of course_utils/reference defines {name}: write the function there first.", file=sys.stderr)
        return 2
    faults = missing(name, lesson)
    if not faults and (fault := readable(name, lesson)):
        faults = [fault]
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    began = time.monotonic()
    for what, command in steps(name, lesson):
        print(f"\n{name}: {what}", flush=True)
        if subprocess.run(command, cwd=ROOT).returncode:
            print(f"\n{name} is not proven yet: {what}, see above.", file=sys.stderr)
            return 1
    print(f"\n{name} is proven, in {time.monotonic() - began:.0f} s. Commit it with the two notebooks.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
