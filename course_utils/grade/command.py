"""The command: reads what a teacher gave, has it graded, and writes what comes of it.

Whatever is wrong with what was given is said first, in a sentence; torch and the sandbox are only loaded when all else is right.
"""

import argparse
import importlib.util
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from course_utils.lessons import LESSONS

from .errors import InputError
from .handed_in.naming import lesson_in
from .handed_in.submissions import read_submissions
from .marks.points import counts, weights_of
from .marks.roster import Roster
from .options import read_options
from .records import Look, Record, Settings, Submission
from .report.page import counted
from .whole import write_whole


def main(arguments: list[str] | None = None) -> int:
    """Runs the command. Returns the exit code: 0, 1 with --exit-code or a broken sandbox, 2 for what cannot be done."""
    try:
        return _run(read_options(arguments))
    except InputError as error:
        print(f"inside-bert-grade: {error}", file=sys.stderr)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"inside-bert-grade: {error.filename}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ninside-bert-grade: stopped. Run the same command again: it goes on where it was.", file=sys.stderr)
        return 130
    return 2


def _run(options: argparse.Namespace) -> int:
    weights = weights_of(options.points)
    if options.nbgrader and options.submissions is None:
        return _write_course(options, weights)
    if sys.platform != "linux":
        raise InputError("grading needs Linux, for its sandbox: use a container, a virtual machine, or WSL on Windows")
    if options.doctor:
        from .doctor import doctor

        return 0 if doctor() else 1
    return _grade_one(options, weights) if options.gradescope else _grade_class(options, weights)


def _grade_class(options: argparse.Namespace, weights: dict[str, float]) -> int:
    out = options.out
    _check_out(out, options.submissions)
    if options.dask and not importlib.util.find_spec("distributed"):
        raise InputError("--dask needs Dask, which is not installed: `pip install inside-bert[grade]`")
    submissions = read_submissions(options.submissions, options.part)
    topics = options.topics or _handed_in(submissions)
    roster = _roster(options, topics)
    earlier = _earlier(options)
    out.mkdir(parents=True, exist_ok=True)
    settings = settings_of(options, topics, secret_of(out, options.secret))
    if options.nbgrader:  # a gradebook that cannot be written is told before an hour of grading
        from .marks.nbgrader import write_marks

        write_marks(options.nbgrader, [], weights)
    records = _graded(submissions, settings, out, options)
    if options.part:
        index, count = options.part
        print(
            f"Part {index} of {count} is graded: {len(records)} learners. When all are, run the command without --shard."
        )
        return 0
    _write_all(records, weights, settings, roster, earlier, options)
    return int(options.exit_code and not _all_passed(records, settings.follow_through))


def _write_all(
    records: list[Record],
    weights: dict[str, float],
    settings: Settings,
    roster: Roster | None,
    earlier: dict | None,
    options: argparse.Namespace,
) -> None:
    """Tables first: whatever might go wrong with a page, the marks are there."""
    from .marks import compare, summary, tables
    from .report.class_page import write_class_page
    from .report.feedback import write_feedback
    from .report.similar import write_similar

    out, follow = options.out, settings.follow_through
    filled = roster.fill(records, weights, follow) if roster else None
    looks = {student: [Look("", reason)] for student, reason in (filled.unmatched if filled else {}).items()}
    tables.write_tables(records, weights, settings, out, looks)
    if filled:
        write_whole(_copy_of(options), filled.data)
    found = compare.changes(earlier, records, weights, follow) if earlier is not None else None
    if found is not None:
        compare.write_changes(found, out)
    if options.nbgrader:
        from .marks.nbgrader import write_marks

        write_marks(options.nbgrader, records, weights, follow)
    write_feedback(records, weights, out, follow)
    write_class_page(records, weights, out, names=options.names, follow_through=follow)
    if options.similar:
        write_similar(records, out, names=options.names)
    print(summary.as_text(records, weights, settings, out, len(tables.look_rows(records, looks))))
    if filled:
        print(summary.of_roster(filled, options.roster, _copy_of(options)))
    if found is not None:
        print(compare.as_text(found))


def _grade_one(options: argparse.Namespace, weights: dict[str, float]) -> int:
    """One submission on Gradescope: all notebooks that it holds are one learner's."""
    from .marks.gradescope import write_results

    try:
        parts = read_submissions(options.submissions)
    except InputError as error:  # the learner reads it on the results page
        parts = [Submission("learner", (), looks=(Look("", f"{error}."),))]
    notebooks = tuple(notebook for each in parts for notebook in each.notebooks)
    whole = Submission("learner", notebooks, looks=tuple(look for each in parts for look in each.looks))
    topics = options.topics or _handed_in([whole], or_all=True)
    with tempfile.TemporaryDirectory() as work:  # the results folder is for what Gradescope reads
        settings = settings_of(options, topics, options.secret or secrets.token_hex(16))
        (record,) = _graded([whole], settings, Path(work), options)
    write_results(record, weights, options.out / "results.json", settings.follow_through)
    return int(options.exit_code and not _all_passed([record], settings.follow_through))


def _write_course(options: argparse.Namespace, weights: dict[str, float]) -> int:
    from .marks.nbgrader import write_course

    topics = options.topics or tuple(lesson.topic for lesson in LESSONS)
    kept = write_course(options.nbgrader, topics, weights)
    print(f"An nbgrader course of {counted(len(topics), 'lesson')} is in {options.nbgrader}.")
    for path in kept:
        print(f"{path} was there and is not what would be written: it stays as it is.")
    return 0


def _graded(submissions: list[Submission], settings: Settings, out: Path, options: argparse.Namespace) -> list[Record]:
    """A record for each, with what could not even be read at the top of what is to be looked at."""
    from .sandbox.bubblewrap import NoSandbox
    from .workers import grade_all

    try:
        records = grade_all(submissions, settings, out, options.jobs, options.dask)
    except NoSandbox as error:
        raise InputError(str(error)) from None
    for submission, record in zip(submissions, records, strict=True):
        record.looks = list(dict.fromkeys([*submission.looks, *record.looks]))
    return records


def settings_of(options: argparse.Namespace, topics: Sequence[str], secret: str) -> Settings:
    """How the class is graded."""
    settings = Settings(tuple(topics), secret, cpu=options.cpu, wall=10 * options.cpu)
    return replace(
        settings,
        follow_through=not options.no_follow_through,
        explain=options.explain,
        sandbox=not options.unsafe,
    )


def secret_of(out: Path, given: str | None = None) -> str:
    """What all inputs are made from: the one given, the one of an earlier run, or a new one, which is kept at once.

    Of several shards that begin together, the first decides. Raises InputError.
    """
    if given:
        return given
    file = out / "run.json"
    if not file.exists():
        fresh = out / f".secret.{os.getpid()}.{secrets.token_hex(4)}"
        write_whole(fresh, json.dumps({"settings": {"secret": secrets.token_hex(16)}}))
        try:
            os.link(fresh, file)  # fails where another was quicker
            return secret_of(out)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(fresh, file)
        finally:
            fresh.unlink(missing_ok=True)
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["settings"]["secret"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{file} is not this grader's: move it away, or give --out another folder") from None


def _handed_in(submissions: list[Submission], or_all: bool = False) -> tuple[str, ...]:
    """The lessons of which there is a notebook, by its name, and where that says nothing by what is in it."""
    topics = set()
    for notebook in (each for submission in submissions for each in submission.notebooks):
        named = lesson_in(notebook.path.rpartition("/")[2].partition(".")[0])
        if named:
            topics.add(named.lesson.topic)
        else:
            from .extract import answers_of

            topics.add(answers_of(notebook).topic)
    found = tuple(lesson.topic for lesson in LESSONS if lesson.topic in topics)
    if not found and not or_all:
        raise InputError("none of the notebooks is known to be of a lesson: say which are graded, --lessons 03,04")
    return found or tuple(lesson.topic for lesson in LESSONS)


def _check_out(out: Path, submissions: Path) -> None:
    if submissions.is_dir() and out.resolve().is_relative_to(submissions.resolve()):
        raise InputError(f"--out {out} is inside {submissions}, which is only read: give a folder beside it")
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file: give a folder, which need not exist")


def _roster(options: argparse.Namespace, topics: Sequence[str]) -> Roster | None:
    if options.roster is None:
        return None
    if not options.roster.is_file():
        raise InputError(f"there is no {options.roster}: --roster is the CSV that your LMS exports")
    return Roster(options.roster.read_bytes(), options.roster.name, topics, options.column)


def _copy_of(options: argparse.Namespace) -> Path:
    """Where the filled-in roster is written: never over the LMS's own."""
    return options.out / f"{options.roster.stem}_filled{options.roster.suffix}"


def _earlier(options: argparse.Namespace) -> dict | None:
    if options.compare is None:
        return None
    from .marks.compare import read_earlier

    return read_earlier(options.compare)


def _all_passed(records: list[Record], follow_through: bool) -> bool:
    return all(counts(each, follow_through) for record in records for each in record.exercises.values())
