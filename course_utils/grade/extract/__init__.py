"""From a learner's notebook to their answers. Nothing of theirs is run: it is only parsed.

reading.py     the file to cells, whatever state it is in
cells.py       a cell to statements: magics out, what cannot be parsed blanked
names.py       which names a statement binds, changes and reads
definitions.py where a function is defined, and which definitions are blank
slices.py      what a definition needs
order.py       in which order that is run, for one answer or several together
elsewhere.py   what was not graded but might have been meant
answers.py     all of a notebook's answers, its topic, and what a teacher should look at
attempts.py    of several notebooks of a learner, which counts
"""

from .answers import answers_of
from .attempts import choose
from .order import together

__all__ = ["answers_of", "choose", "together"]
