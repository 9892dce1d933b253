"""Ways to embed sentences and to search them."""

from tests.answers import Told
from tests.answers.sentence_search import right, wrong

RIGHT = {
    "mean_pool": [
        right.pool_by_matmul,
        right.pool_by_einsum,
        right.pool_row_by_row,
        right.pool_as_the_library,
        right.pool_by_filling,
        right.pool_by_nanmean,
        right.pool_in_float64,
    ],
    "l2_normalize": [
        right.unit_by_torch,
        right.unit_by_root,
        right.unit_by_rsqrt,
        right.unit_by_linalg,
        right.unit_with_a_small_eps,
        right.unit_in_float64,
    ],
    "embed": [
        right.embed_one_by_one,
        right.embed_to_the_full_length,
        right.embed_sorted_by_length,
        right.embed_detached,
        right.embed_by_the_last_of_the_hidden_states,
        right.embed_with_the_states_asked_for_in_the_config,
        right.embed_unpacked,
    ],
    "cosine_matrix": [
        right.cosines_by_torch,
        right.cosines_by_lengths,
        right.cosines_by_einsum,
        right.cosines_by_loops,
        right.cosines_from_distances,
    ],
    "search": [right.search_by_topk, right.search_by_sorted, right.search_by_heap, right.search_by_sort],
    "recall_at_k": [right.recall_by_topk, right.recall_by_counting, right.recall_by_ranks],
}

UNNAMED = {
    "mean_pool": [
        wrong.pool_by_soft_weights,
        wrong.pool_median,
        wrong.pool_by_position,
        wrong.pool_and_shrink,
        wrong.pool_the_first_half,
        wrong.pool_centred,
    ],
    "l2_normalize": [
        wrong.unit_to_the_third,
        wrong.unit_with_a_guard_under_the_root,
        wrong.unit_twice_as_long,
        wrong.unit_signs,
        wrong.unit_absolute,
        wrong.unit_mean_length,
    ],
    "embed": [
        wrong.embed_untrimmed_words,
        wrong.embed_doubled,
        wrong.embed_with_a_full_stop,
        wrong.embed_as_in_many_blogs,
        wrong.embed_reversed,
        wrong.embed_centred,
    ],
    "cosine_matrix": [
        wrong.cosines_rooted,
        wrong.cosines_ranked,
        wrong.cosines_less_their_mean,
        wrong.cosines_jittered,
    ],
    "search": [
        wrong.search_every_second,
        wrong.search_from_one,
        wrong.search_the_middle,
        wrong.search_one_too_few_of_all,
        wrong.search_never_the_last,
        wrong.search_above_a_threshold,
        wrong.search_squared,
    ],
    "recall_at_k": [wrong.recall_by_reciprocal_rank, wrong.recall_of_the_nearest],
}

TOLD = {
    "mean_pool": [
        Told(wrong.pool_as_the_model_cards, says=("the dtype float16, got float32", "in float16")),
        Told(wrong.pool_with_the_pair_of_max, says=("got the pair (values, indices) that `max` returns",)),
        Told(wrong.pool_as_numpy, says=("got an ndarray; `torch.as_tensor` turns it into a tensor",)),
    ],
    "l2_normalize": [
        Told(wrong.unit_with_a_large_guard, says=("The shorter a vector, the more it falls short of length 1",)),
        Told(wrong.unit_half_as_long, never=("falls short",)),
        Told(wrong.unit_unchanged, never=("falls short",)),
        Told(wrong.unit_signs, never=("falls short",)),
    ],
    "embed": [
        Told(
            wrong.embed_without_its_default,
            says=(
                "It is called as `embed(texts, tokenizer, model)`, "
                "but yours is `embed_without_its_default(texts, tokenizer, model, batch_size)`.",
            ),
        ),
        Told(wrong.embed_nothing, says=("Expected a torch.Tensor, got None.",), never=("gradients recorded",)),
        Told(
            wrong.embed_at_first,
            diagnosis=("gradients", "padding_pooled"),
            says=("The mean includes padding",),
            never=("result[",),
        ),
        Told(wrong.embed_the_words, diagnosis=("not_truncated",)),
        Told(wrong.embed_one_batch_too_many, says=("empty list of texts",)),
        Told(wrong.embed_one_text_without_a_batch_axis, says=("one text alone is a batch of 1",)),
    ],
    "recall_at_k": [
        Told(wrong.recall_as_a_tensor, says=("`.item()`",)),
        Told(wrong.recall_of_tensors, diagnosis=("never_found",)),
    ],
}
