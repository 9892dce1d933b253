"""What the checks of lesson 07 say of answers that stand in no bank of mistakes."""

import torch

from course_utils.checks import find
from course_utils.reference.whole_model import Bert, linear, rename_key
from tests.bank import whole_model as bank


class BertWithOneIf(Bert):
    """Two defaults, and only one of them is ever given."""

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        elif token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        if token_type_ids is None:
            raise ValueError("no token types")
        return super().forward(input_ids, attention_mask, token_type_ids)


def test_the_ids_alone():
    card = repr(find("Bert").judge(BertWithOneIf))
    assert "no token types" in card
    assert "the ids alone" in card


def test_transposed_though_linear_does_it():
    def transposed(last_hidden_state, weight, bias):
        return torch.tanh(linear(last_hidden_state[:, 0], weight.T, bias))

    result = find("pooler").judge(transposed)
    assert result.diagnosis == ("untransposed",)
    assert "`linear` transposes it by itself" in result.headline


def test_a_checkpoint_of_names_and_no_tensors():
    def names_for_tensors(model, state_dict):
        result = model.load_state_dict({name: rename_key(name) for name in state_dict}, strict=False)
        return result.missing_keys, result.unexpected_keys

    result = find("load_reference_weights").judge(names_for_tensors)
    assert result.status == "error"
    assert "expected torch.Tensor" in result.headline


def test_loaded_into_a_dict_alone():
    card = repr(find("load_reference_weights").judge(bank.load_into_the_state_dict_alone))
    assert "nothing was loaded into it" in card
