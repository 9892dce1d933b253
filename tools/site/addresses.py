"""Where things are: the pages of the web edition, and the repository for whatever has no page.

On GitHub Actions the owner of the repository is known; elsewhere the addresses say OWNER, as the README does.
"""

import os
import posixpath
import re
from pathlib import Path

from course_utils.lessons import CLOSING, LESSONS

ROOT = Path(__file__).resolve().parents[2]
OWNER = os.environ.get("GITHUB_REPOSITORY_OWNER", "OWNER")
REPOSITORY = f"https://github.com/{OWNER}/inside-bert"
_COLAB = f"https://colab.research.google.com/github/{OWNER}/inside-bert/blob/main"

# The pages that are written by hand: file in the repository -> name of its page.
WRITTEN = {
    "docs/ways-in.md": "ways-in",
    "docs/teachers.md": "teachers",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
}
# The folders of notebooks -> those of their pages.
FOLDERS = {"notebooks": "lessons", "exercises": "exercises", "solutions": "solutions"}
PAGES = {
    "README.md": "index",
    "docs/index.md": "index",
    **WRITTEN,
    **{
        f"{folder}/{lesson.stem}.ipynb": f"{page}/{lesson.stem}"
        for folder, page in FOLDERS.items()
        for lesson in (*LESSONS, *([CLOSING] if folder == "notebooks" else []))
    },
}
_CODE_OR_LINK = re.compile(r"(?P<code>^(`{3,}).*?^\2|`[^`\n]+`)|\]\((?P<target>[^)\s]+)\)", re.DOTALL | re.MULTILINE)


def on_site(text: str, file: str) -> str:
    """The Markdown of a repository's `file` with its links leading to pages, or to the repository where there is no page.

    Raises ValueError on a link to a file that does not exist.
    """
    text = _CODE_OR_LINK.sub(
        lambda found: found[0] if found["code"] else f"]({_target(found['target'], file)})",
        text,
    )
    return text.replace("OWNER/inside-bert", f"{OWNER}/inside-bert")


def _target(link: str, file: str) -> str:
    if re.match(r"[a-z]+:|#|/", link):
        return link
    path, mark, place = link.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
    if path in PAGES:
        return f"/{PAGES[path]}.md{mark}{place}"
    if not (ROOT / path).exists():
        raise ValueError(f"{file} links to {link}, but there is no {path}: mend the link, or add the file")
    if path.startswith("docs/") and path.endswith(".png"):
        return path.removeprefix("docs/")
    return f"{REPOSITORY}/{'tree' if (ROOT / path).is_dir() else 'blob'}/main/{path}{mark}{place}"


def colab(path: str) -> str:
    """Where Colab opens a notebook of the repository."""
    return f"{_COLAB}/{path}"
