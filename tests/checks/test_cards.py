"""What the course's own checks say of answers that stand in no bank of mistakes."""

import numpy as np
import torch
from torch import nn

from course_utils.checks import find
from course_utils.checks.answer_key import plant
from course_utils.reference.sentence_search import embed, l2_normalize, mean_pool


def test_chance_that_does_not_come_from_the_generator():
    check = find("mask_tokens")
    from_elsewhere = next(mistake for mistake in check.mistakes if mistake.label == "not_deterministic")
    result = check.judge(plant("mask_tokens", (("mask_tokens", from_elsewhere),)))
    assert result.diagnosis == ("not_deterministic",)
    assert "`generator`" in result.headline


def test_a_number_of_numpys():
    check = find("count_parameters")
    result = check.judge(lambda module: np.int64(check.reference(module)))
    assert "Expected an int, got numpy's int64, " in result.headline
    assert ".item()" in result.headline


def test_what_only_looks_like_the_right_thing_is_called_what_it_is():
    says = [
        ("is_position_wise", lambda fn, x: np.all(np.ones(2) > 0), "got numpy's bool, True; .item() makes"),
        ("mean_pool", lambda states, mask: states.max(dim=1), "got both that `max` gives, values and indices"),
        ("mean_pool", lambda states, mask: states.numpy(), "got an ndarray; `torch.as_tensor` makes a tensor of it"),
        ("gelu", nn.GELU, "got a GELU; it is made by its settings, and computes when it is called"),
    ]
    for name, answer, words in says:
        assert words in repr(find(name).judge(answer))


def test_a_name_that_no_branch_has_set():
    def self_output(hidden_states, *args):
        if hidden_states is None:
            summed = 0
        return summed

    assert "does it stand in an `if` or a loop?" in repr(find("self_output").judge(self_output))


def test_a_default_that_is_missing_is_said_before_anything_is_run():
    def embed(texts, tokenizer, model, batch_size):
        return None

    says = find("embed").judge(embed).headline
    assert (
        "It is called as `embed(texts, tokenizer, model)`, but yours is `embed(texts, tokenizer, model, batch_size)`."
        in says
    )


def test_a_star_is_shown():
    assert "yours is `only_names(x, *, dim)`" in repr(find("softmax").judge(only_names))


def only_names(x, *, dim):
    return torch.softmax(x, dim)


def test_torchs_own_not_implemented_is_no_blank():
    def softmax(x, dim=-1):
        return x.long().softmax(dim)

    result = find("softmax").judge(softmax)
    assert result.status == "error"
    assert "this needs floats" in repr(result).lower()
    assert "delete that line" not in repr(result)


def test_an_exception_of_ones_own_stands_beside_what_was_expected():
    def max_abs_diff(a, b):
        raise ValueError("they differ")

    assert "expected" in repr(find("max_abs_diff").judge(max_abs_diff))


def test_keys_that_have_other_names():
    check = find("layer_params")
    result = check.judge(lambda params, layer: {f".{key}": x for key, x in check.reference(params, layer).items()})
    assert "missing from the dict, which has '." in repr(result)
    assert " and 12 more, got a list of 1" in repr(find("ablate_head").judge(lambda params, head, num_heads: [1]))


def test_gradients_that_are_asked_for_are_a_change():
    check = find("count_parameters")

    def count_parameters(module):
        for parameter in module.parameters():
            parameter.requires_grad_(not parameter.requires_grad)
        return check.reference(module)

    assert check.judge(count_parameters).diagnosis == ("changes_inputs",)


def embed_the_words(texts, tokenizer, model, batch_size=32):
    """Cuts off at so many words, which is the same where every word is one token."""
    parts = []
    for start in range(0, len(texts), batch_size):
        some = [" ".join(text.split()[:254]) for text in texts[start : start + batch_size]]
        batch = tokenizer(some, padding=True, return_tensors="pt")
        with torch.no_grad():
            parts.append(l2_normalize(mean_pool(model(**batch).last_hidden_state, batch["attention_mask"])))
    return torch.cat(parts)


def test_words_are_no_tokens():
    assert find("embed").judge(embed_the_words).diagnosis == ("not_truncated",)


def test_a_batch_too_many_and_ids_of_one_text():
    def one_batch_too_many(texts, tokenizer, model, batch_size=32):
        for batch in range(len(texts) // batch_size + 1):
            tokenizer(texts[batch * batch_size : (batch + 1) * batch_size], padding=True, return_tensors="pt")

    def one_text(texts, tokenizer, model, batch_size=32):
        return model(torch.tensor(tokenizer.encode(texts[0])))

    assert "empty list of texts" in find("embed").judge(one_batch_too_many).headline
    assert "one text alone is a batch of 1" in find("embed").judge(one_text).headline


def test_embed_is_not_said_to_return_a_dict():
    card = repr(find("embed").judge(lambda texts, tokenizer, model, batch_size=32: None))
    assert "you returned  None" in card
    assert "gradients recorded" not in card


def test_a_guard_that_is_too_large_for_short_vectors():
    card = repr(find("l2_normalize").judge(lambda x: x / (x.norm(dim=-1, keepdim=True) + 1e-4)))
    assert "The shorter a vector, the more it falls short of length 1" in card
    for other in (
        lambda x: 0.5 * x / x.norm(dim=-1, keepdim=True).clamp(min=1e-9),
        lambda x: 1 * x,
        lambda x: x.sign(),
    ):
        assert "falls short" not in repr(find("l2_normalize").judge(other))


def test_nan_is_neither_negative_nor_too_large():
    entropy = repr(find("attention_entropy").judge(lambda probs: -(probs * probs.log()).mean(dim=1)))
    assert "NaN" in entropy
    assert "negative" not in entropy
    assert "above ln(tokens)" not in entropy
    weighed = repr(find("value_weighted_attention").judge(lambda probs, value: probs * value.sum(-1).sqrt()[:, None]))
    assert "NaN" in weighed
    assert "negative" not in weighed


def test_a_model_that_is_not_given_a_tensor_of_ids():
    def judged(call):
        return find("word_similarity_by_layer").judge(
            lambda model, tokenizer, texts, word: call(model, tokenizer, texts)
        )

    whole = judged(lambda model, tokenizer, texts: model(tokenizer(texts[0], return_tensors="pt")))
    assert "`model(**batch)`" in whole.headline
    lists = judged(lambda model, tokenizer, texts: model(**tokenizer(texts[0])))
    assert "return_tensors='pt'" in lists.headline


def test_what_one_answer_does_to_tokenizer_and_model_no_other_sees():
    """embed's model and tokenizer are made once, and are every answer's."""
    check = find("embed")

    def as_for_a_gpt(texts, tokenizer, model, batch_size=32):
        tokenizer.pad_token = tokenizer.eos_token
        return embed(texts, tokenizer, model, batch_size)

    def frozen(texts, tokenizer, model, batch_size=32):
        model.requires_grad_(False)
        return embed(texts, tokenizer, model, batch_size)

    def in_float64(texts, tokenizer, model, batch_size=32):
        return embed(texts, tokenizer, model.double(), batch_size).float()

    assert "pad_token is None" in check.judge(as_for_a_gpt).headline
    assert check.judge(embed).passed
    for answer in (frozen, in_float64):
        assert check.judge(answer).passed
        assert check.judge(embed).passed
        gradients = next(mistake for mistake in check.mistakes if mistake.label == "gradients")
        assert check.judge(plant("embed", (("embed", gradients),))).diagnosis == ("gradients",)
