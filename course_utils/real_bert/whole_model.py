"""Lesson 07: the learner's class with the real weights, loaded by their own function, against the real model."""

from collections.abc import Iterator

import torch

from course_utils.model import weight_files
from course_utils.real_bert.table import Mine, Step

FIRSTS = ["The river bank was muddy.", "this is a 12212121 test sentence", "Who?"]
SECONDS = ["She opened an account.", "Is it?", "She did, in one night."]


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("whole_model")` compares: names, counts, the pooler, and every hidden state on a batch of pairs."""
    from safetensors.torch import load_file
    from transformers import BertForPreTraining, BertModel

    config, tolerance = model.config, 1e-5 if model.config.num_hidden_layers < 12 else 1e-4
    batch = dict(tokenizer(FIRSTS, SECONDS, padding=True, return_tensors="pt"))
    kept = batch["attention_mask"] == 1  # (batch, tokens)
    result = model(**batch, output_hidden_states=True)
    dense, checkpoint = model.pooler.dense, {}
    for file in weight_files():
        checkpoint |= load_file(file)
    yours = _Once(lambda: mine.Bert(config).eval())
    yield Step(
        "pooler",
        "pooler_output of the real model, from its last hidden state",
        lambda: mine.pooler(result.last_hidden_state, dense.weight, dense.bias),
        result.pooler_output,
    )
    yield Step(
        "parameter_table",
        "the parameters of embeddings, encoder, pooler and model",
        lambda: mine.parameter_table(config),
        _counts(model),
    )
    saved = _on_meta(BertForPreTraining, config).state_dict()
    yield Step(
        "rename_key",
        "the names in a checkpoint with heads, and those of BertModel",
        lambda: {name for name in map(mine.rename_key, saved) if name is not None},
        set(dict(model.named_parameters())),
    )
    yield Step(
        "Bert",
        "the names and shapes of all parameters",
        lambda: {name: tuple(p.shape) for name, p in yours().named_parameters()},
        {name: tuple(p.shape) for name, p in model.named_parameters()},
    )
    misfits = {name: tensor for name, tensor in model.state_dict().items() if name != "pooler.dense.bias"}
    misfits["classifier.weight"] = torch.zeros(2, config.hidden_size)
    told = _on_meta(BertModel, config).load_state_dict(misfits, strict=False, assign=True)
    yield Step(
        "load_reference_weights",
        "missing and unexpected, from a file with one name lost and one too many",
        lambda: tuple(map(sorted, mine.load_reference_weights(yours(), misfits))),
        (sorted(told.missing_keys), sorted(told.unexpected_keys)),
    )
    yield Step(
        "load_reference_weights",
        "missing and unexpected, from the real file",
        lambda: tuple(map(list, mine.load_reference_weights(yours(), checkpoint))),
        ([], []),
    )
    yield Step(
        "Bert load_reference_weights",
        "pooler_output of a padded batch of pairs",
        lambda: yours()(**batch)["pooler_output"],
        result.pooler_output,
        tolerance,
    )
    other = _with_a_bug(BertModel, model)
    gaps = _gaps(result, other(**batch, output_hidden_states=True), kept)
    yield Step(
        "same_model",
        "how far the real model is from one with a norm doubled, at each place",
        lambda: torch.tensor([mine.same_model(_Telling(model), _Telling(other), batch)[place] for place in gaps]),
        torch.tensor(list(gaps.values())),
    )
    yield Step(
        "Bert load_reference_weights",
        f"all {len(result.hidden_states)} hidden states of the pairs, at real tokens",
        lambda: torch.stack(tuple(yours()(**batch)["hidden_states"]))[:, kept],
        torch.stack(result.hidden_states)[:, kept],
        tolerance,
    )


class _Once:
    """Makes a model when it is first asked for, inside the step that asks: what it raises belongs there."""

    def __init__(self, make) -> None:
        self.make, self.made = make, None

    def __call__(self):
        if self.made is None:
            self.made = self.make()
        return self.made


class _Telling(torch.nn.Module):
    """A model that also returns its hidden states; the real one's config stays as it is."""

    def __init__(self, model) -> None:
        super().__init__()
        self.model = model

    def forward(self, **batch):
        return self.model(**batch, output_hidden_states=True)


def _counts(model) -> dict[str, int]:
    parts = {"embeddings": model.embeddings, "encoder": model.encoder, "pooler": model.pooler, "total": model}
    return {name: sum(parameter.numel() for parameter in part.parameters()) for name, part in parts.items()}


def _on_meta(kind, config):
    """A model with names and shapes, but no numbers."""
    with torch.device("meta"):
        return kind(config)


def _with_a_bug(kind, model):
    """A copy of the real model, which shares its tensors, but for one norm in the middle layer, whose weight is doubled."""
    copy = _on_meta(kind, model.config)
    state = dict(model.state_dict())
    name = f"encoder.layer.{model.config.num_hidden_layers // 2}.output.LayerNorm.weight"
    state[name] = 2 * state[name]
    copy.load_state_dict(state, assign=True)
    for name, buffer in model.named_buffers():  # those that no checkpoint has, such as the row of positions
        copy.get_submodule(name.rpartition(".")[0]).register_buffer(name.rpartition(".")[2], buffer, persistent=False)
    return copy.eval()


def _gaps(one, other, kept) -> dict[str, float]:
    """The largest difference of two results of BertModel at each place, at real tokens."""
    states = enumerate(zip(one.hidden_states, other.hidden_states, strict=True))
    gaps = {f"hidden_states.{number}": (x[kept] - y[kept]).abs().max().item() for number, (x, y) in states}
    gaps["last_hidden_state"] = (one.last_hidden_state[kept] - other.last_hidden_state[kept]).abs().max().item()
    gaps["pooler_output"] = (one.pooler_output - other.pooler_output).abs().max().item()
    return gaps
