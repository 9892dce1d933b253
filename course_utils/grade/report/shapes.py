"""The shape of an answer: what stays of code when names, spelling and layout are taken away, and its fingerprints."""

import ast
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

SMALLEST = 12  # nodes: shorter answers are never compared, two honest ones are the same line
_LONGEST = 5000  # nodes of an answer that are looked at
_GRAM, _WINDOW = 6, 4  # a run of 9 nodes that two answers share is always found (winnowing: Schleimer and others, 2003)
_LEFT_OUT = {"decorator_list", "returns", "annotation", "type_comment", "type_params", "ctx", "type_ignores", "kind"}


@dataclass(frozen=True)
class Shape:
    """An answer's nodes in a row, and the fingerprints that winnowing keeps of them."""

    nodes: tuple[str, ...]
    prints: frozenset[int]


@functools.lru_cache(50_000)
def shape_of(text: str) -> Shape | None:
    """The shape of a definition; None where it cannot be parsed."""
    try:
        body = ast.parse(text).body
        nodes = tuple(node for statement in body for node in _nodes(statement))[:_LONGEST]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Shape(nodes, frozenset(_winnowed(nodes)))


def _nodes(node: ast.AST) -> Iterator[str]:
    """The nodes in the order in which they are written. Of names only those of attributes stay: `transpose`, not `x`."""
    kind = type(node).__name__
    if isinstance(node, ast.Constant):
        yield (
            f"Constant {type(node.value).__name__}"
            if isinstance(node.value, (str, bytes))
            else f"Constant {_value(node)}"
        )
        return
    if isinstance(node, ast.arguments):
        return  # the signature is given
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        kind = "Assign"
    yield f"Attribute {node.attr}" if isinstance(node, ast.Attribute) else kind
    for name, field in ast.iter_fields(node):
        if name in _LEFT_OUT:
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and not _is_text(child):
                yield from _nodes(child)


def _value(node: ast.Constant) -> str:
    """A constant without its spelling: 1e5, 100_000.0 and 100000 are the same."""
    value = node.value
    return repr(float(value)) if type(value) in (int, float) and abs(value) < 1e15 else repr(value)[:40]


def _is_text(node: ast.AST) -> bool:
    """A docstring, or any other statement that is only a text or `...`; and `pass`."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _winnowed(nodes: Sequence[str]) -> Iterator[int]:
    """The smallest hash of every window: places that do not depend on what stands before."""
    hashes = [_hash(nodes[i : i + _GRAM]) for i in range(len(nodes) - _GRAM + 1)]
    for i in range(max(len(hashes) - _WINDOW + 1, min(1, len(hashes)))):
        yield min(hashes[i : i + _WINDOW])


@functools.lru_cache(200_000)
def _hash(gram: tuple[str, ...]) -> int:
    return int.from_bytes(blake2b("\0".join(gram).encode("utf-8", "replace"), digest_size=8).digest(), "big")
