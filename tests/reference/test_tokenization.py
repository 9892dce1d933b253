"""The tokenizer of the reference gives what BertTokenizer gives, on the course's texts and random Unicode."""

import json
import random

import pytest
import torch
from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.trainers import BpeTrainer

from course_utils import planted
from course_utils.checks.tokenization.telltale_text import LONGEST, WRONG
from course_utils.reference.tokenization import (
    decode,
    encode,
    merge_scores,
    normalize,
    pad_batch,
    pre_tokenize,
    telltale_text,
    wordpiece,
)
from tests.reference.fixtures import SEED_SENTENCE, real_tokenizer

TEXTS = [
    SEED_SENTENCE,
    "3,456,789",
    "unaffable",
    "naïve café",
    "北京",
    "a☃",
    "##ing",
    "a" * 100,
    "a" * 101,
    "zero\u200bwidth",
    "U.S.A.",
    "",
    "   ",
    "tabs\tand\nlines\r\nand\u00a0and\u2003and\u3000spaces",
    " ".join(["hello", "unaffable", "Zürich"] * 200),
    "Hello world! playing unb Café\tau lait, $+<=>^|~ «ça» — 'tis",
    "ΟΔΥΣΣΕΥΣ İstanbul ẞ Å \ufffd\x00\x07\x1c\x85\u2028 e\u0301 \u0378 \ue000 한국어 カタカナ ไทย हिन्दी",
    "x北y京z丽𠀀",
    "[CLS [ MASK] # ## ### #a a#b",
]
# Blocks whose characters have kept their categories since the tokenizers library's Unicode tables were made.
BLOCKS = [
    (0x00, 0x17F),  # controls, Latin
    (0x300, 0x36F),  # combining accents
    (0x370, 0x52F),  # Greek, Cyrillic, and some that are not assigned
    (0x5D0, 0x5EA),  # Hebrew
    (0x905, 0x94D),  # Devanagari
    (0x1E00, 0x1EFF),  # Latin with two accents
    (0x2000, 0x206F),  # spaces, dashes, zero widths
    (0x20A0, 0x20B9),  # currencies
    (0x2190, 0x26FF),  # arrows, mathematics, symbols
    (0x3000, 0x30FF),  # CJK punctuation, kana
    (0x4E00, 0x4EFF),  # CJK
    (0xAC00, 0xACFF),  # Hangul
    (0xF900, 0xF9FF),  # CJK compatibility
    (0xFF01, 0xFF5E),  # full width
    (0x1F600, 0x1F64F),  # emoji
    (0x20000, 0x200FF),  # CJK extension B
]


def random_texts(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    words = [
        "play",
        "ing",
        "un",
        "affable",
        "Bank",
        "12",
        ".",
        "$",
        "##",
        "☃",
        "Σ",
        "é",
        "北",
        "\t",
        " ",
        "  ",
        "[",
        "]",
    ]
    texts = []
    for _ in range(count):
        pieces = []
        for _ in range(draw.randint(0, 25)):
            first, last = draw.choice(BLOCKS)
            pieces.append(draw.choice(words) if draw.random() < 0.6 else chr(draw.randint(first, last)))
        texts.append("".join(pieces))
    return texts


ALL_TEXTS = TEXTS + random_texts(300, seed=1)


def library_words(text: str) -> list[str]:
    return [word for word, _ in real_tokenizer().backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)]


@pytest.mark.parametrize("texts", [TEXTS, random_texts(300, seed=2)], ids=["course", "random"])
def test_normalize_equals_the_library(texts):
    library = real_tokenizer().backend_tokenizer.normalizer
    assert [normalize(text) for text in texts] == [library.normalize_str(text) for text in texts]


def test_normalize_equals_the_library_on_every_character_of_the_blocks():
    library = real_tokenizer().backend_tokenizer.normalizer
    characters = [chr(code) for first, last in BLOCKS for code in range(first, last + 1)]
    wrong = [hex(ord(c)) for c in characters if normalize(f"a{c}b") != library.normalize_str(f"a{c}b")]
    assert not wrong


def test_pre_tokenize_equals_the_library():
    for text in ALL_TEXTS:
        assert pre_tokenize(normalize(text)) == library_words(normalize(text))
    for code in range(0x20, 0x250):
        assert pre_tokenize(f"a{chr(code)}b") == library_words(f"a{chr(code)}b")


@pytest.mark.parametrize("text", TEXTS)
def test_encode_equals_bert_tokenizer(text):
    assert encode(text, None, real_tokenizer().get_vocab()) == dict(real_tokenizer()(text))


def test_encode_equals_bert_tokenizer_on_random_text_and_pairs():
    vocab, tokenizer = real_tokenizer().get_vocab(), real_tokenizer()
    for text, other in zip(ALL_TEXTS, reversed(ALL_TEXTS), strict=True):
        assert encode(text, None, vocab) == dict(tokenizer(text))
        assert encode(text, other, vocab) == dict(tokenizer(text, other))


def test_encode_of_the_seed_sentence():
    ids = [101, 2023, 2003, 1037, 13092, 12521, 12521, 2487, 3231, 6251, 102]
    vocab = real_tokenizer().get_vocab()
    assert encode(SEED_SENTENCE, None, vocab)["input_ids"] == ids
    assert encode("", "a", vocab)["token_type_ids"] == [0, 0, 1, 1]


def test_special_tokens_in_the_text_are_plain_text():
    vocab = real_tokenizer().get_vocab()
    pieces = [real_tokenizer().convert_ids_to_tokens(i) for i in encode("[MASK]", None, vocab)["input_ids"]]
    assert pieces == ["[CLS]", "[", "mask", "]", "[SEP]"]
    assert real_tokenizer()("[MASK]")["input_ids"] == [101, 103, 102]


def test_wordpiece():
    vocab = real_tokenizer().get_vocab()
    assert wordpiece("unaffable", vocab) == ["una", "##ffa", "##ble"]
    assert wordpiece("a☃", vocab) == ["[UNK]"]
    assert wordpiece("", vocab) == []
    assert wordpiece("a" * 101, vocab) == ["[UNK]"] != wordpiece("a" * 100, vocab)
    assert wordpiece("abc", vocab, unk_token="?", max_input_chars_per_word=2) == ["?"]
    assert wordpiece("ab", {"a": 0, "b": 1}) == ["[UNK]"]


def test_pad_batch_equals_bert_tokenizer():
    texts = ["one", "", "three little words", SEED_SENTENCE]
    expected = real_tokenizer()(texts, padding=True, return_tensors="pt")
    sequences = real_tokenizer()(texts)["input_ids"]
    input_ids, attention_mask = pad_batch(sequences)
    assert torch.equal(input_ids, expected["input_ids"])
    assert torch.equal(attention_mask, expected["attention_mask"])
    assert input_ids.dtype == attention_mask.dtype == torch.int64
    assert sequences == real_tokenizer()(texts)["input_ids"]
    ids, mask = pad_batch([[7, 0], [7, 0, 8]], pad_token_id=9)
    assert ids.tolist() == [[7, 0, 9], [7, 0, 8]]
    assert mask.tolist() == [[1, 1, 0], [1, 1, 1]]


def test_decode_equals_bert_tokenizer_without_its_clean_up():
    tokenizer = real_tokenizer()
    library = decoders.WordPiece(prefix="##", cleanup=False)
    id_to_token = tokenizer.convert_ids_to_tokens(list(range(tokenizer.vocab_size)))
    draw = random.Random(3)
    sequences = [tokenizer(text)["input_ids"] for text in ALL_TEXTS]
    sequences += [[draw.randrange(tokenizer.vocab_size) for _ in range(30)] for _ in range(100)]
    for ids in sequences:
        assert decode(ids, id_to_token) == library.decode(tokenizer.convert_ids_to_tokens(ids))
    assert decode([101, 14477, 20961, 3468, 1010, 2053, 102], id_to_token) == "[CLS] unaffable , no [SEP]"


def merged(pieces: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece.removeprefix("##")
        else:
            joined.append(piece)
    return tuple(joined)


def merges(scores_of, corpus: dict[str, int], steps: int) -> list[tuple[str, str]]:
    """The pairs that are merged, one after the other; fails where two are equally good."""
    words = {(word[0], *("##" + letter for letter in word[1:])): count for word, count in corpus.items()}
    found = []
    for _ in range(steps):
        scores = scores_of(words)
        best, second = sorted(scores.values(), reverse=True)[:2]
        assert best > second
        found.append(max(scores, key=scores.get))
        words = {merged(pieces, found[-1]): count for pieces, count in words.items()}
    return found


def test_merge_scores_of_the_hugging_face_course():
    """Chapter 6, "WordPiece tokenization": the best pair is ##g ##s with 1 / 20, the others with ##u have 1 / 36."""
    corpus = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
    scores = merge_scores({(w[0], *("##" + c for c in w[1:])): n for w, n in corpus.items()})
    assert scores["##g", "##s"] == max(scores.values()) == 1 / 20
    assert scores["##u", "##g"] == scores["p", "##u"] == 1 / 36
    assert merges(merge_scores, {"hugs": 5, "hug": 10, "pug": 6, "pun": 12, "bun": 4}, 1) == [("##g", "##s")]


def test_counts_alone_merge_as_the_librarys_bpe_does():
    """What lesson 01 shows beside WordPiece, on its own corpus."""
    corpus = {"the": 60, "then": 20, "there": 15, "tree": 12, "ten": 16}
    corpus |= {"tin": 9, "thin": 7, "queen": 6, "quit": 5, "quite": 4}
    library = Tokenizer(BPE(continuing_subword_prefix="##"))
    library.pre_tokenizer = WhitespaceSplit()
    trainer = BpeTrainer(vocab_size=40, continuing_subword_prefix="##", show_progress=False)
    library.train_from_iterator([" ".join([word] * count) for word, count in corpus.items()], trainer)
    theirs = json.loads(library.to_str())["model"]["merges"]
    ours = merges(planted("merge_scores", "not_divided"), corpus, 5)
    assert [list(pair) for pair in ours] == theirs[:5]
    assert merges(merge_scores, corpus, 5)[0] == ("q", "##u")


def test_the_telltale_text_gives_three_away_to_the_real_tokenizer():
    text, vocab = telltale_text(), real_tokenizer().get_vocab()
    real = real_tokenizer()(text)["input_ids"]
    assert len(text) <= LONGEST
    for label in WRONG.values():
        assert planted("encode", label)(text, None, vocab)["input_ids"] != real
