"""Wrong ways to put a BERT together and load it."""

import copy
from itertools import pairwise

import torch
from torch import nn

from course_utils.reference.self_attention import linear
from course_utils.reference.whole_model import (
    Bert,
    load_reference_weights,
    parameter_table,
    pooler,
    rename_key,
    same_model,
)


def pooler_twice(last_hidden_state, weight, bias):
    once = pooler(last_hidden_state, weight, bias)
    return pooler(once[:, None], weight, bias)


def pooler_of_the_first_two(last_hidden_state, weight, bias):
    return pooler(last_hidden_state[:, :2].mean(dim=1, keepdim=True), weight, bias)


def pooler_squeezed(last_hidden_state, weight, bias):
    """Wrong for a batch of one."""
    return pooler(last_hidden_state, weight, bias).squeeze()


class BertThatScalesItsWords(Bert):
    def forward(self, *inputs, **named):
        result = super().forward(*inputs, **named)
        return result | {"pooler_output": 1.01 * result["pooler_output"]}


class BertWithResidualStates(Bert):
    """Each hidden state averaged with the one before it."""

    def forward(self, *inputs, **named):
        result = super().forward(*inputs, **named)
        states = result["hidden_states"]
        mixed = (states[0], *((x + y) / 2 for x, y in pairwise(states)))
        return result | {"hidden_states": mixed}


class BertWithOddNames(nn.Module):
    """A learner's own names, which no bank can know."""

    def __init__(self, config):
        super().__init__()
        self.inside = Bert(config)

    def forward(self, *inputs, **named):
        return self.inside(*inputs, **named)


class BertWithOneTable(Bert):
    """Segments and positions share a table that is too long."""

    def __init__(self, config):
        super().__init__(config)
        self.embeddings["token_type_embeddings"] = nn.Embedding(config.max_position_embeddings, config.hidden_size)


def rename_without_layers(hf_key):
    key = rename_key(hf_key)
    return key and key.replace("encoder.layer.", "encoder.")


def load_all_but_norms(model, state_dict):
    kept = {name: tensor for name, tensor in state_dict.items() if "Norm" not in name}
    load_reference_weights(model, kept)
    return load_reference_weights(copy.deepcopy(model), state_dict)


def load_into_the_state_dict_alone(model, state_dict):
    """Written into a dict; the model never sees it."""
    own, renamed = model.state_dict(), {rename_key(name): tensor for name, tensor in state_dict.items()}
    missing, unexpected = [name for name in own if name not in renamed], [n for n in renamed if n and n not in own]
    own.update(renamed)
    return missing, unexpected


def table_of_floats(config):
    return {name: float(count) for name, count in parameter_table(config).items()}


def table_plus_one(config):
    return {name: count + 1 for name, count in parameter_table(config).items()}


class _Masked(nn.Module):
    """A model that gets a different mask from the one used to compare it."""

    def __init__(self, model, mask):
        super().__init__()
        self.model, self.mask = model, mask

    def forward(self, attention_mask, **named):
        return self.model(attention_mask=self.mask, **named)


def same_in_full_columns(a, b, batch):
    """Only the places where no sequence has padding are compared."""
    mask = batch["attention_mask"]
    return same_model(_Masked(a, mask), _Masked(b, mask), batch | {"attention_mask": mask * mask.all(dim=0)})


def same_with_two_digits(a, b, batch):
    return {name: round(value, 2) for name, value in same_model(a, b, batch).items()}


# What cards say ---------------------------------------------------------------------------------------------------------


class BertWithOneIf(Bert):
    """Two defaults, but only one of them is ever set."""

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        elif token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        if token_type_ids is None:
            raise ValueError("no token types")
        return super().forward(input_ids, attention_mask, token_type_ids)


def pooler_transposed_twice(last_hidden_state, weight, bias):
    """Transposed, though `linear` does it already."""
    return torch.tanh(linear(last_hidden_state[:, 0], weight.T, bias))


def load_names_for_tensors(model, state_dict):
    result = model.load_state_dict({name: rename_key(name) for name in state_dict}, strict=False)
    return result.missing_keys, result.unexpected_keys


def same_by_multiplying(a, b, batch):
    """Right until there is a NaN at padding."""
    with torch.no_grad():
        one, other = a(**batch), b(**batch)
    real = batch["attention_mask"][:, :, None]

    def gap(x, y):
        return float((x - y).abs().max())

    found = {
        f"hidden_states.{number}": gap(x * real, y * real)
        for number, (x, y) in enumerate(zip(one["hidden_states"], other["hidden_states"], strict=True))
    }
    found["last_hidden_state"] = gap(one["last_hidden_state"] * real, other["last_hidden_state"] * real)
    return found | {"pooler_output": gap(one["pooler_output"], other["pooler_output"])}


class BertWithLayersSortedAsText(Bert):
    """ "10" comes before "2"."""

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        layers = self.encoder["layer"]
        order = sorted(range(len(layers)), key=str)
        self.encoder["layer"] = nn.ModuleList(layers[number] for number in order)
        try:
            return super().forward(input_ids, attention_mask, token_type_ids)
        finally:
            self.encoder["layer"] = layers


def load_with_none_for_a_name(model, state_dict):
    """What is to be left out has no name in the model."""
    result = model.load_state_dict({rename_key(name): t for name, t in state_dict.items()}, strict=False)
    return list(result.missing_keys), list(result.unexpected_keys)


def load_strictly(model, state_dict):
    renamed = {new: t for name, t in state_dict.items() if (new := rename_key(name)) is not None}
    result = model.load_state_dict(renamed)
    return list(result.missing_keys), list(result.unexpected_keys)
