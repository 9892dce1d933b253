"""Exceptions in a learner's words: what is said only where the learner's code and values bear it out.

errors.py      explain: the sentence for an exception, its line, the key that was probably meant
meanings.py    the rows (message, sentence, condition) of words_of_shapes.py, words_of_torch.py and words_of_python.py
conditions.py  what has to be seen for a sentence to be said
scene.py       where it was raised, and the values of that expression (readback.py: read without running it again)
"""
