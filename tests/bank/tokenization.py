"""Other right ways to write lesson 01's functions, and wrong ones that are known under no name."""

import re
import string
import unicodedata
from itertools import zip_longest

import torch
from tokenizers.normalizers import BertNormalizer
from torch.nn.utils.rnn import pad_sequence

from course_utils.reference.tokenization import is_cjk_character, normalize, pre_tokenize, wordpiece

# Right ----------------------------------------------------------------------------------------------------------------


def normalize_by_translate(text):
    text = re.sub(r"[\t\n\r]", " ", text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Co"} and c != "\ufffd")
    text = "".join(" " if c.isspace() else f" {c} " if is_cjk_character(c) else c for c in text)
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").lower()


def normalize_lower_first(text):
    result = ""
    for c in text.lower():
        category = unicodedata.category(c)
        if c in "\t\n\r" or category in ("Zs", "Zl", "Zp"):
            result += " "
        elif category in ("Cc", "Cf", "Co") or c == chr(0xFFFD):
            pass
        elif is_cjk_character(c):
            result += " " + c + " "
        else:
            result += "".join(d for d in unicodedata.normalize("NFD", c) if unicodedata.category(d) != "Mn")
    return result


def normalize_by_the_library(text):
    """What BertTokenizer itself calls."""
    library = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    return library.normalize_str(text)


def _is_mark(c):
    return c in string.punctuation or unicodedata.category(c)[0] == "P"


def pre_tokenize_by_state(text):
    words, word = [], ""
    for c in text:
        if c.isspace() or _is_mark(c):
            if word:
                words.append(word)
            word = ""
            if _is_mark(c):
                words.append(c)
        else:
            word += c
    return words + [word] if word else words


def pre_tokenize_by_code_points(text):
    """The ranges of BERT's own code in place of string.punctuation."""
    words = [[]]
    for c in text:
        code = ord(c)
        ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        if c == " ":
            words.append([])
        elif ascii_mark or unicodedata.category(c).startswith("P"):
            words += [[c], []]
        else:
            words[-1].append(c)
    return ["".join(word) for word in words if word]


def wordpiece_recursive(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    def cut(rest, mark):
        if not rest:
            return []
        for end in range(len(rest), 0, -1):
            if mark + rest[:end] in vocab:
                after = cut(rest[end:], "##")
                return None if after is None else [mark + rest[:end], *after]
        return None

    pieces = cut(word, "") if len(word) <= max_input_chars_per_word else None
    return [unk_token] if pieces is None else pieces


def wordpiece_with_flag(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    """As in BERT's own code."""
    chars = list(word)
    if len(chars) > max_input_chars_per_word:
        return [unk_token]
    is_bad, start, sub_tokens = False, 0, []
    while start < len(chars):
        end, current = len(chars), None
        while start < end:
            substring = "".join(chars[start:end])
            if start > 0:
                substring = "##" + substring
            if substring in vocab:
                current = substring
                break
            end -= 1
        if current is None:
            is_bad = True
            break
        sub_tokens.append(current)
        start = end
    return [unk_token] if is_bad else sub_tokens


def _tokens(text, vocab):
    return [piece for word in pre_tokenize(normalize(text)) for piece in wordpiece(word, vocab)]


def encode_in_one_go(text, text_pair, vocab):
    first = ["[CLS]", *_tokens(text, vocab), "[SEP]"]
    second = [*_tokens(text_pair, vocab), "[SEP]"] if text_pair else []
    return {
        "attention_mask": [1 for _ in first + second],
        "input_ids": [vocab[token] for token in first + second],
        "token_type_ids": [0] * len(first) + [1] * len(second),
    }


def pad_batch_by_torch(sequences, pad_token_id=0):
    rows = [torch.tensor(ids, dtype=torch.long) for ids in sequences]
    mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
    return pad_sequence(rows, batch_first=True, padding_value=pad_token_id), mask


def pad_batch_filled(sequences, pad_token_id=0):
    lengths = torch.tensor([len(ids) for ids in sequences])
    input_ids = torch.full((len(sequences), int(lengths.max())), pad_token_id)
    for row, ids in zip(input_ids, sequences, strict=True):
        row[: len(ids)] = torch.tensor(ids)
    return input_ids, (torch.arange(input_ids.shape[1]) < lengths[:, None]).long()


def pad_batch_zipped(sequences, pad_token_id=0):
    ids = [list(row) for row in zip(*zip_longest(*sequences, fillvalue=pad_token_id), strict=True)]
    mask = [[int(i < len(sequence)) for i in range(len(ids[0]))] for sequence in sequences]
    return torch.LongTensor(ids), torch.LongTensor(mask)


def decode_by_loop(ids, id_to_token):
    text = ""
    for index, token in enumerate(id_to_token[i] for i in ids):
        if index == 0:
            text = token
        elif token.startswith("##"):
            text += token[2:]
        else:
            text += " " + token
    return text


def decode_by_regex(ids, id_to_token):
    return re.sub(r" ##", "", " ".join(map(id_to_token.__getitem__, ids)))


ALTERNATIVES = {
    "normalize": [normalize_by_translate, normalize_lower_first, normalize_by_the_library],
    "pre_tokenize": [pre_tokenize_by_state, pre_tokenize_by_code_points],
    "wordpiece": [wordpiece_recursive, wordpiece_with_flag],
    "encode": [encode_in_one_go],
    "pad_batch": [pad_batch_by_torch, pad_batch_filled, pad_batch_zipped],
    "decode": [decode_by_loop, decode_by_regex],
}

# Wrong ----------------------------------------------------------------------------------------------------------------


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


def wordpiece_anywhere(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    """The longest piece anywhere in the word, then what is left and right of it."""
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
    tokens = ["[CLS]", *_tokens(text, vocab), "[SEP]", "[SEP]"]
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
        return [piece for piece in _tokens(some, vocab) if piece != "[UNK]"]

    first = ["[CLS]", *known(text), "[SEP]"]
    second = [*known(text_pair), "[SEP]"] if text_pair else []
    return _encoded(first + second, [0] * len(first) + [1] * len(second), vocab)


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


UNNAMED = {
    "normalize": [normalize_only_lower, normalize_upper, normalize_latin_1, normalize_drops_symbols, normalize_words],
    "pre_tokenize": [
        pre_tokenize_characters,
        pre_tokenize_first_only,
        pre_tokenize_sorted,
        pre_tokenize_without_repeats,
        pre_tokenize_with_spaces,
    ],
    "wordpiece": [
        wordpiece_anywhere,
        wordpiece_fewest,
        wordpiece_characters,
        wordpiece_whole_words_before_the_limit,
        wordpiece_reversed,
        wordpiece_without_repeats,
    ],
    "encode": [
        encode_last_sep_doubled,
        encode_mask_by_segment,
        encode_positions_as_segments,
        encode_reversed,
        encode_short_names,
        encode_counted_from_1,
        encode_unknown_words_left_out,
    ],
    "pad_batch": [pad_batch_both_sides, pad_batch_mask_counts, pad_batch_to_8, pad_batch_flat],
    "decode": [decode_backwards, decode_capitalised, decode_with_commas, decode_one_off],
}
