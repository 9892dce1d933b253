"""Another tokenizer than BERT's, or one that BertTokenizer would replace by itself, is one sentence; a cased one loads."""

import json

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertTokenizer

from course_utils import model
from tests.model.asking import change_config, change_tokenizer, problem


@pytest.fixture
def whole(copy):
    """The copy with a tokenizer.json, as transformers writes it today."""
    BertTokenizer.from_pretrained(copy).save_pretrained(copy)
    return copy


def pieces(text: str) -> list[str]:
    return model.load_model()[0].tokenize(text)


# What loads


def test_a_vocabulary_alone(copy):
    (copy / "tokenizer_config.json").unlink()
    assert pieces("Unaffable") == ["una", "##ffa", "##ble"]


def test_a_tokenizer_json_alone(whole):
    for name in ("vocab.txt", "tokenizer_config.json"):
        (whole / name).unlink(missing_ok=True)
    assert pieces("Unaffable") == ["una", "##ffa", "##ble"]


@pytest.mark.parametrize("kind", ["BertTokenizerFast", "DistilBertTokenizer", "PreTrainedTokenizerFast", None])
def test_another_name_for_the_same(whole, kind):
    change_tokenizer(whole, tokenizer_class=kind)
    assert pieces("Unaffable") == ["una", "##ffa", "##ble"]


def test_a_length_that_tokenizer_json_fixes(whole):
    engine = Tokenizer.from_file(str(whole / "tokenizer.json"))
    engine.enable_truncation(4)
    engine.enable_padding(length=4)
    engine.save(str(whole / "tokenizer.json"))
    assert len(model.load_model()[0]("a text of more than four tokens")["input_ids"]) > 4


@pytest.mark.parametrize("with_json", [False, True])
def test_a_cased_vocabulary_keeps_its_capitals(copy, with_json):
    change_tokenizer(copy, do_lower_case=False)
    if with_json:
        BertTokenizer.from_pretrained(copy).save_pretrained(copy)
    assert pieces("a TEST, naïve") == ["a", "[UNK]", ",", "[UNK]"]


def test_special_tokens_at_the_end_of_the_vocabulary(copy):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = (copy / "vocab.txt").read_text(encoding="utf-8").splitlines()
    tokens = [token for token in tokens if token not in special] + special
    (copy / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    change_config(copy, pad_token_id=30517)
    assert model.load_model()[0]("")["input_ids"] == [30519, 30520]


# What does not


@pytest.mark.parametrize("kind", ["BertJapaneseTokenizer", "RobertaTokenizerFast", "Other", 3])
def test_another_tokenizer_by_name(copy, kind):
    change_tokenizer(copy, tokenizer_class=kind)
    assert f"has a tokenizer of its own, {kind}, and" in problem()


def test_another_tokenizer_that_the_models_config_names(copy):
    (copy / "tokenizer_config.json").unlink()
    change_config(copy, tokenizer_class="BertJapaneseTokenizer")
    assert "has a tokenizer of its own, BertJapaneseTokenizer, and" in problem()
    change_tokenizer(copy, tokenizer_class="BertTokenizer")  # this file has the last word
    assert pieces("unaffable") == ["una", "##ffa", "##ble"]


@pytest.mark.parametrize("map_of_names", [{"AutoTokenizer": ["mine.MyTokenizer", None]}, ["mine.MyTokenizer", None]])
def test_a_tokenizer_with_code_of_its_own(copy, map_of_names):
    change_tokenizer(copy, auto_map=map_of_names)
    assert 'has a tokenizer of its own, ["mine.MyTokenizer", null], and' in problem()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("do_basic_tokenize", False),
        ("word_tokenizer_type", "mecab"),
        ("subword_tokenizer_type", "character"),
        ("wordpieces_prefix", "@@"),
        ("clean_text", False),
        ("padding_side", "left"),
    ],
)
def test_a_setting_that_would_be_passed_over(copy, key, value):
    change_tokenizer(copy, **{key: value})
    assert f"`{key}: {json.dumps(value)}` in its tokenizer_config.json" in problem()


def test_settings_as_they_are_or_left_open_are_no_trouble(copy):
    change_tokenizer(copy, do_basic_tokenize=True, never_split=None, clean_text=True, padding_side="right")
    change_tokenizer(copy, word_tokenizer_type=None, auto_map={"AutoModel": "mine.MyBert"})
    assert pieces("unaffable") == ["una", "##ffa", "##ble"]


@pytest.mark.parametrize("with_vocab", [False, True])
def test_a_bpe(copy, with_vocab):
    if not with_vocab:
        (copy / "vocab.txt").unlink()
    Tokenizer(models.BPE(vocab={"a": 0, "b": 1, "ab": 2}, merges=[("a", "b")])).save(str(copy / "tokenizer.json"))
    assert "has a tokenizer of the kind BPE in its tokenizer.json, and a BERT's is WordPiece" in problem()


def test_a_unigram(copy):
    Tokenizer(models.Unigram([("a", -1.0), ("b", -2.0)], unk_id=0)).save(str(copy / "tokenizer.json"))
    assert "of the kind Unigram" in problem()


@pytest.mark.parametrize("text", ["{}", '{"model": {"type": "WordPiece"}}', '{"model": 3, "added_tokens": []}'])
def test_a_tokenizer_json_that_is_none(copy, text):
    (copy / "tokenizer.json").write_text(text)
    assert "has a tokenizer that cannot be loaded (" in problem()


def change_engine(folder, change) -> None:
    """Have `change` set something in the tokenizer that tokenizer.json describes."""
    engine = Tokenizer.from_file(str(folder / "tokenizer.json"))
    change(engine)
    engine.save(str(folder / "tokenizer.json"))


def replace(name, value):
    return lambda engine: setattr(engine, name, value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (replace("normalizer", normalizers.BertNormalizer(lowercase=False)), "Hello WORLD"),
        (replace("normalizer", normalizers.BertNormalizer(strip_accents=False)), "naïve café"),
        (replace("normalizer", normalizers.BertNormalizer(handle_chinese_chars=False)), "to 北京"),
        (replace("normalizer", normalizers.BertNormalizer(clean_text=False)), "a\tb\u200bc"),
        (replace("normalizer", normalizers.Lowercase()), "naïve café"),
        (replace("pre_tokenizer", pre_tokenizers.WhitespaceSplit()), "isn't it $5+3?!"),
        (lambda engine: setattr(engine.model, "continuing_subword_prefix", "@@"), "12212121"),
        (lambda engine: setattr(engine.model, "max_input_chars_per_word", 200), "x" * 20),
    ],
    ids=["capitals", "accents", "Chinese", "control", "other", "punctuation", "prefix", "length"],
)
def test_tokenizer_json_describes_another_tokenizer(whole, change, where):
    (whole / "tokenizer_config.json").unlink()
    change_engine(whole, change)
    assert f"describes another tokenizer than the lessons use: of {where!r} its tokenizer.json" in problem()


def test_tokenizer_json_adds_no_special_tokens(whole):
    described = json.loads((whole / "tokenizer.json").read_text(encoding="utf-8"))
    (whole / "tokenizer.json").write_text(json.dumps(described | {"post_processor": None}), encoding="utf-8")
    assert "describes another tokenizer" in problem()


def test_no_vocabulary(copy):
    (copy / "vocab.txt").unlink()
    assert "no vocabulary" in problem()


def test_the_vocabulary_of_a_larger_model(copy):
    with (copy / "vocab.txt").open("a", encoding="utf-8") as file:
        file.write("onetokenmore\n")
    assert "30,523 tokens and its model only 30,522" in problem()


@pytest.mark.parametrize("token", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
def test_a_vocabulary_without_a_special_token(copy, token):
    vocab = copy / "vocab.txt"
    vocab.write_text(vocab.read_text(encoding="utf-8").replace(token, "instead"), encoding="utf-8")
    assert f"lacks in its vocabulary the special token {token}" in problem()


def test_special_tokens_of_another_name(copy):
    change_tokenizer(copy, cls_token="<s>")
    assert "has '<s>' for the special token [CLS]" in problem()


def test_a_tokenizer_without_segments(copy):
    change_tokenizer(copy, model_input_names=["input_ids", "attention_mask"])
    assert "leaves token_type_ids out of the model_input_names" in problem()
