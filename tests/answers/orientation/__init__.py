"""Lesson 00: ways to count, compare, pick, replay and repeat."""

from tests.answers import Told
from tests.answers.orientation import right, wrong

RIGHT = {
    "count_parameters": [right.with_a_generator, right.by_products_of_sizes, right.by_identity, right.flattened],
    "max_abs_diff": [
        right.in_float64,
        right.by_infinity_norm,
        right.with_numpy,
        right.with_a_loop,
        right.both_signs,
        right.own_exception,
    ],
    "layer_output": [right.without_the_first, right.stacked, right.counted_from_the_end],
    "replay_layer": [right.by_name, right.with_hooks, right.end_from_the_layer],
    "is_deterministic": [right.all_runs_first, right.run_after_run, right.as_bytes, right.largest_difference_is_zero],
}

UNNAMED = {
    "count_parameters": [wrong.recursive_without_memory, wrong.only_large_ones, wrong.one_too_many],
    "max_abs_diff": [
        wrong.median,
        wrong.of_the_first_sentence,
        wrong.returns_the_error,
        wrong.of_absolute_values,
        wrong.to_four_digits,
        wrong.to_six_digits,
        wrong.in_half,
        wrong.nan_of_the_sum,
    ],
    "layer_output": [wrong.mean_with_the_input, wrong.update_only],
    "replay_layer": [
        wrong.all_halved,
        wrong.normalised_once_more,
        wrong.layer_twice,
        wrong.one_sentence_at_a_time_reversed,
    ],
    "is_deterministic": [wrong.train_mode_means_no, wrong.one_run_proves_nothing],
}

TOLD = {
    "count_parameters": [
        Told(
            wrong.count_of_numpy, says=("count_parameters: not yet. Expected an int, got numpy's int64, 66; `.item()`",)
        ),
        Told(wrong.count_that_switches_gradients, diagnosis=("changes_inputs",)),
        Told(wrong.by_identity_with_none, says=("parts without a bias",)),
    ],
    "max_abs_diff": [
        Told(wrong.always_raises, says=("expected      0.70004",)),
        Told(wrong.nan_of_the_inputs, diagnosis=("nan_in_the_inputs",)),
    ],
    "replay_layer": [
        Told(
            wrong.with_hooks_that_stay,
            says=(
                "It changes what it was given: `layer.attention.self` and 3 other parts still have hooks. "
                "Call `hook.remove()` for each hook before you return.",
            ),
            diagnosis=("changes_inputs",),
        ),
        Told(wrong.with_one_hook_that_stays, says=("`layer.intermediate` still has a hook.",)),
    ],
}
