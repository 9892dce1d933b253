"""What several tests of pictures share."""

import pytest
import torch


@pytest.fixture
def shown(monkeypatch) -> list[tuple[dict, dict]]:
    """What was displayed: the data and the metadata of each output."""
    outputs = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw=False, metadata=None: outputs.append((data, metadata or {}))
    )
    return outputs


@pytest.fixture(scope="module")
def loaded():
    from course_utils.model import load_model

    return load_model()


@pytest.fixture(scope="module")
def small():
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=53,
        hidden_size=12,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=20,
        max_position_embeddings=17,
        type_vocab_size=3,
    )
    return BertModel(config)
