"""Which known mistake explains an answer, and what is said of one that none explains."""

import pytest
import torch

from course_utils.judge import running
from course_utils.judge.patterns import where_wrong
from tests.judge.toy_course import judge, right


@pytest.fixture
def impatient(monkeypatch):
    """For answers that never end; all others have the learner's five seconds, also on a busy machine."""
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)


def test_single_mistake_is_named():
    result = judge(lambda query, key: query @ key.mT)
    assert result.diagnosis == ("unscaled",)
    assert result.headline == "The scores are not scaled."


def test_pair_with_an_inherited_mistake_is_named():
    def two(query, key, value):
        probabilities = torch.softmax(query @ key.mT, -1)
        return probabilities, probabilities @ value

    result = judge(two, "toy_attention")
    assert set(result.diagnosis) == {"swapped", "toy_scores: unscaled"}
    assert "Two things at once" in result.headline


def test_unknown_mistake_has_no_name_but_a_pattern():
    result = judge(lambda query, key: right(query, key) * 2)
    assert result.diagnosis == ()
    assert "times 2" in repr(result)


def test_nearly_equal_values_are_not_called_a_multiple_by_1():
    expected = 1 - torch.arange(12.0).view(3, 4) / 1e5
    assert list(where_wrong(expected.square(), expected, (), 1e-5)) == []
    assert list(where_wrong(3 * expected, expected, (), 1e-5)) == ["All your values are the reference's times 3."]


def test_rows_confined():
    def spoils(query, key):
        scores = right(query, key).clone()
        scores[1, :, 4] = 9.0
        return scores

    text = repr(judge(spoils))
    assert "Along batch, only 1" in text
    assert "Along queries, only 4" in text
    assert judge(spoils).heat


def test_broken_property_is_told():
    result = judge(lambda x, dim: torch.sigmoid(x), "toy_softmax")
    assert "Rows do not sum to 1." in repr(result)


def test_a_list_kept_between_calls_is_told():
    kept = []

    def pieces(text):
        kept.extend(text.lower().split())
        return kept

    assert judge(pieces, "toy_pieces").diagnosis == ("not_deterministic",)


def test_endless_mistake_is_named(impatient):
    def stuck(text):
        pieces, rest = [], text.strip()
        while rest:
            pieces.append(rest.partition(" ")[0].lower())
        return pieces

    result = judge(stuck, "toy_pieces")
    assert result.status == "error"
    assert result.diagnosis == ("stuck",)
