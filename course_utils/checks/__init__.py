"""The checks, one folder per topic, one pair of files per exercise: `self_attention/softmax.py` and `softmax.diff`.

The Python file says what the answer is tried on and what is special; the diff holds the hints and the mistakes, as edits of
the answer key. `inputs.py` has what several checks draw from and what runs beside an answer: it imports nothing of the
reference, so that it can be loaded where no answers may be. `course.py` binds all checks to the engine, `course_utils.judge`.
"""
