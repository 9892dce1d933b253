"""The verdicts, in their order, on answers to a toy key."""

import sys

import pytest
import torch

from tests.judge.toy_course import judge, right


def test_nothing_to_check():
    assert judge(None).status == "not_attempted"


@pytest.mark.parametrize("answer", ["toy_scores", 3, torch.ones(2), [right]])
def test_not_a_function(answer):
    result = judge(answer)
    assert result.status == "error"
    assert "not a function" in result.headline


def test_missing_argument():
    result = judge(lambda query: query)
    assert result.status == "error"
    assert "toy_scores(query, key)" in result.headline


def blank_raise(query, key):
    """Doc."""
    raise NotImplementedError


def blank_dots(query, key): ...


def blank_pass(query, key):
    """Doc."""
    pass


@pytest.mark.parametrize("answer", [blank_raise, blank_dots, blank_pass])
def test_blank(answer):
    assert judge(answer).status == "not_attempted"


def test_forgotten_raise_is_told():
    def half(query, key):
        scores = query @ key.mT  # noqa: F841
        raise NotImplementedError

    result = judge(half)
    assert result.status == "error"
    assert "delete that line" in result.headline


def test_call_of_another_blank_is_told():
    result = judge(lambda query, key: blank_raise(query, key) + 1)
    assert result.status == "error"
    assert "`blank_raise`" in result.headline


def test_raised_error_is_translated_with_line_and_shapes():
    def wrong(query, key):
        return query @ key

    result = judge(wrong)
    assert result.status == "error"
    assert "RuntimeError" in result.headline
    assert "inner sizes" in result.headline
    assert "return query @ key" in repr(result)
    assert "query=Tensor (2, 3, 5, 7)" in repr(result)


def test_sys_exit():
    result = judge(lambda query, key: sys.exit(3))
    assert result.status == "error"
    assert "sys.exit" in result.headline


def test_no_return():
    def forgets(query, key):
        right(query, key)

    result = judge(forgets)
    assert result.status == "failed"
    assert "return" in result.headline


@pytest.mark.parametrize("convert", [lambda t: t.tolist(), lambda t: t.numpy(), lambda t: (t, t), lambda t: "scores"])
def test_wrong_type(convert):
    result = judge(lambda query, key: convert(right(query, key)))
    assert result.status == "failed"
    assert "expected a torch.Tensor" in result.headline.replace("Expected", "expected")


def test_wrong_shape_by_axis_names():
    result = judge(lambda query, key: right(query, key).transpose(1, 2))
    assert result.status == "failed"
    assert "batch 2, heads 3, queries 5, keys 6" in result.headline
    assert "(batch, queries, heads, keys)" in result.headline


def test_extra_axis():
    assert "size 1 too many" in judge(lambda query, key: right(query, key)[None]).headline


def test_wrong_dtype():
    assert "float64" in judge(lambda query, key: right(query, key).double()).headline


@pytest.mark.parametrize(("number", "word"), [(float("nan"), "NaN"), (float("inf"), "infinite")])
def test_nan_and_inf(number, word):
    assert word in judge(lambda query, key: right(query, key) * number).headline


def test_changed_inputs():
    def in_place(query, key):
        query *= query.shape[-1] ** -0.5
        return query @ key.mT

    result = judge(in_place)
    assert result.diagnosis == ("changes_inputs",)
    assert "`query`" in result.headline


def test_noise():
    unsteady = judge(lambda query, key: right(query, key) + torch.rand(1))
    assert unsteady.diagnosis == ("not_deterministic",)
    assert "Is there dropout" in unsteady.headline


def test_cached_first_result():
    kept = []

    def caches(query, key):
        kept.append(right(query, key))
        return kept[0]

    result = judge(caches)
    assert result.status == "failed"
    assert not result.diagnosis


def test_right():
    assert judge(right).passed
