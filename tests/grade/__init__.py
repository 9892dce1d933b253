"""Tests of the grader. `conftest.py` says which of them need Linux."""
