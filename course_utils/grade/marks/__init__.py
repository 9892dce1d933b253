"""What goes back: points, as tables, in the LMS's own CSV and in gradebooks.

points.py       what an exercise is worth, and how many points a learner has
difficulty.json easy, medium or hard: written by tools/difficulty.py from the exercises' sources
tables.py       grades.csv and the other tables, and run.json, which says how the class was graded
compare.py      whose mark has changed since an earlier run
summary.py      what is printed at the end
roster.py       the LMS's own CSV, with the marks filled in
learners.py     which of its rows is which learner's
raw_csv.py      a CSV of which all but the filled-in fields stays, byte for byte
nbgrader.py     an nbgrader course, and the marks in its gradebook
gradescope.py   Gradescope's results.json
"""
