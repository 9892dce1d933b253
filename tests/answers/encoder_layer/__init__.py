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
    "mended_layer": [right.mended_by_the_trace, right.mended_by_functions, right.mended_with_scaled_queries],
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
    "mended_layer": [wrong.mended_with_an_extra_gelu],
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
    "mended_layer": [
        Told(wrong.broken, says=("all three bugs are still there",), diagnosis=("as_it_was",)),
        Told(wrong.mended_but_for_the_first, says=("on the way into `scores`",), diagnosis=("scale_of_hidden",)),
        Told(wrong.mended_but_for_the_second, says=("on the way into `context`",), diagnosis=("not_transposed",)),
        Told(wrong.mended_but_for_the_third, says=("on the way into `layer_output`",), diagnosis=("first_norm_again",)),
        Told(wrong.mended_the_first, diagnosis=("not_transposed", "first_norm_again")),
        Told(wrong.mended_the_second, diagnosis=("scale_of_hidden", "first_norm_again")),
        Told(wrong.mended_the_third, diagnosis=("scale_of_hidden", "not_transposed")),
        Told(wrong.mended_output_alone, says=("Expected a dict", "got a Tensor")),
        Told(wrong.mended_without_output, says=("layer_output",)),
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
