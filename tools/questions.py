"""The questions of a lesson: from a list of choices in its text to a cell `predict("03.2")`.

    **Predict.** The vectors of `bank` in the two sentences are ...

    - [ ] quite similar | They would be, if anything had looked at the neighbours by now.
    - [x] the same, bit for bit | The same word in the same place takes the same rows.

The choices are kept in `course_utils/questions/03_self_attention.json`, where `predict` finds them. After `**Predict.**` the
output of the next code cell is folded, and so is that of every cell with the tag `answer`: JupyterLab shows it when the
cell is run. After `**Recall.**`, which asks for an earlier lesson, nothing is folded.
"""

import json
import re
from pathlib import Path

from course_utils.widgets.questions import FOLDER, Choice

PREDICT = "**Predict.**"
ON_GITHUB = (  # at the end of a lesson's header
    "*Choose before you look: what answers a question is folded until you run its cell. GitHub cannot fold it: there, cover "
    "what is below a question, or read the web edition that the [README](../README.md) names.*"
)
ANSWER = "answer"
_CHOICE = re.compile(r"^- \[( |x)\] (.+?) \| (.+)$")
_LIKE_A_CHOICE = re.compile(r"^- \[.\]")


def take_out(text: str) -> tuple[str, list[Choice]]:
    """A Markdown cell without its choices, and the choices. Raises ValueError on a list that is no question."""
    lines, choices = [], []
    for row in text.split("\n"):
        choice = _CHOICE.match(row)
        if choice:
            choices.append(Choice(choice[2], choice[1] == "x", choice[3]))
        elif _LIKE_A_CHOICE.match(row):
            raise ValueError(f"a choice is `- [ ] choice | explanation` on one line: {row!r}")
        elif choices and row.strip():
            raise ValueError(f"a cell ends with its choices; after them comes {row!r}")
        else:
            lines.append(row)
    right = sum(each.right for each in choices)
    if choices and right != 1:
        raise ValueError(f"a question has exactly one right choice, `- [x]`; this one has {right}")
    if len({each.words for each in choices}) != len(choices):
        raise ValueError("two choices of this question are the same")
    return "\n".join(lines).strip("\n"), choices


def call(number: str, first: bool) -> str:
    """The source of a question's cell; the first of a lesson imports what it needs."""
    asked = f'predict("{number}")'
    return f"from course_utils import predict\n\n{asked}" if first else asked


def as_json(questions: dict[str, list[Choice]]) -> str:
    """The text of a lesson's file in `course_utils/questions/`."""
    return json.dumps(questions, ensure_ascii=False, indent=1) + "\n"


def file_of(stem: str) -> Path:
    """Where the questions of a lesson are kept."""
    return FOLDER / f"{stem}.json"
