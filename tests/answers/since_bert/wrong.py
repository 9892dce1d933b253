"""Wrong ways, most of which no known mistake gives."""

import torch
import torch.nn.functional as F

from course_utils.reference.since_bert import rms_norm, rotary_tables, rotate, sliding_window_mask


def rms_norm_of_unit_length(x, weight, eps):
    return F.normalize(x, dim=-1, eps=eps) * weight


def rms_norm_with_a_least_size(x, weight, eps):
    return x / x.pow(2).mean(-1, keepdim=True).sqrt().clamp(min=eps) * weight


def rms_norm_by_the_largest(x, weight, eps):
    return x / (x.abs().amax(-1, keepdim=True) + eps) * weight


def rms_norm_of_half_of_the_features(x, weight, eps):
    return x / torch.sqrt(x[..., : x.shape[-1] // 2].pow(2).mean(-1, keepdim=True) + eps) * weight


def rms_norm_plus_x(x, weight, eps):
    return x + rms_norm(x, weight, eps)


def rms_norm_with_a_bias(x, weight, eps):
    return rms_norm(x, weight, eps) + 0.1


def rms_norm_of_the_first_token(x, weight, eps):
    return x / torch.sqrt(x[:, :1].pow(2).mean(-1, keepdim=True) + eps) * weight


def tables_slowest_first(positions, head_size, theta):
    return tuple(
        torch.cat([half.flip(-1) for half in table.chunk(2, -1)], -1)
        for table in rotary_tables(positions, head_size, theta)
    )


def tables_of_half_of_the_pairs(positions, head_size, theta):
    cos, sin = rotary_tables(positions, head_size, theta)
    still = torch.arange(head_size) % (head_size // 2) >= head_size // 4
    return cos.masked_fill(still, 1), sin.masked_fill(still, 0)


def tables_of_equal_steps(positions, head_size, theta):
    frequencies = torch.linspace(1, 1 / theta, head_size // 2)
    angles = (positions[:, None] * frequencies).repeat(1, 2)
    return angles.cos(), angles.sin()


def tables_in_one_tensor(positions, head_size, theta):
    return torch.stack(rotary_tables(positions, head_size, theta))


def tables_of_llama_s_own_code(positions, head_size, theta):
    angles = torch.outer(positions, theta ** -(torch.arange(0, head_size, 2) / head_size))
    return torch.polar(torch.ones_like(angles), angles)


def tables_of_sines_and_cosines_in_turn(positions, head_size, theta):
    angles = positions[:, None] * theta ** (-torch.arange(0, head_size, 2) / head_size)
    table = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
    return table, table


def rotate_twice(x, cos, sin):
    return rotate(rotate(x, cos, sin), cos, sin)


def rotate_from_the_end(x, cos, sin):
    return rotate(x, cos.flip(0), sin.flip(0))


def rotate_the_first_head(x, cos, sin):
    return torch.cat([rotate(x[:, :1], cos, sin), x[:, 1:]], dim=1)


def rotate_plus_x(x, cos, sin):
    return x + rotate(x, cos, sin)


def rotate_one_position_late(x, cos, sin):
    return rotate(x, cos.roll(1, 0), sin.roll(1, 0))


def rotate_with_the_tables_in_turn(x, cos, sin):
    """Axes in front, and heads and tokens exchanged, as for (batch, tokens, heads, head_size)."""
    return x * cos[None, :, None] + torch.cat([-x.chunk(2, -1)[1], x.chunk(2, -1)[0]], -1) * sin[None, :, None]


def geglu_with_open_gates(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.linear(F.gelu(values) * (1 + gates), wo)


def geglu_with_softmax_gates(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.linear(F.gelu(values) * gates.softmax(-1), wo)


def geglu_with_gates_of_the_token_before(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.linear(F.gelu(values) * gates.roll(1, 1), wo)


def geglu_with_mean_gates(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.linear(F.gelu(values) * gates.mean(-1, keepdim=True), wo)


def geglu_with_wo_as_it_is(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.gelu(values) * gates @ wo


def geglu_halved_along_the_tokens(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, dim=1)
    return F.linear(F.gelu(values) * gates, wo)


def geglu_without_brackets(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, -1)
    return F.gelu(values) * (gates @ wo.T)


def window_of_a_circle(tokens, window, dtype):
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)).abs()
    return hidden_where(torch.minimum(distance, tokens - distance) > window, dtype)


def window_with_holes(tokens, window, dtype):
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)).abs()
    return hidden_where((distance > window) | (distance % 2 == 1), dtype)


def window_that_grows_weaker(tokens, window, dtype):
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)).abs()
    return (-distance.to(dtype))[None, None]


def window_of_a_hundred(tokens, window, dtype):
    return sliding_window_mask(tokens, window, dtype).clamp(min=-100)


def window_longer_before(tokens, window, dtype):
    band = torch.ones(tokens, tokens).tril(window).triu(-2 * window)
    return hidden_where(band == 0, dtype)


def rms_norm_by_bert_s_layer_norm(x, weight, eps):
    variance = x.var(dim=-1, keepdim=True)
    return (x - x.mean(dim=-1, keepdim=True)) / torch.sqrt(variance + eps) * weight


def rms_norm_without_keepdim(x, weight, eps):
    return x / torch.sqrt(torch.mean(x**2, -1) + eps) * weight


def rms_norm_changing_x(x, weight, eps):
    x /= torch.sqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    x *= weight
    return x


def tables_of_angles_in_bfloat16(positions, head_size, theta):
    frequencies = (theta ** (-torch.arange(0, head_size, 2) / head_size)).bfloat16()
    angles = (positions[:, None].bfloat16() * frequencies).repeat(1, 2)
    return angles.cos().float(), angles.sin().float()


def tables_of_a_division_by_0(positions, head_size, theta):
    angles = (positions[:, None] / (theta * torch.arange(0, head_size, 2) / head_size)).repeat(1, 2)
    return angles.cos(), angles.sin()


def tables_of_floor_division(positions, head_size, theta):
    frequencies = torch.pow(theta, -2 * torch.arange(head_size // 2) // head_size)
    angles = torch.outer(positions, frequencies).repeat(1, 2)
    return angles.cos(), angles.sin()


def rotate_half_by_half_in_a_clone(x, cos, sin):
    x, half = x.clone(), x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]  # views: they change with x
    x[..., :half] = first * cos[:, :half] - second * sin[:, :half]
    x[..., half:] = second * cos[:, half:] + first * sin[:, half:]
    return x


def rotate_neighbours_as_complex_numbers(x, cos, sin):
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.complex(cos, sin).chunk(2, -1)[0]).flatten(-2)


def window_by_where_of_plain_numbers(tokens, window, dtype):
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)).abs()
    return torch.where(distance <= window, 0.0, torch.finfo(dtype).min)[None, None]


def window_of_one_triangle(tokens, window, dtype):
    return hidden_where(torch.ones(tokens, tokens).tril(window) == 0, dtype)


def window_of_an_empty_band(tokens, window, dtype):
    return hidden_where(torch.ones(tokens, tokens).tril(window).triu(window) == 0, dtype)


def window_by_slices_that_stop_early(tokens, window, dtype):
    mask = torch.full((1, 1, tokens, tokens), torch.finfo(dtype).min, dtype=dtype)
    for token in range(tokens):
        mask[..., token, max(0, token - window) : token + window] = 0
    return mask


def hidden_where(hidden, dtype):
    return torch.zeros(hidden.shape, dtype=dtype).masked_fill(hidden, torch.finfo(dtype).min)[None, None]
