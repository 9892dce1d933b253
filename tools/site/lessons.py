"""The pages of the lessons: their text, code, outputs and questions, their widgets, and the ways to run them."""

import html

from course_utils.lessons import CLOSING, Lesson
from course_utils.widgets import states

from . import notebook
from .addresses import colab
from .outputs import Pictures, as_html

_NO_SCRIPT = "<noscript><p>Turn on JavaScript to use this picture's controls.</p></noscript>"


def page(lesson: Lesson) -> tuple[str, dict[str, bytes]]:
    """The Markdown of a lesson's page, and its pictures by their path on the site."""
    path, pictures, widgets = f"notebooks/{lesson.stem}.ipynb", Pictures(lesson.stem), 0
    first, *others = notebook.cells_of(path)
    title, _, header = notebook.text_of(first, path).partition("\n")
    parts = [title, ways(path, lesson), header.strip()]
    for cell in others:
        if cell["cell_type"] == "markdown":
            parts.append(notebook.text_of(cell, path))
        elif notebook.is_widget(cell):
            parts.append(_widget(cell, lesson, widgets, pictures))
            widgets += 1
        else:
            parts.append(notebook.shown(cell, pictures))
    if lesson != CLOSING:
        parts.append(
            f"---\n\n**Stuck on an exercise?** See [the mistakes that people make](/mistakes/{lesson.stem}.md) in "
            f"[the exercises of this lesson](/exercises/{lesson.stem}.md)."
        )
    return "\n\n".join(parts) + "\n", pictures.files


def ways(path: str, lesson: Lesson) -> str:
    """A line of links: how to run the notebook of this page, and its exercises."""
    links = [
        f'<a href="{html.escape(colab(path))}">Run it in Colab</a>',
        f'<a href="../{path}" download>Download the notebook</a>',
        '<a href="../ways-in.html">Other ways to run it</a>',
    ]
    if path.startswith("notebooks/") and lesson != CLOSING:
        links.insert(0, f'<a href="../exercises/{lesson.stem}.html">The exercises</a>')
    if path.startswith("exercises/"):
        links.insert(0, f'<a href="../lessons/{lesson.stem}.html">The lesson</a>')
    items = "".join(f"<li>{link}</li>" for link in links)
    return notebook.markup(f'<ul class="ways" aria-label="This notebook">{items}</ul>')


def _widget(cell: dict, lesson: Lesson, number: int, pictures: Pictures) -> str:
    """An interactive picture: what the notebook stores of it, and controls that switch between its states."""
    twin = as_html(cell["outputs"], pictures)
    if number < len(states.load(lesson.stem)):
        twin = f"{states.panel_html(lesson.stem, number, twin, '../states/')}\n{_NO_SCRIPT}"
    output = notebook.markup(f'<div class="output">\n{twin}\n</div>')
    return f"{notebook.code(notebook.source_of(cell))}\n\n{output}"
