"""Every intermediate result of a layer is what BertLayer's parts compute."""

import pytest
import torch

from course_utils.given.trace import trace_layer
from course_utils.reference.encoder_layer import first_difference, layer_params
from course_utils.reference.self_attention import extended_attention_mask
from tests.reference.fixtures import HIDDEN, normal, small_batch, small_model


@pytest.mark.parametrize("padded", [True, False])
def test_trace_layer_keeps_what_the_layer_computes(padded):
    model, batch = small_model(seed=4), small_batch(padded=padded)
    x, mask = normal(2, 5, HIDDEN), extended_attention_mask(batch["attention_mask"], torch.float32)
    layer, params = model.encoder.layer[2], layer_params(model.state_dict(), 2)
    trace = trace_layer(x, params, model.config, mask)
    with torch.no_grad():
        context, probabilities = layer.attention.self(x, mask)
        attention_output = layer.attention.output(context, x)
        expected = {
            "probabilities": probabilities,
            "context": context,
            "attention_output": attention_output,
            "intermediate": layer.intermediate(attention_output),
            "layer_output": layer(x, mask),
        }
    assert first_difference(trace, expected) is None
    assert list(trace) == ["query", "key", "value", "scores", *expected]
