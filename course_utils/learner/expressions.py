"""A value as the text of a Python expression: numbers, containers, tensors, type hints and objects of small classes.

What the text names is bound first, by the keeper that is handed in: `keeper.name(value)` gives the name.
"""

import copyreg
import enum
import functools
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable

from .origins import CannotKeep, home, is_definition, is_installed

if typing.TYPE_CHECKING:
    from .keeping import Keeper

LONGEST = 20_000  # characters of one constant: a formula's numbers, not a vocabulary

Say = Callable[[object], str]


def expression(value: object, keeper: "Keeper", name: str = "") -> str:
    """The text that gives the value. name: what the learner calls it. Raises CannotKeep."""
    say = functools.partial(expression, keeper=keeper, name=name)
    for write in (_plain, _container, _named, _type_hint, _array, _torch_value, _call, _object):
        text = write(value, keeper, say)
        if text is not None:
            break
    else:
        kind = type(value).__name__
        used = f"uses `{name}`, an object of type {kind}; take it as an argument"
        raise CannotKeep(used if name else f"is an object of type {kind}")
    if len(text) > LONGEST:
        raise CannotKeep(f"uses `{name}`, which is too large to keep; take it as an argument")
    return text


def _plain(value: object, keeper: "Keeper", say: Say) -> str | None:
    kind = type(value)
    if kind is float:
        return repr(value) if abs(value) < float("inf") else f"float('{value}')"
    if kind is complex:
        return f"complex({say(value.real)}, {say(value.imag)})"
    plain = value is None or value is ... or kind in (bool, int, str, bytes, range)
    return repr(value) if plain else None


def _container(value: object, keeper: "Keeper", say: Say) -> str | None:
    kind = type(value)
    if kind is list:
        return f"[{', '.join(map(say, value))}]"
    if kind is tuple:
        return f"tuple([{', '.join(map(say, value))}])"
    if kind in (set, frozenset):
        return f"{kind.__name__}([{', '.join(sorted(map(say, value)))}])"
    if kind is dict:
        return "{" + ", ".join(f"{say(key)}: {say(item)}" for key, item in value.items()) + "}"
    return None


def _named(value: object, keeper: "Keeper", say: Say) -> str | None:
    """Functions, classes and modules, by their names."""
    is_named = isinstance(value, types.ModuleType) or is_definition(value) or home(value)
    return keeper.name(value) if is_named else None


def _type_hint(value: object, keeper: "Keeper", say: Say) -> str | None:
    kind, origin, arguments = type(value), typing.get_origin(value), typing.get_args(value)
    if kind is types.UnionType:
        return " | ".join(map(say, arguments))
    if origin is not None:
        return f"{say(origin)}[{', '.join(map(say, arguments)) or '()'}]"
    if kind is typing.ForwardRef:
        return repr(value.__forward_arg__)
    if kind is typing.NewType or kind is getattr(typing, "TypeAliasType", None):  # the latter from Python 3.12 on
        return f"{say(kind)}({value.__name__!r}, {say(getattr(value, '__supertype__', None) or value.__value__)})"
    if kind is typing.TypeVar:
        options = {"bound": value.__bound__, "covariant": value.__covariant__, "contravariant": value.__contravariant__}
        given = [f"{key}={say(option)}" for key, option in options.items() if option]
        return f"{say(kind)}({', '.join([repr(value.__name__), *map(say, value.__constraints__), *given])})"
    if kind in (typing.ParamSpec, typing.TypeVarTuple):
        return f"{say(kind)}({value.__name__!r})"
    return None


def _array(value: object, keeper: "Keeper", say: Say) -> str | None:
    """A number or an array of NumPy."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, (numpy.generic, numpy.ndarray, numpy.dtype)):
        return None
    if isinstance(value, numpy.dtype):
        return f"{say(numpy)}.dtype({value.str!r})" if value.names is None else None
    if value.dtype.kind not in "biufcSU" or isinstance(value.item(0) if value.size else 0, numpy.generic):
        return None
    if isinstance(value, numpy.generic):
        return f"{say(numpy)}.{type(value).__name__}({say(value.item())})"
    if type(value) is not numpy.ndarray:
        return None
    return _filled(f"{say(numpy)}.array", value, say, f"dtype={value.dtype.str!r}")


def _torch_value(value: object, keeper: "Keeper", say: Say) -> str | None:
    """A small tensor, and what torch calls dtypes, devices and the like."""
    kind = type(value)
    if kind.__module__ != "torch":
        return None
    torch = sys.modules["torch"]
    if kind in (torch.dtype, torch.layout, torch.memory_format):
        return f"{say(torch)}.{str(value).removeprefix('torch.')}"
    if kind is torch.device:
        return f"{say(torch)}.device({str(value)!r})"
    if kind is torch.Size:
        return f"{say(torch)}.Size({say(list(value))})"
    if kind in (torch.finfo, torch.iinfo):
        return f"{say(torch)}.{kind.__name__}({say(torch)}.{value.dtype})"
    if kind is not torch.Tensor:
        return None
    if value.requires_grad:
        raise CannotKeep(f"uses a tensor of shape {tuple(value.shape)} that is trained; take it as an argument")
    options = f"dtype={say(value.dtype)}" + ("" if value.device.type == "cpu" else f", device={str(value.device)!r}")
    return _filled(f"{say(torch)}.tensor", value, say, options)


def _filled(make: str, value: typing.Any, say: Say, options: str) -> str:
    """The call that makes a small tensor or array."""
    shape = tuple(value.shape)
    if value.nbytes > LONGEST / 2:
        what = "an array" if make.endswith("array") else "a tensor"
        raise CannotKeep(f"uses {what} of shape {shape}; take it as an argument")
    text = f"{make}({say(value.tolist())}, {options})"
    return f"{text}.reshape({shape})" if 0 in shape else text


def _call(value: object, keeper: "Keeper", say: Say) -> str | None:
    """What a readable call makes again: a pattern, a partial, a namespace, a member of an Enum, a named tuple, a method."""
    kind = type(value)
    if kind is re.Pattern:
        return f"{say(re)}.compile({value.pattern!r}, {int(value.flags)})"
    if kind is functools.partial:
        given = [f"{key}={say(argument)}" for key, argument in value.keywords.items()]
        return f"{say(functools)}.partial({', '.join([*map(say, (value.func, *value.args)), *given])})"
    if kind is types.SimpleNamespace and all(key.isidentifier() for key in vars(value)):
        return f"{say(kind)}({', '.join(f'{key}={say(item)}' for key, item in vars(value).items())})"
    if isinstance(value, enum.Enum):
        return f"{say(kind)}({say(value.value)})"
    if isinstance(value, tuple) and hasattr(kind, "_make"):
        return f"{say(kind)}._make({say([*value])})"
    if kind in (types.MethodType, types.BuiltinMethodType) and value.__self__ is not None:
        return f"({say(value.__self__)}).{value.__name__}"
    return None


def _object(value: object, keeper: "Keeper", say: Say) -> str | None:
    """An object of the learner's classes or the standard library's, as pickle would copy it."""
    module = type(value).__module__
    if is_installed(module) and module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    try:
        copied = value.__reduce_ex__(4)
    except Exception:  # an open file, a generator
        return None
    if isinstance(copied, str):
        return None
    make, arguments, state, items, pairs = (*copied, None, None, None)[:5]
    called = f"{say(arguments[0])}.__new__" if make is copyreg.__newobj__ else say(make)
    text = f"{called}({', '.join(map(say, arguments))})"
    contents = {"state": state, "items": [*(items or ())], "pairs": [*(pairs or ())]}
    given = [f"{key}={say(content)}" for key, content in contents.items() if content]
    return f"{say(restored)}({', '.join([text, *given])})" if given else text


def restored(made: object, state: object = None, items: Iterable = (), pairs: Iterable = ()) -> object:
    """An object as it was when its text was written. `made` is still empty; what fills it is as in pickle."""
    for item in items:
        made.append(item)
    for key, item in pairs:
        made[key] = item
    if state is not None and hasattr(made, "__setstate__"):
        made.__setstate__(state)
    elif state is not None:
        fields, slots = state if isinstance(state, tuple) else (state, None)
        vars(made).update(fields) if fields else None
        for name, item in (slots or {}).items():
            object.__setattr__(made, name, item)
    return made


def class_call(made: type, keeper: "Keeper") -> str | None:
    """The call that makes a class without a class statement: `namedtuple("P", "x y")`, `Enum("E", "A B")`."""
    say = functools.partial(expression, keeper=keeper, name=made.__name__)
    if issubclass(made, tuple) and made.__bases__ == (tuple,) and hasattr(made, "_field_defaults"):
        import collections

        defaults = [*made._field_defaults.values()]
        return f"{say(collections.namedtuple)}({made.__name__!r}, {[*made._fields]}, defaults={say(defaults)})"
    if issubclass(made, enum.Enum):
        members = {name: member.value for name, member in made.__members__.items()}
        return f"{say(made.__bases__[-1])}({made.__name__!r}, {say(members)})"
    return None
