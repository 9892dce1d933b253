"""The options of the command, and what is wrong with them, before anything heavy is loaded."""

import argparse
import os
from pathlib import Path

from course_utils.lessons import LESSONS

from .errors import InputError

_EPILOG = """\
SUBMISSIONS is a folder or the zip from your LMS, as it came; it is only read. Run the same command again after a stop,
or when more is handed in: what is graded already is not graded again.

  inside-bert-grade submissions.zip --lessons 03 --roster canvas.csv
  inside-bert-grade submissions/ --lessons 03,04 --points points.toml --compare last_week/
  inside-bert-grade --doctor
"""


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """The options, checked. Raises InputError; ends the program after --help and where an option is unknown."""
    options = _parser().parse_args(arguments)
    if options.gradescope:
        options.submissions = options.submissions or Path("/autograder/submission")
        options.out = options.out or Path("/autograder/results")
    options.out = options.out or Path("grades")
    if options.submissions is None and not (options.doctor or options.nbgrader):
        raise InputError("which submissions? Give a folder, or the zip from your LMS; --help shows examples")
    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs}: the number of workers is 1 or more")
    if not 0 < options.cpu < 3600:
        raise InputError(f"--cpu {options.cpu:g}: the seconds for an exercise are more than 0, and less than an hour")
    options.topics = topics_of(options.lessons) if options.lessons else ()
    options.part = _part(options.shard) if options.shard else None
    if options.part and not options.topics:
        raise InputError(
            "--shard needs --lessons: a shard cannot know which lessons the others' learners have handed in"
        )
    if options.column and not options.roster:
        raise InputError(f"--column {options.column!r} needs --roster: it is a column of the LMS's CSV")
    return options


def topics_of(text: str) -> tuple[str, ...]:
    """The lessons of a list such as `03,04` or `self_attention`, in the course's order. Raises InputError."""
    wanted = [each.strip() for each in text.split(",") if each.strip()]
    found = set()
    for each in wanted:
        names = (
            lesson for lesson in LESSONS if each.lower() in ("all", lesson.topic, lesson.stem, lesson.title.lower())
        )
        numbers = (lesson for lesson in LESSONS if each.isdecimal() and int(each) == lesson.number)
        topics = {lesson.topic for lesson in (*names, *numbers)}
        if not topics:
            known = ", ".join(lesson.stem for lesson in LESSONS)
            raise InputError(f"--lessons: there is no lesson {each!r}; the lessons are {known}")
        found |= topics
    if not found:
        raise InputError("--lessons is empty; a list is 03,04")
    return tuple(lesson.topic for lesson in LESSONS if lesson.topic in found)


def _part(text: str) -> tuple[int, int]:
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise InputError(f"--shard {text}: the second of eight parts is 2/8")
    return int(index), int(count)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inside-bert-grade",
        description="Grades a class of Inside BERT, in a sandbox, and shows what it misunderstood.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("submissions", nargs="?", type=Path, metavar="SUBMISSIONS", help="a folder, or a zip as it came")
    add("--out", type=Path, metavar="DIR", help="where everything is written (default: grades)")
    add(
        "--lessons",
        metavar="03,04",
        help="what is graded: numbers or names (default: every lesson that somebody handed in)",
    )

    marks = parser.add_argument_group("marks")
    add = marks.add_argument
    add(
        "--points",
        type=Path,
        metavar="TOML",
        help="points of exercises, `linear = 2` (default: easy 1, medium 2, hard 3)",
    )
    add(
        "--no-follow-through",
        action="store_true",
        help="what only an earlier part makes wrong does not count as passed",
    )
    add("--roster", type=Path, metavar="CSV", help="the LMS's own CSV; a filled-in copy is written")
    add(
        "--column",
        default="",
        metavar="NAME",
        help="the roster's column for the total, where none is named after a lesson",
    )
    add("--compare", type=Path, metavar="DIR", help="an earlier --out: whose mark has changed since?")
    add("--secret", metavar="TEXT", help="what all inputs are made from (default: made once, kept in DIR/run.json)")

    pages = parser.add_argument_group("what is shown")
    add = pages.add_argument
    add(
        "--explain",
        choices=("full", "short", "none"),
        default="full",
        help="how much the feedback says (default: full)",
    )
    add("--names", action="store_true", help="names in class.html and similar.html, in place of pseudonyms")
    add("--similar", action="store_true", help="also write similar.html: answers that are alike")

    run = parser.add_argument_group("how it runs")
    add = run.add_argument
    add("--jobs", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, metavar="N",
        help="workers on this machine (default: one for each processor)")  # fmt: skip
    add(
        "--shard", metavar="2/8", help="only grade this part; a run without --shard over the same --out then writes all"
    )
    add("--dask", default="", metavar="ADDRESS", help="grade on the workers of this Dask scheduler")
    add(
        "--cpu",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="processor time that an exercise may take (default: 5)",
    )
    add("--unsafe", action="store_true", help="without a sandbox: learners' code can then do whatever you can")
    add("--exit-code", action="store_true", help="exit with 1 unless every exercise of every learner counts as passed")

    others = parser.add_argument_group("other tasks")
    add = others.add_argument
    add("--doctor", action="store_true", help="is the sandbox whole on this machine?")
    add(
        "--nbgrader",
        type=Path,
        metavar="DIR",
        help="write an nbgrader course; with SUBMISSIONS, write the marks into it",
    )
    add("--gradescope", action="store_true", help="grade one submission as a Gradescope autograder")
    return parser
