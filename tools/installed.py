"""What the Python that runs this has of the course, as JSON: `.venv/bin/python -I tools/installed.py FOLDER [EXTRA ...]`.

The installer asks the Python of `.venv`, since only that one knows. Plain standard library, and pip's own `packaging`.
"""

import importlib.metadata
import importlib.util
import json
import re
import sys
from contextlib import suppress
from pathlib import Path

try:
    from pip._vendor.packaging.requirements import Requirement
except ImportError:  # an environment without pip; that of the course has this one
    with suppress(ImportError):
        from packaging.requirements import Requirement


def report(root, extras):
    """The Python, whether it has pip, its torch and course, and what the course in `root` lacks: {name: sentence}."""
    found = {"version": list(sys.version_info[:2]), "lacking": {}}
    found["own"] = root.joinpath(".venv").samefile(sys.prefix)
    found["pip"] = importlib.util.find_spec("pip") is not None
    if found["pip"] and sys.version_info >= (3, 11):
        import tomllib

        try:
            project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            found["torch"], found["course"] = version("torch"), version(project["name"])
            found["lacking"] = lacking(project, extras, pinned(root / "constraints.txt"))
        except (OSError, ValueError) as error:
            found["error"] = (
                f"pyproject.toml or constraints.txt is not what it was ({str(error).splitlines()[0]}): "
                "`git status` shows what has changed; mend it and run this again."
            )
    return found


def lacking(project, extras, pins):
    """Each package that is missing or has another version than `project`, another package or `pins` want."""
    lines = list(project.get("dependencies", ()))
    for extra in extras:
        lines += project.get("optional-dependencies", {}).get(extra, ())
    course = canonical(project["name"])
    waiting = [(Requirement(line), set()) for line in [course, *lines]]
    found, seen = {}, set()
    while waiting:
        wanted, asking = waiting.pop()
        if not applies(wanted.marker, asking) or str(wanted) in seen:
            continue
        seen.add(str(wanted))
        name = canonical(wanted.name)
        have = version(name)
        if have is None:
            found[name] = f"{name} is missing"
            continue
        for specifier in (wanted.specifier, pins.get(name)):
            if specifier and not specifier.contains(have, prereleases=True):
                found[name] = f"{name} is {have}, not {specifier}"
        if name != course:  # what that wants is in `project`
            waiting += [(Requirement(need), wanted.extras) for need in importlib.metadata.requires(name) or ()]
    return found


def applies(marker, extras):
    """Whether a requirement with this marker concerns this Python and one of `extras`."""
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def version(name):
    """The installed version of a package, None if there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def pinned(path):
    """The specifiers in constraints.txt, by name."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {canonical(pin.name): pin.specifier for pin in map(Requirement, filter(None, lines))}


def canonical(name):
    """The name as packaging compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]), sys.argv[2:])))
