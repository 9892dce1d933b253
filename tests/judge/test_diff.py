"""A bank written as a diff of the key: what it says, and what is said of one that cannot be read."""

import pytest

from course_utils.judge.diff import DiffError, must_compile, read_diff
from course_utils.judge.mistakes import Unplantable, edited

BODY = """\
def scores(x, y, mask=None):
    product = x @ y.T  # (rows, columns)
    if mask is not None:
        product = product + mask
    total = product.sum()
    return product / total
"""
HINTS = "hint: one\nhint: two\nhint: three\n\n"


def planted(diff: str) -> dict[str, str]:
    """The key as each mistake of a diff makes it."""
    return {mistake.label: edited(BODY, mistake.edits) for mistake in read_diff(diff, BODY).mistakes}


def test_hints_groups_and_sentences():
    bank = read_diff(
        HINTS + "- total = product.sum()\n+ total = product.mean()\nmean: It is a mean: no sum.\n"
        "+ total = product.max()\neps_1e-5 (endless): Two `words`.\n",
        BODY,
    )
    assert bank.hints == ("one", "two", "three")
    assert [(each.label, each.says, each.endless) for each in bank.mistakes] == [
        ("mean", "It is a mean: no sum.", False),
        ("eps_1e-5", "Two `words`.", True),
    ]


def test_an_edit_within_a_line_keeps_its_comment():
    assert planted("- product = x @ y.T\n+ product = x @ y\nlabel: Says.\n")["label"] == BODY.replace("y.T", "y")


def test_deleted_inserted_and_several_lines():
    found = planted(
        "- total = product.sum()\ndeleted: Says.\n\n"
        "- total = product.sum()\n+ product = -product\n+ total = product.sum()\ninserted: Says.\n\n"
        "- if mask is not None:\n-     product = product + mask\n+ product = product + mask\nflat: Says.\n\n"
        "- product = x @ y.T\n+ product = y @ x.T\n- return product / total\n+ return total\ntwo_places: Says.\n"
    )
    total = "    total = product.sum()\n"
    assert found["deleted"] == BODY.replace(total, "")
    assert found["inserted"] == BODY.replace(total, "    product = -product\n" + total)
    assert found["flat"] == BODY.replace("    if mask is not None:\n        product = ", "    product = ")
    assert found["two_places"] == BODY.replace("x @ y.T", "y @ x.T").replace("product / total", "total")


def test_an_edit_is_as_small_as_it_can_be_so_that_two_fit_into_one_line():
    one, other = read_diff(
        "- return product / total\n+ return product / 2\nby_two: Says.\n+ return 3 / total\nthree: Says.\n", BODY
    ).mistakes
    assert edited(BODY, one.edits + other.edits).endswith("return 3 / 2\n")


def test_a_whole_line_is_not_made_smaller():
    bank = read_diff(
        "- return product / total\n+ return product / 2\nby_two (whole line): Says.\n+ return 3 / total\nx: S.\n", BODY
    )
    one, other = bank.mistakes
    assert edited(BODY, one.edits).endswith("return product / 2\n")
    with pytest.raises(Unplantable):
        edited(BODY, one.edits + other.edits)


def test_a_line_that_stays_keeps_its_comment():
    found = planted(
        "- product = x @ y.T\n- if mask is not None:\n+ product = x @ y.T\n+ if mask is None:\nlabel: Says.\n"
    )
    assert found["label"] == BODY.replace("is not None", "is None")


@pytest.mark.parametrize(
    ("diff", "line", "says"),
    [
        ("- product = y\n+ product = x\nlabel: Says.", 3, "'product = y' is in the key 0 times, not once"),
        ("- product = product + mask\n+ x\nlabel: Says.\n\n- total\n+ x\nother: Says.", 7, "0 times"),
        ("+ x\nlabel: Says.", 1, "a `+` line needs the `-` line"),
        ("- total = product.sum()\n+ x\none: Says.\n+ y\none: Says.", 5, "the label one is used in line 3 already"),
        ("- total = product.sum()\n+ x\n\nlabel: Says.", 3, "the edit above has no `label: sentence`"),
        ("- total = product.sum()\n+ x", 3, "the edit above has no `label: sentence`"),
        ("label: Says.", 1, "label has no `-` and `+` lines above it"),
        ("- total = product.sum()\n+ x\nlabel:", 3, "neither `- code`"),
        ("hint: only one", 1, "three hints"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(diff, line, says):
    with pytest.raises(DiffError, match=f"^softmax.diff:{line}: ") as told:
        read_diff(diff, BODY, "softmax.diff")
    assert says in str(told.value)


def test_a_line_that_the_key_has_twice_needs_the_line_beside_it():
    body = "def f(x):\n    x = x + 1\n    x = x * 2\n    x = x + 1\n    return x\n"
    with pytest.raises(DiffError, match="'x = x \\+ 1' is in the key 2 times"):
        read_diff("- x = x + 1\n+ x = x\nlabel: Says.\n", body)
    (mistake,) = read_diff("- x = x + 1\n- return x\n+ x = x\n+ return x\nlabel: Says.\n", body).mistakes
    assert edited(body, mistake.edits) == body.replace("x = x + 1\n    return", "x = x\n    return")


def test_an_edit_that_is_not_python_is_told():
    bank = read_diff("- total = product.sum()\n+ total = (\nlabel: Says.\n", BODY)
    with pytest.raises(DiffError, match=r"^a.diff:3: label: the edited key is not Python"):
        must_compile(bank, BODY, "a.diff")
