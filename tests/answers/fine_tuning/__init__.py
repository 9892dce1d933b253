"""Lesson 12: ways to write a head, its training and its low-rank correction."""

from tests.answers import Told
from tests.answers.fine_tuning import right, wrong

RIGHT = {
    "classification_head": [right.head_by_torch, right.head_by_einsum, right.head_class_by_class],
    "cross_entropy": [
        right.loss_of_torch,
        right.loss_by_logsumexp,
        right.loss_by_one_hot,
        right.loss_with_the_maximum_added_again,
        right.loss_by_loops,
        right.loss_in_float64,
    ],
    "head_gradients": [
        right.gradients_by_index,
        right.gradients_by_loops,
        right.gradients_by_autograd_of_the_scores,
        right.gradients_by_backward,
    ],
    "adamw_step": [right.step_of_torch, right.step_of_the_paper, right.step_in_place_on_copies],
    "linear_warmup": [
        right.warmup_of_transformers,
        right.warmup_by_the_smaller,
        right.warmup_by_cases,
        right.warmup_by_interpolation,
    ],
    "trainable": [
        right.trainable_by_modules,
        right.trainable_by_numbers,
        right.trainable_without_a_dot,
        right.trainable_from_the_end,
    ],
    "lora_linear": [
        right.lora_by_torch,
        right.lora_merged,
        right.lora_by_einsum,
        right.lora_scaled_first,
        right.lora_side_by_side,
    ],
    "merge_lora": [
        right.merge_by_addmm,
        right.merge_by_outer_products,
        right.merge_by_what_it_does,
        right.merge_in_float64,
    ],
    "confusion_matrix": [
        right.confusion_of_scikit_learn,
        right.confusion_by_bincount,
        right.confusion_by_one_hot,
        right.confusion_by_index_put,
        right.confusion_by_comparing,
    ],
}

UNNAMED = {
    "classification_head": [wrong.head_with_a_clamp, wrong.head_of_every_second_feature],
    "cross_entropy": [
        wrong.loss_with_a_guard,
        wrong.loss_with_a_temperature,
        wrong.loss_by_the_median,
    ],
    "head_gradients": [
        wrong.gradients_that_are_clipped,
        wrong.gradients_of_centred_vectors,
    ],
    "adamw_step": [wrong.step_of_nadam, wrong.step_with_a_clipped_gradient],
    "linear_warmup": [
        wrong.warmup_to_a_tenth,
        wrong.warmup_again_and_again,
        wrong.warmup_of_a_learning_rate,
    ],
    "trainable": [
        wrong.trainable_without_norms,
        wrong.trainable_by_counting_parameters,
        wrong.trainable_from_the_front_on_top,
    ],
    "lora_linear": [
        wrong.lora_with_one_more_in_the_rank,
        wrong.lora_scaled_twice,
        wrong.lora_of_the_first_token,
    ],
    "merge_lora": [wrong.merge_divided_by_alpha],
    "confusion_matrix": [
        wrong.confusion_from_one,
        wrong.confusion_of_all_pairs,
    ],
}

TOLD = {
    "classification_head": [Told(wrong.head_without_the_axis_of_one, says=("one axis is missing", "one text"))],
    "cross_entropy": [
        Told(wrong.loss_in_place, says=("`logits` was changed in place",), diagnosis=("changes_inputs",)),
        Told(wrong.loss_of_numpy, says=("no gradient flows back",), diagnosis=("detached",)),
        Told(wrong.loss_with_a_guard, says=("Is there a guard", "It passes 3 of 4 cases"), never=("negative",)),
        Told(wrong.loss_by_exponentials, never=("guard",), diagnosis=("overflow",)),
        Told(wrong.loss_with_a_temperature, never=("guard",), nothing_broken=True),
        Told(wrong.loss_with_an_index_of_one_axis, says=("`index[:, None]` adds one",)),
        Told(wrong.loss_with_the_mean_of_a_product, diagnosis=("mean_over_classes",)),
    ],
    "head_gradients": [
        Told(wrong.gradients_by_backward_of_what_is_given, says=("no computation to follow back",)),
        Told(wrong.gradients_of_all_labels, diagnosis=("all_labels_for_all",)),
        Told(wrong.gradients_of_centred_vectors, nothing_broken=True),
        Told(wrong.gradients_that_are_clipped, says=("the gradients do not sum to 0",)),
    ],
    "adamw_step": [
        Told(wrong.step_of_adam_with_l2, says=("Adam with L2",), diagnosis=("adam_with_l2",)),
        Told(
            wrong.step_that_fills_the_state,
            says=("`state` was changed in place. Make a new dict instead",),
            diagnosis=("changes_inputs",),
        ),
        Told(wrong.step_in_the_state, says=("a new dict with new tensors",), diagnosis=("changes_inputs",)),
        Told(wrong.step_with_the_letters_of_the_paper, says=("which has 't', 'm', 'v' instead",), diagnosis=()),
        Told(wrong.step_that_expects_a_state, says=("`state` is empty",)),
        Told(wrong.step_without_parentheses, diagnosis=("parentheses_missing",)),
    ],
    "linear_warmup": [
        Told(wrong.warmup_one_ahead_that_ends_at_a_whole_0, diagnosis=("one_ahead",)),
        Told(wrong.warmup_by_the_smaller_of_two, says=("below the `/` is 0", "without a warm-up")),
        Told(wrong.warmup_with_a_first_step_of_0, diagnosis=("zero_without_warmup",)),
        Told(wrong.warmup_of_a_learning_rate, says=("the right result times 2e-05",)),
        Told(wrong.warmup_rounded, says=("rounded to 2 decimals",)),
        Told(wrong.warmup_as_a_tensor, says=("`.item()`",)),
        Told(wrong.warmup_that_ends_in_nothing, says=("got None", "the end; after the end")),
    ],
    "trainable": [
        Told(wrong.trainable_without_return, says=("Expected a list, got None (is there a `return`?)",)),
        Told(wrong.trainable_by_a_slice_of_layers, says=("For 0 layers all of them",), diagnosis=("all_for_none",)),
        Told(wrong.trainable_by_the_first_digit, says=("or compare whole numbers",), diagnosis=("ten_like_one",)),
        Told(
            wrong.trainable_by_a_misspelt_attribute,
            says=("a misspelt attribute", "where the reference has layer 2, classifier"),
            diagnosis=("flags_unchanged",),
        ),
        Told(
            wrong.trainable_from_the_front_on_top,
            says=(
                "where the reference has layer 2, classifier",
                "are not those of the parameters that are trained now",
            ),
        ),
        Told(wrong.trainable_by_numbers_as_text, says=("is the number that you read",), diagnosis=("no_layer_opened",)),
        Told(wrong.trainable_by_counting_parameters, says=("part of layer 2, pooler, classifier, where",)),
    ],
    "lora_linear": [
        Told(wrong.lora_without_a_bias, says=("The bias is missing",), diagnosis=("linear: no_bias",)),
    ],
    "merge_lora": [
        Told(wrong.merge_in_place, says=("`weight` was changed in place",), diagnosis=("changes_inputs",)),
        Told(wrong.merge_divided_by_alpha, never=("not divided by the rank", "Two things")),
    ],
    "confusion_matrix": [
        Told(
            wrong.confusion_by_index,
            says=("it reads all places before it writes", "confusion_matrix([0, 0], [0, 0], 2)"),
            diagnosis=("once_only",),
        ),
        Told(wrong.confusion_of_one_row, says=("is one row n times",), diagnosis=("one_row_for_all",)),
        Told(wrong.confusion_of_floats_by_columns, diagnosis=("floats", "transposed")),
        Told(wrong.confusion_of_all_pairs, says=("All counts together should be the number of messages",)),
    ],
}
