"""The relation: how a wrong result follows from the right one, if it does so in every case.

The simplest relation that holds is told. It must hold in all cases and change at least two of them (where there are two), and
what it foretells must be worth far more than the numbers that it takes over from the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from .. import running
from ..running import guarded
from ..trial import Run
from ..words import Raised
from .likeness import alike, bits, count, differing, is_summary, numbers, viewed
from .relation import Relation

if TYPE_CHECKING:
    from ..check import Check

_ENOUGH = 20.0  # bits that a relation must foretell ...
_PER_FREE_NUMBER = 12.0  # ... and for each number that it takes over from the answer
_MOST_NUMBERS = 100_000  # of a result that is looked at
_MOST_PAIRS = 300  # parts of results, of all cases together
_MOST_TRIED = 1500  # relations, for one answer

Path = tuple  # the keys and indices that lead to a part of a result


class Pair(NamedTuple):
    """The same part of the right result and of the answer's, in one case."""

    run: Run
    path: Path
    expected: object
    mine: object


def relations(check: "Check", runs: list[Run]) -> tuple[str, ...]:
    """The simplest relation of the answer's results to the right ones, as sentences: one, or none where none holds."""

    def search() -> tuple[str, ...]:
        pairs = [
            Pair(run, (), viewed(check, run.expected, run.case), viewed(check, run.value, run.case)) for run in runs
        ]
        return () if any(is_summary(run.value, mine) for run, _, _, mine in pairs) else _simplest(check, pairs)

    try:
        return guarded(search, running.DIAGNOSIS_LIMIT, watched=False).value or ()
    except Exception:  # nothing is known, then
        return ()


def _simplest(check: "Check", pairs: list[Pair]) -> tuple[str, ...]:
    """The relation of the whole results, else of those parts of them that differ, else of the parts' parts."""
    if any(not run.done or run.error is not None for run, *_ in pairs):
        return ()
    raising, pairs = _split(pairs)
    if not all(_same(pair) for pair in raising):
        return ()
    tried = iter(range(_MOST_TRIED))
    while pairs:
        differ = [pair for pair in pairs if not _same(pair)]
        if len({id(pair.run) for pair in differ}) < min(2, len({id(pair.run) for pair in pairs})) or not differ:
            return ()
        if len(pairs) > _MOST_PAIRS or min(bits([e for _, _, e, _ in pairs]), bits([m for *_, m in pairs])) < _ENOUGH:
            return ()
        first = min(differ, key=lambda pair: bits(pair.expected) < _ENOUGH)  # a telling one
        pairs.sort(key=lambda pair: pair is not first)
        for relation in _table(check, pairs):
            if next(tried, None) is None:
                return ()
            says = _sentence(check, pairs, relation)
            if says:
                return (says,)
        pairs = _parts(pairs)
    return ()


def _split(pairs: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The cases in which an exception is raised or wanted, and the others."""
    raising = [isinstance(pair.expected, Raised) or isinstance(pair.mine, Raised) for pair in pairs]
    together = list(zip(pairs, raising, strict=True))
    return [pair for pair, raises in together if raises], [pair for pair, raises in together if not raises]


def _same(pair: Pair) -> bool:
    return alike(pair.mine, pair.expected, pair.run.tolerance)


def _parts(pairs: list[Pair]) -> list[Pair]:
    """One level deeper: the parts that differ in some case; none where two results are not built alike."""
    deeper = []
    for run, path, expected, mine in pairs:
        if isinstance(expected, Mapping) and isinstance(mine, Mapping) and expected.keys() == mine.keys():
            deeper += [Pair(run, (*path, key), expected[key], mine[key]) for key in expected]
        elif isinstance(expected, (list, tuple)) and isinstance(mine, (list, tuple)) and len(expected) == len(mine):
            deeper += [Pair(run, (*path, index), expected[index], mine[index]) for index in range(len(expected))]
        else:
            return []
    wrong = {pair.path for pair in deeper if not _same(pair)}
    return [pair for pair in deeper if pair.path in wrong]


def _table(check: "Check", pairs: list[Pair]) -> Iterator[Relation]:
    """The relations that may hold between values of this kind."""
    right = [pair.expected for pair in pairs]
    if all(isinstance(each, (list, tuple)) for each in right):
        from .relation_of_lists import of_lists

        yield from of_lists()
    elif all(isinstance(each, str) for each in right):
        from .relation_of_lists import of_texts

        yield from of_texts()
    elif all(isinstance(each, Mapping) for each in right):
        from .relation_of_lists import of_dicts

        yield from of_dicts([(pair.expected, pair.mine) for pair in pairs])
    both = [(numbers(pair.expected), numbers(pair.mine)) for pair in pairs]
    if all(e is not None and m is not None for e, m in both) and len({e.dim() for e, _ in both}) == 1:
        if max(e.numel() for e, _ in both) <= _MOST_NUMBERS:
            from .relation_of_tensors import of_tensors

            yield from map(_of_numbers, of_tensors(both, _axis_names(check, pairs[0])))


def _of_numbers(relation: Relation) -> Relation:
    """A relation of tensors, for whatever holds numbers: what it becomes has the type of the right result."""

    def becomes(expected: object, mine: object) -> object:
        made = relation.becomes(numbers(expected), numbers(mine))
        return made if isinstance(expected, Tensor) else made.tolist()

    def free(expected: object, mine: object) -> float:
        return relation.free(numbers(expected), numbers(mine))

    return relation._replace(becomes=becomes, free=free)


def _axis_names(check: "Check", pair: Pair) -> tuple[str, ...]:
    dim = numbers(pair.expected).dim()
    if not isinstance(pair.expected, Tensor):
        return ("the list",) * dim
    axes = check.axes
    for step in pair.path:
        if isinstance(axes, Mapping):
            axes = axes.get(step, ())
        elif axes and isinstance(axes[0], (tuple, Mapping)):
            axes = axes[step] if isinstance(step, int) and step < len(axes) else ()
    named = isinstance(axes, tuple) and len(axes) == dim and all(isinstance(name, str) for name in axes)
    return tuple(axes) if named else tuple(f"axis {axis}" for axis in range(dim))


def _sentence(check: "Check", pairs: list[Pair], relation: Relation) -> str:
    """The relation in words if it holds in all cases; also where the answer lacks it as a step. Else nothing."""
    if _holds(check, pairs, relation):
        return f"{_whose(check, pairs)} the right result {relation.phrase}."
    if relation.is_step:
        swapped = [pair._replace(expected=pair.mine, mine=pair.expected) for pair in pairs]
        if _holds(check, swapped, relation):
            whose = _whose(check, pairs).removesuffix("is")
            return f"{whose}becomes the right result once it is {relation.phrase}."
    return ""


def _holds(check: "Check", pairs: list[Pair], relation: Relation) -> bool:
    changed, free = [], float(relation.once)
    for pair in pairs:
        made = _made(check, pair, relation.becomes)
        if made is None or not alike(pair.mine, made, pair.run.tolerance) or not _is_near(pair, made):
            return False
        try:
            free += relation.free(pair.expected, pair.mine)
        except Exception:
            return False
        if not _same(pair):
            changed.extend(differing(pair.mine, pair.expected, pair.run.tolerance))
    worth = min(bits([pair.mine for pair in pairs]), bits([pair.expected for pair in pairs]))
    return worth >= _ENOUGH + _PER_FREE_NUMBER * free and count(changed) >= 4 * free


def _made(check: "Check", pair: Pair, becomes: Callable) -> object:
    """What the answer would return for this part, as the verdict would see it; None where that cannot be."""
    try:
        made = becomes(pair.expected, pair.mine)
        if check.view is None or pair.path:
            return made
        made = made.to(pair.expected.dtype) if isinstance(made, Tensor) else made
        return viewed(check, made, pair.run.case)
    except Exception:
        return None


def _is_near(pair: Pair, made: object) -> bool:
    """Whether it is ten times nearer to the answer than the right result is: nearly right values fit too many relations."""
    mine, expected, made = numbers(pair.mine), numbers(pair.expected), numbers(made)
    if mine is None or made is None or mine.shape != made.shape:
        return True
    if bool((mine.isnan() != made.isnan()).any()) or (mine.numel() and not bool(mine.isfinite().any())):
        return False
    if expected is None or expected.shape != mine.shape or _same(pair):
        return True
    return _gap(mine, made) <= 0.1 * _gap(mine, expected)


def _gap(one: Tensor, other: Tensor) -> float:
    gap = (one - other).abs() / (1 + other.abs())
    return float(torch.nan_to_num(gap, 0.0, posinf=1.0).max()) if gap.numel() else 0.0


def _whose(check: "Check", pairs: list[Pair]) -> str:
    """The beginning of the sentence. Parts of what a check makes of a result are nothing that the learner knows."""
    paths = {pair.path for pair in pairs}
    if paths == {()}:
        return "Yours is"
    if len(paths) == 1 and check.use is None:
        where = "".join(f"[{step!r}]" for step in next(iter(paths)))
        return f"Your `result{where}` is"
    return "Each part of yours that differs is" if len(paths) > 1 else "The part of yours that differs is"
