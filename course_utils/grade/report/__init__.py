"""What a teacher and the learners read: `feedback.py`, `class_page.py` and `similar.py` write one page each.

Pages are single files without a script, and load nothing. All that comes from a learner (names, code, the words of a card)
passes through `page.clean` and is escaped.
"""
