"""A checkpoint's tokenizer: is it BERT's, and does BertTokenizer, which the lessons use, make of a text what it makes?"""

from pathlib import Path
from typing import TYPE_CHECKING

from .config import differs, shown, size
from .problems import UNSET, ModelError, read_json, read_text, reason

if TYPE_CHECKING:
    from transformers import BertTokenizer

# Classes, each with or without "Fast", that cut a text as BertTokenizer does, or as tokenizer.json says.
KINDS = ("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "PreTrainedTokenizer", "TokenizersBackend")
# What a tokenizer_config.json can ask for and BertTokenizer would pass over, each with what BertTokenizer does.
SETTINGS = {
    "do_basic_tokenize": True,
    "word_tokenizer_type": "basic",
    "subword_tokenizer_type": "wordpiece",
    "wordpieces_prefix": "##",
    "clean_text": True,
    "padding_side": "right",
}
SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
PROBES = ["Hello WORLD", "naïve café", "to 北京", "a\tb\u200bc", "isn't it $5+3?!", "12212121", "x" * 101]
JSON_FILES = ("tokenizer_config.json", "tokenizer.json", "special_tokens_map.json", "added_tokens.json")


def check_tokenizer(what: str, files: dict[str, Path], config: dict) -> None:
    """Raise ModelError unless BertTokenizer makes of these files what they describe, and the lessons can run on it."""
    read = {name: read_json(what, files[name]) for name in JSON_FILES if name in files}
    if "vocab.txt" in files:
        read_text(what, files["vocab.txt"])
    check_kind(what, read, config)
    tokenizer = load_tokenizer(what, files)
    check_vocabulary(what, tokenizer, config)
    if "tokenizer.json" in files:
        check_agreement(what, tokenizer, files["tokenizer.json"])


def check_kind(what: str, read: dict[str, dict], config: dict) -> None:
    """Raise ModelError if the files name another tokenizer than BERT's."""
    said = read.get("tokenizer_config.json", {})
    kind = said.get("tokenizer_class") or config.get("tokenizer_class")
    own_code = said.get("auto_map")
    if isinstance(own_code, dict):
        own_code = own_code.get("AutoTokenizer")
    if own_code or (kind and str(kind).removesuffix("Fast") not in KINDS):
        raise ModelError(
            f"{what} has a tokenizer of its own, {shown(own_code) if own_code else kind}, and the lessons use "
            f"BertTokenizer, which would give its model other tokens than it knows: choose another checkpoint, {UNSET}"
        )
    for key, expected in SETTINGS.items():
        value = said.get(key)
        if value is not None and differs(value, expected):
            raise ModelError(
                f"{what} has `{key}: {shown(value)}` in its tokenizer_config.json, and BertTokenizer, which the lessons "
                f"use, works with {shown(expected)}: choose another checkpoint, {UNSET}"
            )
    model = read.get("tokenizer.json", {}).get("model")
    pieces = model.get("type", "WordPiece") if isinstance(model, dict) else "WordPiece"  # old files do not say
    if pieces != "WordPiece":
        raise ModelError(
            f"{what} has a tokenizer of the kind {pieces} in its tokenizer.json, and a BERT's is WordPiece: "
            f"choose another checkpoint, {UNSET}"
        )


def load_tokenizer(what: str, files: dict[str, Path]) -> "BertTokenizer":
    """BertTokenizer, made of these files as the lessons make it. Raises ModelError."""
    from transformers import BertTokenizer

    folder = files["tokenizer.json" if "tokenizer.json" in files else "vocab.txt"].parent
    try:
        return BertTokenizer.from_pretrained(folder)
    except Exception as error:
        raise ModelError(
            f"{what} has a tokenizer that cannot be loaded ({reason(error)}): choose another checkpoint, {UNSET}"
        ) from None


def check_vocabulary(what: str, tokenizer: "BertTokenizer", config: dict) -> None:
    """Raise ModelError unless the tokenizer has BERT's special tokens, and no id that its model does not know."""
    pieces = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=False)
    for part, expected in SPECIAL.items():
        token = getattr(tokenizer, f"{part}_token")
        if token != expected or expected not in pieces:
            how = f"has {token!r} for" if token != expected else "lacks in its vocabulary"
            raise ModelError(
                f"{what} {how} the special token {expected}, which the lessons call by this name: "
                f"choose another checkpoint, {UNSET}"
            )
    rows, highest = size(config, "vocab_size"), max(tokenizer.get_vocab().values())
    if highest >= rows:
        raise ModelError(
            f"The tokenizer of {what[0].lower()}{what[1:]} knows {highest + 1:,} tokens and its model only {rows:,}: "
            f"the files are of two different models. Choose another, {UNSET}"
        )
    missing = {"input_ids", "token_type_ids", "attention_mask"} - set(tokenizer.model_input_names)
    if missing:
        raise ModelError(
            f"{what} leaves {' and '.join(sorted(missing))} out of the model_input_names in its "
            f"tokenizer_config.json, and the lessons need them: choose another checkpoint, {UNSET}"
        )


def check_agreement(what: str, tokenizer: "BertTokenizer", file: Path) -> None:
    """Raise ModelError if tokenizer.json, of which BertTokenizer reads the vocabulary alone, makes other tokens of a text."""
    from tokenizers import Tokenizer

    try:
        described = Tokenizer.from_file(str(file))
    except Exception as error:
        raise ModelError(
            f"{what} has a tokenizer.json that cannot be read ({reason(error)}): choose another checkpoint, {UNSET}"
        ) from None
    described.no_truncation()
    described.no_padding()
    for text in PROBES:
        wanted, got = described.encode(text, "a pair"), tokenizer(text, "a pair")
        if (wanted.ids, wanted.type_ids) != (got["input_ids"], got["token_type_ids"]):
            tokens = tokenizer.convert_ids_to_tokens(got["input_ids"])
            raise ModelError(
                f"{what} describes another tokenizer than the lessons use: of {text[:20]!r} its tokenizer.json makes "
                f"{' '.join(wanted.tokens[:6])}, and BertTokenizer with its tokenizer_config.json "
                f"{' '.join(tokens[:6])}. Correct that file, choose another checkpoint, {UNSET}"
            )
