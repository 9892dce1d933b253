"""The pages of the exercises: what is asked, the blank functions, and three hints each, one folded below the other."""

import re

from course_utils.lessons import Lesson

from . import notebook
from .addresses import ROOT
from .lessons import ways
from .mistakes import escaped
from .outputs import Pictures

_HEADING = re.compile(r"^### `(\w+)`", re.MULTILINE)
_HINT = re.compile(r"^hint: (.+)$", re.MULTILINE)
_HINTS = ("Hint 1: the idea", "Hint 2: a plan", "Hint 3: nearly the code")
# In no list, and in nobody's search: what `nosearch` leaves, `conf.py` takes out.
_HIDDEN = "---\norphan: true\nnosearch: true\nmyst:\n  html_meta:\n    robots: noindex\n---\n\n"
_HOW = (
    "*The checks run in the notebook: they judge what you write and name your mistake. Here you find what is asked, and "
    "three hints for each exercise.*"
)


def page(lesson: Lesson) -> tuple[str, dict[str, bytes]]:
    """The Markdown of the page of a lesson's exercises, and its pictures by their path on the site."""
    path, pictures, name = f"exercises/{lesson.stem}.ipynb", Pictures(f"{lesson.stem}_exercises"), ""
    first, *others = notebook.cells_of(path)
    title, _, header = notebook.text_of(first, path).partition("\n")
    parts = [title, ways(path, lesson), header.strip(), _HOW]
    text_before = False  # whether the last part is a text of the notebook's
    for cell in others:
        source = notebook.source_of(cell)
        if cell["cell_type"] == "markdown":
            heading = _HEADING.search(source)
            name = heading[1] if heading else name
            text = notebook.text_of(cell, path)
            plain = name == name.lower().replace("_", "-")  # then the heading has this name as its anchor already
            text = text if plain or not heading else f'<a id="{name}"></a>\n\n{text}'
            # What introduces an exercise stands above its heading in the notebook; a link to the exercise shall show it, too.
            introduces = heading and text_before and not re.search("^#", parts[-1], re.MULTILINE)
            parts.insert(len(parts) - 1 if introduces else len(parts), text)
        elif name and source.startswith(f"check_{name.lower()}("):
            parts.append(hints(lesson, name))
        elif source.startswith("progress("):
            parts.pop()  # with the question that it answers: a page has no progress
        elif "check_" in source or "raise NotImplementedError" in source or "against_bert(" in source:
            parts += [] if "check_" in source else [notebook.code(source)]  # and no output: nothing is written yet
        else:
            parts.append(notebook.shown(cell, pictures))
        text_before = cell["cell_type"] == "markdown"
    parts.append(_solutions(lesson))
    return _in_order(parts), pictures.files


def hints(lesson: Lesson, name: str) -> str:
    """The three hints of an exercise, and where its mistakes are told."""
    bank = ROOT / "course_utils" / "checks" / lesson.topic / f"{name}.diff"
    found = _HINT.findall(bank.read_text(encoding="utf-8"))
    folded = [
        f'<details class="hint"><summary>{label}</summary>\n\n{escaped(text)}\n\n</details>'
        for label, text in zip(_HINTS, found, strict=True)
    ]
    link = f'<a href="../mistakes/{lesson.stem}.html#{name}">Mistakes that people make here (close to the solution)</a>'
    return "\n\n".join([*folded, f'<p class="mistakes-of">{link}</p>'])


def solutions_page(lesson: Lesson) -> tuple[str, dict[str, bytes]]:
    """The Markdown of the page of a lesson's solutions. Only a folded link on the exercises' page leads to it."""
    path, pictures = f"solutions/{lesson.stem}.ipynb", Pictures(f"{lesson.stem}_solutions")
    first, *others = notebook.cells_of(path)
    title, _, header = notebook.text_of(first, path).partition("\n")
    parts = [
        title.replace("Exercises", "Solutions"),
        f"[Back to the exercises](/exercises/{lesson.stem}.md)",
        header.strip(),
    ]
    for cell in others:
        if cell["cell_type"] == "markdown":
            parts.append(notebook.text_of(cell, path))
        elif notebook.source_of(cell).startswith("progress("):
            parts.pop()
        else:
            parts.append(notebook.shown(cell, pictures))
    return _HIDDEN + _in_order(parts), pictures.files


def _solutions(lesson: Lesson) -> str:
    return (
        '---\n\n<details class="solutions"><summary>I have tried. Show the solutions</summary>\n\n'
        f"[The solutions of these exercises](/solutions/{lesson.stem}.md)\n\n</details>"
    )


def _in_order(parts: list[str]) -> str:
    """The parts as one text; exercises that come before the first section are sections themselves."""
    first = next((number for number, part in enumerate(parts) if re.search(r"^## ", part, re.MULTILINE)), len(parts))
    raised = [part if part.startswith("`") else notebook.level(part, 1) for part in parts[:first]]
    return "\n\n".join([*raised, *parts[first:]]) + "\n"
