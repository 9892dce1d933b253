"""How hard each exercise is, from the lines `# exercise: gelu, easy, 3 minutes` to where the grader finds it."""

import json
import re
from pathlib import Path

from course_utils.grade.marks.points import DIFFICULTY
from course_utils.lessons import LESSONS

_LINE = re.compile(r"^# exercise: (\w+), (\w+), \d+ minutes$", re.MULTILINE)


def as_json(sources: Path) -> str:
    """The text of `course_utils/grade/marks/difficulty.json`: by lesson, in the order in which the exercises are asked."""
    found = {}
    for lesson in LESSONS:
        source = sources / "exercises" / f"{lesson.stem}.py"
        text = source.read_text(encoding="utf-8") if source.exists() else ""
        found[lesson.topic] = dict(_LINE.findall(text))
    return json.dumps(found, indent=1) + "\n"


def keep(sources: Path, check: bool) -> list[str]:
    """Writes the file; with `check`, says whether it is not what the sources say."""
    text = as_json(sources)
    if DIFFICULTY.exists() and DIFFICULTY.read_text(encoding="utf-8") == text:
        return []
    if check:
        return ["course_utils/grade/marks/difficulty.json is not what sources/exercises say: run make notebooks"]
    DIFFICULTY.write_text(text, encoding="utf-8")
    return []
