"""Make `.venv` and install the course into it: `python tools/install.py [test]`.

Plain standard library, for any system. A second run finds its stamp and installs nothing, and one at the same time
waits. What works stays in use until its successor works (environment.py), "Ready" is said of what is seen to be there
(installed.py), and what pip says goes to `.venv/install.log` while the screen shows the step (pips.py).
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import ssl
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script finds at most its own folder there

from tools.environment import Environment  # noqa: E402
from tools.locking import locked  # noqa: E402
from tools.messages import InstallError, in_words, say  # noqa: E402
from tools.pips import Pip  # noqa: E402

CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # 200 MB instead of 2.9 GB with the libraries for a GPU


def main(extras, environment=None):
    """Install the course with `extras` (names from pyproject.toml) unless that is already done."""
    check_python(sys.version_info[:2])
    environment = environment or Environment(ROOT)
    wanted = {"inputs": digest(environment.root), "place": str(environment.root), "extras": sorted(extras)}
    if done(environment, wanted):
        name_other_python(environment)
        return
    with locked(
        environment.lock, lambda: say("Another installation is running here: waiting for its end ...\n")
    ) as lock:
        if environment.recover():
            say("The last installation did not finish: the one from before it is back in use.\n")
        if not done(environment, wanted):
            install(environment, wanted, lock)


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


def digest(root):
    """One hash of the files that say what is to be installed."""
    contents = (root / "pyproject.toml").read_bytes() + (root / "constraints.txt").read_bytes()
    return hashlib.sha256(contents.replace(b"\r\n", b"\n")).hexdigest()


def done(environment, wanted):
    """Whether the last finished installation is the wanted one, or has more extras, and no other has begun since."""
    have = environment.read_stamp()
    same = bool(have) and {**have, "extras": []} == {**wanted, "extras": []}
    kept = environment.old.exists() or not environment.python.exists()
    return same and set(wanted["extras"]) <= set(have["extras"]) and not kept


def name_other_python(environment):
    """Say so if `make PYTHON=...` names another Python than the one that `.venv` has: that one stays."""
    found = environment.python_version()
    if os.environ.get("PYTHON") and found and found != sys.version_info[:2]:
        say(
            "The folder .venv holds Python {}.{} and goes on with it; for Python {}.{} remove that folder and run this "
            "again.\n".format(*found, *sys.version_info)
        )


def install(environment, wanted, lock):
    """Install the course, see that it is there and write the stamp; if that fails, what worked before is put back."""
    started = time.monotonic()
    have = environment.read_stamp()
    wanted = {**wanted, "extras": sorted({*wanted["extras"], *have.get("extras", [])})}
    moved = bool(have) and have["place"] != wanted["place"]
    try:
        prepare(environment, moved)
        pip = Pip(environment, lock)
        torch = install_cpu_torch(environment, pip)
        course = f".[{','.join(wanted['extras'])}]" if wanted["extras"] else "."
        pip.install("the course and what it needs", "-c", "constraints.txt", "-e", course, *torch)
        verify(environment, wanted["extras"])
        environment.finish(wanted)
    except (InstallError, OSError, KeyboardInterrupt) as error:
        sentence = in_words(error, environment.root)
        if environment.put_back():
            sentence += " The folder .venv is as it was"
            if have and not moved:
                start = Path(".venv", environment.python.relative_to(environment.folder))
                sentence += f" and can be used: `{start} -m course_utils.start` opens the course"
            sentence += "."
        raise InstallError(sentence) from None
    say(f"Ready after {time.monotonic() - started:.0f} s.\n")


def prepare(environment, moved):
    """Leave a `.venv` of a supported Python with pip in it, and keep what was there if it may be of use."""
    if not environment.folder.exists():
        return make(environment)
    if environment.folder.is_file():
        raise InstallError("There is a file .venv where the course needs a folder: move it away and run this again.")
    found = environment.report()
    if found and found.get("error"):
        raise InstallError(found["error"])
    if environment.unfinished.exists() and not (found and found.get("course")):
        say("The .venv here is half made: making it again.\n")
        environment.discard(environment.folder)
        return make(environment)
    if not found or moved:
        say(f"The .venv here {'is from another place' if moved else 'does not run any more'}: making a new one.\n")
        environment.move_aside()
        return make(environment)
    version = tuple(found["version"])
    if not (3, 11) <= version <= (3, 13):
        raise InstallError(
            "The folder .venv holds Python {}.{}, and the course needs 3.11, 3.12 or 3.13: remove the "
            "folder .venv and run this again.".format(*version)
        )
    environment.copy()
    if not found["pip"]:
        environment.give_pip()


def make(environment):
    """Make `.venv` with this Python."""
    say("Making .venv with Python {}.{} ...\n".format(*sys.version_info))
    environment.make()
    environment.give_pip()


def verify(environment, extras):
    """Raise InstallError unless all that the course needs is there, in the pinned versions: pip may have been led astray."""
    found = environment.report(extras) or {"error": f"its Python does not run{environment.complaint()}"}
    lacking = [found["error"]] if "error" in found else list(found["lacking"].values())
    if lacking:
        more = f" and {len(lacking) - 3} more" * (len(lacking) > 3)
        raise InstallError(
            f"pip has finished, but what the course needs is not in .venv ({', '.join(lacking[:3])}{more}): all that "
            f"pip said is in {Path('.venv', environment.log.name)}."
        )


def install_cpu_torch(environment, pip):
    """Take torch from PyTorch's CPU index: on Linux, without a GPU, where it can be reached.

    Returns: what the next step is to ask pip for besides, so that a CPU build is not followed by the one for a GPU.
    """
    gpu = shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists()
    found = environment.report()
    if not sys.platform.startswith("linux") or gpu or not found or "torch" not in found["lacking"]:
        return []
    pins = re.findall(r"^torch==[^\s;#]+", (environment.root / "constraints.txt").read_text(encoding="utf-8"), re.M)
    wanted = (pins or ["torch"])[0]
    if reachable(CPU_TORCH + "/torch/", pip.variables):
        with contextlib.suppress(InstallError):  # the next step takes what the ordinary index has
            pip.install("PyTorch for the CPU", "--no-deps", "--index-url", CPU_TORCH, wanted)
            return []
    had_cpu = (found["torch"] or "").endswith("+cpu")
    return [wanted + "+cpu"] if had_cpu and pins else []


def reachable(url, variables, seconds=4):
    """Whether `url` answers in time. In a thread, since looking up a name has no time limit of its own."""
    found = []

    def probe():
        with contextlib.suppress(OSError, ValueError):
            proxy, certificates = variables.get("PIP_PROXY"), variables.get("PIP_CERT")
            handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificates))]
            if proxy:
                handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
            with urllib.request.build_opener(*handlers).open(url, timeout=seconds) as answer:
                found.append(answer.status == 200)

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(found and found[0])


def run(arguments):
    """Install as a command: an end from outside is like Ctrl-C, and each fault is one sentence."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        main(arguments)
    except (InstallError, OSError, KeyboardInterrupt) as error:
        sys.exit(in_words(error, ROOT))


if __name__ == "__main__":
    run(sys.argv[1:])
