"""The judge of plain values agrees with the checks: on right answers, on wrong ones, and on values that were forged.

What the sandbox does is done here in this process: the task is tried, and the message judged.
"""

import pytest
import torch

from course_utils.checks.course import find
from course_utils.checks.self_attention import inputs
from course_utils.grade.judging import TOPICS, Judge
from course_utils.grade.sandbox import compute
from tests.checks.test_answers import table

SEEDS = ("one", "two", "three", "four", "five")


@pytest.fixture(scope="module")
def judges():
    return [Judge(TOPICS, secret) for secret in SEEDS]


def verdict(judge: Judge, name: str, answer: object):
    message, tensors, _ = compute._tried(judge.exercises[name].task, answer)
    return judge.verdict(name, message, tensors)


@pytest.mark.parametrize("name", TOPICS)
def test_right_answers_pass(judges, name):
    for judge in judges:
        for answer in [find(name).reference, *table(name, "RIGHT")]:
            found = verdict(judge, name, answer)
            assert found.status == "passed", answer
            assert found.passed == found.cases


@pytest.mark.parametrize("name", TOPICS)
def test_wrong_answers_do_not_pass(judges, name):
    for answer in [*table(name, "UNNAMED"), *(told.answer for told in table(name, "TOLD"))]:
        assert verdict(judges[0], name, answer).status in ("failed", "error"), answer


def test_words_are_made_of_the_answers_own_values(judges, monkeypatch):
    """What runs beside an answer can be changed by it; the judge makes the words once more."""
    monkeypatch.setattr(inputs, "_where_they_look", lambda weights: "at the one before")
    task = judges[0].exercises["look_at_previous"].task
    message, tensors, _ = compute._tried(task, lambda positions: (torch.eye(*positions.shape),) * 2)
    monkeypatch.undo()
    assert judges[0].verdict("look_at_previous", message, tensors).status == "failed"
    for each in message["runs"]:
        del each["returned"]
    assert judges[0].verdict("look_at_previous", message, tensors).status == "failed"


def test_which_checks_are_repeated_by_the_judge(judges):
    repeated = {name for name, each in judges[0].exercises.items() if each.replayed}
    assert {"look_at_previous", "write_neuron", "invisible_updates", "indistinguishable", "telltale_text"} <= repeated
    assert "train_step" not in repeated  # what counts is what it does to a model


@pytest.mark.parametrize(
    "change",
    [
        lambda message: message["runs"].pop(),
        lambda message: message.update(runs="passed"),
        lambda message: message["runs"][0].update(done=1),
        lambda message: message["runs"][0].update(changed=None),
        lambda message: message["runs"][0].update(unsteady=True),
        lambda message: message["runs"][0].update(value={"tensor": "9"}),
        lambda message: message["runs"][0].update(value={"list": [1]}),
        lambda message: message["runs"][0].pop("value"),
        lambda message: message["runs"][0].update(error="ValueError"),
        lambda message: message["runs"].__setitem__(1, None),
    ],
)
def test_a_forged_message_does_not_pass(judges, change):
    message, tensors, _ = compute._tried(judges[0].exercises["linear"].task, find("linear").reference)
    assert judges[0].verdict("linear", message, tensors).status == "passed"
    change(message)
    assert judges[0].verdict("linear", message, tensors).status != "passed"


def test_the_secret_makes_the_inputs():
    one, same, other = (Judge(["linear"], secret).exercises["linear"].runs[0] for secret in ("a", "a", "b"))
    assert torch.equal(one.case.args[0], same.case.args[0])
    assert not torch.equal(one.case.args[0], other.case.args[0])


def test_what_explains_has_other_inputs_than_what_computes():
    import pickle

    judge = Judge(["linear"], "a")
    explained = pickle.loads(judge.keys())["linear"][0]
    assert not torch.equal(explained.case.args[0], judge.exercises["linear"].runs[0].case.args[0])
