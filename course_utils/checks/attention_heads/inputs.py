"""Attention with some sharp rows, and a small tokenizer and BERT for the check that is given whole ones."""

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import HEADS, TOKENS, Draw, filled, want_ids
from course_utils.judge.copies import hooks
from course_utils.judge.shelf import copied, lent, remembering

VOCABULARY = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "he", "sat", "on", "bank", "river", "money", "was"),
    *("by", "under", "un", "##aff", "##able", "##er", ".", ",", "!", "#"),
)


def draw_probs(draw: Draw, heads: int = HEADS, tokens: int = TOKENS) -> Tensor:
    """Attention of one sequence, (heads, tokens, tokens): rows that sum to 1, some of them sharp."""
    return torch.softmax(draw.normal(heads, tokens, tokens, scale=1.7), dim=-1)


def between_0_and_1(value: Tensor, *_: object) -> bool:
    """Whether no number is outside. NaN does not count as outside."""
    return not bool(((value < 0) | (value > 1 + 1e-5)).any())


def small_tokenizer():
    """A BertTokenizer with this vocabulary, the same one for every call."""
    from transformers import BertTokenizer  # here, since the other checks of this lesson do without it

    return lent(BertTokenizer(vocab={word: number for number, word in enumerate(VOCABULARY)}))


def small_bert(draw: Draw):
    """A BertModel of two layers with weights from `draw`, the same for every call; it remembers what it returned."""
    return _remembering_bert(filled(draw, _new_bert, scale=0.5))


def _new_bert():
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=15,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=16,
        max_position_embeddings=29,
        attn_implementation="eager",
    )
    return BertModel(config)


def _of_weights(weights: dict[str, Tensor]):
    """How a pickle makes the model again: what it remembers, and what transformers has hung on it, is not needed."""
    model = _new_bert().eval()
    model.load_state_dict(weights)
    return _remembering_bert(model)


def _remembering_bert(model: nn.Module) -> nn.Module:
    remembered = remembering(model.forward, key=lambda *args, **kwargs: _asked(model, args, kwargs), copy=_copied)

    def forward(*args, **kwargs):
        if args or "input_ids" in kwargs:
            want_ids(args[0] if args else kwargs["input_ids"])
        return remembered(*args, **kwargs)

    model.forward = forward
    model.__reduce_ex__ = lambda protocol: (_of_weights, (model.state_dict(),))
    return lent(model)


def _asked(model: nn.Module, args: tuple, kwargs: dict) -> tuple | None:
    """What a call asks for; None where it does more than return something: with gradients, or hooks on a part."""
    if torch.is_grad_enabled() or hooks(model):
        return None
    return tuple(map(_as_key, (*args, *(part for pair in sorted(kwargs.items()) for part in pair))))


def _as_key(value: object) -> object:
    return value.numpy().tobytes() if isinstance(value, Tensor) else str(value)


def _copied(output):
    """A tuple, or transformers' own kind of dict, which deepcopy would copy slowly."""
    return copied(output) if isinstance(output, tuple) else type(output)(**copied(dict(output)))
