"""The clock: a fair race between several ways to do the same, and the seconds that each part of a model takes."""

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping

from torch.utils._python_dispatch import TorchDispatchMode

from course_utils.modes import is_live, one_thread


def timed(ways: Mapping[str, Callable[[], object]], rounds: int = 1) -> dict[str, float]:
    """Measure the seconds that each way takes, the median over some rounds, with a progress bar in a notebook."""
    return {name: statistics.median(taken) for name, taken in all_rounds(ways, rounds).items()}


def all_rounds(
    ways: Mapping[str, Callable[[], object]], rounds: int, now: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Measure the seconds that each way takes in each round, by the clock `now`.

    In a round every way runs once, one after the other: other work on the machine then slows all of them down.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with _progress(rounds * len(ways)) as step:
        for number in range(rounds):
            for name, way in ways.items():
                step(f"round {number + 1} of {rounds}: {name}" if rounds > 1 else name)
                with _no_collection():
                    began = now()
                    way()
                    seconds[name].append(now() - began)
    return seconds


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Inside, Python collects no garbage, as in `timeit`: the way that happens to set it off would pay for all."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Yield a function that moves a bar one step on and says what is done now; without a notebook it does nothing."""
    if not is_live():
        yield lambda what: None
        return
    import ipywidgets
    from IPython.display import display

    bar, label = ipywidgets.IntProgress(0, 0, steps), ipywidgets.Label()
    display(ipywidgets.HBox([bar, label]))
    begun = -1

    def step(what: str) -> None:
        nonlocal begun
        begun += 1
        bar.value, label.value = begun, f"{begun} of {steps} done, now {what}"

    yield step
    bar.value, label.value = steps, "done"


PARTS = {
    "dense layers": ("addmm", "mm", "_linear_pointwise"),  # the last with GELU, where it has been fused
    "attention": ("bmm", "baddbmm", "_softmax", "_safe_softmax", "_scaled_dot_product_flash_attention_for_cpu"),
    "GELU": ("gelu",),
    "norms": ("native_layer_norm",),
}
REST, NOT_TORCH = "copies, sums, lookups", "tokenizer, Python"
_PART_OF = {name: part for part, names in PARTS.items() for name in names}


class _Stopwatch(TorchDispatchMode):
    """See every operation that torch runs, and add its seconds to the part of the model that it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = dict.fromkeys((*PARTS, REST), 0.0)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        began = time.perf_counter()
        result = func(*args, **(kwargs or {}))
        self.seconds[_PART_OF.get(func.overloadpacket.__name__, REST)] += time.perf_counter() - began
        return result


def timed_parts(way: Callable[[], object]) -> dict[str, float]:
    """Measure the seconds by part of the model: dense layers, attention, GELU, norms, other torch operations, all else.

    On one thread, since the stopwatch sees only what its own thread does.
    """
    with one_thread(), _no_collection():
        began = time.perf_counter()
        with _Stopwatch() as watch:
            way()
        whole = time.perf_counter() - began
    return watch.seconds | {NOT_TORCH: whole - sum(watch.seconds.values())}
