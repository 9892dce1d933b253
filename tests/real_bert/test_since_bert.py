"""Lesson 13's steps find wrong parts, layers, masks and caches, and all of them hold for the reference."""

from types import SimpleNamespace

import pytest
import torch

from course_utils.checks.course import KEY
from course_utils.real_bert import since_bert
from course_utils.real_bert.table import against_bert, run
from course_utils.reference import exercises
from tests.real_bert.planting import found
from tests.reference.fixtures import real_model, real_tokenizer

MISTAKES = [
    ("rms_norm", "layer_norm"),
    ("rotary_tables", "always_10000"),
    ("rotate", "backwards"),
    ("geglu", "swiglu"),
    ("sliding_window_mask", "one_short"),
    ("modern_layer", "window_everywhere"),
    ("modern_layer", "global_theta"),
    ("modern_layer", "window_for_mask"),
    ("causal_mask", "one_ahead"),
    ("cached_attention", "newest_key_first"),
    ("cached_attention", "newest_alone_returned"),
    ("cache_bytes", "all_heads_kept"),
    ("cache_bytes", "half"),
]


@pytest.mark.parametrize(("name", "label"), MISTAKES)
def test_a_mistake_shows(name, label):
    assert found("since_bert", name, label)


def test_each_exercise_is_in_a_step_and_the_reference_is_equal_in_all():
    mine = SimpleNamespace(**{name: KEY.functions[name] for name in exercises("since_bert")})
    with torch.no_grad():
        outcomes = list(run(since_bert.steps(mine, real_tokenizer(), real_model())))
    assert all(outcome.equal for outcome in outcomes), outcomes
    assert {name for outcome in outcomes for name in outcome.uses} == set(exercises("since_bert"))


def test_nothing_is_said_of_a_real_bert(capsys, monkeypatch, tmp_path):
    """The weights are random, and ModernBERT's and Llama's are no BERT's."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    against_bert("since_bert")
    said = capsys.readouterr().out
    assert "compared with the library's" in said
    assert "real BERT" not in said
