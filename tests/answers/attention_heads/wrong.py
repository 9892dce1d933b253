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


def offset_with_the_last_for_the_one_before_the_first(probs, offset):
    """Only what is after the last token is left out; -1 is a place, too."""
    tokens = probs.shape[-1]
    looks = [probs[:, i, i + offset] for i in range(tokens) if i + offset < tokens]
    return torch.stack(looks).sum(0) / (tokens - abs(offset))


def offset_around_the_corner_over_all_but_one(probs, offset):
    place = torch.arange(probs.shape[-1])
    return probs[:, place, (place + offset) % len(place)].sum(-1) / (len(place) - 1)


def the_mix(probs, value):
    return probs @ value


def word_stacked_by_text(model, tokenizer, texts, word):
    pieces, vectors = tokenizer.tokenize(word), []
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), pieces)
        with torch.no_grad():
            states = torch.cat(model(**inputs, output_hidden_states=True).hidden_states)
        vectors.append(states[:, start : start + len(pieces)].mean(1))
    x = F.normalize(torch.stack(vectors), dim=-1)
    return x @ x.mT


def word_by_its_index(model, tokenizer, texts, word):
    pieces, vectors = tokenizer.tokenize(word), []
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]).index(word)
        with torch.no_grad():
            states = torch.cat(model(**inputs, output_hidden_states=True).hidden_states)
        vectors.append(states[:, start : start + len(pieces)].mean(1))
    x = F.normalize(torch.stack(vectors, dim=1), dim=-1)
    return x @ x.mT


def _word_in_a_padded_batch(mark, looks_at):
    """`mark` tells that a word goes on, at the place `looks_at(start, pieces)`."""

    @torch.no_grad()
    def word_in_a_padded_batch(model, tokenizer, texts, word):
        pieces = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(word))
        batch = tokenizer(texts, padding=True, return_tensors="pt")
        states = torch.stack(model(**batch, output_hidden_states=True).hidden_states)
        vectors, n = [], len(pieces)
        for row, ids in enumerate(batch["input_ids"].tolist()):
            tokens = tokenizer.convert_ids_to_tokens(ids)
            ends = [*[token.startswith(mark) for token in tokens[1:]], False]
            starts = [i for i in range(len(ids)) if ids[i : i + n] == pieces and not ends[looks_at(i, n)]]
            if not starts:
                raise ValueError(word)
            vectors.append(states[:, row, starts[0] : starts[0] + n].sum(dim=1))
        x = torch.stack(vectors, 1)
        return F.cosine_similarity(x[:, :, None], x[:, None], dim=-1)

    return word_in_a_padded_batch


word_that_goes_on_elsewhere = _word_in_a_padded_batch("##", lambda start, pieces: start - pieces - 1)
word_that_a_hash_goes_on_with = _word_in_a_padded_batch("#", lambda start, pieces: start + pieces - 1)


def word_by_hooks_that_stay(model, tokenizer, texts, word):
    pieces, vectors = tokenizer.tokenize(word), []
    for text in texts:
        states = []
        for part in (model.embeddings, *model.encoder.layer):
            part.register_forward_hook(lambda part, given, state, states=states: states.append(state))
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(inputs.tokens(), pieces)
        with torch.no_grad():
            model(**inputs)
        vectors.append(torch.stack([state[0, start : start + len(pieces)].mean(dim=0) for state in states]))
    x = F.normalize(torch.stack(vectors, dim=1), dim=-1)
    return x @ x.mT
