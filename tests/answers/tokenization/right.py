"""Right ways to clean, split, cut, encode, pad and decode."""

import re
import string
import unicodedata
from collections import Counter, defaultdict
from itertools import pairwise, zip_longest

import torch
from tokenizers.normalizers import BertNormalizer
from torch.nn.utils.rnn import pad_sequence

from course_utils.reference.helpers import is_cjk_character
from course_utils.reference.tokenization import normalize, pre_tokenize, wordpiece


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


def pieces_of(text, vocab):
    return [piece for word in pre_tokenize(normalize(text)) for piece in wordpiece(word, vocab)]


def encode_in_one_go(text, text_pair, vocab):
    first = ["[CLS]", *pieces_of(text, vocab), "[SEP]"]
    second = [*pieces_of(text_pair, vocab), "[SEP]"] if text_pair else []
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


def merge_scores_by_loops(words):
    pieces, pairs = {}, {}
    for word, times in words.items():
        for place, piece in enumerate(word):
            pieces[piece] = pieces.get(piece, 0) + times
            if place > 0:
                pair = (word[place - 1], piece)
                pairs[pair] = pairs.get(pair, 0) + times
    return {pair: times / pieces[pair[0]] / pieces[pair[1]] for pair, times in pairs.items()}


def merge_scores_written_out(words):
    """The corpus word by word, as often as each is in it."""
    corpus = [word for word, times in words.items() for _ in range(times)]
    pieces = Counter(piece for word in corpus for piece in word)
    pairs = Counter(pair for word in corpus for pair in pairwise(word))
    return {(a, b): n / (pieces[a] * pieces[b]) for (a, b), n in sorted(pairs.items())}


def merge_scores_in_float(words):
    first, second = defaultdict(float), defaultdict(float)
    for word, times in words.items():
        for piece in word:
            first[piece] += times
        for at in range(len(word) - 1):
            second[word[at : at + 2]] += times
    return {pair: times / (first[pair[0]] * first[pair[1]]) for pair, times in second.items()}


def telltale_text_of_three_words():
    return "wur ½ a☃"


def telltale_text_with_numbers():
    return "3456½,1☃"


def telltale_text_by_search():
    from course_utils.checks.tokenization.telltale_text import uncased_vocabulary

    vocab = uncased_vocabulary()
    letters = "abcdefgh"
    words = (a + b + c for a in letters for b in letters for c in letters)
    for word in words:
        if word not in vocab and word[:2] in vocab and "##" + word[1:] in vocab:
            return f"{word}\n{word[0]}{chr(0x2166)}"
