"""The pages "Mistakes that people make": what the checks know, and what they tell a learner, read from the banks.

A page is Markdown for MyST. Banks and keys are read as text, not imported, so that the site is built without torch; the
tests compare with what the checks themselves know. The key's lines are never shown: that would be the solution.
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from course_utils.lessons import LESSONS, Lesson

PACKAGE = Path(__file__).resolve().parents[2] / "course_utils"
RETURNING = 6  # how many of the mistakes that return the index tells
_LABEL = re.compile(r"([\w-]+)(?: \((endless|whole line)\))?: (\S.*)")
_COMMENT = re.compile(r"  # .*$")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&$~|^!#])")
_STRESSED = re.compile(r"\\\*(\w[\w ]*)\\\*")  # once it is escaped
_NAMES = {
    name.lower(): name for name in ("ASCII", "CJK", "ELU", "FFN", "GELU", "LN", "NaN", "NFKD", "PyTorch", "ReLU", "RMS")
}
_NAMES |= {
    "cls": "[CLS]",
    "pad": "[PAD]",
    "sep": "[SEP]",
    "unk": "[UNK]",
    "silu": "SiLU",
    "cc": "Cc",
    "zs": "Zs",
    "mn": "Mn",
}


class Mistake(NamedTuple):
    """A mistake as a reader meets it: its label, the sentence of the card, and the lines that make it."""

    label: str
    says: str
    code: tuple[str, ...] = ()  # what stands in the function, without lines that are the key's
    step: int = 10**6  # the line of the key that it changes; those that change everything come last
    endless: bool = False

    @property
    def lead(self) -> str:
        """Its label in words: `one_maximum_for_all` is "One maximum for all"."""
        words = [_NAMES.get(word, word) for word in self.label.split("_")]
        return words[0][:1].upper() + " ".join(words)[1:]


@dataclass
class Exercise:
    """An exercise: its name, the first line of its statement, its known mistakes and the exercises that it calls."""

    lesson: Lesson
    name: str
    summary: str
    mistakes: list[Mistake] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def link(self) -> str:
        """Its address, seen from another of these pages."""
        return f"{self.lesson.stem}.html#{self.name}"


def pages() -> dict[str, str]:
    """Markdown of each page by its name without suffix: `mistakes/index`, `mistakes/03_self_attention` ..."""
    known = {lesson: exercises(lesson) for lesson in LESSONS}
    lesson_of = {each.name: each for exercises in known.values() for each in exercises}
    written = {f"mistakes/{lesson.stem}": _page(lesson, known[lesson], lesson_of) for lesson in LESSONS}
    return {"mistakes/index": _index(known), **written}


def exercises(lesson: Lesson) -> list[Exercise]:
    """The exercises of a lesson with all that its banks know, in the order of the key."""
    source = (PACKAGE / "reference" / f"{lesson.topic}.py").read_text(encoding="utf-8")
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            key = [_COMMENT.sub("", line).strip() for line in source.splitlines()[node.lineno - 1 : node.end_lineno]]
            bank = PACKAGE / "checks" / lesson.topic / f"{node.name}.diff"
            mistakes = [*_edits(bank.read_text(encoding="utf-8"), key), *_functions(bank.with_suffix(".py"))]
            names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id != node.name]
            summary = ast.get_docstring(node).splitlines()[0]
            found.append(Exercise(lesson, node.name, summary, mistakes, list(dict.fromkeys(names))))
    return found


def _edits(diff: str, key: list[str]) -> list[Mistake]:
    """The mistakes of a diff (`judge/diff.py` says how it is written), in the order of the lines that they change."""
    found, was, now, begun = [], [], [], False
    for line in diff.splitlines():
        label = _LABEL.fullmatch(line)
        if line.startswith("-") and not begun:
            was, begun = [line[2:].strip()], True  # the first line that this mistake, or this group of them, changes
        elif line.startswith("-") and not now:
            was.append(line[2:].strip())
        elif line.startswith("+"):
            now.append(line[2:])
            begun = True
        elif label and label[1] != "hint":
            code = tuple(each for each in now if each.strip() not in key)
            found.append(Mistake(label[1], label[3], code, _place(was, key), label[2] == "endless"))
            now, begun = [], False
    return sorted(found, key=lambda mistake: mistake.step)


def _place(lines: list[str], key: list[str]) -> int:
    """The number of the key's line with which these begin."""
    return next(first for first in range(len(key)) if key[first : first + len(lines)] == lines)


def _functions(check: Path) -> list[Mistake]:
    """The mistakes that a check writes as whole functions: `Mistake("label", "What is wrong.", function=...)`."""
    tree = ast.parse(check.read_text(encoding="utf-8"))
    texts = {
        target.id: step.value.value
        for step in tree.body
        if isinstance(step, ast.Assign) and isinstance(step.value, ast.Constant)
        for target in step.targets
    }
    calls = [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Mistake"
    ]
    found = []
    for call in calls:
        label, says = (texts[each.id] if isinstance(each, ast.Name) else each.value for each in call.args)
        found.append(Mistake(label, says, endless=any(keyword.arg == "endless" for keyword in call.keywords)))
    return found


def _page(lesson: Lesson, known: list[Exercise], by_name: dict[str, Exercise]) -> str:
    """The page of one lesson."""
    total = sum(len(each.mistakes) for each in known)
    return f"""# Mistakes in {lesson.number:02} · {escaped(lesson.title)}

The checks of this lesson's {len(known)} exercises know {total} mistakes by name. Below is what each tells a learner who
makes it. They follow the function from its first line to its last: one number per step, and under it what can go wrong there.
They come close to the solutions, so try [the exercises](/exercises/{lesson.stem}.md) first;
[the lesson](/lessons/{lesson.stem}.md) explains what they are for.

{"".join(_section(each, by_name) for each in known)}"""


def _section(exercise: Exercise, by_name: dict[str, Exercise]) -> str:
    """The mistakes of one exercise."""
    parts = [by_name[name] for name in exercise.calls if name in by_name]
    also = ""
    if parts:
        links = ", ".join(f'<a href="{each.link}"><code>{each.name}</code></a>' for each in parts)
        also = f"The check also names mistakes in the functions that this one calls: {links}.\n\n"
    anchor = "" if exercise.name == exercise.name.lower().replace("_", "-") else f'<a id="{exercise.name}"></a>\n\n'
    return f"""{anchor}## `{exercise.name}`

{escaped(exercise.summary)}

**{_counted(len(exercise.mistakes))}.**
<a href="../exercises/{exercise.link}">Go to the exercise</a>

<div class="steps">

{_steps(exercise.mistakes)}
</div>

{also}{_fold(exercise.mistakes)}"""


def _steps(mistakes: list[Mistake]) -> str:
    """A list with a number for each step, and with the mistakes that can be made in it."""
    steps = defaultdict(list)
    for mistake in mistakes:
        steps[mistake.step].append(mistake)
    lines = []
    for number, step in enumerate(steps.values(), start=1):
        for place, mistake in enumerate(step):
            number_or_space = f"{number}. ".ljust(4) if place == 0 else " " * 4
            lines.append(f"{number_or_space}- **{escaped(mistake.lead)}.** {escaped(mistake.says)}\n")
    return "".join(lines)


def _fold(mistakes: list[Mistake]) -> str:
    """The code of the mistakes, to be opened by who wants it."""
    code = "\n\n".join("\n".join([f"# {each.label}", *each.code]) for each in mistakes if each.code)
    if not code:
        return ""
    return f"""<details class="mistaken-lines"><summary>The lines that cause them (close to the solution)</summary>

```python
{code}
```

</details>

"""


def _index(known: dict[Lesson, list[Exercise]]) -> str:
    """The page that leads to the others."""
    every = [each for exercises in known.values() for each in exercises]
    total = sum(len(each.mistakes) for each in every)
    rows = "".join(
        f"| [{escaped(lesson.label)}]({lesson.stem}.md) | {len(found)} | {sum(len(each.mistakes) for each in found)} |\n"
        for lesson, found in known.items()
    )
    names = "\n".join(lesson.stem for lesson in known)
    return f"""# Mistakes that people make

When an answer is wrong, the check tries the mistakes that it knows. If one of them, or two together, gives exactly your
result, the card says so by name: not "expected 0.21, got 0.34" but "the scores are not divided by √dh".

It knows **{total:,} mistakes in {len(every)} exercises**. Nearly every one is the right answer with a line or two
changed. A test makes every one of them, and the check must name it. These pages are generated from the same files.

| Lesson | Exercises | Mistakes |
|---|--:|--:|
{rows}
## Mistakes that come up again and again

These come up in the most lessons. Learn one once, and you will spot it in the next.

{_returning(every)}
## Mistakes that never end

{_endless(every)}
```{{toctree}}
:hidden:

{names}
```
"""


def _returning(every: list[Exercise]) -> str:
    """The mistakes that exercises of the most lessons share, each with the longest sentence on it.

    No exercise is quoted twice. Only labels of two words and more: a single one, such as "swapped", means something else in each exercise.
    """
    where = defaultdict(list)
    for exercise in every:
        for mistake in exercise.mistakes:
            if "_" in mistake.label:
                where[mistake.label].append((exercise, mistake))
    lessons = {label: len({exercise.lesson for exercise, _ in found}) for label, found in where.items()}
    first = sorted(where, key=lambda label: (-lessons[label], -len(where[label]), label))[:RETURNING]
    lines, quoted = [], set()
    for label in first:
        exercise, mistake = max(where[label], key=lambda pair: (pair[0].name not in quoted, len(pair[1].says)))
        quoted.add(exercise.name)
        lines.append(
            f"- **{escaped(mistake.lead)}**, in {len(where[label])} exercises of {lessons[label]} lessons. In "
            f'<a href="{exercise.link}"><code>{exercise.name}</code></a>: {escaped(mistake.says)}\n'
        )
    return "".join(lines)


def _endless(every: list[Exercise]) -> str:
    """The mistakes with which a function never returns."""
    return "".join(
        f'- **{escaped(mistake.lead)}**, in <a href="{each.link}"><code>{each.name}</code></a>: {escaped(mistake.says)}\n'
        for each in every
        for mistake in each.mistakes
        if mistake.endless
    )


def _counted(number: int) -> str:
    return f"{number} known mistake" + ("" if number == 1 else "s")


def escaped(text: str) -> str:
    """The text as Markdown that shows it letter by letter; `code` stays code, and a *stressed* word stays one."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner
        return _SPECIAL.sub(r"\\\1", text)
    return "".join(f"`{part}`" if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    """A text without code, as Markdown."""
    return _STRESSED.sub(r"*\1*", _SPECIAL.sub(r"\\\1", text))
