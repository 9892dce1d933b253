"""The whole model: embeddings, the stack of layers and the pooler in one class that takes real weights."""

import torch
from torch import Tensor, nn

from course_utils.reference.embeddings import bert_embeddings, embedding_parameters
from course_utils.reference.encoder_layer import layer_parameters, run_encoder
from course_utils.reference.helpers import layer_modules
from course_utils.reference.orientation import max_abs_diff
from course_utils.reference.self_attention import extended_attention_mask, linear


def pooler(last_hidden_state: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Pool a sequence as BERT does: its first token's vector h becomes tanh(W h + b).

    last_hidden_state: (batch, tokens, hidden).
    weight: (hidden, hidden), W, stored as (out, in).
    bias: (hidden,), b.

    BERT's pooler was trained to tell whether two sentences belong together.

    Returns: (batch, hidden).
    Source: `BertPooler` in transformers.
    """
    first_token = last_hidden_state[:, 0]  # (batch, hidden): [CLS]
    return torch.tanh(linear(first_token, weight, bias))


class Bert(nn.Module):
    """BERT, put together from the functions of the lessons before this one.

    config: the sizes, and `layer_norm_eps`.

    `Bert(config)` makes every parameter, under the checkpoint's own names:
    `embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.weight`,
    `pooler.dense.bias`, ... `layer_modules(config)` is given: it holds one layer's
    parameters. A plain list would hide the layers from PyTorch; `nn.ModuleList` does
    not.

    Leave out dropout: it belongs to training. Nothing is initialised as BERT was: the
    weights are loaded.

    Source: Devlin et al. 2018, arXiv 1810.04805, section 3; `BertModel` in
        transformers.
    """

    def __init__(self, config) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden_size
        embedding_modules = {
            "word_embeddings": nn.Embedding(config.vocab_size, hidden),
            "position_embeddings": nn.Embedding(config.max_position_embeddings, hidden),
            "token_type_embeddings": nn.Embedding(config.type_vocab_size, hidden),
            "LayerNorm": nn.LayerNorm(hidden, eps=config.layer_norm_eps),
        }
        self.embeddings = nn.ModuleDict(embedding_modules)
        layers = nn.ModuleList([layer_modules(config) for _ in range(config.num_hidden_layers)])
        self.encoder = nn.ModuleDict({"layer": layers})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(hidden, hidden)})

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> dict[str, Tensor | tuple[Tensor, ...]]:
        """Run the model.

        input_ids: (batch, tokens).
        attention_mask: None, or (batch, tokens); without it every token is real.
        token_type_ids: None, or (batch, tokens); without them all tokens are of segment
            0.

        Returns: a dict: `last_hidden_state` (batch, tokens, hidden), `pooler_output`
            (batch, hidden), and `hidden_states`, a tuple of L + 1 tensors
            (batch, tokens, hidden).
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        weights = dict(self.named_parameters())
        embedded = bert_embeddings(input_ids, token_type_ids, weights, self.config)  # (batch, tokens, hidden)
        mask = extended_attention_mask(attention_mask, embedded.dtype)  # (batch, 1, 1, tokens)
        hidden_states = run_encoder(embedded, weights, self.config, mask)
        last_hidden_state = hidden_states[-1]
        pooled = pooler(last_hidden_state, weights["pooler.dense.weight"], weights["pooler.dense.bias"])
        return {
            "last_hidden_state": last_hidden_state,
            "pooler_output": pooled,
            "hidden_states": tuple(hidden_states),
        }


def rename_key(hf_key: str) -> str | None:
    """Translate a checkpoint's name of a tensor into the model's own name.

    hf_key: the name in the checkpoint.

    Checkpoints come in dialects.

    1. A `bert.` in front is dropped: it is there when the checkpoint was saved with a
       head on top.
    2. Old checkpoints call a norm's weight `gamma` and its bias `beta`; the model says
       `weight` and `bias`.
    3. Two kinds of tensors are left out, with and without a `bert.` in front:
       `embeddings.position_ids`, a stored row of position numbers, and every name that
       begins with `cls.`, the heads used in pretraining.

    Returns: the model's name; None, which means "leave it out", for the names in 3. Any
        other name is returned as it is.
    """
    key = hf_key.removeprefix("bert.")
    if key == "embeddings.position_ids":
        return None
    if key.startswith("cls."):
        return None
    key = key.replace(".gamma", ".weight")
    return key.replace(".beta", ".bias")


def load_reference_weights(
    model: nn.Module,
    state_dict: dict[str, Tensor],
) -> tuple[list[str], list[str]]:
    """Copy a checkpoint's tensors into a model, and report what did not fit.

    model: the model to load into.
    state_dict: tensors under a checkpoint's names; `rename_key` says what each is
        called in the model, and which to leave out.

    Returns: two lists of names: those that the model has and the checkpoint lacks, and
        those, renamed, that the checkpoint has and the model lacks. Both are empty if
        all is well: look at them, since a parameter that was not loaded is random.
    Raises: RuntimeError if a tensor has another shape in the model.
    """
    renamed = {}
    for hf_key, tensor in state_dict.items():
        key = rename_key(hf_key)
        if key is not None:
            renamed[key] = tensor
    result = model.load_state_dict(renamed, strict=False)
    return list(result.missing_keys), list(result.unexpected_keys)


def parameter_table(config) -> dict[str, int]:
    """Count where BERT's parameters are.

    config: the sizes.

    The pooler is a dense layer of hidden by hidden. `embedding_parameters` and
    `layer_parameters` of earlier lessons help.

    Returns: a dict with the keys `embeddings`, `encoder` (all layers), `pooler` and
        `total`.
    """
    hidden = config.hidden_size
    table = {
        "embeddings": embedding_parameters(config),
        "encoder": config.num_hidden_layers * layer_parameters(config),
        "pooler": hidden * hidden + hidden,
    }
    table["total"] = sum(table.values())
    return table


def same_model(
    a: nn.Module,
    b: nn.Module,
    batch: dict[str, Tensor],
) -> dict[str, float]:
    """Compare two models place by place on one batch.

    a, b: models that, called as `model(**batch)`, give `last_hidden_state`,
        `pooler_output` and `hidden_states` by name, as `Bert` does, and `BertModel` if
        it is loaded with `output_hidden_states=True`.
    batch: `input_ids`, `attention_mask`, `token_type_ids`, each (batch, tokens).

    What a model computes at padding is arbitrary and does not count. A NaN anywhere
    else makes the difference inf, as in `max_abs_diff`, which helps.

    Returns: a dict of the largest absolute differences, under the keys
        `hidden_states.0` to `hidden_states.L`, `last_hidden_state` and `pooler_output`.
    """
    with torch.no_grad():
        mine = a(**batch)
        other = b(**batch)
    real = batch["attention_mask"].bool()  # (batch, tokens)
    differences = {}
    for number, states in enumerate(mine["hidden_states"]):
        other_states = other["hidden_states"][number]  # (batch, tokens, hidden)
        differences[f"hidden_states.{number}"] = max_abs_diff(states[real], other_states[real])
    last, other_last = mine["last_hidden_state"], other["last_hidden_state"]
    differences["last_hidden_state"] = max_abs_diff(last[real], other_last[real])
    differences["pooler_output"] = max_abs_diff(mine["pooler_output"], other["pooler_output"])
    return differences
