"""Hostile answers: none passes, none harms another learner, another exercise or the teacher."""

import subprocess
import sys

import pytest

from course_utils.grade.attacks import DOCTORS
from course_utils.grade.doctor import doctor, ward
from tests.grade.more_attacks import MORE

BY_NAME = {attack.name: attack for attack in (*DOCTORS, *MORE)}


@pytest.fixture(scope="module")
def here():
    with ward(cpu=0.5, wall=2.0) as opened:
        yield opened


@pytest.fixture(scope="module")
def open_sessions():
    """A ward in which a session keeps no protection of its own; what bubblewrap does is left."""
    with ward(leave_out=("memory", "output", "count", "time"), explain="none", cpu=30.0) as opened:
        yield opened


@pytest.mark.parametrize("name", BY_NAME)
def test_an_attack_is_stopped(here, name):
    finding = here.run(BY_NAME[name])
    assert finding.stopped, finding


@pytest.mark.parametrize("name", ["fork", "memory", "disk"])
def test_an_attack_works_without_the_limit_that_stops_it(open_sessions, name):
    attack = BY_NAME[name]
    cell = attack.cell(open_sessions.canary, 1)
    assert attack.stopped_by in ("memory", "output", "count")
    assert open_sessions.grade("attacker", cell).exercises["linear"].status == "passed"


def test_processes_are_left_where_they_have_no_namespace():
    with ward(leave_out=("processes",), explain="none") as opened:
        opened.PATIENCE = 1.0
        assert not opened.run(BY_NAME["leave"]).nothing_left


@pytest.mark.parametrize(
    ("wall", "names"), [("files", ["read", "write"]), ("network", ["connect"]), ("answers", ["key"])]
)
def test_an_attack_works_without_the_wall_that_stops_it(wall, names):
    with ward(leave_out=(wall,), explain="none") as opened:
        for name in names:
            assert BY_NAME[name].stopped_by == wall
            assert not opened.run(BY_NAME[name]).not_passed


def test_comparing_in_the_learners_process_would_be_deceived(tmp_path):
    cell = BY_NAME["compare"].cell(tmp_path / "canary", 1)
    program = f"import torch\n{cell}\nfrom course_utils import check_linear\nprint(check_linear.judge(linear).status)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "passed", done


def test_the_doctor_says_what_was_stopped(capsys, monkeypatch):
    monkeypatch.setattr("course_utils.grade.doctor.DOCTORS", [BY_NAME["read"], BY_NAME["connect"]])
    assert doctor()
    assert capsys.readouterr().out.splitlines() == [
        "stopped      an answer that reads a file of yours",
        "stopped      an answer that opens a connection",
        "2 of 2 attacks were stopped. The sandbox is whole.",
    ]
