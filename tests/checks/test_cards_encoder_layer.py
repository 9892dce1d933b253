"""What the checks of lesson 06 say of answers that stand in no bank of mistakes."""

import pytest
from torch import nn

from course_utils.checks import find
from course_utils.reference.encoder_layer import bert_layer, layer_params
from tests.bank import encoder_layer as bank


def test_every_option_of_pytorchs_layer_that_was_left_out_is_told():
    card = repr(find("to_torch_layer").judge(bank.torch_layer_with_all_defaults))
    assert "`batch_first=True` is missing" in card
    assert "The activation is not the exact GELU" in card
    assert "eps is not `config.layer_norm_eps`" in card
    assert "number of heads" not in card
    assert "The norms come first" not in card


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (bank.torch_layer_in_float64, "expected the dtype float32, got float64"),
        (bank.torch_layer_with_a_weight_on_its_side, "It raises when it is called"),
    ],
)
def test_a_layer_of_pytorchs_that_cannot_be_compared(answer, words):
    assert words in repr(find("to_torch_layer").judge(answer))


def test_a_layer_of_pytorchs_into_which_nothing_was_loaded():
    def not_loaded(params, config):
        """The names are BERT's, so none fits, and without strictness nobody complains."""
        layer = nn.TransformerEncoderLayer(
            config.hidden_size, config.num_attention_heads, config.intermediate_size, 0.1, "gelu",
            config.layer_norm_eps, batch_first=True,
        )  # fmt: skip
        layer.load_state_dict(params, strict=False)
        return layer.eval()

    assert find("to_torch_layer").judge(not_loaded).diagnosis == ("not_loaded",)


def test_each_state_kept_before_its_layer_has_run():
    def kept_before(hidden_states, state_dict, config, mask=None):
        all_states = []
        for layer in range(config.num_hidden_layers):
            all_states.append(hidden_states)
            hidden_states = bert_layer(hidden_states, layer_params(state_dict, layer), config, mask)
        return all_states

    assert "each state kept before its layer has run" in find("run_encoder").judge(kept_before).headline


def test_one_bias_of_the_attention_forgotten():
    check = find("layer_parameters")
    result = check.judge(lambda config: check.reference(config) - config.hidden_size)
    assert "one of the attention's four" in result.headline
