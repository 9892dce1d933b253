"""Lesson 10: ways to fuse, batch, pack, mask and count."""

from tests.answers import Told
from tests.answers.speed import right, wrong

RIGHT = {
    "fuse_qkv": [
        right.fuse_by_vstack,
        right.fuse_by_stack_and_flatten,
        right.fuse_by_filling,
        right.fuse_transposed_twice,
    ],
    "sdpa_attention": [
        right.sdpa_of_a_float_mask,
        right.sdpa_of_infinity,
        right.sdpa_expanded,
        right.attention_by_hand,
        right.sdpa_in_float64,
        right.sdpa_one_sequence_at_a_time,
    ],
    "length_sorted_batches": [
        right.batches_by_torch,
        right.batches_by_numpy,
        right.batches_by_pairs,
        right.batches_by_modulo,
    ],
    "pack_sequences": [right.pack_by_cat, right.pack_by_chain, right.pack_by_comprehension],
    "block_diagonal_mask": [
        right.mask_by_block_diag,
        right.mask_by_loop,
        right.mask_of_infinity,
        right.mask_of_ten_thousand,
        right.mask_by_bucketize,
        right.mask_by_counting_starts,
    ],
    "attention_flop_share": [
        right.share_by_formula,
        right.share_of_the_whole_sequence,
        right.share_by_counting_multiplications,
    ],
}

UNNAMED = {
    "fuse_qkv": [
        wrong.fuse_without_key_bias,
        wrong.fuse_with_scaled_queries,
        wrong.fuse_flipped,
        wrong.fuse_in_half_precision,
    ],
    "sdpa_attention": [
        wrong.sdpa_with_half_the_values,
        wrong.sdpa_with_a_residual,
        wrong.sdpa_without_the_last_key,
        wrong.sdpa_with_mean_head,
        wrong.sdpa_of_as_many_heads_as_tokens,
    ],
    "length_sorted_batches": [
        wrong.batches_last_first,
        wrong.batches_each_reversed,
        wrong.batches_of_equal_length,
        wrong.batches_by_unstable_sort,
    ],
    "pack_sequences": [
        wrong.pack_last_first,
        wrong.pack_with_positions_from_the_end,
        wrong.pack_with_doubled_boundaries,
        wrong.pack_with_too_many_positions,
    ],
    "block_diagonal_mask": [
        wrong.mask_with_open_corner,
        wrong.mask_mirrored,
        wrong.mask_without_the_diagonal,
        wrong.mask_of_a_hundred,
    ],
    "attention_flop_share": [wrong.share_with_softmax, wrong.share_with_the_vocabulary, wrong.share_with_biases],
}

TOLD = {
    "fuse_qkv": [
        Told(wrong.fuse_in_half_precision, never=("third of the",)),
        Told(wrong.fuse_of_query_and_key, never=("third of the",)),
    ],
    "sdpa_attention": [
        Told(
            wrong.sdpa_of_a_mask_with_axes_in_front,
            says=("two axes of size 1 between its own",),
            never=("as it came",),
        ),
        Told(wrong.sdpa_of_a_mild_penalty, says=("padding, which is not hidden at all",), never=("are passed on",)),
        Told(wrong.sdpa_with_nan, never=("outside the range",)),
    ],
    "length_sorted_batches": [
        Told(wrong.batches_by_unstable_sort, says=("equal length do not keep their order",)),
        Told(wrong.batches_each_reversed, never=("equal length do not keep their order",)),
    ],
    "pack_sequences": [
        Told(
            wrong.pack_with_too_many_positions,
            says=("There should be one position per id",),
            never=("The last boundary",),
        ),
    ],
    "block_diagonal_mask": [
        Told(wrong.mask_of_a_hundred, says=("so mild",), never=("times 0.1.",)),
        Told(wrong.mask_by_bucketize_from_the_left, diagnosis=("first_token_to_the_one_before",)),
    ],
    "attention_flop_share": [
        Told(wrong.share_with_biases, says=("That is close",)),
        Told(wrong.share_with_softmax, says=("That is close",)),
        Told(wrong.share_with_the_vocabulary, never=("That is close",)),
        Told(wrong.share_rounded_down, says=("drops the decimals",)),
        Told(wrong.share_of_twelve_heads, says=("12 heads",), never=("feed-forward is missing",)),
    ],
}
