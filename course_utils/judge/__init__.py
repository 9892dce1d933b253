"""The engine: it judges an answer against an answer key. It knows nothing of BERT; `Course` tells it what there is.

The way of an answer, from the call to the card:

    check.py       Check: what an exercise states, and what a learner calls: check(answer), check.hint(), check.solution()
    refuse.py      refuse: not a function, or one that cannot be called like the reference
    trial.py       run: the answer and the reference on the same cases -> Run: value or error, arguments changed, unsteady
                   (running.py: with a time limit; session.py: in the same state for both, left as it was; stopping.py: how
                   an endless loop is ended)
    compare.py     compare: the most basic difference of two values: type, shape, dtype, NaN, values
    verdict.py     decide: the first thing that is wrong, in the order of the verdicts
    diagnosis.py   explain: which known mistakes, planted in the key, give exactly what the answer gave
                   (answer_key.py: the key as text; mistakes.py and diff.py: the mistakes as edits of it)
    patterns.py    explain without a name: where a tensor differs, and how; errors.py: what an exception means
    result.py      show: the Result, as plain text and as a card (facts.py: what was called, expected and returned)

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
