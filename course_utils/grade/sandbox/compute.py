"""The sandbox without answers: it runs a learner's functions on the judge's inputs and sends back what they gave.

What it is told to try it tries as a check does (judge/trial.py): every case twice, with a time limit. It has nothing to compare
with, so it cannot know what is right.
"""

import contextlib
import os
import pickle
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import Parameter, Signature, signature
from typing import Any

from course_utils.grade.sandbox import cells, warm, wire
from course_utils.judge import running, trial
from course_utils.judge.copies import kept
from course_utils.judge.running import guarded
from course_utils.judge.trial import Case, Run
from course_utils.judge.weights import Misfit

_tasks: dict[str, "Task"] = {}


@dataclass(frozen=True)
class Task:
    """What an exercise's function is tried on, without what it should give.

    names: its arguments'. use, view: as in a Check, where they can be run here. kind: "function" or "class".
    """

    name: str
    kind: str
    names: tuple[str, ...]
    cases: tuple[tuple[tuple, float, type[Exception] | None], ...]  # arguments, tolerance, what it must raise
    use: Callable | None = None
    view: Callable | None = None
    replayed: bool = (
        False  # whether what the answer itself returns is wanted, too: the judge repeats what `use` made of it
    )

    @property
    def reference(self) -> Callable:
        """Nothing but a signature: a check asks its reference for the names of the arguments."""

        def nothing() -> None:
            raise NotImplementedError

        parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.names]
        nothing.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        return nothing


def prepare(data: bytes) -> None:
    """Takes the judge's tasks, which are pickled: the judge is trusted. Then it runs once what every session will run."""
    _tasks.update(pickle.loads(data))
    warm.up()
    for task in _tasks.values():
        with contextlib.suppress(Exception):
            trial.try_out(task, _blank, _runs(task))  # type: ignore[arg-type]


def _blank(*_: object) -> None:
    raise NotImplementedError


def _runs(task: Task) -> list[Run]:
    return [Run(Case(args, "", tolerance, raises), None, tolerance) for args, tolerance, raises in task.cases]


def serve(here: socket.socket, limits: dict) -> None:
    """One session: the judge's request, and an answer for each exercise that it wants tried."""
    request, _ = wire.receive(here)
    running.TIME_LIMIT, running.WALL_LIMIT = limits["cpu"], limits["wall"]
    lent = {name: _lent(here, name) for name in request["lent"]}
    cells.hand_out(request["own"], lent)
    module = cells.notebook()
    allow(limits)
    outcome = guarded(lambda: cells.run(request["cells"], module), limits["cpu"])
    vars(module).update({name: lent[name] for name in request["replaced"]})
    if outcome.left_running:
        return
    for name in request["try"]:
        allow(limits)
        answer = vars(module).get(name)
        if answer is None and (outcome.timed_out or outcome.error is not None):  # it was not reached
            wire.send(here, {"tried": name, "runs": [], "time_is_up": True})
            continue
        message, tensors, go_on = _tried(_tasks[name], answer)
        try:
            wire.send(here, message, tensors)
        except wire.Refused as error:
            wire.send(here, {"tried": name, "runs": [], "error": f"ValueError: what it returned has {error}"})
        if not go_on:
            return


def allow(limits: dict) -> None:
    """Allows the process so much more processor time: the kernel ends what no exception can end."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most != resource.RLIM_INFINITY:
        times = os.times()
        soft = int(times.user + times.system + 2 * limits["cpu"]) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, most), most))


def _tried(task: Task, answer: Any) -> tuple[dict, dict, bool]:
    """The message about one exercise, its tensors, and whether the session can go on after it."""
    if not callable(answer) or (task.kind == "class" and not isinstance(answer, type)):
        return {"tried": task.name, "missing": answer is None, "runs": []}, {}, True
    runs, returned = _runs(task), []
    tried = replace(task, use=_noting(task.use, returned)) if task.replayed else task
    outcome = trial.try_out(tried, answer, runs)  # type: ignore[arg-type]
    packing = wire.Packing()
    told = []
    with contextlib.suppress(Exception):  # a value whose own methods raise: then nothing is told of it
        told = [_told(run, task, packing) for run in runs]
        if task.replayed and outcome.error is None and not outcome.timed_out:
            for each, values in zip(told, returned[-2 * len(runs) :: 2], strict=False):  # each case is tried twice
                each["returned"] = [packing.pack(value) for value in values]
    message = {"tried": task.name, "runs": told, "time_is_up": outcome.timed_out}
    if outcome.error is not None:
        message["error"] = type(outcome.error).__name__
    return message, packing.tensors, not (outcome.left_running or outcome.timed_out)


def _noting(use: Callable, returned: list[list]) -> Callable:
    """`use`, which also notes what the answer returns: a list of values for each time that it is used."""

    def noting(answer: Callable, *args: object) -> object:
        values: list = []
        returned.append(values)

        def noted(*inner: object, **named: object) -> object:
            value = answer(*inner, **named)
            values.append(kept(value))
            return value

        return use(noted, *args)

    noting.__signature__ = signature(use)  # type: ignore[attr-defined]
    return noting


def _told(run: Run, task: Task, packing: wire.Packing) -> dict[str, Any]:
    told: dict[str, Any] = {"done": run.done, "changed": run.changed is not None, "unsteady": run.unsteady}
    if run.error is not None:
        says = ""
        with contextlib.suppress(Exception):  # an error of a learner's own may fail to be shown
            says = str(run.error)[:2000]
        return told | {"error": type(run.error).__name__, "says": says, "misfit": isinstance(run.error, Misfit)}
    own = wire.Packing()
    own.pack(run.value)
    if own.foreign and task.view is not None:  # a module, say: what counts of it is seen here
        with contextlib.suppress(Exception):  # of another kind than the view is made for
            return told | {"viewed": packing.pack(task.view(run.value, *run.case.args))}
    return told | {"value": packing.pack(run.value)}


def _lent(here: socket.socket, name: str) -> Callable:
    """A function of the reference's that runs elsewhere: what it is given goes to the judge, and its value comes from there."""

    def lent(*args: object, **named: object) -> Any:
        packing = wire.Packing()
        given = [packing.config(each) for each in args]
        by_name = [[key, packing.config(each)] for key, each in named.items()]
        wire.send(here, {"call": name, "args": given, "named": by_name}, packing.tensors)
        message, tensors = wire.receive(here)
        if "raised" in message:
            error = getattr(__import__("builtins"), str(message["raised"]), RuntimeError)
            raise error(message.get("says", ""))
        return wire.unpack(message["value"], tensors)

    lent.__name__ = name
    return lent
