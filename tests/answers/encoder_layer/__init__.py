"""Lesson 06: ways to wire a layer and to compare what it gives."""

from tests.answers import Told
from tests.answers.encoder_layer import right, wrong

RIGHT = {
    "layer_params": [right.layer_params_by_comprehension, right.layer_params_by_split],
    "bert_layer": [
        right.layer_by_torch,
        right.layer_in_float64,
        right.layer_by_torch_layer,
        right.layer_that_reads_the_config,
    ],
    "run_encoder": [right.encoder_by_recursion, right.encoder_that_reads_the_config],
    "first_difference": [right.difference_by_allclose, right.difference_by_next],
    "layer_parameters": [
        right.parameters_by_torch_layer,
        right.parameters_by_transformers,
        right.parameters_of_a_model_on_meta,
        right.parameters_by_formula,
    ],
    "to_torch_layer": [right.torch_layer_by_copy, right.torch_layer_with_the_models_dropout],
}

UNNAMED = {
    "bert_layer": [wrong.layer_with_both_residuals_halved, wrong.layer_with_an_extra_gelu],
    "run_encoder": [
        wrong.encoder_with_a_residual_over_all,
        wrong.encoder_with_two_layers_swapped,
        wrong.encoder_with_layers_sorted_as_text,
        wrong.encoder_as_a_generator,
    ],
    "first_difference": [
        wrong.difference_of_the_sums,
        wrong.difference_at_the_tolerance,
        wrong.difference_where_nan_equals_nan,
        wrong.difference_of_the_largest,
        wrong.difference_squared,
        wrong.difference_by_the_first_axis,
        wrong.difference_in_the_alphabets_order,
        wrong.difference_that_is_largest,
    ],
    "layer_parameters": [wrong.parameters_plus_one],
    "to_torch_layer": [
        wrong.torch_layer_with_value_bias_doubled,
        wrong.torch_layer_in_float64,
        wrong.torch_layer_with_a_weight_on_its_side,
        wrong.torch_layer_with_all_defaults,
    ],
}

TOLD = {
    "layer_params": [
        Told(wrong.layer_params_with_a_dot_in_front, says=("missing from the dict, which has '.",)),
        Told(wrong.layer_params_copied, says=("is a new tensor",), diagnosis=("copies",)),
        Told(wrong.layer_params_by_a_number, diagnosis=("text_against_number",)),
    ],
    "bert_layer": [
        Told(wrong.layer_in_float32, says=("the dtype float64, got float32",)),
        Told(wrong.layer_of_as_many_heads_as_tokens, says=("fewer tokens than heads",)),
    ],
    "run_encoder": [
        Told(wrong.encoder_that_keeps_before_it_runs, says=("each state kept before its layer has run",)),
        Told(wrong.encoder_of_as_many_heads_as_tokens, says=("eleven layers",)),
    ],
    "layer_parameters": [Told(wrong.parameters_without_one_bias, says=("one of the attention's four",))],
    "to_torch_layer": [
        Told(
            wrong.torch_layer_with_all_defaults,
            says=(
                "`batch_first=True` is missing",
                "The activation is not the exact GELU",
                "eps is not `config.layer_norm_eps`",
            ),
            never=("number of heads", "The norms come first"),
        ),
        Told(wrong.torch_layer_in_float64, says=("expected the dtype float32, got float64",)),
        Told(wrong.torch_layer_with_a_weight_on_its_side, says=("It raises when it is called",)),
        Told(wrong.torch_layer_not_loaded, diagnosis=("not_loaded",)),
    ],
}
