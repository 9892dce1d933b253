"""Gradients by depth: what lesson 04 says of them holds, and they are autograd's."""

import pytest

from course_utils.given.gradients import gradient_lengths
from course_utils.reference.add_and_norm import post_ln, pre_ln


def alone(x, sublayer, norm):
    return sublayer(x)


def test_a_signal_dies_out_without_shortcuts():
    first = [gradient_lengths(alone, layers, final_norm=False)[0] for layers in (4, 16)]
    assert first[0] > 1e-3
    assert first[1] < 1e-6


def test_the_law_of_post_and_pre_ln():
    post, pre = ([gradient_lengths(wrap, layers)[-1] for layers in (4, 16, 64)] for wrap in (post_ln, pre_ln))
    assert max(post) < 1.2 * min(post)
    assert pre[1] / pre[2] == pytest.approx(2, abs=0.4)


def test_one_length_per_layer_and_no_trace_in_torchs_random_state():
    import torch

    before = torch.get_rng_state()
    assert len(gradient_lengths(post_ln, 5)) == 5
    assert torch.equal(before, torch.get_rng_state())
