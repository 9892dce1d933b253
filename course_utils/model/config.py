"""A checkpoint's config: is it a BERT as the paper has it, and are its sizes numbers that the lessons can work with?"""

import json
import math

from .problems import UNSET, ModelError

# Every size: what BertConfig takes where the config is silent, and the least that the lessons need.
SIZES = {
    "vocab_size": (30522, 1001),  # lesson 06 draws random ids from 1,000 on
    "hidden_size": (768, 2),
    "num_hidden_layers": (12, 1),
    "num_attention_heads": (12, 2),  # lesson 03 takes the second head out
    "intermediate_size": (3072, 1),
    "max_position_embeddings": (512, 256),  # lesson 08 cuts texts off at 256 tokens
    "type_vocab_size": (2, 2),  # nearly every proof has a pair of texts
}
SHARES = ("hidden_dropout_prob", "attention_probs_dropout_prob")  # from 0 to 1
PAPER = {"hidden_act": "gelu", "is_decoder": False, "position_embedding_type": "absolute", "add_cross_attention": False}
# What a config can say about how transformers runs the model, each with its default.
SWITCHES = {
    "return_dict": True,  # else results have no names
    "torchscript": False,  # the same, in older versions
    "output_attentions": False,  # else the model cannot be loaded with sdpa, the default
    "chunk_size_feed_forward": 0,  # else the number of tokens has to be a multiple of it
    "quantization_config": None,
}


def check_config(what: str, config: dict) -> None:
    """Raise ModelError unless this is the config of a BERT on which the lessons can run."""
    kind = config.get("model_type")
    if kind != "bert":
        raise ModelError(f"{what} is of the type {kind!r}, and the course takes a 'bert' apart: choose one, {UNSET}")
    for key, expected in PAPER.items():
        if differs(config.get(key, expected), expected):
            raise ModelError(
                f"{what} is a BERT with {key} = {config[key]!r}, and the one of the paper, which the course rebuilds, "
                f"has {expected!r}: choose another, {UNSET}"
            )
    for key, expected in SWITCHES.items():
        if differs(config.get(key, expected), expected):
            raise ModelError(
                f"{what} has `{key}: {shown(config[key])}` in its config.json, and the lessons need "
                f"{shown(expected)}, the default: take that entry out, {UNSET}"
            )
    check_numbers(what, config)


def check_numbers(what: str, config: dict) -> None:
    """Raise ModelError unless every number of the config is one, and such that the lessons can run."""

    def expect(holds: bool, key: str, expected: str) -> None:
        if not holds:
            raise ModelError(
                f"{what} has `{key}: {shown(config[key])}` in its config.json, where {expected} was expected: "
                f"correct it, {UNSET}"
            )

    for key, (default, least) in SIZES.items():
        value = config.get(key, default)
        expect(type(value) is int and value > 0, key, "a whole number above 0")
        if value < least:
            raise ModelError(
                f"{what} has {key} = {value:,}, and the lessons need at least {least:,}: choose another checkpoint, {UNSET}"
            )
    eps = config.get("layer_norm_eps", 1e-12)
    expect(type(eps) in (int, float) and 0 < eps < math.inf, "layer_norm_eps", "a number above 0")
    for key in SHARES:
        share = config.get(key, 0.1)
        expect(type(share) in (int, float) and 0 <= share <= 1, key, "a number from 0 to 1")
    padding = config.get("pad_token_id", 0)
    rows = size(config, "vocab_size")
    expect(
        padding is None or (type(padding) is int and 0 <= padding < rows),
        "pad_token_id",
        f"an id from 0 to {rows - 1:,}",
    )
    d, heads = size(config, "hidden_size"), size(config, "num_attention_heads")
    if d % heads:
        raise ModelError(
            f"{what} has a hidden size of {d:,}, which its {heads:,} attention heads cannot share equally: "
            f"choose another checkpoint, {UNSET}"
        )


def size(config: dict, key: str) -> int:
    """A size of the config, or BertConfig's default."""
    return config.get(key, SIZES[key][0])


def differs(value: object, expected: object) -> bool:
    """Whether a value is another one than expected; 0 and False, or 1 and True, are two."""
    return type(value) is not type(expected) or value != expected


def shown(value: object) -> str:
    """A value as it is in the file, cut off if it is long."""
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:60]} ..."
