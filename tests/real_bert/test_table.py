"""The cell at the end of an exercise notebook: whose functions it ran, and what it says of them."""

import pytest
import torch

from course_utils import my_bert
from course_utils.learner import store
from course_utils.lessons import LESSONS
from course_utils.real_bert import table
from course_utils.real_bert.table import Mine, Step, against_bert, draw_whose, run

ONES = torch.ones(2, 3)


@pytest.fixture(autouse=True)
def _no_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    monkeypatch.setattr(store, "_session", {})


@pytest.mark.parametrize(
    ("yours", "real", "says", "equal"),
    [
        (ONES + 1e-7, ONES, "below 1e-5", True),
        (ONES + 0.5, ONES, "0.5", False),
        (ONES * float("nan"), ONES, "inf", False),
        (ONES[0], ONES, "shape (3,) is not (2, 3)", False),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), "1 of 2 differ", False),
        (torch.tensor([1, 2]), torch.tensor([1, 2]), "none", True),
        ([1, 2], [1, 2], "none", True),
        ([1, 2], [1, 3], "[1, 2] is not [1, 3]", False),
        (None, ONES, "a NoneType, and no tensor", False),
    ],
)
def test_what_is_said_of_a_difference(yours, real, says, equal):
    (outcome,) = run(iter([Step("gelu", "a value", lambda: yours, real)]))
    assert outcome == (("gelu",), "a value", says, equal)


def test_a_function_that_stops_does_not_stop_the_others():
    def steps():
        yield Step("gelu", "stops", lambda: 1 / 0, ONES)
        yield Step("gelu", "goes on", lambda: ONES, ONES)
        raise KeyError("between two steps")

    stopped, fine, rest = run(steps())
    assert stopped.difference == "stopped: ZeroDivisionError: division by zero"
    assert fine.equal
    assert rest.what == "the steps that follow"
    assert "KeyError" in rest.difference


def test_whose_functions_ran(monkeypatch):
    monkeypatch.setattr(
        my_bert,
        "look_up",
        lambda name: (
            (abs, "gelu: yours")
            if name == "gelu"
            else (abs, f"{name}: the reference's, you have not passed check_{name} yet")
        ),
    )
    mine = Mine()
    assert mine.gelu is abs
    assert mine.intermediate is abs
    assert mine.is_yours("gelu")
    assert not mine.is_yours("intermediate")
    outcomes = [table.Outcome(("gelu",), "x", "0.5", False), table.Outcome(("intermediate",), "y", "none", True)]
    picture = draw_whose(mine, ["gelu", "intermediate"], outcomes)
    assert picture.caption == "1 of 2 functions are yours; 1 of 2 results equal the real BERT's."
    assert picture.svg.count("✗") == 2
    assert picture.svg.count("○") == 2
    assert (
        table._open(mine, ["gelu", "intermediate"])
        == "The reference's instead of yours: intermediate (not passed yet)."
    )


def test_an_unknown_lesson_is_told():
    with pytest.raises(ValueError, match="There is no lesson 'orientation'"):
        against_bert("orientation")


@pytest.mark.parametrize("topic", [lesson.topic for lesson in LESSONS[1:]])
def test_the_references_functions_equal_the_real_bert(topic, capsys):
    """Every step of every lesson, with nothing solved: all are equal, and every exercise is in a step or said to have none."""
    against_bert(topic)
    said = capsys.readouterr().out
    assert "None of these functions is yours yet; with the reference's, all" in said
    assert "✗ different" not in said
    assert "✗ stopped" not in said


def test_no_state_of_the_session_makes_a_right_function_different(capsys):
    """Lesson 11 needs gradients, precision and numbers: each of these would take one of them away."""
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("meta"), torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
            against_bert("masked_lm")
            assert torch.get_default_device().type == "meta"
            assert torch.is_autocast_enabled("cpu")
            assert torch.is_inference_mode_enabled()
        assert torch.get_default_dtype() == torch.bfloat16
    finally:
        torch.set_default_dtype(torch.float32)
    said = capsys.readouterr().out
    assert "all 7 results equal the real BERT's" in said


def test_the_name_is_the_function_even_after_its_module_was_imported():
    import course_utils

    assert course_utils.against_bert is against_bert
