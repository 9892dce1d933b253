"""How often a card helps: right answers edited in one place by a program, judged, and what the checks said of them.

An edited answer either passes (an equal way, or a hole in the check's cases: listed), raises, or gives wrong values. Of those
with wrong values the table tells how many get a name, an argument, a relation, a place and a smallest input. A third of the
exercises, chosen by a hash of their names, is held out: nobody tunes the checks to it.
"""

import argparse
import ast
import importlib
import inspect
import itertools
import linecache
import os
import random
import statistics
import sys
import textwrap
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import NamedTuple

import transformers

from bench.edits import Edit, edits, sample
from course_utils.checks.course import find
from course_utils.judge import Check, Result, running, trial
from course_utils.judge.running.session import known_state
from course_utils.reference import all_exercises

EDITS = 4  # per answer: about 900 in all
LIMIT = 1.0  # seconds for an answer here, since many edits make a loop endless
KINDS = ("name", "argument", "relation", "place", "smallest")
OUTCOMES = ("passed", "raised", "stopped", "no verdict", "wrong")
_numbers = itertools.count(1)


class Card(NamedTuple):
    """One edited answer, its result, what came of it, and the processor time of judging it."""

    exercise: str
    answer: str
    edit: Edit
    lines: int  # of the answer's body
    result: Result
    outcome: str
    seconds: float

    def has(self, kind: str) -> bool:
        if kind == "name":
            return bool(self.result.diagnosis)
        if kind == "explained":
            return any(self.has(each) for each in KINDS[:4])
        return bool(getattr(self.result, {"relation": "relations"}.get(kind, kind), None))

    @property
    def place_is_right(self) -> bool:
        """Whether the place told is on the edited lines."""
        return self.has("place") and self.edit.first <= self.result.place[0] <= self.edit.last


def held_out(name: str) -> bool:
    return zlib.crc32(name.encode()) % 3 == 0


def right_answers(name: str, with_key: bool = False) -> list[Callable]:
    """The exercise's right answers in tests/answers that have a text, and the key's own if wanted."""
    check = find(name)
    found = importlib.import_module(f"tests.answers.{check.topic}").RIGHT.get(name, [])
    own = [check.reference] if with_key else []
    return [answer for answer in own + found if inspect.isfunction(answer) or inspect.isclass(answer)]


def source_of(answer: Callable) -> str:
    return textwrap.dedent(inspect.getsource(answer))


def built(answer: Callable, source: str) -> Callable:
    """The answer with another text, which `inspect` finds: its file begins with it, so lines are counted in it."""
    own = inspect.unwrap(answer)
    names = vars(sys.modules[own.__module__]) if inspect.isclass(own) else own.__globals__
    module = ModuleType(f"edited_answer_{next(_numbers)}")
    module.__dict__.update({key: thing for key, thing in names.items() if not key.startswith("__")})
    if getattr(own, "__closure__", None):
        cells = zip(own.__code__.co_freevars, own.__closure__, strict=True)
        module.__dict__.update({key: cell.cell_contents for key, cell in cells})
    module.__file__ = f"<{module.__name__}>"
    sys.modules[module.__name__] = module
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    return module.__dict__[own.__name__]


def forget(function: Callable) -> None:
    """Drop what `built` has made for a function."""
    sys.modules.pop(function.__module__, None)
    linecache.cache.pop(f"<{function.__module__}>", None)


def judged(check: Check, answer: Callable) -> tuple[Result, str, float]:
    """The result, what came of the answer, and the seconds of processor time."""
    began = time.process_time()
    with known_state():
        runs = trial.prepare(check)
        result = check.judge(answer, runs)
    taken = time.process_time() - began
    if result.passed:
        return result, "passed", taken
    if result.status == "failed":
        return result, "wrong", taken
    if result.status != "error" or result.headline.startswith("The check itself failed"):
        return result, "no verdict", taken
    return result, "raised" if any(run.error for run in runs) else "stopped", taken


def cards(name: str, seed: int, count: int, with_key: bool = False) -> Iterator[Card]:
    """The exercise's right answers, `count` edits of each (0: all), judged."""
    check = find(name)
    for number, answer in enumerate(right_answers(name, with_key)):
        source = source_of(answer)
        chosen = edits(source)
        if count:
            chosen = sample(chosen, count, random.Random(f"{seed} {name} {number}"))
        lines = _body_lines(source)
        for edit in chosen:
            edited = built(answer, edit.text)
            try:
                yield Card(name, answer.__name__, edit, lines, *judged(check, edited))
            finally:
                forget(edited)


def _body_lines(source: str) -> int:
    """The number of lines of a function's body but for its docstring."""
    body = ast.parse(source).body[0].body
    first = body[ast.get_docstring(ast.parse(source).body[0]) is not None :][0]
    return body[-1].end_lineno - first.lineno + 1


def table(found: list[Card]) -> str:
    """A row per exercise and one for all."""
    columns = ["exercise", "edits", *OUTCOMES, *KINDS[:3], "place", "edited line", "any of four", "smallest"]
    columns += ["CPU s: median", "95 %", "max"]
    rows = [columns, ["---"] * len(columns)]
    names = list(dict.fromkeys(card.exercise for card in found))
    for name in [*names, "all"]:
        part = [card for card in found if name in ("all", card.exercise)]
        wrong = [card for card in part if card.outcome == "wrong"]
        row = [name if name == "all" else f"`{name}`", len(part)]
        row += [sum(card.outcome == outcome for card in part) for outcome in OUTCOMES]
        row += [sum(card.has(kind) for card in wrong) for kind in KINDS[:4]]
        row += [sum(card.place_is_right for card in wrong)]
        row += [sum(card.has(kind) for card in wrong) for kind in ("explained", "smallest")]
        row += [f"{one:.2f}" for one in _times([card.seconds for card in part])]
        rows.append([str(cell) for cell in row])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _times(seconds: list[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and maximum."""
    ordered = sorted(seconds)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], ordered[-1]


def shares(found: list[Card]) -> str:
    """The shares that are wanted, of the answers that compute something wrong."""
    wrong = [card for card in found if card.outcome == "wrong"]
    longer = [card for card in wrong if card.lines > 1]
    # a line that is left out has no value of its own: what is wrong there is seen later
    placed = [card for card in wrong if card.has("place") and card.edit.kind != "line left out"]
    lines = [f"Of {len(wrong)} with wrong values:"]
    for kind, part in (*((kind, wrong) for kind in (*KINDS[:3], "explained", "smallest")), ("place", longer)):
        word = {"explained": "name, argument, relation or place", "place": "place, of those of several lines"}.get(
            kind, kind
        )
        lines.append(f"  {word}: {_share(sum(card.has(kind) for card in part), len(part))}")
    for of_what, part in (("", placed), (", in answers of several lines", [card for card in placed if card.lines > 1])):
        lines.append(f"  places on the edited line{of_what}: {_share(sum(c.place_is_right for c in part), len(part))}")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f", {part / whole:.0%}" if whole else "")


def listed(title: str, chosen: list[Card], says: Callable[[Card], str] = lambda card: "") -> str:
    """Each card's exercise, answer and edited lines before and after."""
    lines = [f"\n{title}: {len(chosen)}"]
    for card in chosen:
        edit = card.edit
        before, after = (" ".join(text.split()) for text in (edit.before, edit.after))
        lines.append(
            f"- `{card.exercise}`, {card.answer}, line {edit.first}, {edit.kind}: `{before}` -> `{after}` {says(card)}"
        )
    return "\n".join(lines)


def report(title: str, found: list[Card], unexplained: bool) -> None:
    """The table of some exercises, and the lists to be judged one by one."""

    def of(outcome: str) -> list[Card]:
        return [card for card in found if card.outcome == outcome]

    def place(card: Card) -> str:
        return f"says line {card.result.place[0]}: {card.result.place[1]}"

    print(f"\n## {title}\n\n{table(found)}\n\n{shares(found)}")
    print(listed("Edits that pass: an equal way, or a hole in the cases", of("passed")))
    print(listed("Stopped", of("stopped")))
    print(listed("No verdict", of("no verdict"), lambda card: card.result.headline))
    elsewhere = [card for card in of("wrong") if card.has("place") and not card.place_is_right]
    print(listed("Places that are not on the edited line", elsewhere, place))
    if unexplained:
        nothing = [card for card in of("wrong") if not card.has("explained")]
        print(listed("Neither name, argument, relation nor place", nothing, lambda card: card.result.headline))
        print(listed("No smallest input", [card for card in of("wrong") if not card.has("smallest")]))


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench explain", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="chooses the edits")
    parser.add_argument("--sample", type=int, default=EDITS, metavar="N", help=f"edits per answer, {EDITS}; 0 for all")
    parser.add_argument("--exercise", metavar="NAME", help="one exercise alone")
    parser.add_argument("--held-out", action="store_true", help="also the third of the exercises that is held out")
    parser.add_argument("--key", action="store_true", help="also edit the answer key's own functions")
    parser.add_argument("--unexplained", action="store_true", help="also list those of which little is said")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    chosen = options(arguments or [])
    os.environ["COURSE_CI"] = "1"  # the same cases in every run
    running.TIME_LIMIT = LIMIT
    warnings.filterwarnings("ignore", category=SyntaxWarning)  # an edit may index a number
    transformers.logging.set_verbosity_error()  # answers that misuse it would fill the screen
    names = [chosen.exercise] if chosen.exercise else all_exercises()
    for name in names:  # all are imported now, so that a file that changes during the run changes nothing
        find(name)
    parts = {False: "Exercises that may be looked at", True: "Exercises held out"}
    for out, title in parts.items():
        if out and not (chosen.held_out or chosen.exercise):
            continue
        part = [name for name in names if held_out(name) == out]
        found = []
        for number, name in enumerate(part):
            print(f"\r{number} of {len(part)}: {name:<40}", end="\r", file=sys.stderr, flush=True)
            found += cards(name, chosen.seed, chosen.sample, chosen.key)
        if found:
            report(f"{title}, seed {chosen.seed}", found, chosen.unexplained)
