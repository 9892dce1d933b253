"""Lesson 03: ways to project, split, score, mask and mix."""

import math

import torch
import torch.nn.functional as F

from tests.answers import Told
from tests.answers.self_attention import previous, right, wrong

RIGHT = {
    "linear": [F.linear, right.linear_einsum, right.linear_loop, right.linear_in_float64],
    "split_heads": [right.split_view_permute, right.split_by_slices, right.split],
    "merge_heads": [right.merge_contiguous_view, right.merge_by_cat, right.merge_einsum],
    "attention_scores": [
        right.scores_einsum,
        right.scores_query_scaled_first,
        right.scores_both_scaled,
        right.scores_loop_over_heads,
        right.scores_in_float64,
    ],
    "softmax": [
        right.softmax_of_torch,
        right.softmax_by_logsumexp,
        right.softmax_by_log_softmax,
        right.softmax_in_float64,
        right.softmax_of_a_moved_axis,
    ],
    "extended_attention_mask": [
        right.mask_by_multiplication,
        right.mask_of_the_first_bert,
        right.mask_of_infinity,
        right.mask_by_where,
        right.mask_of_a_billion,
    ],
    "scaled_dot_product_attention": [
        right.attention_of_torch,
        right.attention_einsum,
        right.attention_masked_with(-math.inf),
        right.attention_masked_with(-1e4),
        right.attention_masked_with(torch.finfo(torch.float32).min),
        right.attention_of_a_bool_mask,
        right.attention_renormalised,
        right.attention_in_float64,
        right.attention_blind_for_padded_queries,
        right.attention_loop,
    ],
    "self_attention": [
        right.self_attention_with_torch,
        right.self_attention_without_key_bias,
        right.self_attention_loop,
        right.self_attention_einsum,
        right.self_attention_in_float64,
        right.self_attention_fused,
    ],
    "look_at_previous": [
        previous.previous_of_the_size_of_the_table,
        previous.previous_by_least_squares,
        previous.previous_where_the_first_looks_at_itself,
        previous.previous_with_the_strength_in_both,
        previous.previous_turned_in_space,
        previous.previous_in_float64,
        previous.previous_by_far,
    ],
}

UNNAMED = {
    "linear": [wrong.bias_subtracted, wrong.relu_after_linear, wrong.weight_reshaped],
    "split_heads": [wrong.split_heads_reversed, wrong.split_after_a_transpose, wrong.split_tokens_reversed],
    "merge_heads": [wrong.merge_heads_reversed, wrong.merge_outer_axes_swapped],
    "attention_scores": [
        wrong.root_of_keys,
        wrong.root_of_bert_base_head_size,
        wrong.negative_distance,
        wrong.cosines,
        wrong.softmax_already,
        wrong.root_of_seven,
    ],
    "softmax": [
        wrong.softmin,
        wrong.softmax_to_the_base_2,
        wrong.softmax_clamped,
        wrong.sigmoid,
        wrong.softmax_of_one,
        wrong.softmax_minus(wrong.median_of_row),
        wrong.softmax_minus(wrong.first_of_row),
        wrong.softmax_minus(wrong.one_hundred),
        wrong.softmax_minus(wrong.largest_absolute_value_of_row),
        wrong.softmax_along_axis_2_unless_told,
        wrong.softmax_of_an_axis_moved_the_other_way,
    ],
    "extended_attention_mask": [
        wrong.mask_of_the_first_row,
        wrong.mask_flipped,
        wrong.mask_of_bools,
        wrong.mask_at_first_padding_only,
        wrong.mask_of_a_hundred,
        wrong.mask_with_real_tokens_at_1,
    ],
    "scaled_dot_product_attention": [
        wrong.mask_added_after_softmax,
        wrong.softmax_twice,
        wrong.mask_over_root,
        wrong.anticausal,
        wrong.uniform,
        wrong.values_added_on_top,
        wrong.attention_of_as_many_heads_as_tokens,
    ],
    "self_attention": [
        wrong.self_attention_plus_residual,
        wrong.heads_share_their_weights,
        wrong.query_and_value_swapped,
        wrong.heads_reversed,
        wrong.tokens_rolled,
        wrong.biases_of_query,
        wrong.self_attention_of_as_many_heads_as_tokens,
    ],
    "look_at_previous": [
        previous.two_before,
        previous.always_at_the_first,
        previous.previous_for_all_but_the_last,
        previous.previous_by_outer_products,
        previous.features_rolled,
        previous.queries_and_keys_themselves,
        previous.previous_of_another_head_size,
    ],
}

TOLD = {
    "linear": [
        Told(wrong.weight_reshaped, says=("x W + b, without the transpose",)),
        Told(wrong.bias_subtracted, diagnosis=(), nothing_broken=True),
        Told(wrong.bias_of_one_more, diagnosis=(), nothing_broken=True),
    ],
    "softmax": [
        Told(wrong.softmax_of_names_only, says=("yours is `softmax_of_names_only(x, *, dim)`",)),
        Told(
            wrong.softmax_of_whole_numbers,
            says=("softmax: stopped.", "This needs floats"),
            never=("delete that line",),
        ),
    ],
    "scaled_dot_product_attention": [
        Told(wrong.averaged_over_heads, diagnosis=(), nothing_broken=True),
        Told(
            wrong.mask_added_to_probabilities,
            diagnosis=("mask_added_after_softmax",),
            never=("is not your probabilities",),
        ),
        Told(wrong.mask_converted_twice, diagnosis=("mask_converted_twice",)),
    ],
    "self_attention": [
        Told(
            wrong.self_attention_with_a_mask_converted_twice,
            diagnosis=("scaled_dot_product_attention: mask_converted_twice",),
        ),
        Told(wrong.biases_of_query, says=("off by the same vector",)),
        Told(wrong.tokens_rolled, diagnosis=(), nothing_broken=True),
        Told(wrong.heads_as_batch_axis, diagnosis=(), nothing_broken=True),
    ],
    "look_at_previous": [
        Told(previous.previous_times_three, diagnosis=("too_flat",)),
        Told(previous.query_and_key_weight_swapped, diagnosis=("looks_at_next",)),
        Told(previous.nothing_but_zeros, diagnosis=("all_alike",)),
        Told(previous.previous_at_right_angles, diagnosis=("only_at_right_angles",)),
        Told(previous.two_before, says=("most at 4, 0, 1, 2",), never=("transposed",)),
        Told(previous.previous_by_outer_products, says=("for rows of length 1 at right angles", "passes 1 of 3 cases")),
        Told(previous.queries_and_keys_themselves, says=("Return the weights that make them",)),
        Told(previous.previous_of_another_head_size, says=("a dot product needs the same",)),
        Told(previous.previous_weights_as_linear_does_not_store_them, says=("(out, in)",)),
        Told(previous.only_one_weight, says=("Expected a tuple of 2 items",)),
        Told(previous.previous_of_five_tokens, says=("7 places",)),
    ],
}
