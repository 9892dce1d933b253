"""A small config, small models, and what builds and calls the models of the answers."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import small_config
from course_utils.judge.answer_key import is_planted
from course_utils.judge.shelf import remembering
from course_utils.judge.weights import Misfit, load_by_name
from course_utils.judge.words import Raised


def bert_config(eps: float = 1e-12, **sizes: int) -> SimpleNamespace:
    """A config in which no size can be mistaken for another, and none is the usual one."""
    small = {
        "hidden_size": 8,
        "num_attention_heads": 4,
        "intermediate_size": 7,
        "num_hidden_layers": 2,
        "vocab_size": 13,
        "max_position_embeddings": 9,
        "type_vocab_size": 3,
    }
    return small_config(eps, **small | sizes)


# Bert -----------------------------------------------------------------------------------------------------------------


class Checkpoint(dict):
    """Tensors by their names. A plain dict cannot be lent, and is copied for each of a diagnosis's thousand calls."""


def build_and_run(
    answer: type,
    config: SimpleNamespace,
    weights: Checkpoint,
    input_ids: Tensor,
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
) -> object:
    """The class built, loaded by name and called: with both masks in order, else with what is given by name."""
    model = _built(answer, config, weights)
    if type(model) is not answer and is_planted(answer.__init__):
        model = _moved(model, answer)
    with torch.no_grad():
        if attention_mask is not None and token_type_ids is not None:
            return model(input_ids, attention_mask, token_type_ids)
        named = {"attention_mask": attention_mask, "token_type_ids": token_type_ids}
        return model(input_ids, **{name: tensor for name, tensor in named.items() if tensor is not None})


def _build(answer: type, config: SimpleNamespace, weights: Checkpoint) -> nn.Module:
    """The class built, given these weights by name and put into eval mode. Raises Misfit."""
    model = load_by_name(answer(config), weights).eval()
    _refuse_sharing(model)
    return model


def _what_is_built(answer: type, config: SimpleNamespace, weights: Checkpoint) -> tuple | None:
    """What decides what a planted class builds; None for a learner's, whose `__init__` may do anything.

    A checkpoint is known by its random pooler bias.
    """
    if not is_planted(answer.__init__) or not hasattr(weights, "__deepcopy__"):  # not lent: made up for one call
        return None
    made_by = (answer.__bases__, answer.__init__.__code__)
    return *made_by, *vars(config).values(), weights["pooler.dense.bias"].numpy().tobytes()


# A diagnosis tries hundreds of variants of `Bert`, and most of them have the same `__init__`.
_built = remembering(_build, key=_what_is_built, copy=lambda model: model)


def _moved(model: nn.Module, other: type) -> nn.Module:
    """An object of another class with the same parameters, and a `forward` of its own."""
    moved = other.__new__(other)
    moved.__dict__ = model.__dict__
    return moved


def _refuse_sharing(model: nn.Module) -> None:
    """Raise Misfit where one parameter has two names, as in `[layer] * 12`: the last tensor loaded would win."""
    first: dict[int, str] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        other = first.setdefault(id(parameter), name)
        if other != name:
            raise Misfit(
                f"`{other}` and `{name}` are one and the same tensor, so the checkpoint's second overwrites its first. "
                "Make a new module for each."
            )


# load_reference_weights -----------------------------------------------------------------------------------------------


def small_model() -> nn.Module:
    """A module with a few of BERT's names; all its numbers are 0.5, so what was not loaded can be seen."""
    parts = {"word_embeddings": nn.Embedding(5, 3), "LayerNorm": nn.LayerNorm(3)}
    model = nn.ModuleDict({"embeddings": nn.ModuleDict(parts), "pooler": nn.ModuleDict({"dense": nn.Linear(3, 3)})})
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)
    return model


def build_and_load(answer: Callable, model: Callable[[], nn.Module], state_dict: dict[str, Tensor]) -> object:
    """What is returned, and what a new model's parameters are afterwards; `model` makes it.

    The exception of a strict loading is what it returns, so that it is compared and gets its name.
    """
    loaded = model()
    try:
        returned = answer(loaded, state_dict)
    except RuntimeError as error:
        if "size mismatch" in str(error):
            return Raised("RuntimeError")
        if not any(what in str(error) for what in ("Missing key", "Unexpected key")):
            raise
        returned = Raised("RuntimeError")
    return {"returned": returned, "weights": {name: tensor.clone() for name, tensor in loaded.state_dict().items()}}


# same_model -----------------------------------------------------------------------------------------------------------


class Output(dict):
    """What a BertModel returns: its values by name, and as attributes."""

    def __getattr__(self, name: str) -> object:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class TableModel(nn.Module):
    """Looks numbers up and calls them hidden states: one table for each, so that each place differs by itself.

    Its last hidden state is not a copy of any hidden state, and what it gives at padding is nonsense.
    """

    def __init__(self, tables: Tensor, noise: float, output: type = dict) -> None:
        super().__init__()
        self.tables = nn.Parameter(tables)  # (places, vocabulary, hidden)
        self.noise, self.output = noise, output
        self.eval()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> dict[str, Tensor | tuple[Tensor, ...]]:
        """As a `Bert`: the three outputs by name."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        seen = 1 + 0.125 * mask.sum(dim=1)[:, None] + types  # (batch, tokens): a forgotten input shows
        found = self.tables[:, input_ids] * seen[:, :, None]  # (places, batch, tokens, hidden)
        *states, last = found.masked_fill(mask[:, :, None] == 0, self.noise)
        pooled = torch.tanh(last[:, 0] + states[0][:, 0])
        return self.output(last_hidden_state=last, pooler_output=pooled, hidden_states=tuple(states))
