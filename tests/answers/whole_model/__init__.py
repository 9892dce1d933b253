"""Ways to put a BERT together and load it."""

from tests.answers import Told
from tests.answers.whole_model import right, wrong

RIGHT = {
    "pooler": [right.pooler_by_torch, right.pooler_by_einsum, right.pooler_of_all_tokens_then_the_first],
    "Bert": [
        right.BertOfModules,
        right.BertOfTransformersParts,
        right.BertAsItWasTrained,
        right.BertThatReadsTheConfig,
    ],
    "rename_key": [right.rename_by_split, right.rename_by_endings],
    "load_reference_weights": [right.load_by_copying, right.load_by_replacing],
    "parameter_table": [right.table_by_formula],
    "same_model": [right.same_row_by_row],
}

UNNAMED = {
    "pooler": [wrong.pooler_twice, wrong.pooler_of_the_first_two, wrong.pooler_squeezed],
    "Bert": [
        wrong.BertThatScalesItsWords,
        wrong.BertWithResidualStates,
        wrong.BertWithOddNames,
        wrong.BertWithOneTable,
        wrong.BertWithLayersSortedAsText,
    ],
    "rename_key": [wrong.rename_without_layers],
    "load_reference_weights": [wrong.load_all_but_norms, wrong.load_into_the_state_dict_alone],
    "parameter_table": [wrong.table_plus_one, wrong.table_of_floats],
    "same_model": [wrong.same_with_two_digits, wrong.same_in_full_columns],
}

TOLD = {
    "pooler": [
        Told(
            wrong.pooler_transposed_twice,
            says=("pooler: not yet. The weight is stored as (out, in)", "`linear` transposes it by itself"),
            diagnosis=("untransposed",),
        ),
    ],
    "Bert": [Told(wrong.BertWithOneIf, says=("no token types", "the ids alone"))],
    "same_model": [Told(wrong.same_by_multiplying, says=("inf",))],
    "load_reference_weights": [
        Told(
            wrong.load_names_for_tensors,
            says=("load_reference_weights: stopped. RuntimeError", "expected torch.Tensor"),
        ),
        Told(wrong.load_with_none_for_a_name, says=("what has no name in the model is left out of it",)),
        Told(wrong.load_strictly, diagnosis=("strict",), never=("'returned'", "'weights'", "result[")),
        Told(wrong.load_into_the_state_dict_alone, says=("nothing was loaded into it",)),
    ],
}
