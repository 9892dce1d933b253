"""A shelf for what is expensive to build or to call: a diagnosis calls an exercise's functions a thousand times."""

import functools
from collections.abc import Callable, Hashable
from typing import Any

from .copies import fresh


def lent(thing: Any) -> Any:
    """The thing itself, marked so that every call gets it and not a copy. A call that changes it must undo that."""
    thing.__deepcopy__ = functools.partial(_itself, thing)  # a lambda could not be pickled
    return thing


def _itself(thing: Any, memo: dict) -> Any:
    return thing


def copied(thing: Any) -> Any:
    """A deep copy, unless the thing is lent; fast for tensors, dicts, lists and tuples."""
    return fresh((thing,))[0]


def remembering(
    function: Callable,
    key: Callable[..., Hashable],
    copy: Callable[[Any], Any] = copied,
    most: int = 100,
) -> Callable:
    """`function`, run once for each `key(*args, **kwargs)`; it hands out copies of what it returned.

    key: None where the call is not to be remembered. copy: how to copy a result, where there is a faster way. It forgets
    everything when it has kept `most` results.
    """
    known: dict[Hashable, Any] = {}

    def remembered(*args: Any, **kwargs: Any) -> Any:
        asked = key(*args, **kwargs)
        if asked is None:
            return function(*args, **kwargs)
        if asked not in known:
            if len(known) >= most:
                known.clear()
            known[asked] = function(*args, **kwargs)
        return copy(known[asked])

    return remembered
