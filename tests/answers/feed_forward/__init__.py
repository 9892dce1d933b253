"""Lesson 05: ways to bend, widen, narrow and test for neighbours."""

from torch import nn

from tests.answers import Told
from tests.answers.feed_forward import right, wrong

RIGHT = {
    "gelu": [
        right.gelu_by_torch,
        right.gelu_by_module,
        right.gelu_by_erfc,
        right.gelu_by_normal,
        right.gelu_in_float64,
        right.gelu_by_ndtr,
        right.gelu_number_by_number,
    ],
    "gelu_tanh": [right.tanh_by_torch, right.tanh_by_sigmoid, right.tanh_in_one_line],
    "intermediate": [right.intermediate_by_torch, right.intermediate_token_by_token, right.intermediate_in_float64],
    "output": [right.output_by_torch, right.output_by_einsum, right.output_in_float64],
    "is_position_wise": [right.wise_by_cat, right.wise_by_split, right.wise_by_narrow],
    "write_neuron": [right.neuron_between_the_two, right.neuron_by_pseudo_inverse, right.neuron_in_float64],
    "ffn_parameter_share": [right.share_by_modules, right.share_by_formula, right.share_that_reads_the_config],
}

UNNAMED = {
    "gelu": [
        wrong.softplus,
        wrong.mish,
        wrong.selu,
        wrong.hard_gelu,
        wrong.gelu_plus_a_little,
        wrong.gelu_of_the_absolute,
        wrong.rounded,
    ],
    "gelu_tanh": [wrong.tanh_with_another_power, wrong.tanh_clipped, wrong.mish, wrong.tanh_by_exp_of_large_numbers],
    "intermediate": [wrong.halved_tokens, wrong.normed_first, wrong.tokens_mixed, wrong.softmaxed],
    "output": [wrong.output_of_the_neighbour, wrong.output_mixing_tokens, wrong.output_normed_twice],
    "is_position_wise": [
        wrong.wise_in_the_middle_of_the_first_text,
        wrong.wise_by_adding_noise_to_others,
        wrong.wise_by_changing_the_last,
        wrong.wise_where_alone_is_larger,
        wrong.wise_where_the_sentence_is_larger,
    ],
    "write_neuron": [wrong.neuron_with_a_fixed_threshold, wrong.neuron_of_the_mean],
    "ffn_parameter_share": [wrong.share_of_words, wrong.share_with_a_third_norm, wrong.share_of_weights_without_heads],
}

TOLD = {
    "gelu": [
        Told(nn.GELU, says=("got a GELU; create it first, then call it on the data",)),
        Told(wrong.gelu_in_float32, says=("the dtype float64, got float32", "in float64")),
    ],
    "output": [Told(wrong.output_with_an_eps_of_its_own, diagnosis=("layer_norm: eps_1e-6",))],
    "is_position_wise": [
        Told(wrong.true_of_numpy, says=("got numpy's bool, True; `.item()` turns",)),
        Told(wrong.wise_where_alone_is_larger, says=("absolute value",)),
        Told(wrong.wise_where_the_sentence_is_larger, says=("absolute value",)),
        Told(wrong.wise_in_the_middle_of_the_first_text, diagnosis=(), nothing_broken=True),
        Told(wrong.wise_in_places_that_the_features_count, diagnosis=("skips_the_first", "skips_the_last")),
        Told(wrong.wise_by_zeroing_the_others, diagnosis=("others_zeroed",)),
        Told(wrong.wise_by_the_beginning, diagnosis=("only_without_those_after",)),
    ],
    "write_neuron": [
        Told(wrong.neuron_with_a_fixed_threshold, says=("What it adds to the other tokens: up to", "nearly alike")),
        Told(wrong.neuron_without_a_tensor_for_the_bias, says=("the bias is a float, 0.0",)),
        Told(wrong.neuron_of_two, says=("Expected a tuple of 3, key, bias and value, got a tuple of 2",)),
        Told(wrong.neuron_with_a_bias_for_each_feature, says=("Expected a Tensor () float32 for the bias",)),
    ],
    "ffn_parameter_share": [
        Told(wrong.share_with_two_biases_of_the_hidden_size, diagnosis=("bias_of_the_input",)),
        Told(wrong.share_of_two_thirds, diagnosis=("two_thirds",)),
    ],
}
