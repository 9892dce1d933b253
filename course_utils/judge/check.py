"""`Check`: what one exercise states, and what a learner calls; `Course`: the exercises together."""

import functools
import inspect
import os
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import trial
from .answer_key import AnswerKey
from .diagnosis import bank_of, full_label
from .diff import Bank, read_diff
from .draw import Draw
from .mistakes import Mistake
from .refuse import refusal
from .result import Note, Result
from .running.session import known_state
from .trial import Case, Property, Run
from .verdict import decide, stumbled


@dataclass(frozen=True)
class Course:
    """What checks share. find(name): the check of an exercise, or None. record(name, answer): called at every pass.

    say(name, value): the words for an argument that cards show, or None where its value speaks for itself.
    sizes: numbers that answers may have in place of an argument, such as 768 or 1e-12.
    """

    key: AnswerKey
    find: Callable[[str], "Check | None"]
    record: Callable[[str, object], None] = lambda name, answer: None
    draw: type[Draw] = Draw
    say: Callable[[str, object], str | None] = lambda name, value: None
    sizes: tuple[float, ...] = ()

    def planted(self, name: str, *labels: str) -> Callable:
        """The key's function `name` with mistakes planted in it, by their labels: `planted("layer_norm", "unbiased")`.

        A mistake of a part is written as in a diagnosis: `planted("bert_layer", "layer_norm: unbiased")`.
        """
        chosen = []
        for label in labels:
            part, _, own = label.rpartition(": ")
            check = self.find(part or name)
            known = {mistake.label: mistake for mistake in check.mistakes} if check else {}
            if own not in known:
                raise ValueError(f"{part or name} has no mistake {own!r}; it has {', '.join(known) or 'none'}")
            chosen.append((part or name, known[own]))
        return self.key.plant(name, tuple(chosen))


@dataclass
class Check:
    """`check_gelu(gelu)` judges, `check_gelu.hint()` gives the next of three hints, `check_gelu.solution()` the answer.

    reference: the answer key's function. cases: makes the inputs from a Draw. axes: the names of the result's axes, nested
    like the result if it holds several tensors. view(value, *args): what counts of a value, applied to both sides (padded
    rows are arbitrary). remark(value, *args): a word along with a pass. use(answer, *args): what is compared in place of
    `answer(*args)`, where an answer is more than a function of values: a class to build and give weights, a training step.
    properties: told when no mistake fits. functions: mistakes that no edit can express. small: makes a small case from a
    Draw, where it cannot be made of the cases. words: what the keys of the dict that `use` makes are to a learner, see
    wording.py. diff: the bank, its text or file.
    """

    reference: Callable
    cases: Callable[..., list[Case]]
    axes: tuple | dict = ()
    view: Callable | None = None
    remark: Callable | None = None
    use: Callable | None = None
    properties: tuple[Property, ...] = ()
    tolerance: float = 1e-5
    functions: tuple[Mistake, ...] = ()
    small: Callable[..., Case] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    diff: str | Path = ""
    course: Course = field(default=None, repr=False)  # type: ignore[assignment]  # a course binds its checks
    _hints_given: int = field(default=0, init=False, repr=False)

    def __call__(self, answer: object = None) -> Result | None:
        """Judges the learner's function and records a pass. Never raises, but for nbgrader: there a pass is None."""
        result = self.judge(answer)
        if os.environ.get(
            "NBGRADER_EXECUTION"
        ):  # a cell that raises gets no points, and a cell's value is their number
            if not result.passed:
                raise AssertionError(repr(result))
            return None
        if result.passed:
            self.course.record(self.name, answer)
        return result

    def judge(self, answer: object, runs: list[Run] | None = None) -> Result:
        """The verdict, without recording it. runs: prepared cases to use in place of fresh ones."""
        try:
            with known_state():
                refused = refusal(self, answer)
                if refused:
                    return refused
                runs = trial.prepare(self) if runs is None else runs
                return decide(self, answer, runs, trial.try_out(self, answer, runs))
        except Exception as error:  # a bug of ours must not look like the learner's
            return stumbled(self, error)

    def hint(self) -> Note:
        """The next of the three hints: the idea, a plan with shapes, nearly the code."""
        number = min(self._hints_given, 2)
        again = f"\nThat was the last hint; `{self.command}.solution()` shows one way." if self._hints_given > 2 else ""
        self._hints_given += 1
        return Note(f"Hint {number + 1} of 3 for `{self.name}`", self.bank.hints[number] + again)

    def solution(self) -> Note:
        """The reference's code."""
        return Note(f"One way to write {self.name}", inspect.getsource(self.reference).rstrip(), is_code=True)

    def __repr__(self) -> str:
        return f"{self.command}: call it with your {self.kind}, {self.command}({self.name})"

    @property
    def name(self) -> str:
        """The exercise's name, which is the key function's."""
        return self.reference.__name__

    @property
    def topic(self) -> str:
        """The name of the key's module that holds the exercise."""
        return self.reference.__module__.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """What a learner writes: a function, or a class."""
        return "class" if inspect.isclass(self.reference) else "function"

    @property
    def command(self) -> str:
        """What a learner types: `check_gelu`, and for the class `Bert` `check_bert`."""
        return f"check_{self.name.lower()}"

    @functools.cached_property
    def bank(self) -> Bank:
        """The hints and mistakes of the diff, read when they are first needed. Raises DiffError."""
        text, file = self.diff, f"{self.name}.diff"
        if isinstance(self.diff, Path):
            text, file = self.diff.read_text(encoding="utf-8"), self.diff
        return read_diff(text, self.course.key.body_source(self.name), file)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """All known mistakes: the edits of the diff and the functions."""
        return (*self.bank.mistakes, *self.functions)

    def labels(self) -> list[str]:
        """What `planted` can plant in the exercise: the labels of its own mistakes and its parts', but for endless ones."""
        return [full_label(self, part, mistake) for part, mistake in bank_of(self) if not mistake.endless]

    def make_cases(self, seed: int | None = None) -> list[Case]:
        """Fresh inputs at every call, the same ones under COURSE_CI=1 or for a given seed."""
        if seed is None:
            fixed = os.environ.get("COURSE_CI") == "1"
            seed = zlib.crc32(self.name.encode()) if fixed else secrets.randbits(48)
        return self.cases(self.course.draw(seed))
