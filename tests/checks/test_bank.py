"""The bank of mistakes tests the checks: each mistake fails under its own name, blanks are blanks, solutions pass."""

import functools

import pytest

from course_utils.checks import all_exercises, answer_key, find, running
from course_utils.checks.answer_key import body_source, plant
from tools.bank import Score, score_pairs, score_singles
from tools.sources import blank

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
def test_every_edit_stands_exactly_once(name):
    for mistake in find(name).mistakes:
        for was, _ in mistake.edits:
            assert body_source(name).count(was) == 1, f"{mistake.label}: {was!r}"


@pytest.mark.parametrize("name", NAMES)
def test_labels_and_sentences(name):
    mistakes = find(name).mistakes
    labels = [mistake.label for mistake in mistakes]
    assert len(set(labels)) == len(labels)
    assert all(mistake.says.endswith((".", "?")) for mistake in mistakes)
    assert len([hint for hint in find(name).hints if hint.strip()]) == 3


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
    check, world = find(name), dict(answer_key._world())
    exec(compile(blank(_source(name)), "<blank>", "exec"), world)
    assert check.judge(world[name]).status == "not_attempted"
    assert check.judge(check.reference).status == "passed"


def test_the_bank_can_fail(monkeypatch):
    """A check that lets everything through would be noticed here."""
    check = find(NAMES[0])
    mistake = next(mistake for mistake in check.mistakes if not mistake.endless)
    monkeypatch.setattr(type(check), "difference", lambda self, run: None)
    assert check.judge(plant(check.name, ((check.name, mistake),))).passed


def _source(name: str) -> str:
    import inspect

    return inspect.getsource(answer_key.functions()[name])
