"""The folder that Sphinx reads: Markdown pages, and beside them what goes into the site as it is."""

import shutil
from pathlib import Path

from course_utils.lessons import CLOSING, LESSONS

from . import exercises, landing, lessons, mistakes
from .addresses import ROOT, WRITTEN, on_site

HERE = Path(__file__).resolve().parent


def write(folder: Path) -> None:
    """Writes everything into a folder that does not exist yet. Raises ValueError on what cannot be shown."""
    texts, files = pages()
    for name, text in texts.items():
        _keep(folder / f"{name}.md", text.encode())
    for name, data in files.items():
        _keep(folder / "extra" / name, data)
    for kind in ("notebooks", "exercises"):  # to be downloaded, also where the site is read without a network
        shutil.copytree(ROOT / kind, folder / "extra" / kind, ignore=_all_but(".ipynb"))
    if (ROOT / "docs" / "states").exists():
        shutil.copytree(ROOT / "docs" / "states", folder / "extra" / "states", ignore=_all_but(".js"))
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copy(picture, folder)
    shutil.copytree(HERE / "static", folder / "static")
    shutil.copy(HERE / "conf.py", folder)


def pages() -> tuple[dict[str, str], dict[str, bytes]]:
    """The Markdown of every page by its name without suffix, and the pictures by their path on the site."""
    texts, files = {"index": landing.page()}, {}
    for file, name in WRITTEN.items():
        texts[name] = on_site((ROOT / file).read_text(encoding="utf-8"), file)
    texts |= mistakes.pages()
    for lesson in (*LESSONS, CLOSING):
        texts[f"lessons/{lesson.stem}"], pictures = lessons.page(lesson)
        files |= pictures
    for lesson in LESSONS:
        texts[f"exercises/{lesson.stem}"], pictures = exercises.page(lesson)
        texts[f"solutions/{lesson.stem}"], more = exercises.solutions_page(lesson)
        files |= pictures | more
    return texts, files


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _all_but(ending: str):
    """For copytree: leaves out whatever else lies in a folder, such as a learner's checkpoints."""
    return lambda _folder, names: [name for name in names if not name.endswith(ending)]
