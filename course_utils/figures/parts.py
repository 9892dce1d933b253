"""The boxes of the map, computed from a config. Their parameters, a layer's counted once per layer, add up to the model's."""

from typing import Any, NamedTuple

SENTENCE = "this is a 12212121 test sentence"
TOKENS = ("[CLS]", "this", "is", "a", "122", "##12", "##12", "##1", "test", "sentence", "[SEP]")  # its pieces
IDS = (101, 2023, 2003, 1037, 13092, 12521, 12521, 2487, 3231, 6251, 102)


class Part(NamedTuple):
    """One box of the map."""

    label: str
    role: str  # its colour
    axes: str  # its output's axes by their symbols: (B,T,d)
    shape: str  # and in numbers: (1,11,384)
    parameters: int  # its weights and biases
    in_layer: bool = False  # the model has it once in every layer


def parts(config: Any, tokens: int = len(TOKENS), batch: int = 1) -> dict[str, Part]:
    """Every box of the map by name, for a batch of `batch` sentences of `tokens` tokens. `config`: a BertConfig."""
    d, heads, wide = config.hidden_size, config.num_attention_heads, config.intermediate_size
    sizes = {"B": batch, "T": tokens, "d": d, "H": heads, "dh": d // heads, "I": wide}

    def part(label: str, role: str, axes: str, parameters: int = 0, in_layer: bool = True) -> Part:
        shape = ",".join(str(sizes[axis]) for axis in axes.split(","))
        return Part(label, role, f"({axes})", f"({shape})", parameters, in_layer)

    def dense(inputs: int, outputs: int) -> int:
        return inputs * outputs + outputs

    return {
        "word": part("word", "embedding", "B,T,d", config.vocab_size * d, False),
        "position": part("position", "embedding", "B,T,d", config.max_position_embeddings * d, False),
        "segment": part("segment", "embedding", "B,T,d", config.type_vocab_size * d, False),
        "embedding_norm": part("norm", "norm", "B,T,d", 2 * d, False),
        "query": part("query", "query", "B,H,T,dh", dense(d, d)),
        "key": part("key", "key", "B,H,T,dh", dense(d, d)),
        "value": part("value", "value", "B,H,T,dh", dense(d, d)),
        "scores": part("scores", "attention", "B,H,T,T"),
        "softmax": part("softmax", "attention", "B,H,T,T"),
        "context": part("weighted sum", "value", "B,T,d"),
        "attention_dense": part("dense", "residual", "B,T,d", dense(d, d)),
        "attention_norm": part("norm", "norm", "B,T,d", 2 * d),
        "widen": part("dense", "feed_forward", "B,T,I", dense(d, wide)),
        "gelu": part("GELU", "feed_forward", "B,T,I"),
        "narrow": part("dense", "feed_forward", "B,T,d", dense(wide, d)),
        "output_norm": part("norm", "norm", "B,T,d", 2 * d),
        "pooler": part("pooler", "token", "B,d", dense(d, d), False),
    }
