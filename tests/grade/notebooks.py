"""Notebooks for the tests of what a learner may hand in."""

import __future__

import ast
import json

from course_utils.grade.extract import answers_of, together
from course_utils.grade.records import Answer, Extracted, Notebook


def notebook(*cells, path: str = "03_self_attention.ipynb", changed: float = 0.0) -> Notebook:
    """A notebook of these code cells; a pair is a cell's type and text."""
    pairs = [cell if isinstance(cell, tuple) else ("code", cell) for cell in cells]
    stored = [{"cell_type": kind, "metadata": {}, "source": text} for kind, text in pairs]
    content = {"cells": stored, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Notebook(path, json.dumps(content).encode(), changed)


def extracted(*cells, **more) -> Extracted:
    return answers_of(notebook(*cells, **more))


def run(*answers: Answer) -> dict:
    """What the cells of these answers bind when they are run together. Only for code that we have written."""
    namespace = {"__name__": "__main__"}
    for cell in together(answer.cells for answer in answers):
        body = ast.parse(cell.source).body
        kept = ast.Module([body[number] for number in cell.kept], [])
        flags = __future__.annotations.compiler_flag
        exec(compile(kept, cell.file, "exec", flags, dont_inherit=True), namespace)
    return namespace


def statements(answer: Answer) -> list[str]:
    """The kept statements of an answer, each as one line of plain Python, in the order in which they are run."""
    return [
        ast.unparse(ast.parse(cell.source).body[number]).partition("\n")[0]
        for cell in answer.cells
        for number in cell.kept
    ]
