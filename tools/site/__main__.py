"""Build the web edition: `python -m tools.site [folder]`, into `.build/site/html` if no folder is named.

Its pages are made of the committed notebooks, which are not run, of the files in `docs/` and of the banks of mistakes. It
needs no network. A link that leads nowhere, or any other warning of Sphinx's, is an error.

Why Sphinx with furo: its search works from a file, its pages can be read without scripts, and it fetches nothing from
elsewhere. Why the pages are written by us as Markdown, and not by myst-nb from the notebooks: each picture has its own alt
text and caption, a question opens by a click, and an exercise shows its hints in place of its check.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from sphinx.cmd.build import build_main

from .addresses import ROOT
from .finish import finish
from .source import write

HOME = ROOT / ".build" / "site"


def main(arguments: list[str] | None = None) -> int:
    """Builds the site. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HOME / "html", help="where the pages go")
    folder = parser.parse_args(arguments).folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / "searchindex.js").exists():
        print(f"{folder} holds something other than the site: name an empty folder, or a new one.", file=sys.stderr)
        return 2
    if folder == HOME / "html":
        return build(folder, HOME)
    with tempfile.TemporaryDirectory() as home:
        return build(folder, Path(home))


def build(folder: Path, home: Path) -> int:
    """Builds the site into `folder`, with what Sphinx reads in `home`. Returns the exit code."""
    began, source, known = time.monotonic(), home / "source", home / "doctrees"
    for old in (source, known, folder):  # nothing of an earlier build may be left
        shutil.rmtree(old, ignore_errors=True)
    try:
        write(source)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    jobs = str(os.cpu_count() or 1)
    code = build_main(["-q", "-W", "--keep-going", "-j", jobs, "-d", str(known), str(source), str(folder)])
    if code == 0:
        finish(folder)
        print(f"{folder / 'index.html'}: built in {time.monotonic() - began:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
