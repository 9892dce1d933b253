"""Lesson 04: ways to measure, split, add and normalise."""

from tests.answers import Told
from tests.answers.add_and_norm import right, wrong

RIGHT = {
    "normalization_stats": [
        right.stats_by_var_mean,
        right.stats_by_hand,
        right.stats_in_float64,
        right.stats_by_loops,
        right.stats_corrected,
    ],
    "head_contributions": [right.heads_by_einsum, right.heads_by_zeros, right.heads_by_matmul, right.heads_by_chunk],
    "self_output": [right.output_by_torch, right.output_inline, right.output_in_float64],
    "post_ln": [right.post_in_one_line, right.post_with_add],
    "pre_ln": [right.pre_in_steps],
    "update_ratio": [right.ratio_by_roots, right.ratio_of_squares, right.ratio_by_linalg],
    "invisible_updates": [
        right.updates_the_other_way_round,
        right.updates_by_layer_norm,
        right.updates_by_projection,
    ],
}

UNNAMED = {
    "normalization_stats": [
        wrong.median_for_mean,
        wrong.two_degrees_of_freedom,
        wrong.variance_of_the_sentence,
        wrong.first_feature_left_out,
        wrong.variance_with_eps,
    ],
    "head_contributions": [wrong.heads_negative, wrong.heads_scaled_by_size, wrong.heads_centred, wrong.tokens_rolled],
    "self_output": [
        wrong.output_with_relu,
        wrong.residual_of_the_neighbour,
        wrong.residual_halved,
        wrong.normed_twice,
        wrong.dense_twice,
    ],
    "post_ln": [wrong.sublayer_twice, wrong.norm_of_norm, wrong.half_residual],
    "pre_ln": [wrong.pre_norm_of_norm, wrong.pre_with_double_residual],
    "update_ratio": [wrong.cosine, wrong.ratio_at_most_one, wrong.ratio_in_logarithms, wrong.ratio_to_the_first_token],
    "invisible_updates": [
        wrong.updates_at_right_angles_to_x,
        wrong.updates_of_the_neighbour,
        wrong.updates_with_numbers_of_two_kinds,
        wrong.updates_too_short,
    ],
}

TOLD = {
    "normalization_stats": [
        Told(wrong.variance_without_its_axis, diagnosis=(), nothing_broken=True),
        Told(wrong.stats_by_moments, diagnosis=("by_moments",), says=("near 1,000",)),
    ],
    "self_output": [
        Told(
            wrong.output_that_no_branch_sets,
            says=("Every line that sets it was skipped in this call", "an `if` or a loop?"),
        ),
    ],
    "invisible_updates": [
        Told(wrong.one_update, says=("Expected a tuple of 2 updates, got a Tensor",)),
        Told(wrong.updates_without_features, says=("the first is a Tensor (1, 2)",)),
        Told(wrong.updates_too_short, says=("The length of the first update", "at one token"), never=("not a number",)),
    ],
    "update_ratio": [Told(wrong.nan_for_a_ratio, diagnosis=(), nothing_broken=True)],
}
