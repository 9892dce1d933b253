"""What this learner has done, kept from one notebook to the next, and shown.

store.py        which exercises are passed, with the code that passed, in one SQLite file
keeping.py      a learner's function as a piece of text that runs by itself
                (expressions.py: the values that it uses; texts.py: where it is written; origins.py: what can be imported)
progress.py     `progress()`: the map of the model with what is proven, or the progress in one lesson
certificate.py  `certificate()`: a summary to take along, as one HTML page
folders.py      where the notebooks are, and JupyterLab's layout
copies.py       a learner's own copy of the notebooks

`store` and `keeping` are all that a check needs to record a pass: they import nothing else of the course.
"""
