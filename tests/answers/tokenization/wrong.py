"""Wrong ways to clean, split, cut, encode, pad and decode."""

import math
import re
import unicodedata

import torch

from course_utils.reference.tokenization import merge_scores, normalize, pre_tokenize, wordpiece
from tests.answers.tokenization.right import decode_by_loop, encode_in_one_go, pad_batch_by_torch, pieces_of


def normalize_only_lower(text):
    return text.lower()


def normalize_upper(text):
    return normalize(text).upper()


def normalize_latin_1(text):
    """A hand-made table of accents."""
    table = str.maketrans("éïöüàç", "eiouac")
    return re.sub(r"\s", " ", text).lower().translate(table)


def normalize_drops_symbols(text):
    return "".join(c for c in normalize(text) if unicodedata.category(c)[0] != "S")


def normalize_words(text):
    return normalize(text).split()


def pre_tokenize_characters(text):
    return list(text.replace(" ", ""))


def pre_tokenize_first_only(text):
    """Splits at the first mark of a word only."""
    return [part for word in text.split() for part in re.split(r"([^\w\s])", word, maxsplit=1) if part]


def pre_tokenize_sorted(text):
    return sorted(pre_tokenize(text))


def pre_tokenize_without_repeats(text):
    return list(dict.fromkeys(pre_tokenize(text)))


def pre_tokenize_with_spaces(text):
    return re.split(r"(\s+)", text)


def pre_tokenize_one_by_one(text):
    yield from pre_tokenize(text)


def wordpiece_anywhere(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    """The longest piece anywhere in the word, then the parts to its left and right."""
    if len(word) > max_input_chars_per_word:
        return [unk_token]

    def cut(first, last):
        if first == last:
            return []
        for length in range(last - first, 0, -1):
            for start in range(first, last - length + 1):
                piece = ("##" if start else "") + word[start : start + length]
                if piece in vocab:
                    left, right = cut(first, start), cut(start + length, last)
                    return None if left is None or right is None else [*left, piece, *right]
        return None

    pieces = cut(0, len(word))
    return [unk_token] if pieces is None else pieces


def wordpiece_fewest(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    """The cut with the fewest pieces, and one where the greedy way finds none."""
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    best = {0: []}
    for end in range(1, len(word) + 1):
        for start in range(end):
            piece = ("##" if start else "") + word[start:end]
            if start in best and piece in vocab and (end not in best or len(best[start]) + 1 < len(best[end])):
                best[end] = [*best[start], piece]
    return best.get(len(word), [unk_token])


def wordpiece_characters(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    return [("##" if i else "") + c for i, c in enumerate(word)]


def wordpiece_whole_words_before_the_limit(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    return [word] if word in vocab else wordpiece(word, vocab, unk_token, max_input_chars_per_word)


def wordpiece_reversed(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    return wordpiece(word, vocab, unk_token, max_input_chars_per_word)[::-1]


def wordpiece_without_repeats(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    return list(dict.fromkeys(wordpiece(word, vocab, unk_token, max_input_chars_per_word)))


def _encoded(tokens, segments, vocab):
    return {
        "input_ids": [vocab[token] for token in tokens],
        "token_type_ids": segments,
        "attention_mask": [1] * len(tokens),
    }


def encode_last_sep_doubled(text, text_pair, vocab):
    tokens = ["[CLS]", *pieces_of(text, vocab), "[SEP]", "[SEP]"]
    return _encoded(tokens, [0] * len(tokens), vocab)


def encode_mask_by_segment(text, text_pair, vocab):
    result = encode_in_one_go(text, text_pair, vocab)
    return result | {"attention_mask": result["token_type_ids"]}


def encode_positions_as_segments(text, text_pair, vocab):
    result = encode_in_one_go(text, text_pair, vocab)
    return result | {"token_type_ids": list(range(len(result["input_ids"])))}


def encode_reversed(text, text_pair, vocab):
    return {key: ids[::-1] for key, ids in encode_in_one_go(text, text_pair, vocab).items()}


def encode_short_names(text, text_pair, vocab):
    result = encode_in_one_go(text, text_pair, vocab)
    return {"ids": result["input_ids"], "segments": result["token_type_ids"], "mask": result["attention_mask"]}


def encode_counted_from_1(text, text_pair, vocab):
    result = encode_in_one_go(text, text_pair, vocab)
    return result | {"input_ids": [i + 1 for i in result["input_ids"]]}


def encode_unknown_words_left_out(text, text_pair, vocab):
    def known(some):
        return [piece for piece in pieces_of(some, vocab) if piece != "[UNK]"]

    first = ["[CLS]", *known(text), "[SEP]"]
    second = [*known(text_pair), "[SEP]"] if text_pair else []
    return _encoded(first + second, [0] * len(first) + [1] * len(second), vocab)


def encode_with_lists_for_ids(text, text_pair, vocab):
    """Each id in a list of its own."""
    result = encode_in_one_go(text, text_pair, vocab)
    return result | {"input_ids": [[number] for number in result["input_ids"]]}


def encode_with_the_ids_of_bert_base(text, text_pair, vocab):
    result = encode_in_one_go(text, text_pair, vocab)
    return result | {"input_ids": [101, *result["input_ids"][1:-1], 102]}


def pad_batch_both_sides(sequences, pad_token_id=0):
    longest = max(map(len, sequences))
    ids, mask = [], []
    for sequence in sequences:
        left = (longest - len(sequence)) // 2
        right = longest - len(sequence) - left
        ids.append([pad_token_id] * left + sequence + [pad_token_id] * right)
        mask.append([0] * left + [1] * len(sequence) + [0] * right)
    return torch.tensor(ids, dtype=torch.int64), torch.tensor(mask, dtype=torch.int64)


def pad_batch_mask_counts(sequences, pad_token_id=0):
    ids, mask = pad_batch_by_torch(sequences, pad_token_id)
    return ids, mask.cumsum(1) * mask


def pad_batch_to_8(sequences, pad_token_id=0):
    ids, mask = pad_batch_by_torch(sequences, pad_token_id)
    more = -ids.shape[1] % 8
    return torch.nn.functional.pad(ids, (0, more), value=pad_token_id), torch.nn.functional.pad(mask, (0, more))


def pad_batch_flat(sequences, pad_token_id=0):
    ids, mask = pad_batch_by_torch(sequences, pad_token_id)
    return ids.flatten(), mask.flatten()


def decode_backwards(ids, id_to_token):
    return decode_by_loop(ids[::-1], id_to_token)


def decode_capitalised(ids, id_to_token):
    return decode_by_loop(ids, id_to_token).capitalize()


def decode_with_commas(ids, id_to_token):
    return ", ".join(id_to_token[i] for i in ids).replace(", ##", "")


def decode_one_off(ids, id_to_token):
    return decode_by_loop([(i + 1) % len(id_to_token) for i in ids], id_to_token)


def decode_without_any_hash_of_a_piece(ids, id_to_token):
    words = []
    for piece in (id_to_token[i] for i in ids):
        if piece.startswith("##") and words:
            words[-1] += piece.strip("#")
        else:
            words.append(piece)
    return " ".join(words)


def decode_without_any_hash_even_at_the_beginning(ids, id_to_token):
    text = ""
    for piece in (id_to_token[i] for i in ids):
        text += piece.strip("#") if piece.startswith("##") else " " + piece
    return text.strip()


def merge_scores_sorted_pairs(words):
    """A pair in whatever order its pieces have in the alphabet."""
    return {tuple(sorted(pair)): score for pair, score in merge_scores(words).items()}


def merge_scores_best_first(words):
    return [pair for pair, _ in sorted(merge_scores(words).items(), key=lambda item: -item[1])]


def merge_scores_logarithms(words):
    return {pair: math.log(score) for pair, score in merge_scores(words).items()}


def merge_scores_between_0_and_1(words):
    scores = merge_scores(words)
    return {pair: score / max(scores.values()) for pair, score in scores.items()}


def merge_scores_rounded(words):
    return {pair: round(score, 3) for pair, score in merge_scores(words).items()}


def merge_scores_of_letters(words):
    """Every letter for itself, whatever has been merged."""
    return merge_scores({tuple("".join(piece.removeprefix("##") for piece in word)): n for word, n in words.items()})


def telltale_text_for_nothing():
    return "hello"


def telltale_text_hidden_in_unk():
    """½ would do, but its word is [UNK] to both."""
    return "cun a½☃"


def telltale_text_one_snowman():
    return "☃"


def telltale_text_of_the_lesson():
    return "naïve café, unaffable a☃"


def telltale_text_as_ids():
    return [101, 102]


def telltale_text_only_printed():
    print("cun aⅧ")
