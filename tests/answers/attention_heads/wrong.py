"""Wrong ways to measure attention and to switch off a head."""

import torch
import torch.nn.functional as F

from course_utils.reference.attention_heads import offset_attention
from course_utils.reference.helpers import find_pieces
from tests.answers.attention_heads.right import W_O, ablate_by_mask, to_by_selection


def offset_median(probs, offset):
    return probs.diagonal(offset, 1, 2).median(dim=-1).values


def offset_geometric(probs, offset):
    return probs.diagonal(offset, 1, 2).log().mean(dim=-1).exp()


def offset_without_the_first_query(probs, offset):
    return probs.diagonal(offset, 1, 2)[:, 1:].mean(dim=-1)


def offset_of_both_sides(probs, offset):
    return offset_attention(probs, offset) + offset_attention(probs, -offset)


def to_by_median(probs, key_mask):
    return (probs * key_mask).sum(-1).median(dim=-1).values


def to_of_the_first_query(probs, key_mask):
    return (probs * key_mask).sum(-1)[:, 0]


def to_of_the_root(probs, key_mask):
    return to_by_selection(probs.sqrt(), key_mask)


def gini(probs):
    return 1 - probs.pow(2).sum(-1)


def entropy_of_the_largest(probs):
    return torch.special.entr(probs).amax(-1)


def entropy_with_a_hundredth(probs):
    return -(probs * (probs + 1e-2).log()).sum(-1)


def entropy_clamped_too_high(probs):
    return -(probs * probs.clamp(min=1e-4).log()).sum(-1)


def cross_entropy_with_uniform(probs):
    return -probs.clamp(min=1e-6).log().mean(-1)


def weighted_by_shifted_lengths(probs, value):
    return probs * value.norm(dim=-1).roll(1, -1)[:, None]


def weighted_by_relative_lengths(probs, value):
    length = value.norm(dim=-1)
    return probs * (length / length.max())[:, None]


def weighted_by_the_mix(probs, value):
    return probs * (probs @ value).norm(dim=-1, keepdim=True)


def weighted_by_both(probs, value):
    length = value.norm(dim=-1)
    return probs * length[:, None] * length[:, :, None]


def head_counted_from_the_end(params, head, num_heads):
    return ablate_by_mask(params, num_heads - 1 - head, num_heads) if head * 2 != num_heads - 1 else params


def head_halved(params, head, num_heads):
    return params | {W_O: (params[W_O] + ablate_by_mask(params, head, num_heads)[W_O]) / 2}


def head_negated(params, head, num_heads):
    return params | {W_O: 2 * ablate_by_mask(params, head, num_heads)[W_O] - params[W_O]}


def head_with_ones(params, head, num_heads):
    keep = ablate_by_mask({W_O: torch.ones_like(params[W_O])}, head, num_heads)[W_O]
    return params | {W_O: params[W_O].masked_fill(keep == 0, 1.0)}


def word_centred(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x - x.mean(dim=-1, keepdim=True))


def word_of_signs(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, torch.sign)


def word_of_half_the_features(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x[..., : x.shape[-1] // 2])


def word_against_the_embeddings(model, tokenizer, texts, word):
    return word_by_some(model, tokenizer, texts, word, lambda x: x - 0.5 * x[:1])


@torch.no_grad()
def word_by_some(model, tokenizer, texts, word, change):
    vectors, pieces = [], tokenizer.tokenize(word)
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), pieces)
        states = torch.cat(model(**inputs, output_hidden_states=True).hidden_states)
        vectors.append(states[:, start : start + len(pieces)].mean(1))
    x = F.normalize(change(torch.stack(vectors, 1)), dim=-1)
    return x @ x.mT


# What cards say ---------------------------------------------------------------------------------------------------------


def entropy_of_nan(probs):
    return -(probs * probs.log()).mean(dim=1)


def weighted_by_roots_of_sums(probs, value):
    """NaN where a sum is negative."""
    return probs * value.sum(-1).sqrt()[:, None]


def ablate_into_a_list(params, head, num_heads):
    return [1]


def word_of_a_batch_not_unpacked(model, tokenizer, texts, word):
    return model(tokenizer(texts[0], return_tensors="pt"))


def word_of_lists(model, tokenizer, texts, word):
    return model(**tokenizer(texts[0]))
