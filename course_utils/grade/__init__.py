"""Grades a class: `inside-bert-grade submissions/ --out grades/`, or `python -m course_utils.grade`.

    submissions > extract > sandbox, workers > tables, roster, report

What the parts hand to each other is in `records.py`; the command is in `command.py`.
"""
