"""The grader says of an answer what its check says in the notebook: of right ones, blanks, and every known mistake."""

import pytest

from course_utils.checks.course import KEY, find
from course_utils.grade.judging import TOPICS
from course_utils.grade.records import Settings
from course_utils.grade.station import Station
from course_utils.judge import Run
from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from tests.grade import linux_only
from tests.grade.bank import exercise, handed_in, mistakes, solution, with_mistake

pytestmark = linux_only
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
