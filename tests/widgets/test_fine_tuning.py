"""Lesson 12's widget: each model's own probabilities, rounded where they are stored, and a sentence for odd messages."""

import re

import pytest
import torch

from course_utils.figures.style import Picture
from course_utils.given.intents import IntentModel, predict_intents
from course_utils.given.messages import INTENTS
from course_utils.widgets import base
from course_utils.widgets import fine_tuning as widgets

from ..figures.drawings import outside, words


@pytest.fixture(scope="module")
def loaded():
    from course_utils.model import load_model

    return load_model()


@pytest.fixture(scope="module")
def model(loaded):
    """A classifier whose head has small random numbers."""
    return IntentModel(loaded[1], len(INTENTS), torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def certain(loaded):
    """A classifier that takes every message for `hours`: that bias outweighs all scores."""
    sure = IntentModel(loaded[1], len(INTENTS), torch.Generator().manual_seed(0))
    with torch.no_grad():
        sure.classifier.bias[INTENTS.index("hours")] += 100
    return sure


@pytest.fixture
def draw(monkeypatch, loaded, model, certain):
    """What `explore_intents` draws for a message, live."""
    kept = {}
    monkeypatch.setattr(base, "is_live", lambda: True)
    monkeypatch.setattr(base, "explore", lambda draw, **controls: kept.update(draw=draw, **controls))
    widgets.explore_intents(loaded[0], {"before": model, "after": certain})
    return lambda message: kept["draw"](message)


def test_each_model_answers_with_its_own_probabilities(draw, loaded, model):
    message = "When do you open?"
    first = predict_intents(model, loaded[0], [message])[0]
    picture = draw(message)
    best = int(first.argmax())
    assert f"before, {INTENTS[best]} {float(first[best]):.2f}; after, hours 1.00" in picture.caption
    assert {"before", "after", *INTENTS} <= set(words(picture))
    assert not outside(picture)


@pytest.mark.parametrize(
    ("message", "said"), [("  ", "no message"), ("", "no message"), ("book " * 300, "longer than 256")]
)
def test_odd_messages_get_one_sentence_back(draw, message, said):
    with pytest.raises(ValueError, match=said):
        draw(message)


def test_the_static_twin_is_coarse(loaded, model, certain, capsys):
    highest = float(predict_intents(model, loaded[0], [widgets.MESSAGE]).max())
    widgets.explore_intents(loaded[0], {"before": model, "after": certain})
    told = capsys.readouterr().out
    assert round(highest, 2) != 0.1
    assert re.search(r"before, \w+ 0\.10; after, hours 1\.00", told)


def test_three_models_fit():
    shares = torch.full((len(INTENTS),), 1 / len(INTENTS))
    picture = widgets.draw_intents("hello " * 60, {"one": shares, "two": shares, "three": shares}, INTENTS, 0.25)
    assert isinstance(picture, Picture)
    assert not outside(picture)
    assert "to the nearest 0.25" in words(picture)
