"""The command `inside-bert`, also `python -m course_utils.start`: it opens the course in JupyterLab.

command.py  the words after `inside-bert`, and what each does
place.py    in which folder the learner works, and what is said when notebooks are put there
lab.py      JupyterLab's server, or a hub's single-user server, ready to start
options.py  the options and variables that this server is given
faults.py   whatever goes wrong, in one sentence
words.py    what `progress` and `update` print

What belongs to a learner is kept with the learner: the layout in their data folder, the notebooks in a folder of their own
unless the course lies where they may change it. Their own JupyterLab settings stay as they are; the course's defaults are in
`jupyter/`.
"""
