"""What times are divided by, so that a table means the same on a fast and on a slow machine."""

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(work: Callable[[], object], runs: int) -> float:
    return statistics.median(seconds(work) for _ in range(runs))


def yardstick() -> float:
    """Seconds of one fixed piece of work for the interpreter, about 10 ms on a laptop."""
    return median(lambda: sum(len(str(number)) for number in range(60_000)), 3)
