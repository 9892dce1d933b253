"""How long a check takes: a right answer, and a wrong one that no known mistake explains, which is the slowest case."""

import statistics

from bench.yardstick import median, seconds, yardstick
from course_utils.checks.course import KEY, find
from course_utils.reference import all_exercises


def unexplained(check):
    """A wrong answer that has no name: the first mistake of the bank, which the bank has forgotten for a while."""
    return next((mistake for mistake in check.mistakes if not mistake.endless), None)


def times(name: str) -> tuple[float, float, float]:
    """Seconds of a passing, a named and an unnamed judgement."""
    check = find(name)
    check.judge(check.reference)
    passing = median(lambda: check.judge(check.reference), 7)
    mistake = unexplained(check)
    if mistake is None:
        return passing, 0.0, 0.0
    wrong = KEY.plant(name, ((name, mistake),))
    named = median(lambda: check.judge(wrong), 3)
    known, check.mistakes = check.mistakes, tuple(one for one in check.mistakes if one is not mistake)
    try:
        unnamed = max(seconds(lambda: check.judge(wrong)) for _ in range(2))
    finally:
        check.mistakes = known
    return passing, named, unnamed


def main() -> None:
    stick = yardstick()
    print(f"\nLatency of the checks in ms; ratios to a yardstick of {1000 * stick:.1f} ms\n")
    print("| exercise | right | ratio | wrong, named | ratio | wrong, no name | ratio |\n|---|---|---|---|---|---|---|")
    found = {name: times(name) for name in all_exercises()}
    for name, taken in found.items():
        print(f"| `{name}` | " + " | ".join(f"{1000 * one:.0f} | {one / stick:.1f}" for one in taken) + " |")
    columns = list(zip(*found.values(), strict=True))
    medians = " | ".join(f"{1000 * statistics.median(column):.0f} |" for column in columns)
    worst = " | ".join(f"{1000 * max(column):.0f} |" for column in columns)
    print(f"| median | {medians} |\n| slowest | {worst} |")
