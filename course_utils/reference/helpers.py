"""What the keys call and their statements call given: no exercises. It imports nothing else of the course."""

from torch import nn


def is_cjk_character(character: str) -> bool:
    """Tell whether a character is a CJK ideograph, which BERT makes a word of its own.

    character: a single character.

    Kana and Hangul are not ideographs.

    Returns: True if it is one, else False.
    """
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x2A6DF
        or 0x2A700 <= code <= 0x2B81F
        or 0x2B920 <= code <= 0x2CEAF  # Extension E begins at 2B820, but the tokenizers library begins here
        or 0xF900 <= code <= 0xFAFF
        or 0x2F800 <= code <= 0x2FA1F
    )


def layer_modules(config) -> nn.ModuleDict:
    """Make the parameters of one encoder layer, under the checkpoint's names.

    config: has `hidden_size`, `intermediate_size` and `layer_norm_eps`.

    Returns: a module that holds the layer's 16 parameters and computes nothing.
    """
    hidden, inner, eps = config.hidden_size, config.intermediate_size, config.layer_norm_eps
    attention = {
        "self": nn.ModuleDict({name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")}),
        "output": nn.ModuleDict({"dense": nn.Linear(hidden, hidden), "LayerNorm": nn.LayerNorm(hidden, eps=eps)}),
    }
    parts = {
        "attention": nn.ModuleDict(attention),
        "intermediate": nn.ModuleDict({"dense": nn.Linear(hidden, inner)}),
        "output": nn.ModuleDict({"dense": nn.Linear(inner, hidden), "LayerNorm": nn.LayerNorm(hidden, eps=eps)}),
    }
    return nn.ModuleDict(parts)


def find_pieces(tokens: list[str], pieces: list[str]) -> int:
    """Find where a word's pieces first occur among tokens, as a whole word.

    tokens: the tokens of a text.
    pieces: the word's pieces, in their order.

    Returns: the index of the word's first piece.
    Raises: ValueError if the whole word does not occur.
    """
    for start in range(len(tokens) - len(pieces) + 1):
        end = start + len(pieces)
        goes_on = end < len(tokens) and tokens[end].startswith("##")
        if tokens[start:end] == pieces and not goes_on:
            return start
    raise ValueError(f"{' '.join(pieces)!r} does not occur in {' '.join(tokens)!r}")
