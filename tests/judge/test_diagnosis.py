"""Which known mistake explains an answer, and what is said of one that none explains."""

import pytest
import torch

from course_utils.checks.course import find
from course_utils.judge import running
from tests.judge.toy_course import judge, right


@pytest.fixture
def impatient(monkeypatch):
    """For answers that never end; all others have the learner's five seconds, also on a busy machine."""
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(running, "WALL_LIMIT", 8.0)


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


def test_rows_confined():
    def spoils(query, key):
        scores = right(query, key).clone()
        scores[1, :, 4] = 9.0
        return scores

    text = repr(judge(spoils))
    assert "Wrong along batch only at place 1" in text
    assert "Wrong along queries only at place 4" in text
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


def test_what_an_argument_explains_is_not_two_mistakes():
    card = find("bert_layer").judge(lambda hidden_states, params, config, mask=None: hidden_states)
    assert card.headline == "Yours is `hidden_states` as it was given."
    assert card.diagnosis == ()
