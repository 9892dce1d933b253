"""Keep the pins: `python -m tools.pins [newest | oldest | installed]`.

constraints.txt is their one source; without an argument they are copied to where uv looks for them, in pyproject.toml.
`newest` and `oldest` leave in constraints.txt no pin, or the oldest versions that pyproject.toml allows, for the next
installation; `installed` then pins what that one brought. Plain standard library.
"""

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from tools.installed import canonical

ROOT = Path(__file__).resolve().parent.parent
UV_PINS = re.compile(r"^constraint-dependencies = \[.*?^\]$", re.M | re.S)


def main(root: Path, what: str = "") -> None:
    """Do what the module says."""
    path = root / "constraints.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    comments, pins = [line for line in lines if line.startswith("#")], [line for line in lines if line[:1] not in "#"]
    if what:
        pins = {"newest": lambda root: [], "oldest": oldest, "installed": installed}[what](root)
        path.write_text("".join(f"{line}\n" for line in [*comments, *pins]), encoding="utf-8")
    if what in ("", "installed"):
        project = root / "pyproject.toml"
        project.write_text(with_pins(project.read_text(encoding="utf-8"), pins), encoding="utf-8")


def with_pins(project: str, pins: list[str]) -> str:
    """The text of pyproject.toml with `pins` for uv."""
    block = "".join(f'    "{pin}",\n' for pin in pins)
    written, count = UV_PINS.subn(lambda _: f"constraint-dependencies = [\n{block}]", project)
    if count != 1:
        raise ValueError("pyproject.toml has no list constraint-dependencies in [tool.uv]")
    return written


def oldest(root: Path) -> list[str]:
    """Each lower bound of pyproject.toml as a pin."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return sorted((line.replace(">=", "==") for line in lines), key=str.lower)


def installed(root: Path) -> list[str]:
    """A pin of every package of this environment, and uv's old ones of what only other systems need."""
    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    left_out = {canonical(tables["project"]["name"]), "pip"}
    pins = {canonical(pin.partition("==")[0]): pin for pin in tables["tool"]["uv"]["constraint-dependencies"]}
    for package in importlib.metadata.distributions():
        if canonical(package.name) not in left_out:
            pins[canonical(package.name)] = f"{package.name}=={package.version.partition('+')[0]}"
    return sorted(pins.values(), key=str.lower)


if __name__ == "__main__":
    main(ROOT, *sys.argv[1:])
