"""Files that somebody else wrote: a byte order mark, another encoding, no JSON."""

import codecs
import json

import pytest
from transformers import BertModel, BertTokenizer

from tests.model.asking import problem

FILES = ["config.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt", "special_tokens_map.json"]


@pytest.fixture
def whole(copy):
    """The copy with all files that a tokenizer may have."""
    BertTokenizer.from_pretrained(copy).save_pretrained(copy)
    (copy / "special_tokens_map.json").write_text(json.dumps({"cls_token": "[CLS]"}))
    assert all((copy / name).is_file() for name in FILES)
    return copy


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], ids=["8", "16-le", "16-be"]
)
def test_a_byte_order_mark(whole, name, mark):
    text = (whole / name).read_text(encoding="utf-8")
    encoding = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(mark, "utf-8")
    (whole / name).write_bytes(mark + text.encode(encoding))
    assert f"has a {name} that begins with a byte order mark (BOM)" in problem()


def test_a_byte_order_mark_in_the_index_of_the_weights(copy):
    BertModel.from_pretrained(copy).save_pretrained(copy, max_shard_size="300KB")
    (copy / "model.safetensors").unlink(missing_ok=True)
    index = copy / "model.safetensors.index.json"
    index.write_bytes(codecs.BOM_UTF8 + index.read_bytes())
    assert "byte order mark" in problem()


@pytest.mark.parametrize("name", FILES)
def test_another_encoding(whole, name):
    (whole / name).write_bytes((whole / name).read_bytes() + "é".encode("latin-1"))
    assert f"has a {name} that is not in UTF-8" in problem()


@pytest.mark.parametrize("name", [name for name in FILES if name != "vocab.txt"])
@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_what_is_not_a_json_object(whole, name, text):
    (whole / name).write_text(text)
    assert f"has a {name} that is not a JSON object" in problem()


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file(whole, name):
    (whole / name).unlink()
    (whole / name).mkdir()
    assert f"has a {name} that cannot be read" in problem()


def test_lines_that_end_as_on_windows(whole):
    (whole / "tokenizer.json").unlink()
    vocab = whole / "vocab.txt"
    vocab.write_bytes(vocab.read_bytes().replace(b"\n", b"\r\n"))
    assert BertTokenizer.from_pretrained(whole).tokenize("unaffable") == ["una", "##ffa", "##ble"]
