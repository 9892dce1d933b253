"""Timings: `python -m bench [start] [checks] [notebooks]`. Tests never assert on them."""
