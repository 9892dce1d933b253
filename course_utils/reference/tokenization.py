"""Text to ids: normalise, cut into words, cut words into WordPieces, number them, pad, and back to text."""

import string
import unicodedata

import torch
from torch import Tensor


def is_cjk_character(character: str) -> bool:
    """Whether a character is a CJK ideograph, which BERT makes a word of its own. Kana and Hangul are none."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x2A6DF
        or 0x2A700 <= code <= 0x2B81F
        or 0x2B920 <= code <= 0x2CEAF  # Extension E begins at 2B820, but the tokenizers library begins here
        or 0xF900 <= code <= 0xFAFF
        or 0x2F800 <= code <= 0x2FA1F
    )


def normalize(text: str) -> str:
    """Clean a text as the uncased BERT does, in four steps.

    1. Control characters (Unicode categories Cc, Cf and Co) and U+FFFD are dropped, every
       white-space character becomes one space. Tab, line feed and carriage return are of
       category Cc and still white space, nothing else in it is. Unassigned characters stay.
    2. Each CJK character gets a space on either side (`is_cjk_character` is given).
    3. Accents go: decompose into Unicode's NFD form and drop the marks (category Mn).
    4. Lower case. (A Σ at the end of a word may become σ or ς.)

    Runs of spaces stay as long as they are. Useful: `unicodedata.category`,
    `unicodedata.normalize`.
    Equal to `tokenizer.backend_tokenizer.normalizer.normalize_str(text)`.
    """
    characters = []
    for character in text:
        if character in "\t\n\r":
            characters.append(" ")
        elif character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co"):
            continue
        elif character.isspace():
            characters.append(" ")
        elif is_cjk_character(character):
            characters.append(f" {character} ")
        else:
            characters.append(character)
    cleaned = "".join(characters)
    decomposed = unicodedata.normalize("NFD", cleaned)
    bare = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
    # One character at a time: `bare.lower()` would turn the Σ at the end of a word into ς, not σ.
    return "".join(character.lower() for character in bare)


def pre_tokenize(text: str) -> list[str]:
    """Split a normalised text into words.

    White space separates words and is thrown away. Every punctuation character is a word by
    itself: those of the Unicode categories that begin with P, and all of
    `string.punctuation`, which holds symbols such as `$ + < = > ^ | ~`, too. No word is
    empty; a text without words gives an empty list.
    Equal to `tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)` without its
    offsets.
    """
    characters = []
    for character in text:
        is_punctuation = unicodedata.category(character).startswith("P") or character in string.punctuation
        if is_punctuation:
            characters.append(f" {character} ")
        else:
            characters.append(character)
    return "".join(characters).split()


def wordpiece(
    word: str, vocab: dict[str, int], unk_token: str = "[UNK]", max_input_chars_per_word: int = 100
) -> list[str]:
    """Cut a word into pieces of the vocabulary: from left to right, always the longest that fits.

    A piece that does not begin the word carries the mark `##` before its characters, and only
    so stands in the vocabulary: `unaffable` gives `una ##ffa ##ble`. If at some place not
    even one character fits, or if the word has more than `max_input_chars_per_word`
    characters, the *whole* word becomes `[unk_token]`. The empty word has no pieces. Mind
    that `#` is a character like any other: a mark is put before a piece, never into the word.
    Source: Wu et al. 2016, arXiv 1609.08144, section 4.1; BERT's WordpieceTokenizer.
    """
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    pieces = []
    start = 0
    while start < len(word):
        end = len(word)
        while end > start:
            piece = word[start:end]
            if start > 0:
                piece = "##" + piece
            if piece in vocab:
                break
            end = end - 1
        if end == start:  # not even one character fits
            return [unk_token]
        pieces.append(piece)
        start = end
    return pieces


def encode(text: str, text_pair: str | None, vocab: dict[str, int]) -> dict[str, list[int]]:
    """Turn a text, or a pair of texts, into what BERT is fed.

    A text becomes `[CLS] text [SEP]`, a pair `[CLS] text [SEP] text_pair [SEP]`.

    Returns a dict of three lists of equal length: `input_ids`, the pieces' numbers in
    `vocab`; `token_type_ids`, 0 up to and with the first `[SEP]`, 1 after it;
    `attention_mask`, 1 for each of them, since nothing is padded yet.

    Special tokens written in the text are plain text here. Nothing is cut off, however long
    the text is. No pair if `text_pair` is None (or empty). Build it from `normalize`,
    `pre_tokenize` and `wordpiece`.
    Source: Devlin et al. 2018, arXiv 1810.04805, figure 2; `BertTokenizer.__call__`.
    """
    texts = [text, text_pair] if text_pair else [text]
    tokens = ["[CLS]"]
    token_type_ids = [0] * len(tokens)
    for segment, segment_text in enumerate(texts):
        pieces = []
        for word in pre_tokenize(normalize(segment_text)):
            pieces.extend(wordpiece(word, vocab))
        pieces.append("[SEP]")
        tokens.extend(pieces)
        token_type_ids.extend([segment] * len(pieces))
    input_ids = [vocab[token] for token in tokens]
    attention_mask = [1] * len(input_ids)
    return {"input_ids": input_ids, "token_type_ids": token_type_ids, "attention_mask": attention_mask}


def pad_batch(sequences: list[list[int]], pad_token_id: int = 0) -> tuple[Tensor, Tensor]:
    """Make one rectangle of sequences of different lengths by adding `pad_token_id` on the right.

    sequences: ids of one or more texts. Returns two int64 tensors of shape (batch, tokens),
    where tokens is the length of the longest sequence: the ids, and the attention mask, 1 for
    a real token and 0 for padding. A real token may have the id `pad_token_id`, too. Equal to
    `tokenizer(texts, padding=True)`.
    """
    longest = max(len(sequence) for sequence in sequences)
    id_rows, mask_rows = [], []
    for sequence in sequences:
        missing = longest - len(sequence)
        id_rows.append(sequence + [pad_token_id] * missing)
        mask_rows.append([1] * len(sequence) + [0] * missing)
    input_ids = torch.tensor(id_rows, dtype=torch.int64)  # (batch, tokens)
    attention_mask = torch.tensor(mask_rows, dtype=torch.int64)  # (batch, tokens)
    return input_ids, attention_mask


def decode(ids: list[int], id_to_token: list[str]) -> str:
    """Turn ids back into text: one space between pieces, a `##` piece glued to the one before it.

    `id_to_token[i]` is the piece with the id i. Special tokens stay. `tokenizer.decode(ids)`
    does the same, and then takes away the space before punctuation; here it stays.
    """
    pieces = [id_to_token[token_id] for token_id in ids]
    text = " ".join(pieces)
    return text.replace(" ##", "")
