"""Timings: `python -m bench [start] [checks] [speed] [notebooks]`, and how often a card helps: `python -m bench explain`.

Tests never assert on them.
"""
