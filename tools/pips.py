"""Run the pip of `.venv`: with the user's index, proxy, certificates and cache, without the rest of the user's settings."""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tools.environment import clean_environment
from tools.messages import InstallError, explain, last_line, say

# What of the user's settings says where packages come from and how. Any other (target, prefix, user, dry run, no-deps,
# require-hashes, constraint, python ...) can make pip succeed without installing here what the course wants.
KEPT = {
    *("index-url", "extra-index-url", "no-index", "find-links", "trusted-host"),
    *("proxy", "cert", "client-cert", "keyring-provider", "use-feature", "use-deprecated"),
    *("timeout", "retries", "resume-retries", "cache-dir", "no-cache-dir"),
}
SAME = {"pypi-url": "index-url", "default-timeout": "timeout"}  # pip's second names
# The settings from pip.conf and the environment, in the order in which the later one counts. `pip config list` has no
# such order, and obeys the settings itself; a pip that has changed inside tells of the environment alone.
ASK = """
import json, os, sys
found = {":env:." + name[4:].lower().replace("_", "-"): os.environ[name] for name in os.environ if name[:4] == "PIP_"}
try:
    from pip._internal.configuration import Configuration
    configuration = Configuration(isolated=False)
    load, items = configuration.load, configuration.items
except (ImportError, AttributeError, TypeError):
    pass
else:
    try:
        load()
    except Exception as error:
        sys.exit(" ".join(str(error).split()))
    for name, value in items():
        found.update(value if isinstance(value, dict) else {name: value})
print(json.dumps(found))
"""


class Pip:
    """The pip of an environment. `lock`: an open file that pip is to hold, too, while it runs."""

    def __init__(self, environment, lock):
        self.environment = environment
        self.lock = lock
        self.variables = self.read_settings()

    def read_settings(self):
        """The variables that pip is started with."""
        command = [str(self.environment.python), "-I", "-c", ASK]
        asked = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
        if asked.returncode:
            raise InstallError(
                f"The settings of pip cannot be read ({last_line(asked.stderr)}): mend that and run this again."
            )
        settings = json.loads(asked.stdout)
        variables = {name: value for name, value in clean_environment().items() if not name.startswith("PIP_")}
        for section in ("global.", "install.", ":env:."):
            for name in (*SAME, *sorted(KEPT)):
                if settings.get(section + name):
                    variables["PIP_" + SAME.get(name, name).replace("-", "_").upper()] = settings[section + name]
        return variables | {"PIP_CONFIG_FILE": os.devnull}

    def install(self, what, *arguments):
        """Run `pip install` with a progress line for `what`; InstallError if it fails."""
        command = [str(self.environment.python), "-I", "-X", "utf8", "-m", "pip", "install"]
        with subprocess.Popen(
            [*command, "--no-input", "--disable-pip-version-check", "--progress-bar", "off", *arguments],
            cwd=str(self.environment.root),
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if os.name == "nt" else (self.lock.fileno(),),
        ) as process:
            lines, phase = [], ["Looking for " + what]
            reader = threading.Thread(target=read, args=(process, self.environment.log, lines, phase), daemon=True)
            try:
                reader.start()
                show_progress(reader, phase)
                code = process.wait()
            except BaseException:
                stop(process)
                reader.join(3)
                raise
        if code:
            raise InstallError(explain("\n".join(lines), log=Path(".venv", self.environment.log.name)))


def read(process, log, lines, phase):
    """Keep each line that pip prints, and turn the telling ones into the words of the progress line."""
    with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
        for line in listen(process, lines, phase):
            file.write(line + "\n")
    for _ in listen(process, lines, phase):  # where the log cannot be written pip must still be listened to
        pass


def listen(process, lines, phase):
    """Give each line of pip once `lines` and `phase` have it."""
    for raw in process.stdout:
        line = raw.strip()
        lines.append(line)
        download = re.match(r"Downloading (?:.*/)?([A-Za-z0-9_.]+?)-\d\S* \(([\d.]+ [kMG]B)\)", line)
        if download:
            phase[0] = "Downloading {} ({})".format(*download.groups())
        elif line.startswith("Installing collected packages:"):
            count = line.count(",") + 1
            phase[0] = "Installing one package" if count == 1 else f"Installing {count} packages"
        yield line


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


def stop(process):
    """End pip. Ctrl-C has reached it, too, and it cleans up after itself; else ask it to, and do not wait for long."""
    ask = process.terminate if os.name == "nt" else functools.partial(process.send_signal, signal.SIGINT)
    for end, seconds in ((process.poll, 1), (ask, 5), (process.kill, 5)):
        end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
