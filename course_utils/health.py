"""`doctor()`: is this installation whole, and if not, what is wrong and what to do? Also `make doctor`.

It needs nothing but Python's standard library until it asks for a part, so it can tell which part is missing. What it
says of a healthy machine is the same on every machine, since lesson 00 stores and compares it.
"""

import importlib.metadata as metadata
import os
import re
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 13))
MEMORY = 10**9  # bytes: a kernel with the model takes 0.4 to 0.6 GB, and the lessons make batches

# status -> (sign, word, colour): sign and word carry the meaning, the colour repeats it
_LOOK = {"ok": ("✓", "ok", "#1b7837"), "note": ("!", "note", "#b35806"), "broken": ("✗", "broken", "#b2182b")}


class Finding(NamedTuple):
    """What was looked at, its status ("ok", "note" or "broken"), and what is so; if it is not well, also what to do."""

    part: str
    status: str
    text: str


class Report(NamedTuple):
    """What `doctor()` found; it prints as plain text and shows as a table in a notebook."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken; a note is no breakage."""
        return all(finding.status != "broken" for finding in self.findings)

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        broken = sum(finding.status == "broken" for finding in self.findings)
        return f"{broken} of {len(self.findings)} parts broken." if broken else "Everything is ready."

    def __repr__(self) -> str:
        lines = [self.headline]
        for part, status, text in self.findings:
            sign, word, _ = _LOOK[status]
            lines.append(f"  {sign} {word:<6}  {part:<8}  {text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left;vertical-align:top;padding:1px 14px 1px 0'
        rows = ""
        for part, status, text in self.findings:
            sign, word, colour = _LOOK[status]
            words = "".join(f"<code>{escape(t)}</code>" if i % 2 else escape(t) for i, t in enumerate(text.split("`")))
            rows += f'<tr>{cell};white-space:nowrap"><span style="color:{colour}">{sign}</span> {word}</td>'
            rows += f'{cell};font-weight:600">{escape(part)}</td>{cell}">{words}</td></tr>'
        return (
            f'<div style="border-left:5px solid {_LOOK["ok" if self.healthy else "broken"][2]};padding:8px 14px;'
            f'margin:4px 0;background:rgba(128,128,128,0.08);border-radius:4px;line-height:1.45;max-width:860px">'
            f'<div style="font-weight:600">{self.headline}</div><table style="margin:6px 0 0 0;border:none">{rows}'
            "</table></div>"
        )


def doctor() -> Report:
    """Look at Python, packages, kernel, memory, model and progress. Never raises."""
    return Report(tuple(_look(part, check) for part, check in CHECKS.items()))


def _look(part: str, check: Callable[[], tuple[str, str]]) -> Finding:
    """The finding of one check; a check that fails itself is a finding, too."""
    try:
        return Finding(part, *check())
    except Exception as error:
        return Finding(part, "broken", f"could not be checked ({type(error).__name__}: {error}): run `make install`.")


def check_python() -> tuple[str, str]:
    """Status and text on the version of this Python."""
    low, high = SUPPORTED
    version = sys.version_info[:2]
    if low <= version <= high:
        return "ok", "a version that the course runs on"
    return "broken", (
        "this is Python {}.{}, and the course needs {}.{} to {}.{}: remove the folder `.venv` and run "
        "`make install PYTHON=python3.12`.".format(*version, *low, *high)
    )


def check_packages() -> tuple[str, str]:
    """Status and text on the installed packages: all that the course needs, in the versions it was tested with."""
    needed = needed_packages()
    missing = sorted(name for name, version in needed.items() if version is None)
    if missing:
        return "broken", f"not installed: {', '.join(missing)}. Run `make install`, and restart the kernel."
    pins = pinned_versions()
    other = {name: version for name, version in needed.items() if pins.get(name, version) != version}
    if other:
        listed = ", ".join(f"{name} {version} (tested: {pins[name]})" for name, version in sorted(other.items()))
        return "note", f"other versions than tested: {listed}. If something looks odd, run `make install`."
    return "ok", "all installed, in the versions that the course was tested with"


def needed_packages() -> dict[str, str | None]:
    """Every package that the course needs, directly or not, with its installed version; None if it is missing."""
    from packaging.requirements import Requirement

    found: dict[str, str | None] = {}
    waiting = [Requirement(line) for line in course_requirements()]
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found[name] = None
            continue
        found[name] = package.version.split("+")[0]  # torch is 2.13.0+cpu where it has no GPU to serve
        waiting += [Requirement(line) for line in package.requires or ()]
    return found


def course_requirements() -> list[str]:
    """What the course itself asks for: from its pyproject.toml, or what the installed package says of it."""
    import tomllib

    project = ROOT / "pyproject.toml"
    if project.is_file():
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return metadata.requires("inside-bert") or []


def pinned_versions() -> dict[str, str]:
    """The versions in constraints.txt; {} for a course installed without it."""
    pins = ROOT / "constraints.txt"
    lines = pins.read_text(encoding="utf-8").splitlines() if pins.is_file() else []
    parts = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in parts}


def check_kernel() -> tuple[str, str]:
    """Status and text on the kernel `python3`, which the notebooks ask for: is it this Python?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = "run `python -m ipykernel install --sys-prefix` with the Python of `.venv`, and start `make lab` again."
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return "broken", f"there is no kernel `python3`: {mend}"
    same = os.path.normcase(os.path.abspath(command)) == os.path.normcase(os.path.abspath(sys.executable))
    if same or re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", command):  # a bare name means the Python that asks
        return "ok", "`python3` starts this Python"
    return "broken", f"the kernel `python3` starts another Python, `{command}`: {mend}"


def check_memory() -> tuple[str, str]:
    """Status and text on the free memory."""
    free = free_memory()
    if free >= MEMORY:
        return "ok", "enough for the model"
    return "note", (
        f"only {free / 1e9:.1f} GB are free, and a notebook with the model needs about {MEMORY / 1e9:.0f} GB: "
        "shut down other kernels (Kernel, Shut Down All Kernels) or close other programs."
    )


def free_memory() -> int:
    """Bytes that a kernel can still take: the machine's, or less where a container has a limit."""
    import psutil

    free = psutil.virtual_memory().available
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and limit.read_text().strip().isdigit():
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return free


def check_model() -> tuple[str, str]:
    """Status and text on the model; the checksum of the course's own is computed again."""
    from course_utils.model import SHA256, ModelError, checksum, embedded_folder, find_model

    try:
        folder = find_model()
        if not os.environ.get("COURSE_MODEL"):
            if checksum(embedded_folder() / "model.safetensors") != SHA256:
                raise ModelError(f"The model in {folder} has changed since it was last looked at: run `make install`.")
            return "ok", "complete, and its checksum is right"
        return "ok", "the one that COURSE_MODEL names, complete"
    except ModelError as error:
        return "broken", str(error)


def check_progress() -> tuple[str, str]:
    """Status and text on the folder in which passed checks are remembered: can it be written?"""
    from course_utils.learner import store

    folder = store.folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return "broken", (
            f"cannot be saved in `{folder}` ({error.strerror}): make that folder writable, or name another one in "
            "the environment variable COURSE_PROGRESS."
        )
    return "ok", "can be saved"


CHECKS = {
    "Python": check_python,
    "packages": check_packages,
    "kernel": check_kernel,
    "memory": check_memory,
    "model": check_model,
    "progress": check_progress,
}


if __name__ == "__main__":
    report = doctor()
    sys.stdout.reconfigure(errors="replace")  # a console may have no sign for ✓
    print(report)
    sys.exit(not report.healthy)
