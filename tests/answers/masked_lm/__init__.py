"""Lesson 11: ways to mask, score and train."""

from course_utils.checks.course import planted
from tests.answers import Told
from tests.answers.masked_lm import right, wrong

RIGHT = {
    "mask_tokens": [right.masking_by_bernoulli, right.masking_with_one_die, right.masking_by_loops],
    "mlm_head": [right.head_of_transformers, right.head_by_torch, right.head_in_float64],
    "mlm_loss": [
        right.loss_ignoring_minus_100,
        right.loss_with_the_axes_swapped,
        right.loss_by_hand,
        right.loss_by_loops,
        right.loss_of_log_probabilities,
    ],
    "train_step": [right.step_that_clears_the_model, right.step_that_clears_afterwards, right.step_with_a_closure],
    "fill_mask": [right.fill_by_topk, right.fill_by_loops],
    "agreement_accuracy": [right.accuracy_in_one_batch, right.accuracy_by_probabilities],
}

UNNAMED = {
    "mask_tokens": [
        wrong.masking_by_parity,
        wrong.masking_half_of_the_batch,
        wrong.masking_neighbours,
        wrong.masking_from_the_top,
        wrong.masking_with_one_fate_per_row,
        wrong.masking_with_one_fate_per_column,
        wrong.masking_with_one_word_per_row,
        wrong.masking_with_one_word_per_column,
    ],
    "mlm_head": [wrong.head_with_two_transforms, wrong.head_with_a_clamp],
    "mlm_loss": [
        wrong.loss_plus_a_penalty,
        wrong.loss_with_a_temperature,
        wrong.loss_by_exponentials,
        wrong.loss_without_label_100,
    ],
    "train_step": [wrong.step_with_halved_gradients, wrong.step_on_the_first_sentence],
    "fill_mask": [wrong.fill_sorted_by_id, wrong.fill_with_mean_scores],
    "agreement_accuracy": [
        wrong.accuracy_plus_half_a_draw,
        wrong.accuracy_of_all_but_one,
        wrong.accuracy_at_the_third_place_from_the_end,
    ],
}

TOLD = {
    "mask_tokens": [
        Told(
            planted("mask_tokens", "not_deterministic"),
            says=("All random numbers have to come from `generator`",),
            diagnosis=("not_deterministic",),
        ),
        Told(
            wrong.masking_without_return,
            says=("tuple of 2 items, the inputs and the labels, got None",),
            never=("result[",),
            nothing_broken=True,
        ),
        Told(wrong.masking_with_one_draw, says=("do both questions use the same random number?",)),
        Told(wrong.masking_with_a_third_result, says=("got a tuple of 3",), never=("result[",), nothing_broken=True),
        Told(
            wrong.masking_in_numpy,
            says=("two tensors, the inputs and the labels, got an ndarray",),
            never=("draws",),
            nothing_broken=True,
        ),
    ],
    "mlm_head": [Told(wrong.head_with_the_eps_for_the_weight, diagnosis=("norm_arguments_shifted",))],
    "train_step": [
        Told(
            wrong.step_from_a_new_tensor,
            says=("a new `torch.tensor(...)`",),
            never=("`backward` is missing, or",),
            nothing_broken=True,
        ),
    ],
    "agreement_accuracy": [
        Told(
            wrong.accuracy_of_words_and_ids,
            says=("never come out true?",),
            never=("so both words become",),
            nothing_broken=True,
        ),
    ],
}
