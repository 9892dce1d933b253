"""Whether the files of a checkpoint are those of a BERT that the course can take apart."""

from pathlib import Path

from .config import check_config
from .problems import UNSET, ModelError, read_json
from .tokenizer import check_tokenizer
from .weights import check_weights


def check_checkpoint(what: str, files: dict[str, Path]) -> None:
    """Raise ModelError unless these files (by name) make a complete BERT on which the lessons can run."""
    if "config.json" not in files:
        raise ModelError(f"{what} holds no model: it has no config.json. Name another one, {UNSET}")
    config = read_json(what, files["config.json"])
    check_config(what, config)
    if not {"vocab.txt", "tokenizer.json"} & files.keys():
        raise ModelError(f"{what} has no vocabulary: neither vocab.txt nor tokenizer.json. Add it, {UNSET}")
    check_weights(what, files, config)
    check_tokenizer(what, files, config)
