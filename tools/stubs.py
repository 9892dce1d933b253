"""Write what an IDE reads to know the course's names, which are looked up only when they are asked for.

python -m tools.stubs            writes course_utils/__init__.pyi and course_utils/my_bert.pyi
python -m tools.stubs --check    writes nothing, and fails if one of them is not current
"""

import argparse
import ast
import builtins
import functools
import subprocess
import sys
from pathlib import Path

from course_utils import names

PACKAGE = Path(names.__file__).parent
HEAD = '"""{} Written by `python -m tools.stubs`."""\n\n'


def course() -> str:
    """The stub of `course_utils`: every public name, imported from its home or declared."""
    imports, declared = {"from course_utils import my_bert as my_bert", "from course_utils.judge import Check"}, []
    for name, home in sorted(names.homes().items()):
        if name in names.checks():
            declared.append(f"{name}: Check")
        elif name == "MODEL":  # found, and its files verified, when it is asked for
            declared.append("MODEL: str")
        elif name.startswith("show_") and (draw := _definition(home, name.replace("show_", "draw_", 1))):
            imports |= _imports(draw, home)
            declared.append(_shown(name, draw))
        else:
            imports.add(f"from course_utils.{home} import {name} as {name}")
    return _formatted(HEAD.format("The names of `course_utils`.") + "\n".join([*sorted(imports), *declared]))


def my_bert() -> str:
    """The stub of `course_utils.my_bert`: every exercise, with the signature and docstring of the reference's."""
    exercises = sorted((names.homes()[name], name) for name in names.checks().values())
    lines = [f"from course_utils.{home} import {name} as {name}" for home, name in exercises]
    return _formatted(HEAD.format("The names of `course_utils.my_bert`.") + "\n".join(lines))


STUBS = {PACKAGE / "__init__.pyi": course, PACKAGE / "my_bert.pyi": my_bert}


@functools.cache
def _tree(home: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{home.replace('.', '/')}.py").read_text(encoding="utf-8"))


def _definition(home: str, name: str) -> ast.FunctionDef | None:
    """The function of this name in a module, None if it has none; annotations in quotes lose them."""
    found = (node for node in _tree(home).body if isinstance(node, ast.FunctionDef) and node.name == name)
    function = next(found, None)
    for argument in function.args.args + function.args.kwonlyargs if function else []:
        if isinstance(argument.annotation, ast.Constant):
            argument.annotation = ast.parse(argument.annotation.value, mode="eval").body
    return function


def _imports(draw: ast.FunctionDef, home: str) -> set[str]:
    """The imports that the types of a function's arguments need."""
    annotations = (argument.annotation for argument in draw.args.args + draw.args.kwonlyargs if argument.annotation)
    types = {node.id for each in annotations for node in ast.walk(each) if isinstance(node, ast.Name)}
    types -= vars(builtins).keys() | names.homes().keys()  # what is public has its import already
    found = dict.fromkeys(types, f"course_utils.{home}")  # unless that imports them, too
    for node in ast.walk(_tree(home)):
        if isinstance(node, ast.ImportFrom):
            package = f"course_utils.{home.rpartition('.')[0]}." if node.level else ""
            found |= {alias.name: f"{package}{node.module}" for alias in node.names if alias.name in found}
    return {f"from {module} import {name}" for name, module in found.items()}


def _shown(name: str, draw: ast.FunctionDef) -> str:
    """The declaration of `show_x`, made of the definition of `draw_x`."""
    arguments = ast.unparse(draw.args)
    for default in (*draw.args.defaults, *filter(None, draw.args.kw_defaults)):
        if isinstance(default, ast.Name):  # a constant of that module
            arguments = arguments.replace(f"={default.id}", "=...")
    return f'def {name}({arguments}) -> None:\n    """{ast.get_docstring(draw, clean=False)}"""\n'


def _formatted(stub: str) -> str:
    """As `make lint` wants it."""
    for command in (["check", "--fix", "--select", "I"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "-q", "--stdin-filename", str(PACKAGE / "stub.pyi"), "-"]
        stub = subprocess.run(ruff, input=stub, capture_output=True, encoding="utf-8", check=True).stdout
    return stub


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.stubs", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a stub is not current")
    options = parser.parse_args(arguments)
    old = {path: make() for path, make in STUBS.items()}
    old = {path: stub for path, stub in old.items() if not path.exists() or path.read_text(encoding="utf-8") != stub}
    for path, stub in old.items():
        if options.check:
            print(f"course_utils/{path.name} is not current: run `python -m tools.stubs`.", file=sys.stderr)
        else:
            path.write_text(stub, encoding="utf-8")
            print(f"course_utils/{path.name}")
    return int(options.check and bool(old))


if __name__ == "__main__":
    sys.exit(main())
