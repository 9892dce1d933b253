"""What an exercise is worth, and how many points a learner has.

An easy exercise is worth 1 point, a medium one 2, a hard one 3; a teacher changes that by name in a `points.toml`:

    linear = 2
    softmax = 0.5
    look_at_previous = 0        # is judged and explained, and counts nothing
"""

import functools
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from course_utils.grade.errors import PointsError
from course_utils.grade.records import Graded, Record
from course_utils.lessons import LESSONS

DIFFICULTY = Path(__file__).with_name("difficulty.json")  # written by the builder, from the exercises' sources
POINTS = {"easy": 1.0, "medium": 2.0, "hard": 3.0}


@functools.cache
def _difficulty() -> dict[str, dict[str, str]]:
    return json.loads(DIFFICULTY.read_text(encoding="utf-8"))


def exercises_of(topic: str) -> list[str]:
    """The exercises of a lesson in the order in which its notebook asks them. Needs no torch, as the answer key does."""
    return list(_difficulty()[topic])


@functools.cache
def topic_of(exercise: str) -> str:
    """The lesson that an exercise belongs to; "" for a name that is no exercise's."""
    return next((topic for topic, exercises in _difficulty().items() if exercise in exercises), "")


def weights_of(path: Path | None = None) -> dict[str, float]:
    """The points of every exercise: those of its difficulty, or of `path`, a points.toml. Raises PointsError."""
    weights = {name: POINTS[level] for exercises in _difficulty().values() for name, level in exercises.items()}
    return weights | (_own(path, weights) if path else {})


def _own(path: Path, known: dict[str, float]) -> dict[str, float]:
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PointsError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # TOML's and UTF-8's errors are both
        raise PointsError(f"{path} is not TOML ({error}); a line is `linear = 2`") from None
    for name, value in own.items():
        if name not in known:
            near = _near(name, known)
            raise PointsError(f"{path}: there is no exercise {name!r}{f'; did you mean {near!r}?' if near else ''}")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:
            raise PointsError(f"{path}: {name} = {value!r} is not a number of points, such as 0, 1.5 or 2")
    return {name: float(value) for name, value in own.items()}


def _near(name: str, known: dict[str, float]) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(name, known, n=1)), "")


def counts(graded: Graded, follow_through: bool = True) -> bool:
    """Whether an exercise earns its points: it passes, or would if an earlier part of the learner's were right."""
    return graded.status == "passed" or (follow_through and bool(graded.with_reference))


def earned(answers: Iterable[Graded], weights: Mapping[str, float], follow_through: bool = True) -> tuple[float, float]:
    """The points of some answers, and how many there could be. Where the grader stumbled neither counts."""
    judged = [graded for graded in answers if graded.status != "stumbled"]
    have = sum(weights.get(each.exercise, 1.0) for each in judged if counts(each, follow_through))
    return have, sum(weights.get(each.exercise, 1.0) for each in judged)


def score(
    record: Record, weights: Mapping[str, float], topic: str | None = None, follow_through: bool = True
) -> tuple[float, float]:
    """(earned, possible) of a lesson, or of all that are graded. What the grader itself stumbled over is in neither."""
    own = [each for name, each in record.exercises.items() if topic is None or topic_of(name) == topic]
    have, of = earned(own, weights, follow_through)
    return round(have, 6), round(of, 6)


def handed_in(record: Record, topic: str | None = None) -> bool:
    """Whether there is anything to mark: a notebook of the lesson, be it blank, or an answer, wherever it is.

    A learner of whom nothing could be read has no mark, which is another thing than none of the points.
    """
    stems = {lesson.stem for lesson in LESSONS if topic in (None, lesson.topic)}
    tried = (name for name, graded in record.exercises.items() if graded.status != "not_attempted")
    return bool(stems & set(record.notebooks.values())) or any(topic in (None, topic_of(name)) for name in tried)
