"""A learner's function as a piece of text that runs by itself: how a passed answer is kept for later notebooks.

`capture_source(answer)` writes down the answer and whatever it uses from the notebook, or from the learner's own files:
imports, constants, helpers, classes. What was imported from `my_bert` stays an import from there. The last line binds the
answer to `__answer__`. `rebuild(name, source)` runs such a text and returns the answer.
"""

import ast
import builtins
import contextlib
import io
import linecache
import symtable
import sys
import textwrap
import types
import zlib

from .expressions import class_call, expression
from .origins import CannotKeep, file_of, home, is_definition, is_installed, is_own_file
from .texts import ANNOTATIONS, first_line, written

# what this session got from my_bert: the exercise, the learner's own function or class, and its text
rebuilt: list[tuple[str, object, str]] = []
# and what it got of the reference's in place of its own
lent: list[tuple[str, object]] = []


def capture_source(answer: object) -> str | None:
    """The text that rebuilds the answer, or None where there is none (`kept_source` says why)."""
    try:
        return kept_source(answer)
    except CannotKeep:
        return None


def kept_source(answer: object) -> str:
    """The text that rebuilds the answer. Raises CannotKeep, and nothing else."""
    for _exercise, known, source in rebuilt:
        if known is answer:
            return source
    keeper = Keeper()
    try:
        last = f"__answer__ = {expression(answer, keeper)}"
        imports = ["\n".join(sorted(keeper.imports))] if keeper.imports else []
        source = "\n\n".join([*imports, *keeper.statements, last]) + "\n"
        if keeper.lazy_annotations:
            source = "from __future__ import annotations\n\n" + source
        with contextlib.redirect_stdout(io.StringIO()):  # what it imports from my_bert says so
            rebuild("answer", source)
    except CannotKeep:
        raise
    except RecursionError:
        raise CannotKeep("uses something that contains itself") from None
    except (Exception, SystemExit) as error:  # the copy does not run: better none than a wrong one
        raise CannotKeep(_why_it_does_not_run(error)) from None
    return source


def _why_it_does_not_run(error: BaseException) -> str:
    if isinstance(error, NameError) and error.name:
        return f"needs `{error.name}`, which is not among the notebook's names now"
    if isinstance(error, ImportError) and error.name:
        return f"imports from `{error.name}`, which fails outside of its notebook ({error})"
    return f"does not run outside of its notebook ({type(error).__name__}: {error})"


def rebuild(name: str, source: str) -> object:
    """Run a kept text and return the answer that it binds. Raises whatever the text raises."""
    filename = f"<{name}, kept {zlib.crc32(source.encode()):08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType(f"my_bert_{name}")
    sys.modules[module.__name__] = module  # a dataclass looks its module up
    exec(compile(source, filename, "exec", dont_inherit=True), vars(module))
    return vars(module)["__answer__"]


class Keeper:
    """Collects the statements that an answer needs, each name once, what is needed before what needs it."""

    def __init__(self):
        self.imports: list[str] = []
        self.statements: list[str] = []
        self.bound: dict[str, object] = {}
        self.scope: dict[str, object] = {}  # the names that the definition being written sees
        self.lazy_annotations = False

    def name(self, value: object) -> str:
        """A name that means a function, class or module in the kept text."""
        known = next((name for name, bound in self.bound.items() if bound is value), "")
        text = known or getattr(value, "__name__", "").rpartition(".")[2]
        free = all(names.get(text, value) is value for names in (self.bound, self.scope))
        if not text.isidentifier() or not free:
            text = f"part_{len(self.bound)}"  # a lambda has no name, and a name may be taken
        self.bind(text, value)
        return text

    def bind(self, name: str, value: object) -> None:
        """See to it that `name` means `value` in the kept text."""
        if name in self.bound:
            known = self.bound[name]
            if known is value or (
                type(known) is type(value) and isinstance(value, (int, float, str)) and known == value
            ):
                return
            raise CannotKeep(f"uses two different things that are both called `{name}`")
        self.bound[name] = value
        if getattr(builtins, name, None) is value:
            return
        text = self.statement(name, value)
        (self.imports if text.startswith(("import ", "from ")) else self.statements).append(text)

    def statement(self, name: str, value: object) -> str:
        """The line, or the definition, that binds a name to a value."""
        exercise = next((exercise for exercise, known, *_ in (*rebuilt, *lent) if known is value), None)
        if exercise:
            return f"from course_utils.my_bert import {_renamed(exercise, name)}"
        if name == "get_ipython":
            raise CannotKeep(
                "uses `get_ipython`, as a magic command (a line with `%` or `!`) does: move that out of the function"
            )
        if isinstance(value, types.ModuleType):
            if not is_installed(value.__name__):
                file = file_of(value.__name__)
                raise CannotKeep(f"uses {file} as a whole: import what it needs by name, `from ... import ...`")
            return f"import {_renamed(value.__name__, name)}"
        found = home(value)
        if found:
            return f"from {found[0]} import {_renamed(found[1], name)}"
        if is_definition(value):
            return self.definition(name, value)
        return f"{name} = {expression(value, self, name)}"

    def definition(self, name: str, value: object) -> str:
        """The text of a function or class, after everything that it uses."""
        try:
            node, source, scope, flags = written(value, self.scope)
        except CannotKeep:
            text = class_call(value, self) if isinstance(value, type) else None
            if text is None:
                raise
            return f"{name} = {text}"
        if isinstance(node, ast.Lambda):
            text = f"{name} = ({ast.get_source_segment(source, node)})"
        elif node.name != name:
            self.bind(node.name, value)
            return f"{name} = {node.name}"
        else:
            text = _cut(source, node)
        self.lazy_annotations |= bool(flags & ANNOTATIONS)
        _refuse_own_imports(node)
        around, self.scope = self.scope, scope
        for used in sorted(_free_names(text) - {name}):
            if used in scope:
                self.bind(used, scope[used])
        self.scope = around
        return text


def _renamed(original: str, name: str) -> str:
    return original if original == name else f"{original} as {name}"


def _cut(source: str, node: ast.AST) -> str:
    """A definition's lines, moved to the margin; a string in it keeps its own."""
    lines = "".join(source.splitlines(keepends=True)[first_line(node) - 1 : node.end_lineno]).rstrip()
    text = textwrap.dedent(lines)
    with contextlib.suppress(SyntaxError):
        if ast.dump(ast.parse(text).body[0]) == ast.dump(node):
            return text
    return f"if True:\n{lines}"


def _refuse_own_imports(node: ast.AST) -> None:
    """A line in a function that imports a file from beside the notebook means nothing elsewhere."""
    for line in ast.walk(node):
        modules = [alias.name for alias in line.names] if isinstance(line, ast.Import) else []
        modules += [line.module or "."] if isinstance(line, ast.ImportFrom) else []
        for module in modules:
            if getattr(line, "level", 0) or is_own_file(module):
                raise CannotKeep(f"imports {file_of(module)} in its body: import it above, `from {module} import ...`")


def _free_names(text: str) -> set[str]:
    """The names that a definition looks up outside of itself."""
    names, tables = set(), [symtable.symtable(text, "kept", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        names |= {s.get_name() for s in table.get_symbols() if (s.is_referenced() if top else s.is_global())}
        tables += table.get_children()
    return names
