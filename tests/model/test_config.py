"""A config of another model, a size that is not a number, a switch that the lessons do not expect: one sentence each."""

import json

import pytest
from transformers import BertConfig

from course_utils import model
from course_utils.model.config import SIZES, SWITCHES
from tests.model.asking import change_config, problem


def test_another_kind_of_model(copy):
    change_config(copy, model_type="gpt2")
    assert "'gpt2'" in problem()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_act", "relu"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
        ("add_cross_attention", True),
    ],
)
def test_another_architecture(copy, key, value):
    change_config(copy, **{key: value})
    assert f"{key} = {value!r}" in problem()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("return_dict", False),
        ("return_dict", None),
        ("torchscript", True),
        ("output_attentions", True),
        ("chunk_size_feed_forward", 4),
        (
            "quantization_config",
            {"quant_method": "bitsandbytes", "load_in_4bit": True, "skip": ["pooler", "embeddings"]},
        ),
    ],
)
def test_a_switch_with_which_the_lessons_cannot_run(copy, key, value):
    change_config(copy, **{key: value})
    text = problem()
    assert f"`{key}: {json.dumps(value)[:60]}" in text
    assert "take that entry out" in text


def test_results_have_names_also_where_the_config_says_so_itself(copy):
    change_config(copy, return_dict=True, output_hidden_states=True)
    tokenizer, bert = model.load_model()
    assert len(bert(**tokenizer("a text", "and another", return_tensors="pt")).hidden_states) == 3


@pytest.mark.parametrize("value", ["12", "", 12.0, None, True, 0, -1, [12], {}])
def test_a_size_that_is_not_a_whole_number(copy, value):
    change_config(copy, hidden_size=value)
    assert f"`hidden_size: {json.dumps(value)}` in its config.json, where a whole number above 0" in problem()


@pytest.mark.parametrize("key", SIZES)
def test_a_size_as_text(copy, key):
    change_config(copy, **{key: "4"})
    assert f'`{key}: "4"` in its config.json' in problem()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("layer_norm_eps", "1e-12"),
        ("layer_norm_eps", None),
        ("layer_norm_eps", 0),
        ("layer_norm_eps", float("nan")),
        ("layer_norm_eps", float("inf")),
        ("hidden_dropout_prob", "0.1"),
        ("attention_probs_dropout_prob", 1.5),
        ("attention_probs_dropout_prob", None),
        ("pad_token_id", "0"),
        ("pad_token_id", -1),
        ("pad_token_id", 30522),
    ],
)
def test_another_number_that_is_none_or_cannot_be(copy, key, value):
    change_config(copy, **{key: value})
    assert f"`{key}: {json.dumps(value)}` in its config.json, where " in problem()


@pytest.mark.parametrize(
    ("key", "value", "least"),
    [
        ("type_vocab_size", 1, "2"),
        ("num_attention_heads", 1, "2"),
        ("max_position_embeddings", 128, "256"),
        ("vocab_size", 1000, "1,001"),
    ],
)
def test_a_model_too_small_for_the_lessons(copy, key, value, least):
    change_config(copy, **{key: value})
    assert f"has {key} = {value:,}, and the lessons need at least {least}:" in problem()


def test_heads_that_do_not_share_the_features_equally(copy):
    change_config(copy, num_attention_heads=5)
    assert "a hidden size of 12, which its 5 attention heads cannot share" in problem()


def test_what_the_config_does_not_say_is_what_transformers_takes():
    default = BertConfig()
    assert {key: value for key, (value, _) in SIZES.items()} == {key: getattr(default, key) for key in SIZES}
    known = {key: getattr(default, key) for key in SWITCHES if hasattr(default, key)}
    assert known == {key: SWITCHES[key] for key in known}
    assert (default.layer_norm_eps, default.pad_token_id) == (1e-12, 0)


def test_what_transformers_alone_refuses_is_one_sentence(copy):
    change_config(copy, use_cache="yes")
    with pytest.raises(model.ModelError, match=r"could not be loaded \(.*use_cache.*\): try another"):
        model.load_model()
