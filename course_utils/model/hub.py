"""The files of a model of the hub: fetched once, then taken from the cache."""

import sys
from pathlib import Path

from .problems import UNSET, ModelError
from .weights import parts_of_weights

VOCABULARY = ("tokenizer.json", "vocab.txt")  # one of them is needed
SETTINGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


class HubAway(ModelError):
    """A file is not in the cache, and the hub cannot be reached."""


def fetch_checkpoint(name: str) -> dict[str, Path]:
    """The files that make the checkpoint `name`, by their names, as far as there are such. Raises ModelError."""
    from huggingface_hub import file_exists

    files = fetch(name, "config.json") | fetch(name, *VOCABULARY) | fetch_tokenizer(name)
    weights = fetch(name, "model.safetensors", "model.safetensors.index.json")
    if "model.safetensors.index.json" in weights:
        for part in parts_of_weights(f"The model {name} of the hub", weights["model.safetensors.index.json"]):
            weights |= fetch(name, part)
    if not weights and file_exists(name, "pytorch_model.bin"):
        weights = {"pytorch_model.bin": Path()}  # known of, never fetched
    return files | weights


def fetch_tokenizer(name: str) -> dict[str, Path]:
    """All files that the tokenizer of `name` has; where the hub cannot be reached, those in the cache."""
    from huggingface_hub import try_to_load_from_cache

    known = {file: try_to_load_from_cache(name, file) for file in (*VOCABULARY, *SETTINGS)}
    files = {file: Path(path) for file, path in known.items() if isinstance(path, str)}
    for file in [file for file, path in known.items() if path is None]:
        try:
            files |= fetch(name, file)
        except HubAway:  # asking for the others would take as long, and for nothing
            break
    return files


def fetch(name: str, *choices: str) -> dict[str, Path]:
    """The first of these files that the model `name` has, by its name: from the cache or the hub. {} if it has none."""
    from huggingface_hub import errors, hf_hub_download, try_to_load_from_cache

    known = [try_to_load_from_cache(name, file) for file in choices]  # a path, None, or an object that means: has none
    for file, path in zip(choices, known, strict=True):
        if isinstance(path, str):
            return {file: Path(path)}
    for file, path in zip(choices, known, strict=True):
        if path is not None:
            continue
        if file in ("config.json", "model.safetensors"):  # the one may wait for a hub that is away, the other is large
            print(f"Fetching {file} of {name}, once ...", file=sys.stderr)
        try:
            return {file: Path(hf_hub_download(name, file))}
        except errors.LocalEntryNotFoundError:
            raise HubAway(
                f"The model {name}, which COURSE_MODEL names, is not on this machine yet, and the hub cannot be reached: "
                f"connect to the internet, {UNSET}"
            ) from None
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
