"""How well the checks know their mistakes: `python -m tools.score [names ...]` prints a table, one row per exercise.

Every mistake of an exercise's bank, and pairs of them, are planted in the reference function and judged like a learner's answer.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from course_utils.checks.course import KEY, find
from course_utils.judge import Check, Mistake, Unplantable, running, verdict
from course_utils.judge.diagnosis import touch
from course_utils.judge.insight import Insight
from course_utils.lessons import LESSONS
from course_utils.reference import exercises


@dataclass
class Score:
    """What became of one exercise's mistakes and pairs; the lists name those that went otherwise."""

    exercise: str
    named: int = 0  # as exactly itself
    shared: list[str] = field(default_factory=list)  # named together with others that output cannot tell apart
    unnamed: list[str] = field(default_factory=list)  # rejected, with no name
    misnamed: list[str] = field(default_factory=list)  # rejected under another's name
    passed: list[str] = field(default_factory=list)  # not rejected at all
    pairs: int = 0
    pairs_named: int = 0
    pairs_as_one: int = 0  # a single mistake gives the same output, so the smaller explanation is right
    pairs_misnamed: list[str] = field(default_factory=list)
    pairs_passed: list[str] = field(default_factory=list)

    @property
    def mistakes(self) -> int:
        """How many single mistakes were judged."""
        return self.named + sum(map(len, (self.shared, self.unnamed, self.misnamed, self.passed)))


@contextlib.contextmanager
def patience(mistake: Mistake) -> Iterator[None]:
    """Gives a mistake that ends all the time that a busy machine needs: what it gives is to be judged, not its speed."""
    limit = running.TIME_LIMIT
    running.TIME_LIMIT = limit if mistake.endless else 60.0
    try:
        yield
    finally:
        running.TIME_LIMIT = limit


@contextlib.contextmanager
def names_only() -> Iterator[None]:
    """Leaves out what a card says besides the name: a search for a small input takes fifty times as long as the name."""
    insight = verdict.insight
    verdict.insight = lambda *_, **__: Insight()
    try:
        yield
    finally:
        verdict.insight = insight


@names_only()
def score_singles(check: Check, score: Score) -> Score:
    """Judges every mistake of the exercise's own bank."""
    for mistake in check.mistakes:
        with patience(mistake):
            result = check.judge(KEY.plant(check.name, ((check.name, mistake),)))
        if result.passed:
            score.passed.append(mistake.label)
        elif result.explanations == ((mistake.label,),):
            score.named += 1
        elif (mistake.label,) in result.explanations:
            score.shared.append(mistake.label)
        elif not result.diagnosis:
            score.unnamed.append(f"{mistake.label} ({result.status})")
        else:
            score.misnamed.append(f"{mistake.label} as {', '.join(result.diagnosis)}")
    return score


@names_only()
def score_pairs(check: Check, score: Score, most: int | None = None) -> Score:
    """Judges pairs of the exercise's own mistakes: all, or `most` of them spread evenly over the list."""
    pairs = []
    for one, other in combinations([each for each in check.mistakes if not each.endless], 2):
        if touch((check.name, one), (check.name, other)):
            continue  # such a pair is never told, see diagnosis.py
        try:
            pairs.append((one, other, KEY.plant(check.name, ((check.name, one), (check.name, other)))))
        except (Unplantable, SyntaxError):
            continue
    if most and len(pairs) > most:
        pairs = pairs[:: -(-len(pairs) // most)]
    for one, other, function in pairs:
        result = check.judge(function)
        if result.status == "error":
            continue  # it raises or never ends, and the verdict says so
        score.pairs += 1
        both = {one.label, other.label}
        if result.passed:
            score.pairs_passed.append(f"{one.label} + {other.label}")
        elif any(set(found) == both for found in result.explanations):
            score.pairs_named += 1
        elif any(len(found) == 1 for found in result.explanations):
            score.pairs_as_one += 1
        elif result.diagnosis:
            score.pairs_misnamed.append(f"{one.label} + {other.label} as {', '.join(result.diagnosis)}")
    return score


def row(score: Score) -> str:
    """One line of the table."""
    told = [f"shared: {', '.join(score.shared)}"] if score.shared else []
    told += [f"unnamed: {', '.join(score.unnamed)}"] if score.unnamed else []
    share = f"{(score.pairs_named + score.pairs_as_one) / score.pairs:.0%}" if score.pairs else "-"
    return f"| `{score.exercise}` | {score.mistakes} | {score.named} | {score.pairs} | {share} | {'; '.join(told)} |"


HEAD = "| exercise | mistakes | named as exactly itself | pairs | pairs recognised | otherwise |\n|---|---|---|---|---|---|"


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; fails if any mistake passed or was named as another."""
    parser = argparse.ArgumentParser(prog="python -m tools.score", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="only these exercises or topics")
    parser.add_argument(
        "--pairs", type=int, default=40, help="at most so many pairs per exercise, spread over its bank"
    )
    options = parser.parse_args(arguments)
    running.TIME_LIMIT, running.DIAGNOSIS_LIMIT = 2.0, 60.0
    print(HEAD)
    bad = []
    for lesson in LESSONS:
        for name in exercises(lesson.topic):
            if options.names and name not in options.names and lesson.topic not in options.names:
                continue
            check = find(name)
            score = score_pairs(check, score_singles(check, Score(name)), options.pairs)
            print(row(score), flush=True)
            bad += [f"{name}: {one}" for one in score.misnamed + score.passed + score.pairs_misnamed]
    if bad:
        print("\nPassed or misnamed:\n" + "\n".join(bad), file=sys.stderr)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
