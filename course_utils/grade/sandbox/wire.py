"""What goes over the wire between the judge and a sandbox: plain data, and nothing that could run.

A message is JSON for the structure and safetensors for the tensors in it. Values of a learner's come back like this only;
the judge never unpickles what a sandbox has sent.
"""

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

MOST, MOST_TEXT = 64 * 2**20, 8 * 2**20  # bytes that a message may have, and its structure
_LARGEST_DICT = 50_000
_HEAD = struct.Struct("!II")
_DTYPES = {str(each): each for each in vars(torch).values() if isinstance(each, torch.dtype)}


class Refused(Exception):
    """A message that is too long, cut off, or no plain data."""


class Foreign:
    """In place of a value that is not plain data: its type's name is all that is known of it. Equal to nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Packing:
    """Turns values into JSON's own types, with the tensors aside."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.foreign = False  # whether something was no plain data

    def pack(self, value: Any) -> Any:
        """The structure of a value. What is no plain data becomes the name of its type."""
        if value is None or type(value) in (bool, str):
            return value
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, (int, float)):
            return self._number(value)
        if isinstance(value, Mapping):
            return {"dict": [[self.pack(key), self.pack(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return {"tuple" if isinstance(value, tuple) else "list": [self.pack(each) for each in value]}
        if isinstance(value, torch.dtype):
            return {"dtype": str(value)}
        if is_dataclass(value) and type(value).__module__.startswith("course_utils."):
            inside = {field.name: self.pack(getattr(value, field.name)) for field in fields(value)}
            return {"class": type(value).__qualname__, "fields": inside}
        return self._other(value)

    def config(self, value: Any) -> Any:
        """The same, and a config becomes its settings: only what is sent *to* the reference's functions may hold one."""
        if isinstance(value, (SimpleNamespace,)) or hasattr(value, "hidden_size"):
            settings = {name: each for name, each in vars(value).items() if isinstance(each, (bool, int, float, str))}
            return {"config": settings}
        return self.pack(value)

    def _tensor(self, value: Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            plain = value.detach().as_subclass(Tensor)
            if plain.layout != torch.strided or plain.device.type != "cpu" or plain.is_quantized or plain.is_complex():
                return self._other(value)
            plain = plain.resolve_neg().contiguous().clone()
        name = str(len(self.tensors))
        self.tensors[name] = plain
        return {"tensor": name}

    def _number(self, value: Any) -> Any:
        base = int if isinstance(value, int) else float
        if base is int and abs(value) > 2**200:  # JSON's reader would refuse it
            return self._other(value)
        return base(value)

    def _other(self, value: Any) -> Any:
        self.foreign = True
        return {"other": type(value).__name__[:80]}


def unpack(structure: Any, tensors: dict[str, Tensor], classes: Mapping[str, type] | None = None) -> Any:
    """The value of a structure. classes: the dataclasses that it may have, by name. Raises Refused."""
    if structure is None or isinstance(structure, (bool, int, float, str)):
        return structure
    if not isinstance(structure, dict) or not structure:
        raise Refused("that is no structure of a value")
    kind, inside = next(iter(structure.items()))
    if kind == "tensor" and isinstance(inside, str) and inside in tensors:
        return tensors[inside]
    if kind in ("list", "tuple") and isinstance(inside, list):
        items = [unpack(each, tensors, classes) for each in inside]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict" and isinstance(inside, list):
        return _dict(inside, tensors, classes)
    if kind == "dtype" and inside in _DTYPES:
        return _DTYPES[inside]
    if kind == "config" and isinstance(inside, dict):
        return SimpleNamespace(**inside)
    if kind == "class" and classes and inside in classes and isinstance(structure.get("fields"), dict):
        return _of_class(classes[inside], structure["fields"], tensors, classes)
    return Foreign(str(inside)[:80])


def _dict(pairs: list, tensors: dict[str, Tensor], classes: Mapping[str, type] | None) -> dict:
    if len(pairs) > _LARGEST_DICT:
        raise Refused(f"a dict of more than {_LARGEST_DICT:,}")
    found = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused("a dict with something else than pairs")
        key = unpack(pair[0], tensors, classes)
        whole = isinstance(key, int) and abs(key) >= 2**60  # numbers can be chosen so that all collide
        if whole or not (key is None or isinstance(key, (str, int, float)) or _is_key(key)):
            raise Refused("a dict with keys that cannot be keys")
        found[key] = unpack(pair[1], tensors, classes)
    return found


def _is_key(key: Any) -> bool:
    """Whether a tuple can be a key: of few words and small numbers."""
    if not isinstance(key, tuple) or len(key) > 8:
        return False
    return all(each is None or isinstance(each, str) or (isinstance(each, int) and abs(each) < 2**60) for each in key)


def _of_class(kind: type, inside: dict, tensors: dict[str, Tensor], classes: Mapping[str, type]) -> Any:
    if {field.name for field in fields(kind)} != inside.keys():
        raise Refused(f"a {kind.__qualname__} with other fields")
    return kind(**{name: unpack(each, tensors, classes) for name, each in inside.items()})


def to_bytes(message: dict[str, Any], tensors: Mapping[str, Tensor] | None = None) -> bytes:
    """A message as it is sent. Raises Refused where it is too long or nested too deeply."""
    try:
        text = json.dumps(message).encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError, TypeError) as error:
        raise Refused(f"no plain data ({error})") from None
    blob = save(dict(tensors)) if tensors else b""
    return packed(text, blob)


def packed(text: bytes, blob: bytes) -> bytes:
    """The two halves of a message as they are sent. Raises Refused where they are too long."""
    if len(text) + len(blob) > MOST:
        raise Refused(f"more than {MOST // 2**20} MB")
    return _HEAD.pack(len(text), len(blob)) + text + blob


def of_bytes(text: bytes, blob: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A message and its tensors. Raises Refused on anything that `to_bytes` does not write."""
    try:
        message = json.loads(text.decode("utf-8", "surrogatepass"))
        tensors = load(blob) if blob else {}
    except Exception as error:  # what a hostile process sends may fail in any way
        raise Refused(f"no plain data ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise Refused("no message")
    return message, tensors


def send(where: socket.socket, message: dict[str, Any], tensors: Mapping[str, Tensor] | None = None) -> None:
    """Sends one message. Raises Refused, OSError."""
    where.sendall(to_bytes(message, tensors))


def receive(where: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The next message. deadline: on the monotonic clock, for all of it. Raises Refused, TimeoutError, EOFError where the
    other side has gone.
    """
    return of_bytes(*receive_raw(where, deadline))


def receive_raw(where: socket.socket, deadline: float | None = None) -> tuple[bytes, bytes]:
    """The two halves of the next message, unread. Raises as `receive`."""
    text, blob = _HEAD.unpack(_exactly(where, _HEAD.size, deadline))
    if text + blob > MOST or text > MOST_TEXT:
        raise Refused(f"more than {MOST // 2**20} MB, or {MOST_TEXT // 2**20} MB of text")
    return _exactly(where, text, deadline), _exactly(where, blob, deadline)


def _exactly(where: socket.socket, count: int, deadline: float | None) -> bytes:
    parts, left = [], count
    while left:
        if deadline is not None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            where.settimeout(remaining)
        part = where.recv(min(left, 2**20))
        if not part:
            raise EOFError("the other side has gone")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
