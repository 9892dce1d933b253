"""The place: whether what is said is true, over slips that a program makes in right answers."""

import ast
import dataclasses
import random
import re
import sys

import pytest
import torch
from torch.overrides import TorchFunctionMode

from bench.edits import edits, sample
from course_utils.judge import Case, Run, trial
from course_utils.judge.insight.alone import Alone
from course_utils.judge.insight.place import place
from course_utils.judge.insight.repair import Work
from course_utils.judge.insight.traces import traced
from course_utils.judge.insight.written import rewritten, rewritten_key
from tests.judge.test_place import cell
from tests.judge.test_place_changes import ANSWERS
from tests.judge.toy_course import CHECKS


class Outputs(TorchFunctionMode):
    """What every function of torch gave: a record of the reference's run that owes nothing to the one that is tested."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.found += result if isinstance(result, (tuple, list)) else [result]
        return result


def reference_has(check, case):
    with Outputs() as outputs:
        trial.call(check, check.reference, case)
    return [each.detach().clone() for each in outputs.found if isinstance(each, torch.Tensor)] + list(case.args)


def value_at(answer, args, line, text):
    """What an expression is when the answer comes to a line."""
    file, found = answer.__code__.co_filename, []

    def look(frame, event, _):
        if frame.f_code.co_filename == file and event == "line" and frame.f_lineno == line and not found:
            found.append(eval(text, frame.f_globals, dict(frame.f_locals)))
        return look

    sys.settrace(look)
    try:
        answer(*args)
    finally:
        sys.settrace(None)
    return found[0]


def is_among(value, others):
    return any(
        isinstance(other, torch.Tensor)
        and other.shape == value.shape
        and torch.allclose(other.double(), value.double())
        for other in others
    )


def some_edits(name):
    """Slips in an answer, made by a program."""
    chosen = edits(ANSWERS[name].strip() + "\n")
    return sample(chosen, 24, random.Random(name))


def judged(name, text):
    """The answer with what it gave, or None if it is right or raises."""
    check, answer = CHECKS[name], cell(text, name)
    runs = [Run(case, trial.call(check, check.reference, case), check.tolerance) for case in check.make_cases(0)]
    outcome = trial.try_out(check, answer, runs)
    if outcome.timed_out or any(run.error for run in runs):
        return None
    return check, answer, runs


@pytest.mark.parametrize("name", ["toy_attention", "toy_softmax"])
def test_what_the_reference_never_has_it_never_has(name):
    """And what is right, "as in the reference", it has."""
    never = right = 0
    for edit in some_edits(name):
        found = judged(name, edit.text)
        said = place(*found) if found else None
        if said is None:
            continue
        check, answer, runs = found
        case = next(run.case for run in runs if not torch.equal(*map(first_of, (run.value, run.expected))))
        has = reference_has(check, case)
        for made in re.findall(r"never has(?: is made in line \d+)?: `(.*?)`\.", said[1]):
            value = value_at(answer, case.args, said[0], made)
            if isinstance(value, torch.Tensor):
                never += 1
                assert not is_among(value, has), (edit.after, said)
        for made, line in re.findall(r"`([^`]*)` in line (\d+) is right", said[1]):
            right += 1
            assert is_among(value_at(answer, case.args, int(line), made), has), (edit.after, said)
    assert never >= 2
    assert right >= 1


def first_of(value):
    return value[0] if isinstance(value, tuple) else value


def plainly(node):
    """An expression without the hooks around its parts."""

    class Plain(ast.NodeTransformer):
        def visit_Call(self, call):
            self.generic_visit(call)
            return call.args[1] if getattr(call.func, "id", "") == "__see__" else call

    return ast.unparse(ast.fix_missing_locations(Plain().visit(node)))


@pytest.mark.parametrize("name", list(ANSWERS))
def test_with_a_change_in_that_line_alone_it_is_right(name):
    """Each change that is found is written into the answer's text, and that is judged like any answer."""
    confirmed = 0
    for edit in some_edits(name)[:12]:
        found = judged(name, edit.text)
        if found is None:
            continue
        check, answer, runs = found
        wrong = [run for run in runs if trial.equal(run.value, run.expected) is False][:3]
        mine, key = rewritten(answer), rewritten_key(check.course.key, name)
        if not wrong:
            continue
        traces = [traced(check, run, mine, key) for run in wrong]
        for change in Alone(check, runs, traces, mine, Work(300_000)).small_changes()[:3]:
            source = mine.spots[change.spot].source
            if not isinstance(source, ast.expr) or not isinstance(change.new, ast.expr):
                continue
            text = with_text(edit.text, source, f"({plainly(change.new)})")
            check, answer, changed = judged(name, text)
            assert all(trial.equal(run.value, run.expected) for run in changed), text
            confirmed += 1
    assert confirmed >= 3


def with_text(text, node, new):
    lines = text.splitlines(keepends=True)
    assert node.lineno == node.end_lineno
    line = lines[node.lineno - 1].encode()
    lines[node.lineno - 1] = (line[: node.col_offset] + new.encode() + line[node.end_col_offset :]).decode()
    return "".join(lines)


def test_in_a_loop_a_value_is_right_or_wrong_only_if_it_is_so_each_time():
    """The capital of "1" is "1", as in the reference; that of "One" is wrong."""
    check = dataclasses.replace(CHECKS["toy_pieces"], cases=lambda draw: [Case(("11 One",)), Case(("One 11",))])
    check.course = CHECKS["toy_pieces"].course
    answer = cell(ANSWERS["toy_pieces"].replace("lower", "upper"), "toy_pieces")
    runs = [Run(case, trial.call(check, check.reference, case), check.tolerance) for case in check.make_cases(0)]
    trial.try_out(check, answer, runs)
    says = "A change in line 7 alone is enough: with something else in the place of `word.upper()`"
    assert place(check, answer, runs) == (7, f"{says}, yours gives the right result in every case.")
