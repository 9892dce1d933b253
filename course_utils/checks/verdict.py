"""From what the runs gave to one headline: the first of the verdict order that applies.

Not defined, not attempted, time up, raised, wrong type, shape, dtype, NaN, inputs changed, two calls differ, values differ,
passed.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable

from torch import Tensor, nn

from . import errors, explain, running
from .compare import ORDER, Difference, brief, describe, equal
from .result import Result
from .running import Outcome
from .weights import Misfit

BLANK = "Fill in the function above, run its cell, then run this one again."


def refuse(check, answer: object) -> Result | None:
    """A verdict on an answer that cannot be called at all, or with other arguments; None if it can be tried."""
    name, kind = check.name, check.kind
    if answer is None:
        says = f"There is no {kind} to check yet: write `{name}`, run its cell, then `{check.call}({name})`."
        return Result(name, "not_attempted", says)
    if not callable(answer) or (kind == "class" and not inspect.isclass(answer)):
        says = (
            f"This is {describe(answer)}, not a {kind}: `{check.call}({name})`, without calling it or quoting its name."
        )
        return Result(name, "error", says)
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some builtins have none; the call will show
        return None
    wanted = list(inspect.signature(check.reference).parameters)
    for count in check.argument_counts:
        try:
            signature.bind(*range(count))
        except TypeError:
            says = f"It is called as `{name}({', '.join(wanted[:count])})`, but yours is `{_signature(answer, signature)}`."
            return Result(name, "error", says)
    return None


def decide(check, answer: Callable, runs: list, outcome: Outcome) -> Result:
    """The verdict over all runs."""
    raised = next((run for run in runs if run.error is not None), None)
    if outcome.timed_out:
        return _time_up(check, runs, outcome)
    if outcome.error is not None:  # SystemExit and the like, which are no Exception
        running = next((run for run in runs if not run.done), runs[-1])
        running.error, raised = outcome.error, running
    if raised is not None:
        blank = _blank(check, answer, raised)
        return blank or _raised(check, answer, runs, raised, outcome)
    if _is_only_a_blank(answer) and all(run.value is None for run in runs):
        return Result(check.name, "not_attempted", BLANK)
    found = [(run, check.difference(run)) for run in runs]
    worst = min(
        ((run, difference) for run, difference in found if difference),
        key=lambda pair: ORDER.index(pair[1].kind),
        default=None,
    )
    if worst and worst[1].kind != "values":
        return _wrong(check, runs, *worst, outcome)
    for run in runs:
        if run.changed:
            advice = "Leave it as it was." if " mode " in run.changed else "Make a new tensor or list instead."
            says = f"It changes what it was given: {run.changed}. {advice}"
            return _behaved_badly(check, run, "changes_inputs", says, outcome)
    for run in runs:
        if run.unsteady:
            return _behaved_badly(check, run, "not_deterministic", _unsteady(check), outcome)
    if worst:
        return _wrong(check, runs, *worst, outcome)
    return _passed(check, runs, outcome)


def _passed(check, runs: list, outcome: Outcome) -> Result:
    cases = f"{len(runs)} cases" if len(runs) > 1 else "the case"
    says = f"Equal to the reference on all {cases}." if len(runs) > 1 else "Equal to the reference."
    remarks = ()
    if check.remark:
        found = (check.remark(run.value, *run.case.args) for run in runs)
        remarks = tuple(dict.fromkeys(remark for remark in found if remark))
    return Result(check.name, "passed", says, notes=remarks, facts=_printed(outcome))


def _wrong(check, runs: list, run, difference: Difference, outcome: Outcome) -> Result:
    """A wrong type, shape, dtype or value: named if a known mistake gives exactly this, else described."""
    found = check.explain(runs)
    says = _one_of([_sentence(check, planted) for planted in found]) if found else ""
    notes, heat, heat_says = [], (), ""
    if says:
        notes.append(_upper(difference.sentence) + ".")
    else:
        says = _upper(difference.sentence) + "."
        notes += _broken_properties(check, run)
    mine, expected = difference.mine, difference.expected
    if difference.kind == "values" and isinstance(mine, Tensor) and isinstance(expected, Tensor) and mine.dim():
        if expected.is_floating_point():
            axes = difference.axes if len(difference.axes) == mine.dim() else ()
            if not found:
                notes += explain.where_wrong(mine, expected, axes, check.tolerance_of(run.case))
            heat, heat_says = explain.heat(mine, expected, axes)
    return Result(
        check.name,
        "failed",
        says,
        explanations=_labels(check, found),
        notes=tuple(notes),
        facts=_facts(check, run, difference) + _printed(outcome),
        heat=heat,
        heat_says=heat_says,
        next_step=_hint_line(check),
    )


def label(check, part: str, mistake) -> str:
    """`unscaled` for an exercise's own mistake, `softmax: over_queries` for one of a part that it calls."""
    return mistake.label if part == check.name else f"{part}: {mistake.label}"


def _labels(check, found: list) -> tuple[tuple[str, ...], ...]:
    """The explanations of a result: a group of labels for each set of mistakes that fits."""
    return tuple(tuple(label(check, part, mistake) for part, mistake in planted) for planted in found)


def _sentence(check, planted) -> str:
    told = [m.says if part == check.name else f"In `{part}`: {m.says}" for part, m in planted]
    return told[0] if len(told) == 1 else "Two things at once. " + " ".join(told)


def _one_of(sentences: list[str]) -> str:
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) == 1:
        return sentences[0]
    return "One of these (your output fits each of them):\n" + "\n".join(f"- {sentence}" for sentence in sentences[:4])


def _behaved_badly(check, run, name: str, says: str, outcome: Outcome) -> Result:
    return Result(
        check.name, "failed", says, explanations=((name,),),
        facts=_called_with(check, run) + _printed(outcome), next_step=_hint_line(check),
    )  # fmt: skip


def _unsteady(check) -> str:
    says = "Two calls with the same arguments gave two different results. "
    if "generator" in inspect.signature(check.reference).parameters:
        return says + "All random numbers have to come from `generator`: the same seed, the same result."
    return says + (
        "Is there dropout, a layer made anew with random weights or another source of randomness, or something kept from an "
        "earlier call?"
    )


def _time_up(check, runs: list, outcome: Outcome) -> Result:
    run = next((run for run in runs if not run.done), runs[-1])
    says = f"Still running after {running.TIME_LIMIT:g} seconds, so it was stopped: a loop that never ends?"
    notes = ["It is stuck inside a library call and goes on in the background; restart the kernel to be rid of it."]
    endless = [(part, mistake) for part, mistake in check.bank() if mistake.endless]
    named = _endless_mistake(check, endless, runs)
    if named:
        says = f"{says} {_sentence(check, (named,))}"
    return Result(
        check.name, "error", says, explanations=_labels(check, [(named,)] if named else []),
        notes=tuple(notes if outcome.left_running else ()),
        facts=_called_with(check, run) + _printed(outcome), next_step=_hint_line(check),
    )  # fmt: skip


def _endless_mistake(check, mistakes: list, runs: list):
    """The one endless mistake, its own or a part's, that gives the learner's values and hangs where the learner hangs."""
    from .answer_key import plant
    from .running import guarded

    done = [run for run in runs if run.done]
    hanging = next((run for run in runs if not run.done), None)
    fitting = []
    for part, mistake in mistakes:
        function = plant(check.name, ((part, mistake),))
        before = guarded(lambda f=function: [check.called(f, run.case) for run in done], seconds=0.3)
        if before.timed_out or before.error or not equal(before.value, [run.value for run in done], check.tolerance):
            continue
        if hanging and guarded(lambda f=function: check.called(f, hanging.case), seconds=0.3).timed_out:
            fitting.append((part, mistake))
    return fitting[0] if len(fitting) == 1 else None


def _raised(check, answer: Callable, runs: list, run, outcome: Outcome) -> Result:
    """An exception in the learner's words, with the mistake behind it where an earlier case has given it away."""
    if isinstance(run.error, Misfit):
        return _misfit(check, runs, run, outcome)
    says = errors.explain(run.error)
    hint = errors.nearest_key(run.error, check.arguments(run.case))
    wrong_before = any(done.done and check.difference(done) for done in runs)
    found = check.explain(runs) if wrong_before else []
    line = errors.line_of(run.error, answer)
    where = (("in your line", f"{line[0]}: {line[1]}"),) if line else ()
    # an exception of their own, where none is asked for
    own = line is not None and line[1].startswith("raise ") and run.case.raises is None
    expected = (("expected", brief(run.expected, 300)),) if own else ()
    return Result(
        check.name, "error", f"{says} {hint}".strip(),
        explanations=_labels(check, found),
        notes=(_one_of([_sentence(check, planted) for planted in found]),) if found else (),
        facts=where + _called_with(check, run) + expected + _printed(outcome), next_step=_hint_line(check),
    )  # fmt: skip


def _misfit(check, runs: list, run, outcome: Outcome) -> Result:
    """A class whose parameters are not those of the checkpoint: what is missing tells the mistakes apart."""
    found = check.explain(runs)
    says = _one_of([_sentence(check, planted) for planted in found]) if found else str(run.error)
    return Result(
        check.name, "failed", says,
        explanations=_labels(check, found),
        notes=(str(run.error),) if found else (), facts=_printed(outcome), next_step=_hint_line(check),
    )  # fmt: skip


def _blank(check, answer: Callable, run) -> Result | None:
    """The verdict where NotImplementedError says that something is still blank."""
    if not isinstance(run.error, NotImplementedError):
        return None
    if str(run.error) and not _is_only_a_blank(answer):  # torch's: this operation has no kernel for that dtype
        return None
    inside = errors.raised_in(run.error)
    if inside == "_forward_unimplemented":  # torch's word for a module without a forward, not a learner's blank
        return None
    if inspect.isclass(answer) and inside in vars(answer):
        if _is_only_a_blank(answer):
            return Result(check.name, "not_attempted", BLANK.replace("function", "class"))
        if _is_only_a_blank(vars(answer)[inside]):
            return Result(check.name, "error", f"`{inside}` is still blank: fill it in, too.")
    elif inside != getattr(answer, "__name__", inside):
        says = f"`{inside}`, which `{check.name}` calls, is still blank: solve it first."
        return Result(check.name, "error", says)
    if _is_only_a_blank(answer):
        return Result(check.name, "not_attempted", BLANK)
    says = "Your code ran into `raise NotImplementedError`: delete that line once your own `return` stands before it."
    return Result(check.name, "error", says)


def _is_only_a_blank(answer: Callable) -> bool:
    """Whether the body of a function, or of every method of a class, has nothing but its docstring, `pass`, `...` or
    `raise NotImplementedError`.
    """
    if inspect.isclass(answer):
        return all(_is_only_a_blank(member) for member in vars(answer).values() if inspect.isfunction(member))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError):
        return True  # nothing to see, so nothing was written
    except SyntaxError:
        return False  # a lambda on one of a call's lines: no statement by itself
    body = getattr(tree.body[0], "body", [])
    return isinstance(body, list) and all(
        isinstance(step, (ast.Pass, ast.Raise)) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        for step in body
    )


# What the card shows --------------------------------------------------------------------------------------------------------


def _called_with(check, run) -> tuple[tuple[str, str], ...]:
    shown = ", ".join(f"{name}={_shown(value)}" for name, value in check.arguments(run.case).items())
    about = (("case", run.case.about),) if run.case.about else ()
    return (*about, ("called with", shown))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        items = ", ".join(f"{key!r}: {_shown(item)}" for key, item in value.items())
        return f"{{{items}}}" if len(value) <= 4 and len(items) < 120 else f"a dict of {len(value)}"
    if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
        return f"{len(value)} tensors"
    if callable(value):
        mode = f" in {'train' if value.training else 'eval'} mode" if isinstance(value, nn.Module) else ""
        return getattr(value, "__name__", type(value).__name__) + mode
    return brief(value, 80)


def _facts(check, run, difference: Difference) -> tuple[tuple[str, str], ...]:
    facts = _called_with(check, run)
    if isinstance(run.value, Tensor) and run.value.numel() > 12:
        return facts
    if any(isinstance(item, Tensor) for item in _items(run.value)):
        return facts
    return (*facts, ("expected", brief(run.expected, 300)), ("you returned", brief(run.value, 300)))


def _items(value: object) -> list:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (tuple, list)) else []


def _broken_properties(check, run) -> list[str]:
    broken = []
    for check_property in check.properties:
        try:
            if not check_property.holds(run.value, *run.case.args):
                broken.append(check_property.broken)
        except Exception:  # a property that cannot be asked of this value says nothing
            continue
    return broken


def _printed(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    return (("your prints", outcome.printed.rstrip()),) if outcome.printed.strip() else ()


def _hint_line(check) -> str:
    return f"Stuck? `{check.call}.hint()` gives the next of three hints."


def _signature(answer: Callable, signature: inspect.Signature) -> str:
    bare = [each.replace(annotation=each.empty, default=each.empty) for each in signature.parameters.values()]
    return getattr(answer, "__name__", "function") + str(inspect.Signature(bare))


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
