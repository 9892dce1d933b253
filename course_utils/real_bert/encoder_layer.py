"""Lesson 06: one layer, the stack of them and PyTorch's layer, in all layers of the real model on a padded batch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from course_utils.real_bert.listening import params_of
from course_utils.real_bert.table import Mine, Step

TEXTS = ["this is a 12212121 test sentence", "a short one", "The river bank was muddy."]


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("encoder_layer")` compares: the real model's layers, one by one, and all its hidden states."""
    config, state_dict = model.config, model.state_dict()
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    real = batch["attention_mask"] == 1  # (batch, tokens)
    mask = torch.zeros(real.shape).masked_fill(~real, torch.finfo(torch.float32).min)[:, None, None]
    states = model(**batch, output_hidden_states=True).hidden_states  # L + 1 tensors (batch, tokens, hidden)
    layers = list(model.encoder.layer)
    params = [params_of(layer) for layer in layers]
    numbers = range(len(layers))

    def in_all_layers(layer, tokens: Tensor = real) -> Tensor:
        """What `layer(number)` gives for each layer, at these tokens: (layers, kept tokens, hidden)."""
        return torch.stack([layer(number)[tokens] for number in numbers])

    after = torch.stack(states[1:])[:, real]  # (layers, real tokens, hidden)
    yield Step(
        "layer_params",
        f"the tensors of {len(layers)} layers, laid end to end",
        lambda: torch.cat([mine.layer_params(state_dict, n)[name].flatten() for n in numbers for name in params[n]]),
        torch.cat([tensor.flatten() for each in params for tensor in each.values()]),
    )
    yield Step(
        "layer_parameters",
        "the number of parameters of `encoder.layer[0]`",
        lambda: mine.layer_parameters(config),
        sum(parameter.numel() for parameter in layers[0].parameters()),
    )
    yield Step(
        "bert_layer",
        "every BertLayer of the model, each on its real input",
        lambda: in_all_layers(lambda n: mine.bert_layer(states[n], params[n], config, mask)),
        after,
    )
    yield Step(
        "mended_layer",
        "the same layers by the one that you mended",
        lambda: in_all_layers(lambda n: mine.mended_layer(states[n], params[n], config, mask)["layer_output"]),
        after,
    )
    yield Step(
        "first_difference",
        "a bug planted in a real layer, in the middle of the model",
        lambda: mine.first_difference(_by_name(_with_a_bug(model, batch), real), _by_name(states, real), 1e-4),
        f"hidden_states.{len(layers) // 2 + 1}",
    )
    alone = tokenizer(TEXTS[0], return_tensors="pt")
    unpadded = model(**alone, output_hidden_states=True).hidden_states
    everywhere = torch.ones_like(alone["attention_mask"], dtype=torch.bool)
    yield Step(
        "to_torch_layer",
        "BertLayer by PyTorch's own layer, in all layers",
        lambda: in_all_layers(lambda n: mine.to_torch_layer(params[n], config)(unpadded[n]), everywhere),
        torch.stack(unpadded[1:])[:, everywhere],
    )
    yield Step(
        "run_encoder",
        f"all {len(states)} hidden states of the model, from the first",
        lambda: torch.stack(list(mine.run_encoder(states[0], state_dict, config, mask)))[:, real],
        torch.stack(states)[:, real],
    )


def _by_name(states: tuple[Tensor, ...], real: Tensor) -> dict[str, Tensor]:
    """Hidden states under their names, without the rows of padding, which are arbitrary."""
    return {f"hidden_states.{number}": each[real] for number, each in enumerate(states)}


def _with_a_bug(model, batch) -> tuple[Tensor, ...]:
    """The hidden states of the real model if the layer in the middle has its last norm's weight doubled."""
    weight = model.encoder.layer[len(model.encoder.layer) // 2].output.LayerNorm.weight
    right = weight.detach().clone()
    try:
        weight.copy_(2 * right)
        return model(**batch, output_hidden_states=True).hidden_states
    finally:
        weight.copy_(right)
