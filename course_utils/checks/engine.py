"""`Check`: the judge of one exercise. It checks first, and only after a failure asks which known mistake explains the answer.

The reference function is the oracle, its docstring the statement, its body the solution, edits of its body the mistakes.
"""

import contextlib
import copy
import functools
import inspect
import os
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from . import answer_key, running, verdict
from .answer_key import Mistake
from .compare import Difference, Raised, equal, first_difference
from .inputs import Draw
from .result import Note, Result
from .running import Outcome, guarded, unwatched


class Case(NamedTuple):
    """One call of the learner's function: its arguments, and what the case is about, in a few words ("with padding").

    `tolerance` takes the place of the check's where right ways differ by more (large numbers in float32). `raises` is the
    exception that these arguments ask for, in place of a value.
    """

    args: tuple
    about: str = ""
    tolerance: float | None = None
    raises: type[Exception] | None = None


class Property(NamedTuple):
    """Something true of every right answer: `holds(value, *args)`; `broken` is the sentence for when it is not."""

    holds: Callable[..., bool]
    broken: str


@dataclass
class Run:
    """What one case gave: `value` or `error`, and how the function behaved."""

    case: Case
    expected: object
    value: object = None
    error: BaseException | None = None
    changed: str = ""  # the argument that was changed in place
    unsteady: bool = False  # a second call with the same arguments gave something else
    done: bool = False


@dataclass
class Check:
    """`check_gelu(gelu)` judges, `check_gelu.hint()` gives the next of three hints, `check_gelu.solution()` the answer.

    reference: the answer key's function. cases: makes the inputs from a Draw. axes: the names of the result's axes, nested
    like the result where it holds several tensors. mistakes: the bank. view(value, *args): what of a value counts, applied to
    both sides (for padded rows, which are arbitrary). remark(value, *args): a word along with a pass. use(answer, *args):
    what is compared in place of `answer(*args)`, where an answer is more than a function of values: a class to be built and
    given weights, a step of training, a draw of random numbers.
    """

    reference: Callable
    cases: Callable[[Draw], list[Case]]
    mistakes: tuple[Mistake, ...] = ()
    hints: tuple[str, str, str] = ("", "", "")
    axes: tuple = ()
    view: Callable | None = None
    remark: Callable | None = None
    use: Callable | None = None
    properties: tuple[Property, ...] = ()
    tolerance: float = 1e-5
    _hints_given: int = field(default=0, repr=False)

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def kind(self) -> str:
        """What a learner writes: a function, or a class."""
        return "class" if inspect.isclass(self.reference) else "function"

    @property
    def call(self) -> str:
        """What a learner types: `check_gelu`, and for the class `Bert` `check_bert`."""
        return f"check_{self.name.lower()}"

    @property
    def topic(self) -> str:
        return self.reference.__module__.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"{self.call}: call it with your {self.kind}, {self.call}({self.name})"

    def __call__(self, answer: object = None) -> Result:
        """Judges the learner's function and remembers a pass. Never raises, unless nbgrader asks for grades."""
        result = self.judge(answer)
        if os.environ.get("NBGRADER_EXECUTION"):  # autograding: a cell that does not raise is a cell that passed
            if not result.passed:
                raise AssertionError(repr(result))
            return result
        if result.passed:
            from course_utils import learner

            learner.record(self.name, answer)
        return result

    def hint(self) -> Note:
        """The next of the three hints: the idea, a plan with shapes, nearly the code."""
        number = min(self._hints_given, 2)
        self._hints_given += 1
        return Note(f"Hint {number + 1} of 3 for `{self.name}`", self.hints[number])

    def solution(self) -> Note:
        """The reference's code."""
        return Note(f"One way to write {self.name}", inspect.getsource(self.reference).rstrip(), is_code=True)

    def passes(self, answer: object) -> bool:
        """Whether the answer is right, nothing else."""
        return self.judge(answer).passed

    def judge(self, answer: object, runs: list[Run] | None = None) -> Result:
        """The verdict, without remembering it; on runs that are yet to be run, if given, else on fresh ones."""
        try:
            return verdict.refuse(self, answer) or self._judge(answer, self.runs() if runs is None else runs)
        except Exception as error:  # a bug of ours must not look like the learner's
            says = f"The check itself stumbled over this answer ({type(error).__name__}: {error}). Please report it."
            return Result(self.name, "error", says)

    def runs(self) -> list[Run]:
        """Fresh cases, and what the reference gives for each."""
        with running.session_kept():  # a reference that draws random numbers must not use up the learner's
            return [Run(case, self.called(self.reference, case)) for case in self.make_cases()]

    def _judge(self, answer: Callable, runs: list[Run]) -> Result:
        outcome = guarded(lambda: self._run(answer, runs), running.TIME_LIMIT)
        return verdict.decide(self, answer, runs, outcome)

    @functools.cached_property
    def argument_counts(self) -> list[int]:
        """With how many arguments the answer is called."""
        if self.use:
            parameters = inspect.signature(self.reference).parameters.values()
            return sorted({len(parameters), sum(each.default is each.empty for each in parameters)})
        return sorted({len(case.args) for case in self.make_cases(seed=0)})

    def arguments(self, case: Case) -> dict[str, object]:
        """A case's arguments by their names."""
        names = list(inspect.signature(self.use or self.reference).parameters)
        return dict(zip(names[1:] if self.use else names, case.args, strict=False))

    def make_cases(self, seed: int | None = None) -> list[Case]:
        """Fresh inputs at every call, the same ones under COURSE_CI=1 or for a given seed."""
        if seed is None:
            fixed = os.environ.get("COURSE_CI") == "1"
            seed = zlib.crc32(self.name.encode()) if fixed else secrets.randbits(48)
        return self.cases(Draw(seed))

    def _run(self, answer: Callable, runs: list[Run]) -> None:
        """In the guarded thread: calls the answer for every case, and again, to see whether it says the same."""
        for run in runs:
            with unwatched():
                args, more_args = fresh(run.case.args), fresh(run.case.args)
            try:
                value = self.called(answer, run.case, args)
                with unwatched():
                    run.value = _kept(value)
                    run.changed = changed_argument(self.arguments(run.case), args)
                with contextlib.redirect_stdout(None):  # its prints have been seen
                    again = self.called(answer, run.case, more_args)
                with unwatched():
                    same = _same(again, run.value) or equal(again, run.value, self.tolerance_of(run.case))
                run.unsteady = not same
            except Exception as error:
                run.error = error
                return
            run.done = True

    def called(self, answer: Callable, case: Case, args: tuple | None = None) -> object:
        """What the answer gives for a case, used as the exercise asks."""
        return called(functools.partial(self.use, answer) if self.use else answer, case, args)

    def difference(self, run: Run) -> Difference | None:
        """The run's most basic difference from the reference's value, or None."""
        tolerance = self.tolerance_of(run.case)
        plain = first_difference(run.value, run.expected, self.axes, tolerance)
        if plain is None or self.view is None or plain.kind not in ("values", "nan"):
            return plain
        mine, expected = self.viewed(run.value, run.case), self.viewed(run.expected, run.case)
        return first_difference(mine, expected, self.axes, tolerance)

    def tolerance_of(self, case: Case) -> float:
        return self.tolerance if case.tolerance is None else case.tolerance

    def viewed(self, value: object, case: Case) -> object:
        return self.view(value, *case.args) if self.view else value

    def bank(self) -> list[tuple[str, Mistake]]:
        """The (part, mistake) pairs that may stand in an answer: its own mistakes and those of the parts it calls."""
        from . import find

        pairs = [(self.name, mistake) for mistake in self.mistakes]
        for part in sorted(answer_key.parts(self.name)):
            check = find(part)
            if check is not None:
                pairs += [(part, mistake) for mistake in check.mistakes]
        return pairs

    def explain(self, runs: list[Run]):
        """The known mistakes that give the same values as the learner's, and raise where it raises; see explanations.

        Where what counts cannot tell several apart, perhaps the rest can: the rows that the view leaves out.
        """
        from .explain import Seen, explanations, gives, planted

        told = ("changes_inputs", "not_deterministic")  # by the verdict itself, before anything is compared
        bank = [(part, m) for part, m in self.bank() if not m.endless and m.label not in told]
        tried = [run for run in runs if run.done or run.error is not None]

        def seen(view: Callable) -> list[Seen]:
            return [
                Seen(
                    run.case,
                    run.error if run.error is not None else view(run.value, run.case),
                    view(run.expected, run.case),
                    self.tolerance_of(run.case),
                )
                for run in tried
            ]

        def call(function: Callable, case: Case) -> object:
            return self._safely_viewed(self.called(function, case), case)

        def raw(function: Callable, case: Case) -> object:
            return self.called(function, case)

        def search() -> list:
            found = explanations(self.name, bank, seen(self._safely_viewed), call)
            if self.view is None or len(found) < 2:
                return found
            whole = seen(lambda value, case: value)
            return [each for each in found if gives(planted(self.name, each), whole, raw)] or found

        outcome: Outcome = guarded(search, running.DIAGNOSIS_LIMIT, watched=False)
        return outcome.value or []

    def _safely_viewed(self, value: object, case: Case) -> object:
        """The view of a value that may have any type and shape; the value itself where the view cannot be had."""
        try:
            return self.viewed(value, case)
        except Exception:
            return value


def called(function: Callable, case: Case, args: tuple | None = None) -> object:
    """What a function gives for a case: its value or, where the case asks for an exception, the one that it raises."""
    try:
        return function(*(fresh(case.args) if args is None else args))
    except Exception as error:
        is_blank = isinstance(error, NotImplementedError) and not str(error)
        if case.raises is None or is_blank:
            raise
        return Raised((case.raises if isinstance(error, case.raises) else type(error)).__name__)


def fresh(args: tuple) -> tuple:
    """A deep copy of the arguments, so that no call sees what another did to them; functions are handed on."""
    return tuple(map(_copy, args))


def _copy(thing: object, other: Callable = copy.deepcopy) -> object:
    """copy.deepcopy, but fast for what cases are made of: a diagnosis copies them a thousand times. `other` copies the rest."""
    if type(thing) in (str, int):  # a vocabulary has hundreds
        return thing
    if isinstance(thing, Tensor) and not thing.requires_grad:
        return thing.clone()
    if type(thing) is dict:
        return {key: _copy(value, other) for key, value in thing.items()}
    if type(thing) in (list, tuple):
        return type(thing)(_copy(item, other) for item in thing)
    if type(thing) is SimpleNamespace:  # a config
        return SimpleNamespace(**vars(thing))
    return other(thing)


def _kept(value: object) -> object:
    """A copy of a result, which may be the answer's own global list or tensor: a later call must not change it."""
    return _copy(value, other=lambda thing: thing)


def changed_argument(before: dict[str, object], now: tuple) -> str:
    """The name of the first argument that is no longer what it was, with a word on how; "" if all are."""
    for (name, original), mine in zip(before.items(), now, strict=False):
        if isinstance(mine, nn.Module):
            if [m.training for m in mine.modules()] != [m.training for m in original.modules()]:
                mode = "train" if original.training else "eval"
                return f"`{name}` was in {mode} mode before the call and is not after it"
            if not _same(dict(mine.state_dict()), dict(original.state_dict())):
                return f"the weights of `{name}` were changed"
            if [p.requires_grad for p in mine.parameters()] != [p.requires_grad for p in original.parameters()]:
                return f"whether the weights of `{name}` want gradients was changed"
        elif not _same(mine, original):
            return f"`{name}` was changed in place"
    return ""


def _same(one: object, other: object) -> bool:
    """Bit for bit the same; things that cannot be compared count as the same."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return (
            one.shape == other.shape and one.dtype == other.dtype and torch.equal(one.nan_to_num(), other.nan_to_num())
        )
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, nn.Module) and isinstance(other, nn.Module):
        return _same(dict(one.state_dict()), dict(other.state_dict()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, (str, int, float, bool, type(None))) and isinstance(other, (str, int, float, bool, type(None))):
        return one == other or (one != one and other != other)
    return type(one) is type(other)
