"""Imports what the lessons import, as a kernel would, and tells what happens: `python -P probe.py`, the task on stdin.

The task is a JSON object: "path", the kernel's `sys.path` (null: as a new kernel makes it); "folders" in which a kernel may
run; "names" of modules to look up in each; "imports", statements by the package that they are about. Each answer is a line
of JSON on stdout: where a folder's names are found, how an import went, and at last which modules were asked for, and which of
them after the kernel's own. It knows nothing of the course, which may itself be hidden, and needs the standard library alone.
"""

import importlib.machinery
import json
import os
import sys
import traceback
from collections.abc import Iterable


def main() -> None:
    """Answer the task on stdin. What the libraries print goes elsewhere."""
    task = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**answer: object) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    path = task["path"] or new_kernels_path(list(sys.path))
    for folder in task["folders"]:
        tell(folder=folder, found=look_up(task["names"], [entry or folder for entry in path]))
    sys.path[:] = filter(None, path)
    asked, early = Asked(), set()
    sys.meta_path.insert(0, asked)
    for package, statement in task["imports"].items():
        tell(package=package, begins=True)
        tell(package=package, **attempt(statement))
        if package == "ipykernel":  # a kernel imports this before its folder is on the path
            early = asked.names | top_levels(sys.modules)
    tell(asked=sorted(asked.names | top_levels(sys.modules)), late=sorted(asked.names - early))


class Asked:
    """A finder that finds nothing, but remembers which packages an import asked for, also those that then failed."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Called by each import of a module that is not loaded yet."""
        self.names |= top_levels([name])


def top_levels(modules: Iterable[str]) -> set[str]:
    """The packages that these modules belong to."""
    return {name.partition(".")[0] for name in modules}


def new_kernels_path(path: list[str]) -> list[str]:
    """The `sys.path` of a new kernel, where "" is the folder that it runs in: IPython puts it after the standard library."""
    if os.environ.get("PYTHONSAFEPATH"):
        return path
    ends = (
        number for number, entry in enumerate(path) if os.path.basename(entry) in ("site-packages", "dist-packages")
    )
    number = next(ends, 0)
    return [*path[:number], "", *path[number:]]


def look_up(names: list[str], path: list[str]) -> dict[str, str]:
    """The file or folder of each module that is found on this path."""
    found = {}
    for name in names:
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            found[name] = os.path.abspath(spec.origin or list(spec.submodule_search_locations)[-1])
    return found


def attempt(statement: str) -> dict[str, object]:
    """How an import went: {"file": of the module}, or {"error": in words, "name": of the module that it is about}."""
    try:
        exec(statement, {})
        return {"file": getattr(sys.modules[statement.split()[1].partition(".")[0]], "__file__", None)}
    except BaseException as error:
        while error.__cause__ is not None:
            error = error.__cause__  # a lazy library wraps what happened
        words = traceback.format_exception_only(error)[-1].strip()
        return {"error": " ".join(words.split()), "name": getattr(error, "name", None)}


if __name__ == "__main__":
    main()
