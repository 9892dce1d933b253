"""A course on the toy key, so that the engine's tests do not depend on any lesson."""

from collections.abc import Callable

import torch

from course_utils.judge import AnswerKey, Case, Check, Course, Property, Result
from tests.judge import toy_key as toy

SHAPE = (2, 3, 5, 7)


def three(draw) -> tuple:
    return draw.normal(*SHAPE), draw.normal(2, 3, 6, 7), draw.normal(2, 3, 6, 7)


CHECKS = {
    "toy_scores": Check(
        toy.toy_scores,
        lambda draw: [Case(three(draw)[:2], "an ordinary batch"), Case(three(draw)[:2])],
        axes=("batch", "heads", "queries", "keys"),
        diff="""
hint: first
hint: second
hint: third

- return scores / math.sqrt(query.shape[-1])
+ return scores
unscaled: The scores are not scaled.
+ return scores / query.shape[-1]
by_dh: Divided by dh.
""",
    ),
    "toy_softmax": Check(
        toy.toy_softmax,
        lambda draw: [Case((draw.normal(*SHAPE), -1))],
        axes=("batch", "heads", "queries", "keys"),
        properties=(
            Property(
                lambda value, x, dim: torch.allclose(value.sum(dim), torch.ones(2, 3, 5)), "Rows do not sum to 1."
            ),
        ),
        diff="""
- return exponentials / exponentials.sum(dim=dim, keepdim=True)
+ return exponentials
no_sum: Not divided by the sum.
""",
    ),
    "toy_attention": Check(
        toy.toy_attention,
        lambda draw: [Case(three(draw))],
        diff="""
- return probabilities @ value, probabilities
+ return probabilities, probabilities @ value
swapped: The two results are swapped.

- probabilities = toy_softmax(toy_scores(query, key), dim=-1)
+ probabilities = toy_softmax(toy_scores(query, key), dim=-2)
over_queries: Softmax over the queries.
""",
    ),
    "toy_pieces": Check(
        toy.toy_pieces,
        lambda draw: [Case(("One",)), Case(("One Two",)), Case((" a  b ",)), Case(("",))],
        diff="""
- pieces.append(word.lower())
+ pieces.append(word)
cased: Not lower-cased.

- word, _, rest = rest.partition(" ")
+ word, _, _ = rest.partition(" ")
stuck (endless): The rest never gets shorter.
""",
    ),
    "toy_root": Check(
        toy.toy_root,
        lambda draw: [Case((4.0,)), Case((-4.0,), "negative", raises=ValueError)],
        diff="""
- raise ValueError("negative")
+ assert x >= 0
asserts: An assert.
""",
    ),
}

recorded: list[str] = []
COURSE = Course(AnswerKey([toy]), CHECKS.get, lambda name, answer: recorded.append(name))
for check in CHECKS.values():
    check.course = COURSE


def judge(answer: object, name: str = "toy_scores") -> Result:
    """The verdict of one of the checks; its card never shows a traceback."""
    result = CHECKS[name].judge(answer)
    assert "Traceback" not in repr(result)
    assert result._repr_html_().startswith("<div")
    return result


def right(query, key):
    """`toy_scores` written another way."""
    return torch.einsum("bhqd,bhkd->bhqk", query, key) * query.shape[-1] ** -0.5


def one_off(reference: Callable, cases: Callable, **fields) -> Check:
    """A check of the toy course that is made for one test."""
    return Check(reference, cases, course=COURSE, **fields)
