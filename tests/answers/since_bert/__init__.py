"""Lesson 13: ways to write the parts of an encoder of today, and attention that writes."""

from tests.answers import Told
from tests.answers.since_bert import right, right_whole, wrong, wrong_whole

RIGHT = {
    "rms_norm": [
        right.rms_norm_of_torch,
        right.rms_norm_of_llama,
        right.rms_norm_by_length,
        right.rms_norm_by_loops,
        right.rms_norm_einsum,
        right.rms_norm_in_float64,
    ],
    "rotary_tables": [
        right.tables_of_llama,
        right.tables_by_exponentials,
        right.tables_in_float64,
        right.tables_by_loops,
        right.tables_by_complex_numbers,
    ],
    "rotate": [
        right.rotate_of_transformers,
        right.rotate_by_halves,
        right.rotate_by_complex_numbers,
        right.rotate_by_matrices,
        right.rotate_by_rolling,
        right.rotate_by_loops,
    ],
    "geglu": [
        right.geglu_of_torch,
        right.geglu_by_two_weights,
        right.geglu_einsum,
        right.geglu_by_erf,
        right.geglu_in_float64,
    ],
    "sliding_window_mask": [
        right.window_of_a_band,
        right.window_by_slices,
        right.window_by_where,
        right.window_of_infinity,
        right.window_of_ten_thousand,
        right.window_of_two_triangles,
    ],
    "modern_layer": [
        right_whole.layer_of_transformers,
        right_whole.layer_by_torch,
        right_whole.layer_that_adds_the_masks,
        right_whole.layer_in_float64,
    ],
    "causal_mask": [
        right_whole.causal_by_comparison,
        right_whole.causal_of_infinity,
        right_whole.causal_of_torch,
        right_whole.causal_by_rows,
        right_whole.causal_by_one_minus,
    ],
    "cached_attention": [
        right_whole.cached_by_torch,
        right_whole.cached_einsum,
        right_whole.cached_under_a_causal_mask,
        right_whole.cached_by_filling,
    ],
    "cache_bytes": [right_whole.bytes_of_tensors, right_whole.bytes_by_groups, right_whole.bytes_by_round],
}

UNNAMED = {
    "rms_norm": [
        wrong.rms_norm_of_unit_length,
        wrong.rms_norm_with_a_least_size,
        wrong.rms_norm_by_the_largest,
        wrong.rms_norm_of_half_of_the_features,
        wrong.rms_norm_plus_x,
        wrong.rms_norm_with_a_bias,
        wrong.rms_norm_of_the_first_token,
    ],
    "rotary_tables": [
        wrong.tables_slowest_first,
        wrong.tables_of_half_of_the_pairs,
        wrong.tables_of_equal_steps,
        wrong.tables_in_one_tensor,
        wrong.tables_of_llama_s_own_code,
        wrong.tables_of_sines_and_cosines_in_turn,
        wrong.tables_of_angles_in_bfloat16,
        wrong.tables_of_a_division_by_0,
    ],
    "rotate": [
        wrong.rotate_twice,
        wrong.rotate_from_the_end,
        wrong.rotate_the_first_head,
        wrong.rotate_plus_x,
        wrong.rotate_one_position_late,
    ],
    "geglu": [
        wrong.geglu_with_open_gates,
        wrong.geglu_with_softmax_gates,
        wrong.geglu_with_gates_of_the_token_before,
        wrong.geglu_with_mean_gates,
    ],
    "sliding_window_mask": [
        wrong.window_of_a_circle,
        wrong.window_with_holes,
        wrong.window_that_grows_weaker,
        wrong.window_of_a_hundred,
        wrong.window_longer_before,
        wrong.window_of_an_empty_band,
    ],
    "modern_layer": [
        wrong_whole.layer_with_both_residuals_halved,
        wrong_whole.layer_with_an_extra_gelu,
        wrong_whole.layer_with_larger_thetas,
    ],
    "causal_mask": [
        wrong_whole.causal_turned_round,
        wrong_whole.causal_with_the_last_hidden,
        wrong_whole.causal_with_the_first_hidden,
        wrong_whole.causal_of_a_hundred,
        wrong_whole.causal_row_of_the_last,
    ],
    "cached_attention": [
        wrong_whole.cached_with_half_of_the_query,
        wrong_whole.cached_with_the_newest_twice,
        wrong_whole.cached_that_adds,
    ],
    "cache_bytes": [
        wrong_whole.bytes_of_one_token_more,
        wrong_whole.bytes_of_half_a_triangle,
        wrong_whole.bytes_with_the_embeddings,
    ],
}

TOLD = {
    "rms_norm": [
        Told(wrong.rms_norm_with_a_bias, says=("plus 0.1", "Is something subtracted or added"), never=("0 / 0",)),
        Told(wrong.rms_norm_by_bert_s_layer_norm, diagnosis=("unbiased_variance", "mean_subtracted")),
        Told(wrong.rms_norm_without_keepdim, diagnosis=("no_keepdim",)),
        Told(wrong.rms_norm_changing_x, diagnosis=("changes_inputs",)),
    ],
    "rotary_tables": [
        Told(wrong.tables_of_llama_s_own_code, says=("These are complex numbers",), never=("cos² + sin²",)),
        Told(wrong.tables_of_sines_and_cosines_in_turn, says=("cos² + sin² is not 1", "Position 0 is not turned")),
        Told(wrong.tables_slowest_first, says=("flipped along head size", "Pair 0 turns by one radian")),
        Told(wrong.tables_of_a_division_by_0, says=("do you divide by 0?",), never=("cos² + sin²", "first half")),
        Told(wrong.tables_of_angles_in_bfloat16, diagnosis=(), nothing_broken=True),
        Told(wrong.tables_of_floor_division, diagnosis=("whole_negative_numbers",)),
    ],
    "rotate": [
        Told(wrong.rotate_twice, diagnosis=(), nothing_broken=True),
        Told(wrong.rotate_plus_x, says=("The vectors change their lengths",)),
        Told(wrong.rotate_from_the_end, says=("tensor([[1., 1.], [0., 0.]]), tensor([[0., 0.], [1., 1.]])",)),
        Told(wrong.rotate_with_the_tables_in_turn, diagnosis=("along_heads",)),
        Told(wrong.rotate_half_by_half_in_a_clone, diagnosis=("first_already_turned",)),
        Told(wrong.rotate_neighbours_as_complex_numbers, diagnosis=("neighbours_with_their_angles",)),
    ],
    "geglu": [
        Told(wrong.geglu_with_wo_as_it_is, says=("(10, 5) with (10, 5)", "`wo` is (10, 5)")),
        Told(wrong.geglu_halved_along_the_tokens, says=("sizes on axis 1 are 3 and 2",)),
        Told(wrong.geglu_without_brackets, says=("sizes on axis 2 are 5 and 10",)),
    ],
    "sliding_window_mask": [
        Told(wrong.window_of_a_hundred, says=("so mild",), never=("not symmetric",)),
        Told(wrong.window_longer_before, says=("not symmetric", "`window` others to either side")),
        Told(wrong.window_of_an_empty_band, says=("The diagonal is not 0",)),
        Told(wrong.window_by_where_of_plain_numbers, diagnosis=("dtype_ignored",)),
        Told(wrong.window_of_one_triangle, diagnosis=("sees_all_before",)),
        Told(wrong.window_by_slices_that_stop_early, diagnosis=("one_short_after",)),
    ],
    "modern_layer": [
        Told(
            wrong_whole.layer_that_norms_always,
            says=("`params` has it in other cases, but not in this one", "layer 0"),
            never=("Did you mean",),
        ),
        Told(wrong_whole.layer_that_needs_a_mask, says=("`mask` is None in this case",)),
        Told(wrong_whole.layer_with_one_theta_for_the_model, says=("there is no key 'rope_theta'",)),
        Told(wrong_whole.layer_with_the_name_of_berts_eps, says=("Did you mean `norm_eps`?",)),
        Told(wrong_whole.layer_with_local_for_a_name, diagnosis=("no_window",)),
        Told(wrong_whole.layer_that_looks_back_only, diagnosis=("scaled_dot_product_attention: causal",)),
    ],
    "causal_mask": [
        Told(wrong_whole.causal_turned_round, says=("flipped along key tokens", "causal_mask(2, torch.float32)")),
        Told(wrong_whole.causal_with_the_first_hidden, says=("may not look at one that comes before it",)),
        Told(wrong_whole.causal_of_a_hundred, says=("so mild",), never=("comes later",)),
        Told(wrong_whole.causal_of_minus_a_billion, says=("`torch.finfo(x.dtype).min`",)),
    ],
    "cached_attention": [
        Told(wrong_whole.cached_that_adds, says=("not the last ones of the new cache", "tokens so far 6")),
        Told(wrong_whole.cached_along_the_heads, says=("`cat` on axis 1", "met 5 and 1")),
        Told(wrong_whole.cached_without_a_first_token, says=("the first token: no cache",)),
        Told(wrong_whole.cached_values_alone, says=("`key` (2, 3, 1, 7) and `value` (2, 3, 6, 7)",)),
        Told(wrong_whole.cached_of_torch_s_causal_attention, diagnosis=("causal",)),
    ],
    "cache_bytes": [
        Told(wrong_whole.bytes_of_one_token_more, says=("with `tokens` one higher",)),
        Told(wrong_whole.bytes_where_heads_are_always_shared, says=("which has no `num_key_value_heads`",)),
        Told(wrong_whole.bytes_by_the_shared_heads_size, diagnosis=("all_heads_kept",)),
    ],
}
