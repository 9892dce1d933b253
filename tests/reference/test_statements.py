"""The form of a statement, the signature and docstring that a learner reads in an exercise's cell.

A summary; one entry per argument; then, if needed, what the learner must know; last a closing block.
"""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
import textwrap

import pytest

from course_utils import reference

WIDTH = 88
CLOSING = ["Returns", "Raises", "Source", "Equal to"]
ARGUMENTS = re.compile(r"(\w+(?:, \w+)*): \S")
CLOSING_ENTRY = re.compile(rf"({'|'.join(CLOSING)}): \S")
CLOSING_WORD = re.compile(rf"\b(?:{'|'.join(CLOSING)})\b|; equal to\b")
NO_VERB = {"A", "An", "How", "It", "One", "The", "This", "What", "Where", "Whether", "Which"}


def faults(function) -> list[str]:
    """What is wrong with the statement of a function, method or class; an empty list if nothing is."""
    found = [f"longer than {WIDTH} columns: {line.strip()}" for line in head(function) if len(line) > WIDTH]
    if not function.__doc__:
        return found if function.__name__ == "__init__" else [*found, "no docstring"]
    text = inspect.cleandoc(function.__doc__)
    found += [f"broken off: {line}" for line in text.split("\n") if is_broken_off(line)]
    summary, *paragraphs = text.split("\n\n")
    found += summary_faults(summary, is_class=inspect.isclass(function))
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    if names:
        found += argument_faults(names, paragraphs.pop(0) if paragraphs else "")
    needs_returns = not inspect.isclass(function) and function.__name__ != "__init__"
    return found + closing_faults(paragraphs, needs_returns)


def head(thing) -> list[str]:
    """The source lines of signature and docstring, with their indentation."""
    lines = inspect.getsource(thing).splitlines()
    node = ast.parse(textwrap.dedent("\n".join(lines))).body[0]
    first = node.body[0]
    return lines[: first.end_lineno if ast.get_docstring(node) else first.lineno - 1]


def is_broken_off(line: str) -> bool:
    """Whether a line ends inside backticks or brackets, or breaks a formula at an operator."""
    rest = re.sub(r"`[^`]*`", "", line)
    depth = 0
    for character in rest:
        depth = max(0, depth + (character in "([") - (character in ")]"))
    at_operator = re.search(r" [·×+=/−-]$", rest) or re.match(r" *[·×+=/−] ", rest)
    return "`" in rest or depth > 0 or at_operator is not None


def summary_faults(summary: str, is_class: bool) -> list[str]:
    if "\n" in summary:
        return ["the summary is not a single line with a blank line after it"]
    found = [] if summary.endswith(".") else ["the summary has no full stop"]
    verb = summary.split()[0]
    if not is_class and (verb in NO_VERB or re.search(r"[^s]s$", verb)):
        found.append(f"the summary does not begin with an imperative: {verb}")
    return found


def entry_faults(entry: str) -> list[str]:
    found = [] if entry.endswith(".") else [f"an entry without a full stop: {entry}"]
    if re.search(r"\n(?!    \S)", entry):
        found.append(f"an entry continues after 4 spaces, no more and no less: {entry}")
    return found


def argument_faults(names: list[str], paragraph: str) -> list[str]:
    found, stated = [], []
    for entry in re.split(r"\n(?! )", paragraph):
        match = ARGUMENTS.match(entry)
        stated += match[1].split(", ") if match else [entry]
        found += entry_faults(entry)
    if stated != names:
        found.append(f"the arguments are {names}, their entries {stated}")
    return found


def closing_faults(paragraphs: list[str], needs_returns: bool) -> list[str]:
    """The faults of what comes after the arguments: prose, and a last paragraph of closing entries."""
    has_closing = bool(paragraphs) and CLOSING_ENTRY.match(paragraphs[-1])
    prose, closing = (paragraphs[:-1], paragraphs[-1]) if has_closing else (paragraphs, "")
    found, labels = [], []
    for entry in re.split(r"\n(?! )", closing) if has_closing else []:
        match = CLOSING_ENTRY.match(entry)
        labels.append(match[1] if match else entry)
        prose = [*prose, entry[match.end() :] if match else ""]
        found += entry_faults(entry)
    found += [f"a closing entry in the midst of this: {text}" for text in prose if CLOSING_WORD.search(text)]
    if labels != [label for label in CLOSING if label in labels]:
        found.append(f"the closing entries are {labels}, not some of {CLOSING} in this order")
    if needs_returns and "Returns" not in labels:
        found.append("no Returns")
    return found


def statements() -> dict[str, object]:
    """Every public function and class of the reference, and every public method and constructor, by its full name."""
    found = {}
    for _, topic, _ in pkgutil.iter_modules(reference.__path__):
        module = importlib.import_module(f"course_utils.reference.{topic}")
        for name, thing in vars(module).items():
            is_own = getattr(thing, "__module__", None) == module.__name__ and callable(thing)
            if not is_own or name.startswith("_"):
                continue
            found[f"{topic}.{name}"] = thing
            for method, function in vars(thing).items() if inspect.isclass(thing) else []:
                if inspect.isfunction(function) and (method == "__init__" or not method.startswith("_")):
                    found[f"{topic}.{name}.{method}"] = function
    return found


STATEMENTS = statements()


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_well_set(name):
    assert faults(STATEMENTS[name]) == []


GOOD = '''
def attention_scores(query, key):
    """Compare every query with every key: Q Kᵀ / √dh.

    query: (batch, heads, query tokens, head size).
    key: (batch, heads, key tokens, head size), as many heads and features
        as the queries have.

    The division keeps the spread of the scores near 1, in [0, 1) or not.

    Returns: (batch, heads, query tokens, key tokens), one row per query.
    Raises: ValueError if `query.shape[-1]` is not `key.shape[-1]`.
    Source: Vaswani et al. 2017, equation 1.
    Equal to: `torch.matmul(query, key.mT) / dh**0.5`.
    """


class Scale(dict):
    """A model that multiplies by a number.

    factor: the number.

    Source: Vaswani et al. 2017.
    """

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        """Multiply by the factor.

        x: any shape.

        Returns: the shape of x.
        """
'''

BAD = [
    ("Compare every", "Compares every", "imperative"),
    ("Compare every", "The result of every", "imperative"),
    ("√dh.\n", "√dh\n", "no full stop"),
    ("√dh.\n\n", "√dh.\n", "not a single line"),
    ("(query, key):", f"(query, key):  # {'and so on ' * 6}", "longer than 88 columns: def"),
    ("near 1,", f"near 1{', for ever' * 3},", "longer than 88 columns: The division"),
    ("    query: (batch, heads, query tokens, head size).\n", "", "their entries"),
    ("(query, key)", "(key, query)", "their entries"),
    ("head size).\n    key: ", "head size). key: ", "their entries"),
    ("        as the queries", "    as the queries", "their entries"),
    ("        as the queries", "      as the queries", "4 spaces"),
    ("(batch, heads, query tokens, key tokens)", "(batch, heads, query\n        tokens, key tokens)", "broken off"),
    ("`query.shape[-1]` is not", "`query\n        .shape[-1]` is not", "broken off"),
    ("Q Kᵀ / √dh", "Q Kᵀ /\n    √dh", "broken off"),
    ("1, in [0, 1)", "1, in [0,\n    1)", "broken off"),
    ("Returns: (batch", "Gives: (batch", "no Returns"),
    ("Returns: (batch", "Returns (batch", "no Returns"),
    ("in [0, 1) or not.\n\n", "in [0, 1) or not.\n", "in the midst"),
    ("Source: Vaswani et al. 2017, equation 1.\n    Equal", "Source: Vaswani et al. 2017. Equal", "in the midst"),
    ("equation 1.\n    Equal to:", "equation 1; equal to", "in the midst"),
    ("Raises: ValueError if", "Equal to: ValueError if", "order"),
    ("key.shape[-1]`.\n", "key.shape[-1]`\n", "an entry without a full stop"),
    ("    factor: the number.\n\n", "", "their entries"),
    ("        Returns: the shape of x.\n", "", "no Returns"),
    ("self, factor)", f"self, factor={'1' * 80})", "longer than 88 columns"),
]


@pytest.fixture
def faults_of(tmp_path, monkeypatch):
    """The faults in a source text; it is written to a file and imported, so that `inspect` finds it."""

    def find(source: str) -> str:
        path = tmp_path / "example.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("example", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "example", module)
        spec.loader.exec_module(module)
        things = [module.attention_scores, module.Scale, module.Scale.__init__, module.Scale.forward]
        return "\n".join(fault for thing in things for fault in faults(thing))

    return find


def test_a_good_statement_has_no_faults(faults_of):
    assert faults_of(GOOD) == ""
    assert faults_of(GOOD.replace("    Source: Vaswani et al. 2017, equation 1.\n", "")) == ""


@pytest.mark.parametrize(("was", "now", "says"), BAD)
def test_every_fault_is_found(faults_of, was, now, says):
    assert GOOD.count(was) == 1
    assert says in faults_of(GOOD.replace(was, now))
