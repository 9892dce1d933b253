"""An extension of IPython: a new kernel imports what every lesson needs, in a thread, while the learner reads.

A cell that imports waits for the thread before it runs, since two threads that import the same packages can see half of
one. A lesson's first cell imports the same, so it waits no longer than its own imports would have taken. Other cells run at
once. The thread begins when IPython's own startup files have run: these import beside nobody. An import that fails is left to the
cell that asks for it, which fails as it would have. Only a variable that a cell sets for torch to read, OMP_NUM_THREADS, comes
too late: it has to be there before the kernel is.
"""

import ast
import contextlib
import sys
import threading

from .imports import import_all

# What may import although the cell has no import statement (all magics are calls of get_ipython()), and what could change
# under the thread: the paths, the folder, the warnings that are shown.
SUSPECTS = {
    "__import__",
    "compile",
    "eval",
    "exec",
    "get_ipython",
    "help",
    "importlib",
    "os",
    "runpy",
    "sys",
    "warnings",
}
STOPPED = ast.parse("raise KeyboardInterrupt").body


class Waiting:
    """A transformer of syntax trees that changes none: it holds a cell that imports until the thread is done."""

    def __init__(self) -> None:
        self.before = frozenset(sys.modules)
        self.done = threading.Event()
        self.done.set()

    def begin(self) -> None:
        """Start the thread."""
        self.before = frozenset(sys.modules)
        self.done.clear()
        threading.Thread(target=self.work, name="imports", daemon=True).start()

    def visit(self, cell: ast.AST) -> ast.AST:
        """Return the cell as it is, when it can run."""
        if self.done.is_set() or not self.imports(cell):
            return cell
        try:
            while not self.done.wait(0.2):  # on Windows a wait without an end could not be interrupted
                pass
        except KeyboardInterrupt:
            return ast.Module(body=STOPPED, type_ignores=[])  # the cell ends in its first line
        return cell

    def imports(self, cell: ast.AST) -> bool:
        """Whether this cell may import a module that was not there before the thread began."""
        return any(self.is_import(node) for node in ast.walk(cell))

    def is_import(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
            return not self.before.issuperset(names) or any(
                alias.asname and alias.name in SUSPECTS for alias in node.names
            )
        if isinstance(node, ast.ImportFrom):
            if node.module in SUSPECTS:
                return True
            module = sys.modules.get(node.module or "") if node.module in self.before else None
            return not module or not all(hasattr(module, alias.name) for alias in node.names)
        return isinstance(node, ast.Name) and node.id in SUSPECTS

    def work(self) -> None:
        """Import, in the thread; whatever happens, the cells run then, and one that imports the same says what is wrong."""
        with contextlib.suppress(BaseException):
            import_all()
        self.done.set()


def load_ipython_extension(shell) -> None:
    """Begin to import as soon as the kernel takes cells; IPython calls this before its startup files."""
    from tornado.ioloop import IOLoop

    waiting = Waiting()
    shell.ast_transformers.append(waiting)
    IOLoop.current().add_callback(waiting.begin)
