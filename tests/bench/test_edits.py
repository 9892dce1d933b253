"""Small edits: one place each, in the lines they say, and never where an edit changes no value."""

import random
import textwrap

import pytest

from bench.edits import edits, sample

SOFTMAX = '''def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Not to be edited: 1 + 1."""
    if dim > 9:
        raise ValueError("no 1 + 1")
    shifted = torch.exp(
        x - x.amax(dim=dim, keepdim=True)
    )
    return shifted / shifted.sum(dim, keepdim=True)
'''


@pytest.mark.parametrize(
    ("line", "kind", "edited"),
    [
        ("return a + b", "operator", "return a - b"),
        ("return a / b", "operands swapped", "return b / a"),
        ("return c - (a + b)", "operand left out", "return (a + b)"),
        ("return ~a", "sign left out", "return a"),
        ("return a < b", "comparison", "return a <= b"),
        ("return a not in b", "comparison", "return a in b"),
        ("return a and b", "and, or", "return a or b"),
        ("return a and b", "operand left out", "return b"),
        ("return a[:, 1]", "number", "return a[:, 2]"),
        ("return a[1:]", "bound left out", "return a[:]"),
        ("return a[0]", "index left out", "return a"),
        ("return a.mean(-1)", "number", "return a.mean(0)"),
        ("return a.mean(-1)", "function", "return a.sum(-1)"),
        ("return a.mean(-1)", "call left out", "return a"),
        ("return torch.exp(a + b)", "call left out", "return (a + b)"),
        ("return a.sum(1, keepdim=True)", "argument left out", "return a.sum(1)"),
        ("return a.sum(1, keepdim=True)", "True and False", "return a.sum(1, keepdim=False)"),
        ("return a.transpose(b, c)", "arguments swapped", "return a.transpose(c, b)"),
        ("return a.max(), b", "order", "return b, a.max()"),
        ("return a + b", "name", "return a + c"),
        ('return a["weight"]', "word in a text", 'return a["bias"]'),
        ('return a[f"{b}.key"]', "word in a text", 'return a[f"{b}.query"]'),
        ("return [x for x in a if x]", "condition", "return [x for x in a]"),
        ("return b if a else c", "condition", "return b if not a else c"),
        ("return b.q + b.k", "attribute", "return b.k + b.k"),
        ("a = torch.exp(a)", "line left out", "pass"),
        ("a.append(b)", "line left out", "pass"),
        ("a += b", "operator", "a -= b"),
    ],
)
def test_a_slip_of_each_kind(line, kind, edited):
    found = edits(f"def answer(a, b, c):\n    {line}\n")
    assert f"def answer(a, b, c):\n    {edited}\n" in [edit.text for edit in found if edit.kind == kind]


def test_an_edit_changes_the_lines_it_says_and_no_other():
    lines = SOFTMAX.splitlines()
    found = edits(SOFTMAX)
    assert len({edit.text for edit in found}) == len(found) > 40
    for edit in found:
        new, longer = edit.text.splitlines(), edit.text.count("\n") - SOFTMAX.count("\n")
        assert new[: edit.first - 1] == lines[: edit.first - 1]
        assert new[edit.last :] == lines[edit.last - longer :]
        assert edit.before == "\n".join(lines[edit.first - 1 : edit.last - longer])
        assert edit.after == "\n".join(new[edit.first - 1 : edit.last])
        assert edit.before != edit.after


def test_what_changes_no_value_is_left_alone():
    for edit in edits(SOFTMAX):
        assert '"""Not to be edited: 1 + 1."""' in edit.text
        assert 'ValueError("no 1 + 1")' in edit.text
        assert "x: Tensor" in edit.text
    zipped = edits("def f(a, b):\n    return zip(a, b, strict=True)\n")
    assert not [edit for edit in zipped if "zip" in edit.text and "strict=True" not in edit.text]


def test_letters_of_several_bytes_do_not_shift_an_edit():
    source = 'def f(x):\n    return x.replace("Schrödinger – ß", "é") + x[1]\n'
    assert source.replace("x[1]", "x[2]") in [edit.text for edit in edits(source)]


def test_a_sample_is_the_same_for_a_seed_and_has_many_kinds():
    found = edits(SOFTMAX)
    one, again, other = (sample(found, 8, random.Random(seed)) for seed in (1, 1, 2))
    assert one == again != other
    assert len({edit.kind for edit in one}) == len({edit.text for edit in one}) == 8
    assert len(sample(found, 10**6, random.Random(1))) == len(found)


def test_methods_of_a_class_are_edited():
    source = textwrap.dedent("""
        class Layer(nn.Module):
            def forward(self, x):
                return x + 1
    """).lstrip()
    assert source.replace("x + 1", "x - 1") in [edit.text for edit in edits(source)]
