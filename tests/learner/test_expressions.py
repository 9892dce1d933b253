"""Values that an answer uses: each kind is written down, and what is rebuilt is equal to it."""

import sys
from typing import get_args, get_origin

import pytest

from course_utils.learner.expressions import LONGEST
from course_utils.learner.keeping import CannotKeep, kept_source, rebuild

from .cells import cell

ALIKE = """
from collections import *
from dataclasses import *
from datetime import *
from enum import *
from fractions import Fraction
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import *
import re
import numpy as np
import torch

class Kind(Enum):
    ONE = 1
    TWO = "two"

class Flags(IntFlag):
    A = auto()
    B = auto()

@dataclass
class Config:
    half: float = 0.5
    sizes: list = field(default_factory=list)

@dataclass(frozen=True, slots=True)
class Frozen:
    n: int
    inner: object = None

class Pair(NamedTuple):
    first: int
    second: str = "b"

Point = namedtuple("Point", "x y", defaults=[7])

class Words(list):
    def __init__(self, separator):
        self.separator = separator

class Plain:
    eps = 1e-5
    def __init__(self): self.n = 3
    def __eq__(self, other): return vars(self) == vars(other)
    def __repr__(self): return f"Plain({self.n})"

class Squares(dict):
    def __missing__(self, key): return key * key

words, squares, plain, words_too = Words("-"), Squares(a=1), Plain(), {"a": Words("+")}
words += ["a", "b"]
plain.n = 4
"""


@pytest.mark.parametrize(
    "value",
    [
        "[None, ..., True, -0.0, float('inf'), 1e300, complex(0.0, float('inf')), 10**40, b'a', range(3), slice(1, None)]",
        "(1, (), [2, {'a': {3}}], frozenset({4}), {(1, 2): [5]})",
        "bytearray(b'ab')",
        "SimpleNamespace(hidden_size=12, inner=SimpleNamespace(eps=1e-12))",
        "defaultdict(int, a=1)",
        "defaultdict(list, {'a': [1]})",
        "Counter('aab')",
        "OrderedDict(b=1, a=2)",
        "deque([1, 2], maxlen=5)",
        "[Fraction(1, 3), Decimal('0.1'), Path('a/b'), date(2020, 2, 3), timedelta(hours=1)]",
        "re.compile('a+', re.IGNORECASE)",
        "re.IGNORECASE | re.DOTALL",
        "[Kind.ONE, Kind.TWO, Kind, Flags.A | Flags.B]",
        "Enum('Colour', 'RED GREEN').GREEN.value",
        "[Config(), Config(half=0.25, sizes=[1])]",
        "Frozen(3, Frozen(4))",
        "[Pair(1), Pair(2, 'c'), Point(1), Point(1, 2)]",
        "(words, words.separator)",
        "words_too['a'].separator",
        "(squares, squares['a'], plain, plain.n, Plain.eps)",
        "[np.sqrt(2), np.float32(0.1), np.int64(3), np.bool_(True), np.str_('a'), np.complex64(1j)]",
        "np.dtype('float32')",
        "[torch.float16, torch.device('cpu'), torch.Size([2, 3]), torch.strided, torch.contiguous_format]",
        "torch.finfo(torch.float32)",
    ],
)
def test_a_value_is_equal_to_what_was_kept(value):
    notebook = cell(f"{ALIKE}\nVALUE = {value}\ndef answer(): return VALUE")
    kept = rebuild("answer", kept_source(notebook["answer"]))()
    assert repr(kept) == repr(notebook["VALUE"])
    assert type(kept).__name__ == type(notebook["VALUE"]).__name__
    if "Kind" not in value and "Config" not in value and "Frozen" not in value:  # these are other classes now
        assert kept == notebook["VALUE"]


@pytest.mark.parametrize(
    "value",
    [
        "np.array([[1.5, -2.0]], dtype='float32')",
        "np.zeros((0, 3), dtype='int8')",
        "np.array(['a', 'bc'])",
        "torch.tensor([[1.5, -2.0]])",
        "torch.zeros(0, 3, dtype=torch.int8)",
        "torch.tensor([True, False])",
        "torch.tensor([1 + 2j])",
        "torch.tensor([0.1], dtype=torch.bfloat16)",
    ],
)
def test_arrays_and_tensors_keep_shape_type_and_values(value):
    notebook = cell(f"{ALIKE}\nVALUE = {value}\ndef answer(): return VALUE")
    kept, value = rebuild("answer", kept_source(notebook["answer"]))(), notebook["VALUE"]
    assert (kept.shape, kept.dtype, kept.tolist()) == (value.shape, value.dtype, value.tolist())


@pytest.mark.parametrize(
    "hint",
    [
        "list[int]",
        "int | None",
        "Optional[str]",
        "Literal['a', 1]",
        "Annotated[int, 'size']",
        "List",
        "tuple[()]",
        "Union[int, list['Tensor']]",
        "AnyStr",
    ],
)
def test_type_hints_are_kept(hint):
    notebook = cell(f"{ALIKE}\nHint = {hint}\ndef answer(x: Hint) -> Hint: return Hint")
    assert rebuild("answer", kept_source(notebook["answer"]))(1) == notebook["Hint"]


def test_old_hints_become_what_they_mean_now():
    for hint in ("Callable[[int, str], dict[str, float]]", "Callable[..., int]", "List[str]", "Dict[str, 'Tensor']"):
        notebook = cell(f"{ALIKE}\nHint = {hint}\ndef answer(x: Hint) -> Hint: return Hint")
        kept = rebuild("answer", kept_source(notebook["answer"]))(1)
        assert get_origin(kept) == get_origin(notebook["Hint"])
        assert str(get_args(kept)) == str(get_args(notebook["Hint"])).replace("ForwardRef('Tensor')", "'Tensor'")


def test_type_variables_are_kept():
    notebook = cell("""
        import torch, typing
        from typing import TypeVar, ParamSpec
        T = TypeVar("T", bound=torch.Tensor)
        Number = TypeVar("Number", int, float)
        Out = TypeVar("Out", covariant=True)
        P = ParamSpec("P")
        Size = typing.NewType("Size", int)
        def answer(x: T, n: Number, o: list[Out], p: typing.Callable[P, T]) -> Size: return T, Number, Out, P, Size
        """)
    one, number, out, p, size = rebuild("answer", kept_source(notebook["answer"]))(0, 0, [], print)
    assert (one.__name__, one.__bound__.__name__) == ("T", "Tensor")
    assert number.__constraints__ == (int, float)
    assert (out.__covariant__, p.__name__, size.__supertype__) == (True, "P", int)


GENERIC = ["T = TypeVar('T', bound=int)\nAlias = list[int]\ndef generic(x: T) -> list[T]: return [x, LIMIT]"]
if sys.version_info >= (3, 12):  # it brought a syntax for them
    GENERIC.append("type Alias = list[int]\ndef generic[X: int](x: X) -> list[X]: return [x, LIMIT]")


@pytest.mark.parametrize("definitions", GENERIC)
def test_type_parameters_and_aliases_are_kept(definitions):
    start = "from typing import TypeVar\nLIMIT = 3\n"
    notebook = cell(f"{start}{definitions}\ndef answer(x: Alias) -> Alias: return generic(x)")
    assert rebuild("answer", kept_source(notebook["answer"]))(2) == [2, 3]


def test_the_text_of_a_value_can_be_read():
    source = kept_source(
        cell("""
        from dataclasses import dataclass
        import numpy as np
        from types import SimpleNamespace

        @dataclass
        class Config:
            half: float = 0.5

        ROOT, CONFIG, OTHER = np.sqrt(4), Config(), SimpleNamespace(n=12)
        def answer(): return ROOT, CONFIG, OTHER
        """)["answer"]
    )
    assert "ROOT = np.float64(2.0)" in source.replace("numpy", "np")
    assert "@dataclass\nclass Config:\n    half: float = 0.5\n" in source
    assert "CONFIG = restored(Config.__new__(Config), state={'half': 0.5})" in source
    assert "OTHER = SimpleNamespace(n=12)" in source


@pytest.mark.parametrize(
    "value", ["'a' * 30_000", "list(range(9999))", "{str(i): i for i in range(9999)}", "Config(sizes=[0] * 9999)"]
)
def test_what_is_too_large_is_not_kept(value):
    assert LONGEST == 20_000
    notebook = cell(f"{ALIKE}\nVALUE = {value}\ndef answer(): return VALUE")
    with pytest.raises(CannotKeep, match="uses `VALUE`, which is too large to keep; take it as an argument"):
        kept_source(notebook["answer"])


def test_classes_that_a_call_made_are_kept():
    notebook = cell("""
        from collections import namedtuple
        from enum import Enum, IntEnum
        Point = namedtuple("Point", "x y", defaults=[7])
        Colour, Number = Enum("Colour", "RED GREEN"), IntEnum("Number", {"ONE": 1})
        def answer(): return Point(1), Colour.GREEN, Number.ONE + 1
        """)
    assert repr(rebuild("answer", kept_source(notebook["answer"]))()) == "(Point(x=1, y=7), <Colour.GREEN: 2>, 2)"


def test_a_taken_name_gets_another():
    """What a value's text needs must not change what the learner's own names mean."""
    notebook = cell("import re as pattern\nre, A = 3, pattern.compile('a')\ndef answer(): return A, re")
    pattern, three = rebuild("answer", kept_source(notebook["answer"]))()
    assert (pattern.pattern, three) == ("a", 3)
