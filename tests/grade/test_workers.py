"""A class on one machine and on many: whatever is killed, and however it is split, the records are the same."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.grade.handed_in.submissions import shard
from course_utils.grade.records import Settings, Submission
from course_utils.grade.workers import RECORDS, Progress, Shelf, grade_all, stumbled
from tests.conftest import ROOT
from tests.grade.bank import handed_in, notebook

SETTINGS = Settings(("self_attention",), "workers", cpu=2.0, explain="none")
LINEAR = "def linear(x, weight, bias=None):\n    y = x @ weight.T{}\n    return y if bias is None else y + bias\n"
SPLIT = "def split_heads(x, num_heads):\n    return x.reshape(*x.shape[:2], num_heads, -1){}\n"


def the_class(size: int = 9) -> list[Submission]:
    """Learners who each write something else, every third of them wrong."""
    return [
        handed_in(
            f"learner {number}",
            notebook(
                "03_self_attention",
                LINEAR.format(f" + {number} - {number}" if number % 3 else f" * {number + 2}"),
                SPLIT.format(".transpose(1, 2)" if number % 2 else f".transpose(1, {number % 3})"),
            ),
        )
        for number in range(size)
    ]


def graded(out: Path, submissions: list[Submission], **options) -> list[dict]:
    return [each.to_dict() for each in grade_all(submissions, SETTINGS, out, say=None, **options)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return graded(tmp_path_factory.mktemp("one"), the_class())


def test_the_class_has_right_and_wrong_answers(undisturbed):
    passed = [each["exercises"]["linear"]["status"] == "passed" for each in undisturbed]
    assert passed == [number % 3 != 0 for number in range(9)]


def test_two_jobs_give_what_one_gives(undisturbed, tmp_path):
    assert graded(tmp_path, the_class(), jobs=2) == undisturbed


def test_shards_are_merged_by_a_run_without_them(undisturbed, tmp_path, monkeypatch):
    for index in (1, 2):
        graded(tmp_path, shard(the_class(), index, 2))
    monkeypatch.setattr("course_utils.grade.workers._graded", _nothing_is_left)
    assert graded(tmp_path, the_class()) == undisturbed


def test_killed_at_any_moment_it_goes_on_where_it_was(undisturbed, tmp_path):
    program = (
        "import sys; from pathlib import Path; from tests.grade.test_workers import *\n"
        "graded(Path(sys.argv[1]), the_class(), jobs=int(sys.argv[2]))"
    )
    moments = random.Random(11)
    for jobs in (1, 2):
        started = subprocess.Popen(
            [sys.executable, "-c", program, tmp_path, str(jobs)], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        enough = 1 + moments.randrange(3) + 3 * (jobs - 1)
        while len(list((tmp_path / RECORDS).glob("*.json"))) < enough and started.poll() is None:
            time.sleep(0.02)
        started.send_signal(signal.SIGKILL)
        started.wait()
    assert list((tmp_path / RECORDS).glob("*.json"))
    assert graded(tmp_path, the_class()) == undisturbed


def test_a_worker_that_is_killed_is_replaced(undisturbed, tmp_path):
    victims = the_class()
    graded_so_far = []

    class Killer:
        """Kills a worker once the first record is there."""

        def write(self, text: str) -> int:
            if not graded_so_far:
                graded_so_far.append(text)
                _kill_a_worker(Path("/proc/self/cmdline").read_bytes())  # it is a fork of this process
            return len(text)

        def flush(self) -> None: ...
        def isatty(self) -> bool:
            return False

    records = grade_all(victims, SETTINGS, tmp_path, jobs=2, say=Killer())
    assert graded_so_far
    assert [each.to_dict() for each in records] == undisturbed


def test_dask_gives_the_same_and_outlives_a_worker(undisturbed, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    killed = []
    keep = Shelf.keep

    def keep_and_kill(self, submission, record):
        keep(self, submission, record)
        if not killed:
            killed.append(True)
            _kill_a_worker(b"multiprocessing.spawn")

    monkeypatch.setattr(Shelf, "keep", keep_and_kill)
    assert distributed
    variables = dict(os.environ)
    assert graded(tmp_path, the_class(), jobs=2, dask="local") == undisturbed
    assert killed
    assert dict(os.environ) == variables


def test_a_record_is_read_as_it_was_written(tmp_path):
    submission = the_class(1)[0]
    record = stumbled(submission, SETTINGS, "it was raining")
    assert type(record).of(json.loads(json.dumps(record.to_dict()))) == record
    assert record.exercises["linear"].status == "stumbled"
    assert "raining" in record.looks[0].reason


def test_what_the_grader_stumbled_over_is_tried_again(tmp_path):
    submission, shelf = the_class(1)[0], Shelf(tmp_path, SETTINGS)
    shelf.keep(submission, stumbled(submission, SETTINGS, "why"))
    assert shelf.find(submission) is None


def test_a_damaged_record_counts_as_none(tmp_path):
    submission, shelf = the_class(1)[0], Shelf(tmp_path, SETTINGS)
    shelf._file(submission).write_text('{"student": ')
    assert shelf.find(submission) is None


def test_the_progress_is_told_now_and_then(capsys):
    now = [0.0]
    progress = Progress(5, 1, sys.stdout, clock=lambda: now[0])
    for seconds in (2.0, 7.0, 12.0, 14.0):
        now[0] = seconds
        progress.one_more()
    assert capsys.readouterr().out.split("   \n") == [
        "1 of 5 learners have been graded already.\n2 of 5 learners graded",
        "4 of 5 learners graded, about 5 s left",
        "5 of 5 learners graded, about 0 s left",
        "",
    ]


def _nothing_is_left(*_):
    raise AssertionError("everything had been graded")


def _kill_a_worker(command: bytes) -> None:
    """Kills one of this process's children that were started with such a command, and no other."""
    own = os.getpid()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            theirs = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == own and command in theirs:
            os.kill(int(stat.parent.name), signal.SIGKILL)
            return
    raise AssertionError("there was no worker")
