"""Feed-forward: GELU equal to torch in both forms, the halves to BertIntermediate and BertOutput."""

import pytest
import torch
import torch.nn.functional as F
from transformers import BertConfig

from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.feed_forward import (
    ffn_parameter_share,
    gelu,
    gelu_tanh,
    intermediate,
    is_position_wise,
    output,
    write_neuron,
)
from tests.reference.fixtures import HIDDEN, INTERMEDIATE, close, normal, real_batch, real_model, small_model


@pytest.mark.parametrize("scale", [1e-6, 1.0, 5.0, 1e4])
def test_gelu_in_both_forms(scale):
    x = scale * normal(2, 5, INTERMEDIATE)
    assert close(gelu(x), F.gelu(x))
    assert close(gelu_tanh(x), F.gelu(x, approximate="tanh"))


def test_known_numbers_of_gelu():
    x = torch.linspace(-5, 5, 200_001, dtype=torch.float64)
    assert gelu(x).min().item() == pytest.approx(-0.16997, abs=1e-5)
    assert x[gelu(x).argmin()].item() == pytest.approx(-0.7518, abs=1e-4)
    difference = (gelu(x) - gelu_tanh(x)).abs()
    assert difference.max().item() == pytest.approx(4.732e-4, abs=1e-7)
    assert x[difference.argmax()].abs().item() == pytest.approx(2.699, abs=1e-3)


@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_both_halves_equal_small_random_models(eps):
    model = small_model(seed=1, layer_norm_eps=eps)
    x, wide = normal(2, 5, HIDDEN), normal(2, 5, INTERMEDIATE, seed=1)
    for number, layer in enumerate(model.encoder.layer):
        params = layer_params(model.state_dict(), number)
        with torch.no_grad():
            assert close(intermediate(x, params), layer.intermediate(x))
            assert close(output(wide, x, params, eps), layer.output(wide, x))


def test_both_halves_equal_the_real_model():
    model = real_model()
    with torch.no_grad():
        hidden_states = model(**real_batch(), output_hidden_states=True).hidden_states
        for number, layer in enumerate(model.encoder.layer):
            params, x = layer_params(model.state_dict(), number), hidden_states[number]
            wide = layer.intermediate(x)
            assert close(intermediate(x, params), wide)
            assert close(output(wide, x, params, model.config.layer_norm_eps), layer.output(wide, x))


def test_is_position_wise():
    model, x = small_model(seed=2), normal(2, 5, HIDDEN)
    layer = model.encoder.layer[0]
    with torch.no_grad():
        assert is_position_wise(lambda y: layer.output(layer.intermediate(y), y), x)
        assert not is_position_wise(lambda y: layer.attention.self(y)[0], x)
    assert not is_position_wise(lambda y: y.cumsum(dim=1), x)
    assert not is_position_wise(lambda y: y - y.mean(dim=1, keepdim=True), x)
    assert not is_position_wise(lambda y: y * float("nan"), x)
    assert is_position_wise(lambda y: y.sum(dim=-1), x)


def test_ffn_parameter_share():
    assert ffn_parameter_share(real_model().config) == pytest.approx(0.6663, abs=5e-5)
    small = small_model()
    layer = small.encoder.layer[0]
    inside = sum(p.numel() for part in (layer.intermediate, layer.output) for p in part.parameters())
    assert ffn_parameter_share(small.config) == inside / sum(p.numel() for p in layer.parameters())
    assert 0.66 < ffn_parameter_share(BertConfig()) < 0.67


@pytest.mark.parametrize("noise", [0.15, 3.0])
def test_a_written_neuron_in_a_real_network(noise):
    """As one more row and column of BertIntermediate and BertOutput it adds the message to its token, and nothing elsewhere."""
    layer = small_model(seed=1).encoder.layer[0]
    x = normal(5, HIDDEN)
    x[3] = x[1] + noise * normal(HIDDEN, seed=1)
    x, message = F.layer_norm(x, (HIDDEN,)), normal(HIDDEN, seed=2)
    with torch.no_grad():
        before = layer.output.dense(layer.intermediate(x))
        key, bias, value = write_neuron(x, 1, message)
        layer.intermediate.dense.weight = torch.nn.Parameter(torch.cat([layer.intermediate.dense.weight, key[None]]))
        layer.intermediate.dense.bias = torch.nn.Parameter(torch.cat([layer.intermediate.dense.bias, bias[None]]))
        layer.output.dense.weight = torch.nn.Parameter(torch.cat([layer.output.dense.weight, value[:, None]], dim=1))
        added = layer.output.dense(layer.intermediate(x)) - before
    assert close(added[1], message, atol=1e-3)
    assert added[[0, 2, 3, 4]].abs().max() < 1e-3
