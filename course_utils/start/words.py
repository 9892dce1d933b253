"""What `inside-bert progress` and `inside-bert update` print."""

import sys
from pathlib import Path

from course_utils import names
from course_utils.health.packages import pip_install
from course_utils.learner import folders, store
from course_utils.lessons import LESSONS

from . import place
from .faults import StartError
from .lab import under_hub

SIGNS = 20  # of a bar


def progress() -> str:
    """What is proven and what is open in each lesson. The names are read from the sources, so that it takes no time."""
    passed = store.passed()
    homes = names.homes()
    lines, total = [], 0
    for lesson in LESSONS:
        own = [name for name in names.checks().values() if homes[name] == f"reference.{lesson.topic}"]
        left = [name for name in own if name not in passed]
        proven = len(own) - len(left)
        total += proven
        bar = "█" * (SIGNS * proven // len(own)) if proven else ""
        lines.append(f"{lesson.label:<38} {bar:░<{SIGNS}} {proven:>2} of {len(own)}")
        if proven and left:
            lines.append(f"   open: {', '.join(left)}")
    lines.append(f"{total} of {len(names.checks())} proven.")
    if not total:
        lines.append("Pass a check in an exercise notebook: its lesson's bar then begins to fill.")
    return "\n".join(lines)


def update(named: str | None = None) -> None:
    """Bring a folder of the course up to date, say what was done, and how the package itself is upgraded."""
    folder = place.find(named)
    if folder == folders.course():
        print(f"{folder} is a clone of the repository: `git pull`, then `make install`, brings it up to date.")
        return
    if not folder.exists() and not under_hub():
        raise StartError(f"There is no folder {folder} to bring up to date: `inside-bert` makes one and opens it.")
    if not place.tell(place.update(folder)):
        print(f"The notebooks in {folder} already match inside-bert {place.version()}: nothing to do.")
    else:
        print(f"The course in {folder} is up to date with inside-bert {place.version()}.")
    if under_hub():
        print("This server already shows them: open that folder in its file browser.")
    print(f"To upgrade inside-bert itself: {upgrade()}.")


def upgrade() -> str:
    """The command that brings a newer version of the package, for the way in which this one was installed."""
    if not folders.is_packed():
        return "`git pull` in the clone, then `make install`"
    prefix = Path(sys.prefix)
    if (prefix / "uv-receipt.toml").is_file():
        return "`uv tool upgrade inside-bert`"
    if (prefix / "pipx_metadata.json").is_file():
        return "`pipx upgrade inside-bert`"
    if "archive-v0" in prefix.parts:  # in uv's cache: uvx runs it there
        return "`uvx --torch-backend cpu inside-bert@latest`"
    return f"`{pip_install()} --upgrade inside-bert`"
