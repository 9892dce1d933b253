"""A checkpoint's tensors: are all of them there, whole, of the right shape, and numbers?"""

import re
from pathlib import Path
from typing import NamedTuple

from .config import size
from .problems import UNSET, ModelError, read_json

FLOATS = ("F16", "BF16", "F32", "F64")  # what safetensors calls the types that become float32
WORDS = "embeddings.word_embeddings.weight"


class Header(NamedTuple):
    """Where a tensor is, and what its file says of it."""

    file: Path
    key: str
    shape: tuple[int, ...]
    dtype: str


def check_weights(what: str, files: dict[str, Path], config: dict) -> None:
    """Raise ModelError unless the safetensors files are whole and hold every tensor of this config in its size."""
    found = read_headers(what, files)
    expected = tensor_shapes(config)
    missing = sorted(expected.keys() - found.keys())
    if missing:
        prefix = next((key.removesuffix(WORDS) for key in found if key.endswith(WORDS)), "")
        if prefix and all(prefix + key in found for key in missing):
            raise ModelError(
                f"{what} calls its tensors {prefix}{WORDS} and so on, and BertModel would find none of them: save it "
                f"again from the BertModel itself, without {prefix!r}, {UNSET}"
            )
        raise ModelError(
            f"{what} lacks {len(missing)} of {len(expected)} tensors, {missing[0]} among them, which would be filled "
            f"with random numbers: choose a checkpoint saved from a whole BertModel, pooler included, {UNSET}"
        )
    for key, shape in expected.items():
        if found[key].shape != shape:
            raise ModelError(
                f"{what} does not fit together: {key} has the shape {found[key].shape}, and its config.json asks for "
                f"{shape}. Choose another checkpoint, {UNSET}"
            )
    layers = {int(number) for key in found for number in re.findall(r"^encoder\.layer\.(\d+)\.", key)}
    if len(layers) > size(config, "num_hidden_layers"):
        raise ModelError(
            f"{what} does not fit together: its weights have {len(layers)} layers, and its config.json says "
            f"{size(config, 'num_hidden_layers')}. Correct the config, {UNSET}"
        )
    check_values(what, {key: found[key] for key in expected})


def read_headers(what: str, files: dict[str, Path]) -> dict[str, Header]:
    """Every tensor of the checkpoint by BertModel's name for it. Raises ModelError."""
    from safetensors import SafetensorError, safe_open

    found = {}
    for name in names_of_weights(what, files):
        try:
            with safe_open(files[name], framework="np") as file:
                for key in file.keys():  # noqa: SIM118 (it is not a dict)
                    header = file.get_slice(key)
                    found[plain_name(key)] = Header(files[name], key, tuple(header.get_shape()), header.get_dtype())
        except (OSError, KeyError, SafetensorError):
            raise ModelError(
                f"{what} has weights that are damaged: {name} is cut off or not a safetensors file. "
                f"Fetch it again, {UNSET}"
            ) from None
    return found


def check_values(what: str, tensors: dict[str, Header]) -> None:
    """Raise ModelError if one of these tensors does not hold ordinary numbers."""
    from safetensors import safe_open

    for name, header in tensors.items():
        if header.dtype not in FLOATS:
            raise ModelError(
                f"{what} has numbers of the type {header.dtype} in {name}, and the course needs floating-point ones: "
                f"choose a checkpoint that has not been quantised, {UNSET}"
            )
    for path in {header.file for header in tensors.values()}:
        with safe_open(path, framework="pt") as file:
            for name, header in tensors.items():
                if header.file == path and not file.get_tensor(header.key).isfinite().all():
                    raise ModelError(
                        f"{what} has numbers in {name} that are infinite or not numbers at all (NaN): "
                        f"choose another checkpoint, {UNSET}"
                    )


def names_of_weights(what: str, files: dict[str, Path]) -> list[str]:
    """The names of the safetensors files that hold the checkpoint's tensors: one, or several parts. Raises ModelError."""
    if "model.safetensors" in files:
        return ["model.safetensors"]
    if "model.safetensors.index.json" in files:
        return parts_of_weights(what, files["model.safetensors.index.json"])
    pickled = any(name.endswith((".bin", ".pt", ".ckpt")) for name in files)
    raise ModelError(
        f"{what} has no model.safetensors. "
        + ("The pickle that it has could run any code when it is opened, so the course does not. " * pickled)
        + f"Choose a checkpoint with safetensors weights, {UNSET}"
    )


def parts_of_weights(what: str, index: Path) -> list[str]:
    """The names of the files that weights in several parts consist of. Raises ModelError."""
    parts = read_json(what, index).get("weight_map")
    if not isinstance(parts, dict) or not all(isinstance(name, str) for name in parts.values()):
        raise ModelError(
            f"{what} has a {index.name} that does not say which file a tensor is in: fetch it again, {UNSET}"
        )
    return sorted(set(parts.values()))


def plain_name(key: str) -> str:
    """BertModel's name of a checkpoint's tensor: old ones write gamma and beta, and models with a head `bert.`."""
    return (
        key.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
    )


def tensor_shapes(config: dict) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter of the BertModel with this config."""
    d, inner = size(config, "hidden_size"), size(config, "intermediate_size")
    shapes = {
        WORDS: (size(config, "vocab_size"), d),
        "embeddings.position_embeddings.weight": (size(config, "max_position_embeddings"), d),
        "embeddings.token_type_embeddings.weight": (size(config, "type_vocab_size"), d),
        "embeddings.LayerNorm.weight": (d,),
        "embeddings.LayerNorm.bias": (d,),
        "pooler.dense.weight": (d, d),
        "pooler.dense.bias": (d,),
    }
    linears = {f"attention.self.{name}": (d, d) for name in ("query", "key", "value")}
    linears |= {"attention.output.dense": (d, d), "intermediate.dense": (inner, d), "output.dense": (d, inner)}
    for layer in range(size(config, "num_hidden_layers")):
        for name, shape in linears.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shapes[f"encoder.layer.{layer}.{name}.bias"] = (d,)
    return shapes
