"""Do the imports of the lessons work in a kernel, and where does each library come from?

That a library is installed does not mean that a notebook gets it: a file of its name may lie beside the notebook, another
one on PYTHONPATH, or a file of it may be damaged. So a process with a kernel's surroundings imports them all.
"""

import contextlib
import functools
import importlib.metadata as metadata
import json
import os
import site
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from course_utils.learner import copies, folders

from .packages import ROOT, canonical, needed_packages, reinstall, shown, some

# What the lessons, figures and widgets import, by package, in the order in which one needs the other.
IMPORTS = {
    "ipykernel": "import ipykernel.kernelapp",
    "numpy": "import numpy",
    "torch": "import torch",
    "safetensors": "import safetensors.torch",
    "tokenizers": "from tokenizers import Tokenizer",
    "transformers": "from transformers import BertModel, BertTokenizer",
    "sentence-transformers": "from sentence_transformers import SentenceTransformer",
    "matplotlib": "import matplotlib.pyplot",
    "ipywidgets": "import ipywidgets",
    "platformdirs": "import platformdirs",
    "hypothesis": "import hypothesis",
    "inside-bert": "from course_utils import load_model, check_gelu, show_tower, progress",
}
TIME = 600  # seconds; a slow disk may need a minute or two


class Seen(NamedTuple):
    """What the probe saw: by folder where each name is found, by package how its import went, and which modules it asked for.

    `late` are those that came after the kernel's own. `ended` is empty, or says why there is no more.
    """

    found: dict[str, dict[str, str]]
    imports: dict[str, dict[str, str | None]]
    asked: set[str]
    late: set[str]
    ended: str


def check_imports() -> tuple[str, str]:
    """Status and text on what a kernel gets when a lesson imports its libraries."""
    seen = look(module_names())
    failures = {package: answer for package, answer in seen.imports.items() if "error" in answer}
    # The first that is found explains the others.
    broken = (
        hidden(seen)
        or (failures and elsewhere(seen, next(iter(failures.values()))["error"]))
        or [failure(*item) for item in failures.items()][:1]
        or list(filter(None, [seen.ended]))
        or stale(seen)
    )
    if broken:
        return "broken", some(broken).rstrip(".") + "."
    notes = elsewhere(seen) or another_course(seen)
    if notes:
        return "note", some(notes).rstrip(".") + "."
    return "ok", "all that the lessons import works, and comes from where it was installed"


def module_names() -> list[str]:
    """The modules of the packages that the course needs, and those of Python itself."""
    packages = metadata.packages_distributions().items()
    found = {"course_utils", *sys.stdlib_module_names}
    try:
        needed = {*needed_packages(), *map(canonical, IMPORTS)}
    except ImportError:  # what reads the requirements may be hidden itself: then every package counts
        return sorted(found | {name for name, _ in packages})
    return sorted(found | {name for name, owners in packages if needed & set(map(canonical, owners))})


def look(names: list[str]) -> Seen:
    """Let the probe look up these names and import the libraries, in this kernel's surroundings or in those of a new one."""
    task = {"path": None, "folders": list(map(str, kernel_folders())), "names": names, "imports": IMPORTS}
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        task["path"] = [entry for entry in sys.path if isinstance(entry, str)]
    command = [sys.executable, "-P", str(Path(__file__).with_name("probe.py"))]
    try:
        done = subprocess.run(command, input=json.dumps(task).encode(), capture_output=True, timeout=TIME)
        output, end = done.stdout, f"ends Python ({_reason(done)})" * bool(done.returncode)
    except subprocess.TimeoutExpired as error:
        output, end = error.stdout or b"", f"takes longer than {TIME // 60} minutes"
    answers = [json.loads(line) for line in output.decode("utf-8").split("\n")[:-1]]
    imports = {answer["package"]: answer for answer in answers if "package" in answer}  # the last of each counts
    at = next((package for package, answer in imports.items() if "begins" in answer), "a library")
    modules = next((answer for answer in answers if "asked" in answer), {"asked": names, "late": names})
    ended = f"importing {at} {end}: close other programs and try again. If that does not help: {reinstall()}"
    return Seen(
        {answer["folder"]: answer["found"] for answer in answers if "folder" in answer},
        {package: answer for package, answer in imports.items() if "begins" not in answer},
        set(modules["asked"]),
        set(modules["late"]),
        ended if end else "",
    )


def _reason(done: subprocess.CompletedProcess) -> str:
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"exit code {done.returncode}" + (f", {said[-1].strip()}" if said else "")


def kernel_folders() -> list[Path]:
    """The folders that a kernel runs in: this one, and those of the notebooks, the course's and the learner's own."""
    places = [ROOT]
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder
        places.append(copies.home_copy(folders.course()))
    places.append(copies.around(Path.cwd()) or Path.cwd() / "inside-bert")
    rooms = [place / room for place in places for room in folders.ROOMS]
    return list(dict.fromkeys(folder for folder in (Path.cwd(), *rooms) if folder != ROOT and folder.is_dir()))


def hidden(seen: Seen) -> list[str]:
    """What is told of the files in a kernel's folder that hide a library, or the course."""
    told = []
    relevant = seen.late | (seen.asked & sys.stdlib_module_names)
    for folder, found in seen.found.items():
        for name, origin in found.items():
            path = _beside(origin)
            if path.parent == Path(folder) and name in relevant and not is_own(origin, name):
                kind = "folder" if path.is_dir() else "file"
                what = "the course" if name == "course_utils" else "the library"
                told.append(
                    f"{name} comes from `{shown(path)}`, which hides {what}: rename that {kind} and restart the kernel"
                )
    return list(dict.fromkeys(told))


def elsewhere(seen: Seen, error: str = "") -> list[str]:
    """What is told of libraries from a folder that is neither the environment's nor a kernel's, by folder."""
    places: dict[Path, list[str]] = {}
    found = {pair for found in seen.found.values() for pair in found.items() if pair[0] in seen.asked}
    for name, origin in sorted(found):
        place = _beside(origin).parent
        if str(place) not in seen.found and not is_own(origin, name):
            places.setdefault(place, []).append(name)
    return [_told_of(place, names, error) for place, names in places.items()]


def _told_of(place: Path, names: list[str], error: str) -> str:
    what = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    which, cure = "which is on `sys.path`", "take it off and restart the kernel"
    if any(place == Path(entry).absolute() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry):
        which, cure = "which PYTHONPATH names", "unset PYTHONPATH and start again"
    elif place == Path(site.getusersitepackages()):
        which, cure = "where your own packages are", "set PYTHONNOUSERSITE=1 and start again"
    fails = f", and an import fails ({error})" if error else ""
    odd = "" if error else "if something looks odd, "
    comes = "comes" if len(names) == 1 else "come"
    return f"{what} {comes} from `{shown(place)}`, {which}, not from where the course was installed{fails}: {odd}{cure}"


def failure(package: str, answer: dict[str, str | None]) -> str:
    """What is told of an import that fails although nothing hides the library."""
    if package == "inside-bert":
        return (
            f"the course itself cannot be imported ({answer['error']}). If a file of it is gone, `git restore course_utils` "
            f"brings it back. {reinstall()}"
        )
    owners = metadata.packages_distributions().get((answer["name"] or "").partition(".")[0])
    return f"{package} cannot be imported ({answer['error']}). {reinstall(owners[0] if owners else package)}"


def stale(seen: Seen) -> list[str]:
    """What is told of a library that this kernel imported from a file which new kernels no longer use."""
    told = []
    for package, answer in seen.imports.items():
        name = IMPORTS[package].split()[1].partition(".")[0]
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not is_own(file, name) and is_own(answer["file"] or "", name):
            told.append(f"this kernel still has {name} from `{shown(_beside(file))}`: restart it")
    return told


def another_course(seen: Seen) -> list[str]:
    """What is told if the lessons import another copy of the course than the one that is asking."""
    file = seen.imports["inside-bert"]["file"]
    if file and _normal(file) != _normal(ROOT / "course_utils" / "__init__.py"):
        return [f"the lessons import the course from `{shown(Path(file).parent)}`, not from `{ROOT}`. {reinstall()}"]
    return []


def is_own(file: str, name: str) -> bool:
    """Whether a module's file lies where this Python, its packages and the course were installed."""
    path = _normal(file)
    places = (*_homes(), _normal(ROOT / name)) if name == "course_utils" else _homes()
    return any(path.startswith(place + os.sep) for place in places)


@functools.cache
def _homes() -> tuple[str, ...]:
    places = [sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    places += [os.path.join(sys.base_prefix, "DLLs"), *site.getsitepackages()]
    with contextlib.suppress(metadata.PackageNotFoundError):
        places.append(str(metadata.distribution("inside-bert").locate_file("")))  # the user's own packages, perhaps
    return tuple(dict.fromkeys(map(_normal, places)))


def _normal(path: str | Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _beside(origin: str) -> Path:
    """The module in its folder: the file, or the package's folder."""
    path = Path(origin)
    return path.parent if path.name.startswith("__init__.") else path
