"""Text to ids: normalise, cut into words, cut words into WordPieces, number them, pad, and back to text."""

import string
import unicodedata
from collections import Counter

import torch
from torch import Tensor

from course_utils.reference.helpers import is_cjk_character


def normalize(text: str) -> str:
    """Clean a text as the uncased BERT does, in four steps.

    text: any text.

    1. Drop control characters (Unicode categories Cc, Cf and Co) and U+FFFD, and turn
       every white-space character into one space. Tab, line feed and carriage return
       are of category Cc, but count as white space; nothing else of Cc does. Unassigned
       characters stay.
    2. Put a space on either side of each CJK character (`is_cjk_character` is given).
    3. Remove accents: decompose into Unicode's NFD form and drop the marks
       (category Mn).
    4. Make it lower case. (A Σ at the end of a word may become σ or ς.)

    Runs of spaces stay as long as they are. Useful: `unicodedata.category` and
    `unicodedata.normalize`.

    Returns: the cleaned text.
    Equal to: `tokenizer.backend_tokenizer.normalizer.normalize_str(text)`.
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

    text: a text that `normalize` has cleaned.

    White space separates words and is dropped. Every punctuation character is a
    word by itself: those of the Unicode categories that begin with P, and all of
    `string.punctuation`, which also holds symbols such as `$ + < = > ^ | ~`.

    Returns: the words, none of them empty; an empty list for a text without words.
    Equal to: `tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)`,
        without its offsets.
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
    word: str,
    vocab: dict[str, int],
    unk_token: str = "[UNK]",
    max_input_chars_per_word: int = 100,
) -> list[str]:
    """Cut a word into pieces of the vocabulary, always the longest that fits.

    word: the word to cut.
    vocab: the pieces that there are, and their ids.
    unk_token: the piece for a word that cannot be cut.
    max_input_chars_per_word: a word of more characters is not cut.

    Go from left to right. A piece that does not begin the word is in the vocabulary
    only with the mark `##` before its characters: `unaffable` gives `una ##ffa ##ble`.
    But `#` is a character like any other: put the mark before a piece, never into the
    word.

    If at some place not even one character fits, or if the word has more than
    `max_input_chars_per_word` characters, the *whole* word becomes `[unk_token]`.

    Returns: the pieces, in their order; an empty list for the empty word.
    Source: Wu et al. 2016, arXiv 1609.08144, section 4.1; BERT's `WordpieceTokenizer`.
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


def encode(
    text: str,
    text_pair: str | None,
    vocab: dict[str, int],
) -> dict[str, list[int]]:
    """Turn a text, or a pair of texts, into the model's input.

    text: the first text.
    text_pair: the second text; if it is None (or empty), there is no pair.
    vocab: the pieces that there are, and their ids.

    A text becomes `[CLS] text [SEP]`, a pair `[CLS] text [SEP] text_pair [SEP]`.
    Special tokens written in the text are plain text here. Nothing is cut off, however
    long the text is. Build it from `normalize`, `pre_tokenize` and `wordpiece`.

    Returns: a dict of three lists of equal length: `input_ids`, the pieces' ids in
        `vocab`; `token_type_ids`, 0 up to and including the first `[SEP]`, 1 after it;
        `attention_mask`, 1 for every token, since nothing is padded yet.
    Source: Devlin et al. 2018, arXiv 1810.04805, figure 2; `BertTokenizer.__call__` in
        transformers.
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


def pad_batch(
    sequences: list[list[int]],
    pad_token_id: int = 0,
) -> tuple[Tensor, Tensor]:
    """Make one rectangle of sequences of different lengths, padded on the right.

    sequences: the ids of one or more texts.
    pad_token_id: the id to pad with; a real token may have this id, too.

    Returns: two int64 tensors (batch, tokens), where tokens is the length of the
        longest sequence: the ids, and the attention mask, 1 for a real token and 0 for
        padding.
    Equal to: `tokenizer(texts, padding=True)`.
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
    """Turn ids back into text.

    ids: the ids of one text.
    id_to_token: all pieces; `id_to_token[i]` is the piece with the id i.

    Put one space between pieces, but join a `##` piece, without its mark, to the piece
    before it. Special tokens stay. `tokenizer.decode(ids)` does the same, and then
    takes away the space before punctuation; here it stays.

    Returns: the text.
    """
    pieces = [id_to_token[token_id] for token_id in ids]
    text = " ".join(pieces)
    return text.replace(" ##", "")


def merge_scores(words: dict[tuple[str, ...], int]) -> dict[tuple[str, str], float]:
    """Score all pairs that WordPiece could merge next, while it learns a vocabulary.

    words: a corpus: the pieces of each word, and how often the word occurs in it.

    A pair is two pieces that are neighbours inside a word. Its score is the number of
    times that the corpus holds the pair, divided by the product of two numbers: how
    often the corpus holds the first piece, and how often the second, wherever they are.

    Returns: the score of every pair that there is.
    Source: chapter 6 of the Hugging Face course, after Schuster and Nakajima 2012,
        "Japanese and Korean Voice Search".
    """
    piece_counts, pair_counts = Counter(), Counter()
    for pieces, count in words.items():
        for piece in pieces:
            piece_counts[piece] += count
        for place in range(len(pieces) - 1):
            pair_counts[pieces[place], pieces[place + 1]] += count
    scores = {}
    for (first, second), count in pair_counts.items():
        scores[first, second] = count / (piece_counts[first] * piece_counts[second])
    return scores


def telltale_text() -> str:
    """Find one short text that gives three wrong tokenizers away.

    Each of the three is BERT's uncased tokenizer with one thing changed:

    - NFKD: it decomposes characters into NFKD instead of NFD. That takes accents off,
      too, but also replaces characters by others that mean much the same.
    - Keeps pieces: where the rest of a word does not fit, it keeps the pieces found so
      far and puts `[UNK]` for the rest alone.
    - From the end: it cuts each word from its end, the last piece first, and always
      the longest that fits.

    Find a text of at most 8 characters from which each of the three makes other ids
    than BERT does. There are many.

    Returns: the text.
    """
    first_word = "cun"  # from the left cu ##n, from the right c ##un
    second_word = "aⅧ"  # there is no piece for this character, but NFKD writes it as VIII
    return f"{first_word} {second_word}"
