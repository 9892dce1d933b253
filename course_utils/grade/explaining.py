"""The sandbox that explains: it runs a whole check on an answer that has failed, and sends the card's texts back.

It holds the course, and so the answers; a learner's code runs beside them, as it does in the learner's own notebook. Nothing
that it says counts for a grade: the verdict has been made of the values of the sandbox without answers (sandbox/compute.py).
It also lends: functions of the reference's run here when a learner's code without answers calls one of an earlier lesson.
"""

import contextlib
import pickle
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from torch import Tensor

from course_utils.checks.course import COURSE, find
from course_utils.checks.inputs import Config
from course_utils.judge import Run, diagnosis, insight, running
from course_utils.judge.running import guarded

from .sandbox import cells, warm, wire
from .sandbox.compute import allow

_runs: dict[str, tuple[Run, ...]] = {}
_waiting: list[str] = []  # exercises that `idle` has not done yet


def prepare(data: bytes) -> None:
    """Takes the judge's cases, and warms up: every check runs once on the right answer and once on a wrong one."""
    _runs.update(pickle.loads(data))
    warm.up()
    for name in _runs:
        check = find(name)
        check.judge(check.reference, _fresh(name))
        with contextlib.suppress(Exception):
            check.judge(COURSE.planted(name, check.mistakes[0].label), _fresh(name))
    diagnosis.remembered = {}
    _waiting.extend(_runs)


def idle() -> bool:
    """Does some of the work that sessions have in common, while they run. Returns whether there is more of it.

    A wrong answer of which nothing is known is explained: then all known mistakes have been tried on the cases, and no session
    need do so again.
    """
    if _waiting:
        name = _waiting.pop(0)
        find(name).judge(_spoilt_answer(name), _fresh(name))
    return bool(_waiting)


def _spoilt_answer(name: str) -> Callable:
    reference = find(name).reference
    if isinstance(reference, type):
        return type(name, (reference,), {"forward": lambda self, *args, **named: "?"})
    return lambda *args: _spoilt(reference(*args))


def _spoilt(value: Any) -> Any:
    """A value that no known mistake gives."""
    if isinstance(value, Tensor):
        return value * 1.37 + 0.1 if value.is_floating_point() else value + 1
    if isinstance(value, (list, tuple)):
        return type(value)(map(_spoilt, value))
    if isinstance(value, dict):
        return {key: _spoilt(each) for key, each in value.items()}
    return value * 1.37 + 0.1 if type(value) in (int, float) else "?"


def _fresh(name: str) -> list[Run]:
    return [Run(run.case, run.expected, run.tolerance) for run in _runs[name]]


def serve(here: socket.socket, limits: dict) -> None:
    """One session, which explains one answer, or lends until it is killed."""
    request, _ = wire.receive(here)
    running.TIME_LIMIT, running.WALL_LIMIT = limits["cpu"], limits["wall"]
    if "lend" in request:
        _lend(here, limits)
        return
    insight.SHORT = limits["explain"] == "short"
    name = request["explain"]
    lent = {each: find(each).reference for each in request["lent"]}
    cells.hand_out(request["own"], lent)
    module = cells.notebook()
    allow(limits)
    guarded(lambda: cells.run(request["cells"], module), limits["cpu"])
    allow(limits | {"cpu": 12 * limits["cpu"]})  # an explanation may search for long; it is bounded by what it tries
    result = find(name).judge(vars(module).get(name), _fresh(name))
    wire.send(here, {"card": result.to_dict()})


def _lend(here: socket.socket, limits: dict) -> None:
    """Calls the reference's functions with what a learner's code gives them."""
    wire.send(here, {"lends": True})
    while True:
        request, tensors = wire.receive(here)
        allow(limits)
        try:
            packing = wire.Packing()
            value = packing.pack(_called(request, tensors, limits["cpu"]))
            wire.send(here, {"value": value}, packing.tensors)
        except Exception as error:
            wire.send(here, {"raised": type(error).__name__, "says": str(error)[:500]})


def _called(request: dict, tensors: dict, seconds: float) -> Any:
    """What the reference's function gives. Raises what it raises."""
    args = [_given(each, tensors) for each in request["args"]]
    named = {str(key): _given(each, tensors) for key, each in request["named"]}
    function = find(request["call"]).reference
    outcome = guarded(lambda: function(*args, **named), seconds, watched=False)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def _given(structure: Any, tensors: dict) -> Any:
    value = wire.unpack(structure, tensors)
    return Config(**vars(value)) if isinstance(value, SimpleNamespace) else value
