"""Wrong ways to bend, widen, narrow and test for neighbours."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from tests.answers.feed_forward.right import intermediate_by_torch, output_by_torch


def gelu_in_float32(x):
    x = x.float()
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def wise_by_zeroing_the_others(fn, x):
    """The sentence is as long as before, so a function that counts its tokens is not found out."""
    for t in range(x.shape[1]):
        alone = torch.zeros_like(x)
        alone[:, t] = x[:, t]
        if not torch.allclose(fn(alone)[:, t], fn(x)[:, t], atol=1e-5):
            return False
    return True


def softplus(x):
    return F.softplus(x)


def mish(x):
    return F.mish(x)


def selu(x):
    return F.selu(x)


def hard_gelu(x):
    return x * (0.5 + x / 6).clamp(0, 1)


def gelu_plus_a_little(x):
    return F.gelu(x) + 2e-4


def gelu_of_the_absolute(x):
    return F.gelu(x.abs())


def rounded(x):
    return (F.gelu(x) * 1000).round() / 1000


def tanh_with_another_power(x):
    return x / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**5)))


def tanh_by_exp_of_large_numbers(x):
    large = torch.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return x / 2 * (1 + (large - 1) / (large + 1))


def tanh_clipped(x):
    return F.gelu(x, approximate="tanh").clamp(max=2.5)


def halved_tokens(x, params):
    return intermediate_by_torch(x / 2, params)


def normed_first(x, params):
    return intermediate_by_torch(F.layer_norm(x, x.shape[-1:]), params)


def tokens_mixed(x, params):
    return intermediate_by_torch(x + x.mean(dim=1, keepdim=True), params)


def softmaxed(x, params):
    return intermediate_by_torch(x, params).softmax(dim=-1)


def output_of_the_neighbour(wide, residual, params, eps):
    return output_by_torch(wide, residual.roll(1, dims=1), params, eps)


def output_mixing_tokens(wide, residual, params, eps):
    return output_by_torch(wide + 0.1 * wide.mean(dim=1, keepdim=True), residual, params, eps)


def output_normed_twice(wide, residual, params, eps):
    once = output_by_torch(wide, residual, params, eps)
    return F.layer_norm(once, once.shape[-1:], params["output.LayerNorm.weight"], params["output.LayerNorm.bias"], eps)


def wise_by_adding_noise_to_others(fn, x):
    other = x.clone()
    other[:, 2] += 1
    return torch.allclose(fn(x)[:, 1], fn(other)[:, 1], atol=1e-5)


def wise_in_places_that_the_features_count(fn, x):
    return all(torch.allclose(fn(x[:, t : t + 1]), fn(x)[:, t : t + 1], atol=1e-5) for t in range(1, x.shape[2]))


def wise_by_changing_the_last(fn, x):
    other = x.clone()
    other[:, -1] += 1
    return torch.allclose(fn(x)[:, :-1], fn(other)[:, :-1], atol=1e-5)


def wise_where_alone_is_larger(fn, x):
    whole = fn(x)
    return all(bool((fn(x[:, t : t + 1]) - whole[:, t : t + 1]).max() < 1e-5) for t in range(x.shape[1]))


def wise_where_the_sentence_is_larger(fn, x):
    whole = fn(x)
    return all(bool((whole[:, t : t + 1] - fn(x[:, t : t + 1])).max() < 1e-5) for t in range(x.shape[1]))


def wise_in_the_middle_of_the_first_text(fn, x):
    return torch.allclose(fn(x[:1, 2:3]), fn(x[:1])[:, 2:3], rtol=1e-5, atol=1e-5)


def share_of_words(config):
    return config.intermediate_size / (config.hidden_size + config.intermediate_size)


def share_with_a_third_norm(config):
    d, inner = config.hidden_size, config.intermediate_size
    ffn = 2 * d * inner + inner + 3 * d
    return ffn / (4 * d * d + 8 * d + ffn)


def share_of_weights_without_heads(config):
    d, inner = config.hidden_size, config.intermediate_size
    return 2 * d * inner / (4 * d * d // config.num_attention_heads + 2 * d * inner)


def true_of_numpy(fn, x):
    return np.all(np.ones(2) > 0)


def wise_by_the_beginning(fn, x):
    whole = fn(x)
    return all(torch.allclose(fn(x[:, : t + 1])[:, -1], whole[:, t], atol=1e-5) for t in range(x.shape[1]))


def share_with_two_biases_of_the_hidden_size(config):
    d, inner = config.hidden_size, config.intermediate_size
    ffn = d * inner + d + inner * d + d + 2 * d
    return ffn / (4 * (d * d + d) + 2 * d + ffn)


def share_of_two_thirds(config):
    return 2 / 3


def output_with_an_eps_of_its_own(wide, residual, params, eps):
    return output_by_torch(wide, residual, params, 1e-6)


def neuron_with_a_fixed_threshold(x, wanted, message):
    key, bias = 10 * x[wanted], torch.tensor(-9.0 * x.shape[1], dtype=x.dtype)
    return key, bias, message / F.gelu(x[wanted] @ key + bias)


def neuron_of_the_mean(x, wanted, message):
    key = 10 * x.mean(0)
    return key, torch.zeros((), dtype=x.dtype), message / F.gelu(x[wanted] @ key)


def neuron_without_a_tensor_for_the_bias(x, wanted, message):
    return x[wanted], 0.0, message


def neuron_of_two(x, wanted, message):
    return x[wanted], message


def neuron_with_a_bias_for_each_feature(x, wanted, message):
    return x[wanted], torch.zeros_like(message), message
