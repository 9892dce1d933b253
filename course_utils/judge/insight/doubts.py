"""Whether a value that looks right may be the wrong one in its place: then the line after it is not to blame for certain."""

from torch import Tensor

from .known import TRIVIAL, telling
from .repair import Repair
from .traces import Trace
from .values import OTHER

_MAKERS = ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like", "arange")
CONVERSIONS = ("double", "float", "to", "clone", "contiguous", "detach", "type_as", "get", "tensor", "as_tensor")


def doubtful(trace: Trace, index: int) -> bool:
    """Whether an operand may be the wrong one: a variable that is another's double, or one whose value was made twice."""
    event = trace.events[index]
    for operand in event.operands:
        if trace.spots[trace.events[operand].spot].op == "name":
            sources = [each for bound in trace.events[operand].operands for each in _sources(trace, bound)]
            if trace.events[operand].value is OTHER and sources:
                return True  # an object of the answer's own, and what it holds is not seen
            if any(_may_be_wrong(trace, each) for each in sources):
                return True
    return False


def _sources(trace: Trace, bound: int) -> list[int]:
    """What a variable was set to: the parts, if several were set at once."""
    sources = list(trace.events[bound].operands)
    if len(sources) == 1 and trace.spots[trace.events[sources[0]].spot].kind == "Tuple":
        return list(trace.events[sources[0]].operands)
    return sources


def _may_be_wrong(trace: Trace, made: int) -> bool:
    """Whether a variable's value is right by chance: another variable's, a constant, an argument as it was, made twice."""
    number, spot = trace.numbers[made], trace.spots[trace.events[made].spot]
    if spot.kind == "Constant" or (spot.op == "name" and number not in (None, TRIVIAL)):
        return True
    if number == TRIVIAL and isinstance(trace.events[made].value, Tensor):
        return spot.kind in ("Call", "BinOp") and spot.op not in _MAKERS  # the same number everywhere
    if number in (None, TRIVIAL):
        return False
    if number in trace.known.given:
        return spot.kind in ("Call", "BinOp") and spot.op not in CONVERSIONS and telling(trace.events[made].value)
    return telling(trace.events[made].value) and any(
        trace.numbers[index] == number and trace.spots[event.spot] is not spot and not trace.spots[event.spot].hands_on
        for index, event in enumerate(trace.events)
        if event.operands
    )


def is_number(value: object) -> bool:
    """Whether it is a plain number."""
    return isinstance(value, (int, float))


def left_out(trace: Trace, index: int, steps_left_out: list[Repair]) -> bool:
    """Whether on an earlier line a step may be missing, since the key does the same with what that step would give."""
    spot = trace.spots[trace.events[index].spot]
    for each in steps_left_out:
        earlier, source = trace.events[each.index], trace.known.numbers[each.source]
        if trace.numbers[each.index] in trace.known.given or trace.spots[earlier.spot].line == spot.line:
            continue
        if not _could_be_there(trace, each):
            continue
        line = [number for number in range(index + 1) if trace.spots[trace.events[number].spot].line == spot.line]
        ops = {trace.spots[trace.events[number].spot].op for number in line}
        if any(source in made.operands and made.op in ops for made in trace.known.made):
            return True
    return False


def _could_be_there(trace: Trace, repair: Repair) -> bool:
    """Whether all that the key's step is made of is there on that line of the answer already."""
    there = trace.known.given | set(trace.numbers[: repair.index + 1])
    wanted = trace.known.numbers[repair.source]
    steps = [made for made in trace.known.made if made.result == wanted and made.operands]
    return not steps or any(made.operands <= there for made in steps)
