"""Lesson 02: ways to look up, add, normalise, search and count."""

from tests.answers import Told
from tests.answers.embeddings import right, wrong

RIGHT = {
    "embedding_lookup": [
        right.lookup_functional,
        right.lookup_one_hot,
        right.lookup_loops,
        right.lookup_index_select,
        right.lookup_gather,
        right.lookup_module,
    ],
    "embedding_sum": [right.sum_broadcast, right.sum_modules, right.sum_loops, right.sum_stack, right.sum_where],
    "layer_norm": [
        right.norm_torch,
        right.norm_module,
        right.norm_float64,
        right.norm_by_hand,
        right.norm_einsum,
        right.norm_loops,
        right.norm_std_squared,
    ],
    "bert_embeddings": [
        right.whole_in_one,
        right.whole_module,
        right.whole_float64,
        right.whole_that_reads_the_config,
    ],
    "nearest_tokens": [
        right.nearest_topk,
        right.nearest_normalized,
        right.nearest_rows_only,
        right.nearest_sorted,
        right.nearest_unit_distance,
    ],
    "indistinguishable": [
        right.pair_by_all_gaps,
        right.pair_by_cdist,
        right.pair_by_unique,
        right.pair_by_sorting,
        right.pair_by_differences,
        right.pair_by_rounding,
    ],
    "embedding_parameters": [
        right.parameters_factored,
        right.parameters_counted,
        right.parameters_of_a_model_on_meta,
    ],
}

UNNAMED = {
    "embedding_lookup": [wrong.lookup_rows_reversed, wrong.lookup_sentences_swapped, wrong.lookup_rounded],
    "embedding_sum": [
        wrong.sum_positions_reversed,
        wrong.sum_positions_from_the_end,
        wrong.sum_segments_twice,
        wrong.sum_segments_only_in_pairs,
        wrong.sum_both_segments,
        wrong.sum_positions_restart_at_the_second_text,
        wrong.sum_sinusoids_in_halves,
    ],
    "layer_norm": [
        wrong.norm_eps_1e4,
        wrong.norm_one_plus_weight,
        wrong.norm_bias_subtracted,
        wrong.norm_absolute_deviation,
        wrong.norm_median,
        wrong.norm_eps_subtracted,
        wrong.norm_eps_squared,
        wrong.norm_eps_in_the_numerator,
        wrong.norm_min_max,
        wrong.norm_weight_squared,
        wrong.norm_residual_kept,
    ],
    "bert_embeddings": [wrong.whole_tanh, wrong.whole_halved, wrong.whole_with_the_sum_added],
    "nearest_tokens": [
        wrong.nearest_manhattan,
        wrong.nearest_centred,
        wrong.nearest_pearson,
        wrong.nearest_sorted_by_id,
    ],
    "indistinguishable": [
        wrong.pair_fixed,
        wrong.pair_with_negative_rows,
        wrong.pair_farthest,
        wrong.pair_of_the_second_feature,
        wrong.pair_of_row_numbers,
        wrong.pair_of_tensors,
    ],
    "embedding_parameters": [wrong.parameters_with_pooler, wrong.parameters_off_by_one, wrong.parameters_rows_only],
}

TOLD = {
    "layer_norm": [
        Told(wrong.norm_in_float32, says=("the dtype float64, got float32",)),
        Told(wrong.norm_eps_1e6, diagnosis=("eps_1e-6",)),
        Told(wrong.norm_eps_1e4, says=("All is as it should be but for eps",), never=("nearly 1",)),
        Told(wrong.norm_eps_subtracted, says=("even where a token's features differ",)),
        Told(wrong.norm_without_weight_and_bias, diagnosis=("no_weight", "no_bias")),
    ],
    "indistinguishable": [
        Told(wrong.pair_fixed, says=("(0, 0, 0) and (1, 1, 1), whose sums differ by",)),
        Told(wrong.pair_with_negative_rows, says=("is not one of the 11 rows of the vocabulary",)),
        Told(wrong.pair_of_row_numbers, says=("and one of the two is an int",)),
        Told(wrong.pair_of_tensors, says=("and one of the two is a Tensor (3,)",)),
        Told(wrong.pair_of_tensor_keys, says=("compare the numbers of the sums?",), diagnosis=("nothing_found",)),
        Told(wrong.pair_allowing_a_tenth, says=("Allowed is 1e-5",), never=("Two things at once",)),
    ],
}
