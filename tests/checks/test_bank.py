"""The bank of mistakes tests the checks: each mistake fails under its own name, blanks are blanks, solutions pass."""

import functools
import inspect

import pytest

from course_utils.checks.course import KEY, find
from course_utils.judge import running
from course_utils.judge.diff import must_compile
from course_utils.reference import all_exercises
from tools.score import Score, score_pairs, score_singles
from tools.sources import ROOT, blank

NAMES = all_exercises()


@pytest.fixture(autouse=True)
def time_limits(monkeypatch):
    """Endless mistakes are part of the bank, a few seconds are enough to see them; a busy machine must not cost a name."""
    monkeypatch.setattr(running, "TIME_LIMIT", 3.0)
    monkeypatch.setattr(running, "DIAGNOSIS_LIMIT", 60.0)


@functools.cache
def singles(name: str) -> Score:
    """What became of an exercise's mistakes, judged once for all tests."""
    return score_singles(find(name), Score(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_edit_fits_the_key_and_gives_python(name):
    """Reading the diff finds each `-` line in the key exactly once; see also tests/judge/test_diff.py."""
    check = find(name)
    must_compile(check.bank, KEY.body_source(name), check.diff)
    assert check.bank.mistakes


def test_every_exercise_is_one_pair_of_files():
    folder = ROOT / "course_utils" / "checks"
    pairs = {f"{find(name).topic}/{name}" for name in NAMES}
    diffs = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.diff")}
    assert diffs == pairs
    assert all((folder / f"{pair}.py").exists() for pair in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_labels_and_sentences(name):
    mistakes = find(name).mistakes
    labels = [mistake.label for mistake in mistakes]
    assert len(set(labels)) == len(labels)
    assert all(mistake.says.endswith((".", "?")) for mistake in mistakes)
    assert len(find(name).bank.hints) == 3


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_fails_under_its_own_name(name):
    score = singles(name)
    assert not score.passed
    assert not score.misnamed
    assert not score.unnamed, "rejected, but with no name"


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_recognised(name):
    score = score_pairs(find(name), Score(name), most=15)
    assert not score.pairs_passed
    assert not score.pairs_misnamed
    if score.pairs:
        assert (score.pairs_named + score.pairs_as_one) / score.pairs >= 0.8


def test_nearly_all_are_named_as_exactly_themselves(capsys):
    scores = [singles(name) for name in NAMES]
    named, all_of_them = sum(score.named for score in scores), sum(score.mistakes for score in scores)
    with capsys.disabled():
        print(f" {named} of {all_of_them} mistakes named as exactly themselves ", end="")
    assert named >= 0.95 * all_of_them, [f"{score.exercise}: {score.shared}" for score in scores if score.shared]


@pytest.mark.parametrize("name", NAMES)
def test_blank_is_not_attempted_and_solution_passes(name):
    check, world = find(name), dict(KEY.world)
    exec(compile(blank(inspect.getsource(check.reference)), "<blank>", "exec"), world)
    assert check.judge(world[name]).status == "not_attempted"
    assert check.judge(check.reference).status == "passed"


def test_the_bank_can_fail(monkeypatch):
    """A check that lets everything through would be noticed here."""
    check = find(NAMES[0])
    mistake = next(mistake for mistake in check.mistakes if not mistake.endless)
    monkeypatch.setattr("course_utils.judge.verdict._difference", lambda check, run: None)
    assert check.judge(KEY.plant(check.name, ((check.name, mistake),))).passed
