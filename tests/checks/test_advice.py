"""Cards of the course's own checks: no word that does not fit, and no warning of a check's own above a card."""

import warnings

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks.course import find
from course_utils.reference.self_attention import attention_scores, linear, merge_heads, softmax, split_heads
from course_utils.reference.whole_model import Bert, rename_key


def card(name, answer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return repr(find(name).judge(answer))


def added_after(query, key, value, mask=None):
    probabilities = softmax(attention_scores(query, key), -1)
    probabilities = probabilities if mask is None else probabilities + mask
    return probabilities @ value, probabilities


def too_mild(hidden_states, params, num_heads, mask=None):
    def part(name):
        own = (params[f"attention.self.{name}.{kind}"] for kind in ("weight", "bias"))
        return split_heads(linear(hidden_states, *own), num_heads)

    scores = attention_scores(part("query"), part("key"))
    scores = scores if mask is None else scores + 0.0001 * mask.clamp(min=-1e4)
    return merge_heads(softmax(scores, -1) @ part("value"))


def whole_layer(layer, hidden_states):
    return layer(hidden_states)


def the_mix(probs, value):
    return probs @ value


class OnlyMostOfIt(Bert):
    def forward(self, *args, **more):
        out = super().forward(*args, **more)
        scaled = tuple(1.1 * each.tanh() for each in out["hidden_states"])
        return out | {"hidden_states": scaled, "last_hidden_state": scaled[-1]}


def none_among_the_names(model, state_dict):
    loaded = model.load_state_dict({rename_key(name): tensor for name, tensor in state_dict.items()}, strict=False)
    return loaded.missing_keys, loaded.unexpected_keys


def tokenizers_mask(query, key, value, mask=None):
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def minus_one(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1)


def word_by_word(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    return [word] if vocab[word] else []


def first_of_the_found(model, input_ids, mask_token_id, k):
    places = (input_ids == mask_token_id).nonzero()
    row, column = places[0].tolist()
    with torch.no_grad():
        logits = model(input_ids, torch.ones_like(input_ids))
    found = [logits[row, column].topk(k).indices.tolist()]
    return found + [logits[row, column].topk(k).indices.tolist() for row, column in places[1:].tolist()]


@pytest.mark.parametrize(
    ("name", "answer", "said", "never"),
    [
        ("scaled_dot_product_attention", added_after, "", "is not your probabilities times the values"),
        ("self_attention", too_mild, "", "do not sum to 1, or the values"),
        ("replay_layer", whole_layer, "This is one tensor", "Warning"),
        ("value_weighted_attention", the_mix, "This is the mix itself", ""),
        ("Bert", OnlyMostOfIt, "", "only at place 4"),
        (
            "load_reference_weights",
            none_among_the_names,
            "A name in the dict that is loaded is None",
            "without `return`",
        ),
        ("sdpa_attention", tokenizers_mask, "`.bool()` turns 1 and 0 into True and False", ""),
        ("mlm_loss", minus_one, "your `ignore_index` is another", "which is -100"),
        ("wordpiece", word_by_word, "there is no key", "Did you mean"),
        ("fill_mask", first_of_the_found, "is empty here", "the first is 0"),
    ],
)
def test_advice_fits(name, answer, said, never):
    text = card(name, answer)
    assert "passed" not in text.partition("\n")[0]
    assert said in text
    assert not never or never not in text
