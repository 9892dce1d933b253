"""All ways of lesson 10 to encode texts give what `embed` gives."""

import json

import torch
from safetensors.torch import load_file, save_file

from course_utils.given.encoders import encoders, library
from course_utils.given.sentences import mixed_sentences
from course_utils.model import load_model
from course_utils.reference.sentence_search import embed
from tests.reference.fixtures import real_model, real_tokenizer


def test_every_way_gives_the_same_vectors_in_the_order_of_the_texts():
    texts = [*mixed_sentences(10), "", "naïve café 北京"]
    expected = embed(texts, real_tokenizer(), real_model())
    for name, encode in encoders(real_tokenizer(), real_model()).items():
        assert torch.allclose(encode(texts), expected, rtol=0, atol=1e-5), name
    assert real_model().config._attn_implementation == "eager"  # the copies have left it alone


def test_the_library_takes_the_mean_in_float32_whatever_the_checkpoint_comes_with(tiny_bert, tmp_path, monkeypatch):
    weights = load_file(tiny_bert / "model.safetensors")
    save_file({name: value.half() for name, value in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
    for name in ("vocab.txt", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((tiny_bert / name).read_bytes())
    config = json.loads((tiny_bert / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"dtype": "float16"}))
    parts = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (path, kind) in enumerate(parts)
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 12, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    monkeypatch.setenv("COURSE_MODEL", str(tmp_path))
    texts = ["a text", "a longer text than that", "", "word " * 300]
    theirs = torch.as_tensor(library().encode(texts))
    assert theirs.dtype == torch.float32
    assert torch.allclose(theirs, embed(texts, *load_model()), rtol=0, atol=1e-5)
