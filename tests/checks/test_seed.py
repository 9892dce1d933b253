"""The notebook that the course grew from, on its own model: what it printed of bert-base-uncased still comes out.

Runs where that checkpoint lies in the hub's cache (`hf download bert-base-uncased` fetches it); nothing is downloaded here.
"""

import pytest
import torch

from course_utils.reference.encoder_layer import bert_layer
from tests.reference.fixtures import SEED_SENTENCE

CHECKPOINT = "bert-base-uncased"
# hidden_states[1][0] of the sentence as it was printed: row number, its first and its last three numbers
PRINTED = {
    0: (0.1744, 0.0174, -0.0389, 0.0573, 0.0755, 0.0823),
    1: (-0.8607, 0.4032, 0.0201, 0.0300, 0.5575, -0.0560),
    2: (-1.3562, -0.4334, -0.5909, 0.3519, 0.3770, 0.4681),
    -1: (-0.3559, 0.1290, 0.1229, -0.0796, 0.7220, 0.0411),
}


def cached(name: str) -> bool:
    """Whether the hub's cache has the checkpoint's configuration, vocabulary and weights."""
    from huggingface_hub import try_to_load_from_cache

    files = ("config.json", "vocab.txt", "model.safetensors")
    return all(isinstance(try_to_load_from_cache(name, file), str) for file in files)


@pytest.fixture(scope="module")
def seed():
    """The model, the layer's input and output, and the layer, as the notebook had them."""
    if not cached(CHECKPOINT):
        pytest.skip(f"{CHECKPOINT} is not in this machine's cache, and getting it needs the network")
    return first_layer(CHECKPOINT)


def first_layer(name: str):
    """(first layer, config, hidden_states[0], hidden_states[1]) of the model for the seed's sentence."""
    from transformers import BertModel, BertTokenizer

    tokenizer = BertTokenizer.from_pretrained(name, local_files_only=True)
    model = BertModel.from_pretrained(
        name, attn_implementation="eager", output_hidden_states=True, local_files_only=True
    ).eval()
    with torch.no_grad():
        states = model(**tokenizer(SEED_SENTENCE, return_tensors="pt")).hidden_states
    return model.encoder.layer[0], model.config, states[0], states[1]


@pytest.mark.network
def test_the_printed_numbers(seed):
    _, _, before, after = seed
    assert before.shape == after.shape == (1, 11, 768)
    for row, numbers in PRINTED.items():
        ends = torch.cat([after[0, row, :3], after[0, row, -3:]])
        assert torch.allclose(ends, torch.tensor(numbers), rtol=0, atol=6e-5), f"row {row}: {ends.tolist()}"


@pytest.mark.network
@torch.no_grad()
def test_the_replay_and_our_own_code(seed):
    layer, config, before, after = seed
    attended = layer.attention.output(layer.attention.self(before)[0], before)
    inner = layer.intermediate(attended)
    assert inner.shape == (1, 11, 3072)
    assert torch.equal(layer.output(inner, attended), after)
    assert torch.allclose(bert_layer(before, dict(layer.named_parameters()), config), after, rtol=1e-5, atol=1e-5)
