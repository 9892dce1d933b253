"""Make `.venv` and install the course into it: `python tools/install.py [test]`.

Plain standard library, for any system. A second run finds its stamp and installs nothing; what an interrupted
run left is thrown away and made anew. What pip says goes to `.venv/install.log`; the screen shows the step.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course-installed.json"  # written last: what is installed
UNFINISHED = VENV / "course-unfinished"  # there while an installation runs
LOG = VENV / "install.log"
CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # 200 MB instead of 2.9 GB with the libraries for a GPU


class InstallError(Exception):
    """What is wrong and what to do, in one sentence."""


def main(extras):
    """Install the course with `extras` (names from pyproject.toml) unless that is already done."""
    check_python(sys.version_info[:2])
    wanted = {"inputs": digest(), "place": str(ROOT), "extras": sorted(extras)}
    have = read_stamp()
    if same_but_extras(have, wanted) and set(extras) <= set(have["extras"]) and PYTHON.exists():
        return
    started = time.monotonic()
    wanted["extras"] = sorted({*extras, *have.get("extras", [])})
    prepare_venv(moved=bool(have) and have["place"] != wanted["place"])
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    install_cpu_torch()
    course = f".[{','.join(wanted['extras'])}]" if wanted["extras"] else "."
    pip("the course and what it needs", "-c", "constraints.txt", "-e", course)
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")
    UNFINISHED.unlink()
    say(f"Ready after {time.monotonic() - started:.0f} s.\n")


def check_python(version):
    """Raise InstallError unless `version`, (major, minor), is one that the course runs on."""
    python = "Python {}.{}".format(*version)
    if not (3, 11) <= version <= (3, 13):
        raise InstallError(
            f"This course needs Python 3.11, 3.12 or 3.13, and this is {python}: run it again with one of "
            "those, for example `python3.12 tools/install.py`."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise InstallError(
            "This Python cannot make virtual environments: on Debian or Ubuntu install the missing part with "
            f"`sudo apt install {python.lower().replace(' ', '')}-venv`, then run this again."
        )


def digest():
    """One hash of the files that say what is to be installed."""
    contents = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes()
    return hashlib.sha256(contents.replace(b"\r\n", b"\n")).hexdigest()


def read_stamp():
    """What the last finished installation wrote, or {}."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def same_but_extras(have, wanted):
    """Whether two stamps tell of the same installation, extras aside."""
    return bool(have) and {**have, "extras": []} == {**wanted, "extras": []}


def prepare_venv(moved):
    """Leave a working `.venv` of a supported Python with pip in it."""
    if VENV.exists() and (moved or UNFINISHED.exists() or not VENV.joinpath("pyvenv.cfg").exists()):
        say(f"The .venv here is {'from another place' if moved else 'half made'}: making it anew.\n")
        remove_venv()
    if VENV.exists():
        version = venv_version()
        if version and not (3, 11) <= version <= (3, 13):
            raise InstallError(
                "The folder .venv holds Python {}.{}, and the course needs 3.11, 3.12 or 3.13: remove the "
                "folder .venv and run this again.".format(*version)
            )
        if version:
            return
        say("The .venv here does not run any more: making it anew.\n")
        remove_venv()
    make_venv()


def make_venv():
    """Make `.venv` with this Python."""
    say("Making .venv with Python {}.{} ...\n".format(*sys.version_info))
    VENV.mkdir()
    UNFINISHED.touch()
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        raise InstallError("Python could not make the folder .venv: " + last_line(made.stderr + made.stdout))


def venv_version():
    """(major, minor) of the Python in `.venv`, None if it does not run or has no pip."""
    try:
        answer = subprocess.run(
            [str(PYTHON), "-c", "import sys, pip; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def remove_venv():
    """Remove `.venv`, or say who holds it."""
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        raise InstallError(
            f"The old .venv cannot be removed ({error}): close what is using it, remove the folder .venv by "
            "hand and run this again."
        ) from None


def install_cpu_torch():
    """Take torch from PyTorch's CPU index: on Linux, without a GPU, where it can be reached. Else go on."""
    gpu = shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists()
    if not sys.platform.startswith("linux") or gpu or installed("torch"):
        return
    if not reachable(CPU_TORCH + "/torch/"):
        return
    pins = re.findall(r"^torch==.*$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    with contextlib.suppress(InstallError):  # the next step takes the one from the ordinary index
        pip("PyTorch for the CPU", "--no-deps", "--index-url", CPU_TORCH, *(pins or ["torch"]))


def installed(name):
    """Whether the `.venv` has a package of this name."""
    ask = f"import importlib.metadata as m; m.version({name!r})"
    return subprocess.run([str(PYTHON), "-c", ask], capture_output=True).returncode == 0


def reachable(url, seconds=4):
    """Whether `url` answers in time. In a thread, since looking up a name has no time limit of its own."""
    found = []

    def probe():
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                found.append(answer.status == 200)
        except (OSError, ValueError):
            pass

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(found and found[0])


def pip(what, *arguments):
    """Run pip in the `.venv` with a progress line; InstallError if it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with LOG.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--progress-bar", "off", *arguments],
            cwd=str(ROOT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        lines, phase = [], ["Looking for " + what]
        reader = threading.Thread(target=read_pip, args=(process, log, lines, phase))
        reader.start()
        show_progress(reader, phase)
        code = process.wait()
    if code:
        raise InstallError(explain("\n".join(lines)))


def read_pip(process, log, lines, phase):
    """Keep each line that pip prints, and turn the telling ones into the words of the progress line."""
    for raw in process.stdout:
        line = raw.strip()
        log.write(line + "\n")
        lines.append(line)
        download = re.match(r"Downloading (?:.*/)?([A-Za-z0-9_.]+?)-\d\S* \(([\d.]+ [kMG]B)\)", line)
        if download:
            phase[0] = "Downloading {} ({})".format(*download.groups())
        elif line.startswith("Installing collected packages:"):
            count = line.count(",") + 1
            phase[0] = "Installing one package" if count == 1 else f"Installing {count} packages"


def show_progress(reader, phase):
    """While `reader` runs: on a terminal one line with the seconds, elsewhere a line for what takes long."""
    terminal, started, shown = sys.stdout.isatty(), time.monotonic(), ""
    while reader.is_alive():
        text, seconds = phase[0], time.monotonic() - started
        if terminal:
            say(f"\r\033[K{text} ... {seconds:.0f} s")
        elif text != shown and (not text.startswith("Downloading") or re.search(r"\d\d\.?\d* MB|GB", text)):
            say(text + " ...\n")
            shown = text
        reader.join(0.5)
    if terminal:
        say("\r\033[K")


def explain(output):
    """The one sentence for what pip said when it failed."""
    log = f"; all that pip said is in {LOG.relative_to(ROOT)}."
    if re.search(r"No space left|Errno 28", output):
        return "The disk is full, and the installation needs about 3 GB: make room and run this again."
    if re.search(r"ConnectionError|[Nn]ame ?[Rr]esolution|getaddrinfo|timed out|ProxyError|SSLError", output):
        return "The packages cannot be fetched: connect this machine to the internet and run this again" + log
    if "No matching distribution" in output or "ResolutionImpossible" in output:
        return f"A package does not fit this system ({last_line(output, 'ERROR')})" + log
    return f"The installation failed ({last_line(output, 'ERROR')})" + log


def last_line(text, start=""):
    """The last line of `text` that begins with `start`, or simply the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ([line for line in lines if line.startswith(start)] or lines or ["no message"])[-1]


def say(text):
    """Show `text` at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InstallError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: the next run starts again where it is safe to.")
