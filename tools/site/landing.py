"""The landing page: `docs/index.md`, with the map of the model and the table of lessons put in."""

import html
import re
from types import SimpleNamespace

from course_utils.figures.architecture import Sheet
from course_utils.figures.markup import number
from course_utils.lessons import CLOSING, LESSONS

from .addresses import REPOSITORY, ROOT, colab, on_site
from .notebook import markup

# The course's model. A test compares this map with the one in lesson 00, which reads the sizes from the model itself.
SIZES = SimpleNamespace(
    hidden_size=384,
    num_attention_heads=12,
    intermediate_size=1536,
    num_hidden_layers=6,
    vocab_size=30522,
    max_position_embeddings=512,
    type_vocab_size=2,
)
_ROW = re.compile(r"^\| (\d\d) \| \[[^]]*\]\([^)]*\) \| (.+?) \| (\d+) \|$", re.MULTILINE)
_ABOUT = """---
myst:
  html_meta:
    description: Take a real, pretrained BERT apart and rebuild it, every step proven equal to the original. A free course.
---

"""
_BY_TOPIC = {lesson.topic: lesson for lesson in LESSONS}


class LinkedSheet(Sheet):
    """The map, and on top of each of its parts a link to the part's lesson."""

    def __init__(self):
        super().__init__(None)
        self.links: list[str] = []

    def frame(self, x: float, y: float, width: float, height: float, role: str, topic: str) -> None:
        """A section, as on every map, and its link."""
        super().frame(x, y, width, height, role, topic)
        self.link(x, y, width, height, topic)

    def link(self, x: float, y: float, width: float, height: float, topic: str) -> None:
        """A place that can be clicked, or reached with the Tab key. What is drawn later lies above."""
        lesson = _BY_TOPIC[topic]
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" rx="8"'
        self.links.append(
            f'<a href="lessons/{lesson.stem}.html" aria-label="Lesson {html.escape(lesson.label)}">'
            f"<title>Lesson {html.escape(lesson.label)}</title><rect {place}/></a>"
        )


def linked_map() -> str:
    """The map as HTML. Its words are hidden from screen readers, which get the caption and the list of links."""
    sheet = LinkedSheet()
    sheet.link(14, 8, 560, 60, "orientation")
    caption = sheet.fill(SIZES)
    svg = sheet.svg(caption).replace(' role="img"', ' role="group"', 1)
    opening, drawn = svg.removesuffix("</svg>").split("</desc>\n", 1)
    links = "\n".join(sheet.links)
    linked = f'{opening}</desc>\n<g aria-hidden="true">\n{drawn}</g>\n{links}\n</svg>'
    says = f'<figcaption aria-hidden="true">{html.escape(caption)} Each part is a link to its lesson.</figcaption>'
    return f'<figure class="picture map" id="map"><div class="scrolls">{linked}</div>{says}</figure>'


def first_steps() -> str:
    """A row of links for somebody who has just arrived."""
    first = LESSONS[0].stem
    links = {
        "Start reading": f"lessons/{first}.html",
        "Run it in Colab": colab(f"notebooks/{first}.ipynb"),
        "Install it": "#start",
        "Mistakes that people make": "mistakes/index.html",
        "GitHub": REPOSITORY,
    }
    items = "".join(f'<li><a href="{html.escape(link)}">{words}</a></li>' for words, link in links.items())
    return f'<ul class="ways" aria-label="First steps">{items}</ul>'


def lessons_table() -> str:
    """The table of lessons, with what the README says of each."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    says = {number: what for number, what, _minutes in _ROW.findall(readme)}
    rows = [
        f"| [{lesson.label}](/lessons/{lesson.stem}.md) | {on_site(says[f'{lesson.number:02}'], 'README.md')} "
        f"| [{lesson.number:02}&nbsp;exercises](/exercises/{lesson.stem}.md) | {lesson.minutes} |"
        for lesson in LESSONS
    ]
    closing = f"| [{CLOSING.label}](/lessons/{CLOSING.stem}.md) | your own model runs from start to finish, and you choose where to go from here | | {CLOSING.minutes} |"
    return "\n".join(["| Lesson | You see that ... | Exercises | Minutes |", "|---|---|---|--:|", *rows, closing])


def contents() -> str:
    """What the sidebar lists, and the order of the pages."""
    groups = {
        "Lessons": [f"lessons/{lesson.stem}" for lesson in (*LESSONS, CLOSING)],
        "Exercises": [f"{lesson.number:02} · {lesson.title} <exercises/{lesson.stem}>" for lesson in LESSONS],
        "Help": ["mistakes/index", "ways-in"],
        "For others": ["teachers", "contributing", "changelog"],
    }
    trees = []
    for caption, names in groups.items():
        listed = "\n".join(names)
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```")
    return "\n\n".join(trees)


def page() -> str:
    """The Markdown of the landing page."""
    text = on_site((ROOT / "docs" / "index.md").read_text(encoding="utf-8"), "docs/index.md")
    made = {
        "the first steps": markup(first_steps()),
        "the map of the model": markup(linked_map()),
        "the table of lessons": lessons_table(),
    }
    for what, put_in in made.items():
        text = text.replace(f"<!-- {what} -->", put_in)
    return f"{_ABOUT}{text}\n\n{contents()}\n"
