"""The verdicts, in their order, on answers to a toy key."""

import dataclasses
import sys

import pytest
import torch

from course_utils.judge import Case
from course_utils.judge.compare import first_difference
from tests.judge import toy_key as toy
from tests.judge.toy_course import CHECKS, SHAPE, judge, right


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
    assert "heads and queries swapped" in result.headline
    assert "batch 2, heads 3, queries 5, keys 6" in result.notes[0]
    assert "(batch, queries, heads, keys)" in result.notes[0]


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


def of_two(view, use, answer):
    """A card of the toy scores, with another view or use."""
    check = dataclasses.replace(
        CHECKS["toy_scores"],
        cases=lambda draw: [Case((draw.normal(*SHAPE), draw.normal(2, 3, 6, 7)))],
        view=view,
        use=use,
        words={"scores": "", "kept a graph": "whether a graph is kept"} if use else {},
        diff="",
    )
    return check.judge(answer)


def test_values_that_a_view_hides_are_not_counted():
    def without_the_last(value, query, key):
        return value * (torch.arange(5) < 4)[:, None]

    card = of_two(without_the_last, None, lambda query, key: 2.5 * right(query, key))
    assert "144 of 144 values differ" in str(card)
    card = of_two(None, None, lambda query, key: 2.5 * right(query, key))
    assert "180 of 180 values differ" in str(card)


def test_zeros_that_are_right_count_also_beside_a_view():
    def unchanged(value, query, key):
        return value

    card = of_two(unchanged, None, lambda query, key: toy.toy_scores(query, key) + (torch.arange(6) == 2))
    assert "30 of 180 values differ" in str(card)


def test_one_number_is_told_and_not_counted():
    assert first_difference(torch.tensor(1.5), torch.tensor(2.25)).says == "1.5, where the reference has 2.25"
    says = first_difference(torch.tensor(1.0), torch.tensor(1.00001), tolerance=1e-6).says
    assert says == "1.0, where the reference has 1.00001"


def test_yes_or_no_of_what_a_check_has_made():
    def with_a_word(answer, query, key):
        scores = answer(query.clone().requires_grad_(), key)
        return {"scores": scores.detach(), "kept a graph": scores.requires_grad}

    card = of_two(None, with_a_word, lambda query, key: right(query, key).detach())
    assert card.headline == "Whether a graph is kept: False, where the reference has True."


def test_words_of_a_check_are_not_quoted():
    def in_words(answer, query, key):
        return {"the largest of them": "above 0" if answer(query, key).max() > 0 else "below 0"}

    card = of_two(None, in_words, lambda query, key: -right(query, key).abs() - 1)
    assert "The largest of them: below 0, where the reference has above 0." in (card.headline, *card.notes)


def test_how_a_list_is_made_of_a_tensor():
    assert first_difference(torch.ones(2), [1, 1]).says.endswith("; `.tolist()` makes a list of it")
    assert "tolist" not in first_difference((1, 1), [1, 1]).says
