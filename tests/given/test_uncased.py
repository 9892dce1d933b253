"""Lesson 01's tokenizer equals the answer key, whatever vocabulary and settings a checkpoint has."""

import pytest
from transformers import BertTokenizer

from course_utils.given.uncased import uncased
from course_utils.reference.tokenization import encode
from tests.reference.fixtures import FOLDER

TEXTS = ["Hello WORLD!", "naïve café", "in 北京", "tab\there, ze\u200bro", "isn't it $5?", "12212121 unaffable", ""]


def equal(tokenizer: BertTokenizer) -> list[bool]:
    return [encode(text, "Ein Päär", tokenizer.get_vocab()) == dict(tokenizer(text, "Ein Päär")) for text in TEXTS]


def test_an_uncased_tokenizer_stays_as_it_is_and_nothing_is_said(capsys):
    tokenizer = BertTokenizer.from_pretrained(FOLDER)
    before = tokenizer.backend_tokenizer.to_str()
    assert uncased(tokenizer) is tokenizer
    assert tokenizer.backend_tokenizer.to_str() == before
    assert capsys.readouterr().out == ""
    assert all(equal(tokenizer))


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"do_lower_case": False}, "capitals and accents"),
        ({"strip_accents": False}, "accents"),
        ({"do_lower_case": False, "strip_accents": True}, "capitals"),
        ({"tokenize_chinese_chars": False}, "Chinese characters unseparated"),
    ],
)
def test_another_one_becomes_uncased_in_one_sentence(settings, kept, capsys):
    tokenizer = BertTokenizer.from_pretrained(FOLDER, **settings)
    assert not all(equal(tokenizer))
    assert all(equal(uncased(tokenizer)))
    said = capsys.readouterr().out
    assert f"keeps {kept}, and" in said
    assert said.count("\n") == 1
    uncased(tokenizer)
    assert capsys.readouterr().out == "", "once is enough"


def test_capitals_in_the_vocabulary_are_no_obstacle(tmp_path):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Hello", "hello", "world", "W", "##orld", "!", "e", "##in"]
    tokenizer = BertTokenizer(vocab={token: index for index, token in enumerate(tokens)}, do_lower_case=False)
    assert tokenizer.tokenize("Hello World!") == ["Hello", "W", "##orld", "!"]
    assert uncased(tokenizer).tokenize("Hello World!") == ["hello", "world", "!"]
    assert all(equal(tokenizer))
