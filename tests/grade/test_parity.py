"""The grader says of an answer what its check says in the notebook: of right ones, blanks, and every known mistake."""

import pytest

from course_utils.checks.course import KEY, find
from course_utils.grade.judging import TOPICS
from course_utils.grade.records import Settings
from course_utils.grade.sandbox.session import Unopened
from course_utils.grade.station import Station
from course_utils.grade.workers import graded_or_stumbled
from course_utils.judge import Run
from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from tests.grade.bank import exercise, handed_in, mistakes, notebook, solution, with_mistake

ALL = tuple(lesson.topic for lesson in LESSONS)


@pytest.fixture(scope="module")
def grader():
    station = Station(Settings(ALL, "parity", cpu=2.0, wall=60.0, explain="short"))
    yield station.grader()
    station.close()


@pytest.fixture(scope="module")
def verdicts():
    """A grader that writes no cards."""
    station = Station(Settings(ALL, "parity", cpu=1.0, wall=60.0, explain="none"))
    yield station.grader()
    station.close()


def test_all_solutions_pass(grader):
    record = grader.grade(handed_in("right", *map(solution, ALL)))
    assert {name: each.status for name, each in record.exercises.items()} == dict.fromkeys(TOPICS, "passed")
    assert not record.looks


def test_all_blanks_are_not_attempted(grader):
    record = grader.grade(handed_in("blank", *map(exercise, ALL)))
    assert {name: each.status for name, each in record.exercises.items()} == dict.fromkeys(TOPICS, "not_attempted")


@pytest.mark.parametrize("topic", ALL)
def test_a_lesson_is_graded_without_the_earlier_ones(grader, topic):
    record = grader.grade(handed_in("alone", solution(topic)))
    wrong = {name for name in exercises(topic) if record.exercises[name].status != "passed"}
    assert not wrong


@pytest.mark.parametrize("name", TOPICS)
def test_no_mistake_passes(verdicts, name):
    tried = [each for each in mistakes(name) if with_mistake(name, each)]
    assert tried
    for mistake in tried:
        graded = verdicts.grade(handed_in(mistake.label, with_mistake(name, mistake))).exercises[name]
        assert graded.status in ("failed", "error"), mistake.label


@pytest.mark.parametrize("name", TOPICS)
def test_a_mistake_has_the_label_that_it_has_in_the_notebook(grader, name):
    """Of one mistake per exercise: explaining all of them would take as long as the bank's own tests."""
    named = [each for each in mistakes(name) if with_mistake(name, each) and not each.endless]
    mistake = named[len(named) // 2]
    graded = grader.grade(handed_in(mistake.label, with_mistake(name, mistake))).exercises[name]
    result = find(name).judge(KEY.plant(name, ((name, mistake),)), _runs(grader, name))
    assert (graded.status, graded.labels) == (result.status, [list(group) for group in result.explanations])
    assert [mistake.label] in graded.labels or len(graded.labels[0]) > 1


def _runs(grader, name: str) -> list[Run]:
    return [Run(run.case, run.expected, run.tolerance) for run in grader.judge.exercises[name].runs]


SOFTMAX = (
    "def softmax(scores, dim=-1):\n    exp = (scores - scores.amax(dim, keepdim=True)).exp()\n"
    "    return exp / exp.sum(dim, keepdim=True)\n"
)
ATTENTION = (
    "def scaled_dot_product_attention(query, key, value, mask=None):\n"
    "    scores = query @ key.mT / query.shape[-1] ** 0.5\n"
    "    probabilities = softmax(scores if mask is None else scores + mask)\n"
    "    return probabilities @ value, probabilities\n"
)


def graded(grader, *cells: str) -> dict:
    return grader.grade(handed_in("odd", notebook("03_self_attention", *cells))).exercises


@pytest.mark.parametrize(
    "part",
    ["", SOFTMAX.replace("scores.amax", "scores.sum"), "def softmax(scores, dim=-1):\n    raise NotImplementedError\n"],
    ids=["missing", "wrong", "blank"],
)
def test_what_is_right_but_for_an_earlier_part_is_told(grader, part):
    wrong = part.replace("exp.sum", "1 + exp.sum")
    found = graded(grader, "import torch", wrong, ATTENTION)["scaled_dot_product_attention"]
    assert found.status in ("failed", "error")
    assert found.with_reference == ["softmax"]
    assert graded(grader, SOFTMAX, ATTENTION)["scaled_dot_product_attention"].status == "passed"


def test_a_part_that_is_right_but_for_another_is_no_culprit(grader):
    call = "def self_attention(hidden_states, params, num_heads, mask=None):\n    raise NotImplementedError\n"
    record = grader.grade(handed_in("odd", solution("self_attention")))
    assert not any(each.with_reference for each in record.exercises.values())
    assert graded(grader, call, ATTENTION)["scaled_dot_product_attention"].with_reference == ["softmax"]


@pytest.mark.parametrize(
    "returned", ["...", "torch.nn.Identity()", "hidden_states.mean", "NotImplemented", "{1, 2}", "object()"]
)
def test_a_value_that_no_view_is_made_for_fails(grader, returned):
    cell = f"import torch\ndef self_attention(hidden_states, params, num_heads, mask=None):\n    return {returned}\n"
    found = graded(grader, cell)["self_attention"]
    assert found.status == "failed"
    assert "expected a torch.Tensor" in found.card["headline"].replace("Expected", "expected")


def test_a_module_that_is_missing_harms_only_what_uses_it(grader):
    linear = "def linear(x, weight, bias=None):\n    display(x)\n    y = torch.einsum('...i,oi->...o', x, weight)\n"
    linear += "    return y if bias is None else y + bias\n"
    heads = "def merge_heads(x):\n    return no_such_module.merge(x)\n"
    record = grader.grade(
        handed_in("odd", notebook("03_self_attention", "import no_such_module as no_such_module, torch", linear, heads))
    )
    assert record.exercises["linear"].status == "passed"
    assert record.exercises["merge_heads"].status == "error"
    assert [look.reason for look in record.looks] == [
        "`merge_heads` uses the module `no_such_module`, which is not there where it was graded."
    ]


def test_a_global_that_could_not_be_set_says_why(grader):
    found = graded(grader, "kind = open('numbers.txt').read()\ndef merge_heads(x):\n    return kind.join(x)\n")[
        "merge_heads"
    ]
    assert "could not be set (FileNotFoundError" in found.card["headline"]


LEANING = "def linear(x, weight, bias=None):\n    import torch\n    return torch.mine(x, weight, bias)\n"
LENT = (
    "import torch\ndef give(function):\n    torch.mine = lambda x, w, b: x @ w.T if b is None else x @ w.T + b\n"
    "    return function\n@give\ndef split_heads(x, num_heads):\n    return x\n"
)


def test_a_pass_that_leans_on_other_answers_counts_for_nobody_else(grader):
    assert graded(grader, LEANING, LENT)["linear"].status == "passed"  # as it would in the notebook
    for _ in range(3):
        assert graded(grader, LEANING)["linear"].status == "error"


def test_the_same_code_is_run_once_by_itself_and_then_known(grader, monkeypatch):
    cell = "def linear(x, weight, bias=None):\n    known = x @ weight.T\n    return known if bias is None else known + bias\n"
    for _ in range(2):
        assert graded(grader, cell)["linear"].status == "passed"
    monkeypatch.setattr(grader, "tried", lambda *_: pytest.fail("it was run once more"))
    spaced = cell.replace("known + bias", "known  +  bias  # the same")
    assert graded(grader, spaced)["linear"].status == "passed"


def test_a_definition_that_is_not_reached_in_time_is_a_time_out(grader):
    slow = "N = sum(1 for _ in range(10**12))\ndef linear(x, weight, bias=None):\n    return x * N\n"
    found = graded(grader, slow)["linear"]
    assert found.status == "error"
    assert grader.known.verdict(("linear",)) is None


def test_a_session_that_cannot_be_opened_is_not_the_learners_fault(grader, monkeypatch):
    def refused(*_):
        raise Unopened("no space left")

    monkeypatch.setattr(grader, "_session", refused)
    submission = handed_in("unlucky", notebook("03_self_attention", SOFTMAX.replace("exp", "unlucky")))
    record = graded_or_stumbled(grader, submission)
    assert record.exercises["softmax"].status == "stumbled"
    assert "no space left" in record.looks[0].reason


def test_parts_that_lean_on_each_other_are_not_lent(grader):
    one = "def linear(x, weight, bias=None):\n    return attention_scores(x[None], weight[None])[0] + bias\n"
    other = "def attention_scores(query, key):\n    return linear(query, key)\n"
    found = graded(grader, one, other)
    assert not found["linear"].with_reference
    assert not found["attention_scores"].with_reference


def test_a_number_of_thousands_of_digits_harms_nothing(grader):
    found = graded(grader, f"big = 0x{'f' * 6000}\ndef merge_heads(x):\n    return big\n", SOFTMAX)
    assert found["softmax"].status == "passed"
    assert found["merge_heads"].status == "failed"
