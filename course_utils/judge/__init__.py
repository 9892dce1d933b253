"""The engine: it judges an answer against an answer key. It knows nothing of BERT; `Course` tells it what there is.

The way of an answer, from the call to the card:

    check.py       Check: what an exercise states, and what a learner calls: check(answer), check.hint(), check.solution()
    refuse.py      refuse: not a function, or one that cannot be called like the reference
    trial.py       run: the answer and the reference on the same cases -> Run: value or error, arguments changed, unsteady
                   (running/: with a time limit, and in the same state of the session for both)
    compare.py     compare: the most basic difference of two values: type, shape, dtype, NaN, values
    verdict.py     decide: the first thing that is wrong, in the order of the verdicts
    diagnosis.py   explain: which known mistakes, planted in the key, give exactly what the answer gave
                   (answer_key.py: the key as text; mistakes.py and diff.py: the mistakes as edits of it;
                   endless.py: which known mistake never ends; reach.py: what an answer can call)
    insight/       explain without a name: the argument, the relation, the place, the smallest input
    patterns.py    explain without a name: where a tensor differs
    advice/        explain an exception: what it means, and what to do about it
    result.py      show: the Result, as plain text, and card.py as a card (facts.py: what was called, expected and returned)

Each step hands on to the next and calls none before it.
"""

from .answer_key import AnswerKey, Planted
from .check import Check, Course
from .draw import Draw
from .mistakes import Edit, Mistake, Unplantable
from .result import Note, Result
from .trial import Case, Property, Run

__all__ = [
    "AnswerKey",
    "Case",
    "Check",
    "Course",
    "Draw",
    "Edit",
    "Mistake",
    "Note",
    "Planted",
    "Property",
    "Result",
    "Run",
    "Unplantable",
]
