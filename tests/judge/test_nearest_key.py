"""After a KeyError: which key was meant. Proposed are names of parameters alone, and only by what they mean."""

from collections import UserDict

import pytest
import torch

from course_utils.judge.advice import errors

X = torch.zeros(2, 3)
PARAMS = {
    f"attention.{part}.{kind}": X
    for part in ("self.query", "output.dense", "output.LayerNorm")
    for kind in ("weight", "bias")
}


def asked(thing, key, **arguments):
    try:
        return thing[key]
    except KeyError as error:
        return errors.nearest_key(error, arguments)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("attention.query.weight", "Did you mean `attention.self.query.weight`?"),
        ("attention.self.queryy.weight", "Did you mean `attention.self.query.weight`?"),
        ("attention.self.query.weigt", "Did you mean `attention.self.query.weight`?"),
        ("query.weight", "The full name is `attention.self.query.weight`."),
        ("weight", "Full names end so, like `attention.self.query.weight`."),
        ("attention.self.query", "There is `attention.self.query.weight`, `attention.self.query.bias`."),
        ("attention.output.LayerNorm.gamma", "`gamma` is an old name; here it is `attention.output.LayerNorm.weight`."),
        ("attention.output.LayerNorm.beta", "`beta` is an old name; here it is `attention.output.LayerNorm.bias`."),
        ("layer.0.attention.self.query.bias", "Here it is called `attention.self.query.bias`."),
        ("attention.output.LayerNorm.scale", ""),
        ("pooler.dense.weight", ""),
        (3, ""),
    ],
)
def test_the_name_of_a_parameter(key, says):
    assert asked(PARAMS, key) == says


def test_other_dicts():
    assert asked(UserDict(attention_mask=X), "attention_masks") == "Did you mean `attention_mask`?"
    assert asked({}, "hidden_states") == "`thing` is empty."
    vocabulary = {"unaffable": 0, "##fable": 1}
    assert asked(vocabulary, "affable") == "", "no word is a misspelt one"
    assert asked({1: 2}, "query.weight", params=PARAMS) == (
        "`params` has other names than what was asked. The full name is `attention.self.query.weight`."
    )


def test_a_name_that_other_cases_have_is_spelt_right():
    def first_norm(params):
        try:
            return params["attn_norm.weight"]
        except KeyError as error:
            return errors.nearest_key(error, {"params": params}, [{"params": other}])

    params, other = {"attn.Wo.weight": X}, {"attn.Wo.weight": X, "attn_norm.weight": X}
    assert first_norm(params) == "`params` has it in other cases, but not in this one."
    other.pop("attn_norm.weight")
    assert first_norm(params) == "Did you mean `attn.Wo.weight`?"
