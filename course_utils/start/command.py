"""The command `inside-bert`: its words, and what each of them does."""

import difflib
import os
import signal
import sys
from pathlib import Path

from . import lab, place, words
from .faults import StartError, plainly

USAGE = """\
inside-bert [FOLDER] [options of jupyter lab]   put the notebooks into a folder and open the course in JupyterLab
inside-bert update [FOLDER]                     bring the notebooks up to date, and open nothing
inside-bert progress                            what you have proven so far
inside-bert doctor                              what is wrong with this installation, and what to do
inside-bert --version | --help | --help-all     the last lists JupyterLab's options

Without FOLDER, the command uses the course folder that you are in, or makes ./inside-bert. In a clone it uses the clone.
What you have changed is never overwritten: a newer notebook is put next to yours."""
STOPPING = {"--help-all", "--generate-config"}  # JupyterLab prints or writes something, and no server starts
MEANT = {"upgrade": "update", "check": "doctor", "help": "--help", "version": "--version", "status": "progress"}


def run() -> None:
    """The command, as it is installed: a fault is one sentence."""
    # A console, or a hub's log, may have no sign for what is printed.
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except StartError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `inside-bert progress | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + getattr(signal, "SIGPIPE", 13))


def main(arguments: list[str]) -> int:
    """Do what the words say; returns the exit code."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if first in COMMANDS:
        with plainly():
            return COMMANDS[first](rest)
    folder = first if first and not first.startswith("-") else None
    if folder is not None:
        arguments = rest
        refuse_what_is_no_folder(folder, rest)
    return start(folder, arguments)


def start(folder: str | None, arguments: list[str]) -> int:
    """Open the course in JupyterLab until that is stopped."""
    with plainly():
        lab.surroundings()
        if STOPPING.intersection(arguments):
            from jupyterlab.labapp import LabApp

            LabApp.launch_instance(argv=arguments)  # prints, and ends Python
        if lab.under_hub() and os.environ.get("JUPYTER_SERVER_URL"):  # a terminal in the server that the hub started
            return update([folder] if folder else [])
        server = lab.prepare(place.own_place(folder), arguments)
    lab.serve(server)
    return 0


def refuse_what_is_no_folder(word: str, rest: list[str]) -> None:
    """Raise StartError for a word that is rather a command mistyped, and for a second folder."""
    close = difflib.get_close_matches(word, [*COMMANDS, *MEANT], n=1, cutoff=0.75)
    if close and not Path(word).exists() and not {"/", os.sep} & set(word):
        meant = MEANT.get(close[0], close[0])
        raise StartError(
            f"There is no command `{word}`: did you mean `inside-bert {meant}`? For a folder of that name type "
            f"`inside-bert ./{word}`."
        )
    if rest and not rest[0].startswith("-"):
        raise StartError(
            f"`{rest[0]}` is one argument too many: `inside-bert FOLDER` takes one folder, and after it options of JupyterLab; "
            "put quotes around a name with spaces."
        )


def update(rest: list[str]) -> int:
    """Bring a folder up to date; open nothing."""
    if len(rest) > 1 or any(word.startswith("-") for word in rest):
        raise StartError("`inside-bert update [FOLDER]` takes one folder at most, and no options.")
    words.update(*rest)
    return 0


def doctor(rest: list[str]) -> int:
    """The doctor's report."""
    none(rest, "doctor")
    from course_utils.health.__main__ import main

    return main()


def progress(rest: list[str]) -> int:
    """What is proven, as text."""
    none(rest, "progress")
    print(words.progress())
    return 0


def usage(rest: list[str]) -> int:
    """What one can type."""
    print(USAGE)
    return 0


def version(rest: list[str]) -> int:
    """The course's version."""
    print(f"inside-bert {place.version()}")
    return 0


def none(rest: list[str], word: str) -> None:
    """Raise StartError if there is anything after this word."""
    if rest:
        raise StartError(f"`inside-bert {word}` takes nothing after it; `{rest[0]}` is one argument too many.")


COMMANDS = {
    "update": update,
    "progress": progress,
    "doctor": doctor,
    "--help": usage,
    "-h": usage,
    "--version": version,
}
