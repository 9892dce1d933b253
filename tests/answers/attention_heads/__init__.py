"""Ways to measure attention and to switch off a head."""

from tests.answers import Told
from tests.answers.attention_heads import right, wrong

RIGHT = {
    "offset_attention": [right.offset_by_loops, right.offset_by_indices, right.offset_by_mask, right.offset_by_slices],
    "attention_to": [
        right.to_by_selection,
        right.to_by_einsum,
        right.to_by_product,
        right.to_by_columns_first,
        right.to_by_where,
    ],
    "attention_entropy": [
        right.entropy_of_torch,
        right.entropy_of_categorical,
        right.entropy_by_where,
        right.entropy_by_xlogy,
        right.entropy_by_nan_to_num,
        right.entropy_with_a_billionth,
        right.entropy_by_loops,
        right.entropy_in_float64,
    ],
    "value_weighted_attention": [
        right.weighted_by_einsum,
        right.weighted_by_vectors,
        right.weighted_by_diagonal,
        right.weighted_by_heads,
        right.weighted_keepdim,
    ],
    "ablate_head": [
        right.ablate_by_mask,
        right.ablate_by_view,
        right.ablate_by_cat,
        right.ablate_by_index_fill,
        right.ablate_by_transpose,
    ],
    "word_similarity_by_layer": [
        right.word_in_a_padded_batch,
        right.word_by_own_encoder_with_gradients,
        right.word_by_hooks,
        right.word_by_number_of_the_output,
    ],
}

UNNAMED = {
    "offset_attention": [
        wrong.offset_median,
        wrong.offset_geometric,
        wrong.offset_without_the_first_query,
        wrong.offset_of_both_sides,
    ],
    "attention_to": [wrong.to_by_median, wrong.to_of_the_first_query, wrong.to_of_the_root],
    "attention_entropy": [
        wrong.gini,
        wrong.entropy_of_the_largest,
        wrong.entropy_with_a_hundredth,
        wrong.entropy_clamped_too_high,
        wrong.cross_entropy_with_uniform,
    ],
    "value_weighted_attention": [
        wrong.weighted_by_shifted_lengths,
        wrong.weighted_by_relative_lengths,
        wrong.weighted_by_the_mix,
        wrong.weighted_by_both,
    ],
    "ablate_head": [wrong.head_counted_from_the_end, wrong.head_halved, wrong.head_negated, wrong.head_with_ones],
    "word_similarity_by_layer": [
        wrong.word_centred,
        wrong.word_of_signs,
        wrong.word_of_half_the_features,
        wrong.word_against_the_embeddings,
        wrong.word_that_goes_on_elsewhere,
    ],
}

TOLD = {
    "attention_entropy": [Told(wrong.entropy_of_nan, says=("NaN",), never=("negative", "above ln(tokens)"))],
    "value_weighted_attention": [
        Told(wrong.weighted_by_roots_of_sums, says=("NaN",), never=("negative",)),
        Told(wrong.the_mix, says=("This is the mix itself. The exercise asks what each weight carries",)),
    ],
    "offset_attention": [
        Told(wrong.offset_with_the_last_for_the_one_before_the_first, diagnosis=("negative_index_in_the_sum",)),
        Told(wrong.offset_around_the_corner_over_all_but_one, diagnosis=("wraps_around_and_all_but_one",)),
    ],
    "ablate_head": [Told(wrong.ablate_into_a_list, says=(" and 12 more, got a list of 1",))],
    "word_similarity_by_layer": [
        Told(wrong.word_of_a_batch_not_unpacked, says=("`model(**batch)`",)),
        Told(wrong.word_of_lists, says=("return_tensors='pt'",)),
        Told(wrong.word_stacked_by_text, diagnosis=("stacked_by_text",)),
        Told(wrong.word_by_its_index, diagnosis=("word_for_its_pieces",)),
        Told(wrong.word_that_a_hash_goes_on_with, says=("a # follows the word",)),
        Told(
            wrong.word_by_hooks_that_stay,
            says=("`model.embeddings` and 2 other parts still have hooks",),
            diagnosis=("changes_inputs",),
        ),
    ],
}
