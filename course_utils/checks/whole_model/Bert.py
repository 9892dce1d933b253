"""A class is judged by what it computes once it is built and has a checkpoint's weights; padded rows do not count.

In one case it has eleven layers: sorted as text, layer 10 would come before layer 2.
"""

from types import SimpleNamespace

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.whole_model.inputs import Checkpoint, bert_config, build_and_run
from course_utils.judge import Case, Check
from course_utils.judge.shelf import lent
from course_utils.reference.whole_model import Bert


def cases(draw: Draw) -> list[Case]:
    """Two layers in the first only: with one alone "a plain list" and "one layer less" would look the same."""
    two, one = bert_config(), bert_config(0.1, num_hidden_layers=1)
    last = bert_config(num_hidden_layers=1, type_vocab_size=2)
    eleven = bert_config(0.1, hidden_size=4, num_attention_heads=2, intermediate_size=3, num_hidden_layers=11)
    short, padded, types = torch.tensor([[1, 1, 1, 1, 0]]), draw.attention_mask(3, 5), draw.token_type_ids(3, 5)
    types[2, 4] = 2
    weights, unmasked = _draw_weights(draw, last), _draw_ids(draw, last, 2, 6)
    unmasked[[0, 1], [2, 5]] = 0  # [PAD] in BERT's vocabulary, yet real where no mask is given
    return [
        Case(
            (two, _draw_weights(draw, two), _draw_ids(draw, two, 1, 5), short),
            "one sequence; its last token is padding, no token types are given",
        ),
        Case(
            (one, _draw_weights(draw, one), _draw_ids(draw, one, 3, 5), padded, types),
            "padding, three segments, an eps of 0.1",
        ),
        Case((last, weights, unmasked, None, draw.token_type_ids(2, 6)), "no mask is given, and two ids are 0"),
        Case((last, weights, _draw_ids(draw, last, 1, 3)), "the ids alone: neither mask nor token types are given"),
        Case((eleven, _draw_weights(draw, eleven), _draw_ids(draw, eleven, 1, 2)), "eleven layers"),
    ]


def _draw_weights(draw: Draw, config: SimpleNamespace) -> Checkpoint:
    """A whole checkpoint of random tensors for this config, under the checkpoint's names."""
    hidden = config.hidden_size
    tensors = {
        "embeddings.word_embeddings.weight": draw.normal(config.vocab_size, hidden),
        "embeddings.position_embeddings.weight": draw.normal(config.max_position_embeddings, hidden),
        "embeddings.token_type_embeddings.weight": draw.normal(config.type_vocab_size, hidden),
    }
    tensors["embeddings.LayerNorm.weight"], tensors["embeddings.LayerNorm.bias"] = draw.norm(hidden)
    for layer in range(config.num_hidden_layers):
        params = draw.layer_params(hidden, config.intermediate_size)
        tensors |= {f"encoder.layer.{layer}.{name}": tensor for name, tensor in params.items()}
    tensors["pooler.dense.weight"], tensors["pooler.dense.bias"] = draw.linear(hidden, hidden)
    return lent(Checkpoint(tensors))


def _draw_ids(draw: Draw, config: SimpleNamespace, batch: int, tokens: int) -> Tensor:
    return draw.integers(1, config.vocab_size, batch, tokens)


def _real_tokens(value, config, weights, input_ids, attention_mask=None, token_type_ids=None):
    """A padding token's own vectors are arbitrary: nothing reads them."""
    if attention_mask is None or not isinstance(value, dict):
        return value
    real = attention_mask[:, :, None].bool()
    states = tuple(each * real for each in value["hidden_states"])
    return dict(value) | {"last_hidden_state": value["last_hidden_state"] * real, "hidden_states": states}


check = Check(
    Bert,
    cases,
    use=build_and_run,
    view=_real_tokens,
    axes={
        "last_hidden_state": ("batch", "tokens", "hidden"),
        "pooler_output": ("batch", "hidden"),
        "hidden_states": ("batch", "tokens", "hidden"),
    },
)
