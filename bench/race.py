"""The full race of lesson 10, which the lesson draws: `python -m bench race` writes it to `course_utils/given/race.json`.

The ways take turns, so that whatever else the machine does slows all of them down, and of each way's rounds the fastest
counts. No time is written unless all vectors are equal. With OMP_NUM_THREADS=1 the processor's time is measured on one
core: on a busy machine it says more than the time on the wall.
"""

import datetime
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import torch
from torch import Tensor

import course_utils.given as given
from course_utils.clock import all_rounds
from course_utils.given.corpus import load_corpus
from course_utils.given.encoders import PLAIN, Encoder, encoders
from course_utils.given.sentences import mixed_sentences
from course_utils.model import load_model

FILE = Path(given.__file__).parent / "race.json"
TEXTS, ROUNDS, TOLERANCE = 1000, 2, 1e-5


def processor() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def clock() -> Callable[[], float]:
    """The time on the wall; on one core the processor's time."""
    return time.process_time if torch.get_num_threads() == 1 else time.perf_counter


def busy() -> tuple[float, float]:
    """Seconds of all cores that were worked so far, and those of them that this process had."""
    times, own = psutil.cpu_times(), psutil.Process().cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return sum(times[:8]) - idle, own.user + own.system


def padding(lengths: list[int], batch_size: int = 32) -> float:
    """The share of padding in unsorted batches."""
    batches = [lengths[start : start + batch_size] for start in range(0, len(lengths), batch_size)]
    return 1 - sum(lengths) / sum(len(batch) * max(batch) for batch in batches)


def race(texts: list[str], ways: dict[str, Encoder]) -> dict[str, float]:
    """Each way's seconds, the least of some rounds; ArithmeticError if a way's vectors are not those of the first."""
    found: dict[str, Tensor] = {}

    def run(name: str) -> None:
        found[name] = ways[name](texts)

    seconds = all_rounds({name: lambda name=name: run(name) for name in ways}, ROUNDS, clock())
    for name, vectors in found.items():
        gap = float((vectors - found[PLAIN]).abs().max())
        if not gap < TOLERANCE:
            raise ArithmeticError(f"“{name}” is {gap:.1e} off, so its time means nothing")
    return {name: round(min(taken), 3) for name, taken in seconds.items()}


def main() -> None:
    tokenizer, model = load_model()
    ways = encoders(tokenizer, model)
    races, began, (all_before, own_before) = [], time.monotonic(), busy()
    for name, texts in {
        "sentences of this lesson": mixed_sentences(TEXTS),
        "everyday sentences": [one.text for one in load_corpus()],
    }.items():
        lengths = [len(ids) for ids in tokenizer(texts, truncation=True, max_length=256)["input_ids"]]
        about = {"what": name, "texts": len(texts), "tokens": sum(lengths), "padding": round(padding(lengths), 3)}
        races.append(about | {"seconds": race(texts, ways)})
    all_after, own_after = busy()
    others = (all_after - all_before - own_after + own_before) / (time.monotonic() - began) / psutil.cpu_count()
    measured = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": torch.get_num_threads(),
        "torch": torch.__version__.partition("+")[0],
        "rounds": ROUNDS,
        "others": round(max(others, 0), 2),  # what share of all cores other programs had meanwhile
        "races": races,
    }
    FILE.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwritten to {FILE}")
    for one in races:
        fastest = min(one["seconds"].values())
        print(
            f"\n{one['texts']:,} {one['what']}, {one['padding']:.0%} padding\n\n| way | seconds | times the fastest |"
        )
        print("|---|---|---|")
        for name, taken in one["seconds"].items():
            print(f"| {name} | {taken:.2f} | {taken / fastest:.2f} |")
