"""Ids, the three tables and a config, of sizes that no two of them share. Nothing here knows the answers."""

from torch import Tensor

from course_utils.checks.inputs import Config, Draw, small_config


def draw_ids(draw: Draw, vocabulary: int, batch: int, tokens: int) -> Tensor:
    """(batch, tokens) ids below the table's last; the first row begins with id 1, the last ends in padding, id 0."""
    ids = draw.integers(1, vocabulary - 1, batch, tokens)
    ids[0, 0] = 1
    ids[-1, -2:] = 0
    return ids


def draw_tables(draw: Draw, vocabulary: int, positions: int, segments: int, hidden: int) -> list[Tensor]:
    """The tables of words, positions and segments."""
    return [draw.normal(rows, hidden) for rows in (vocabulary, positions, segments)]


def embeddings_config(vocabulary: int, positions: int, segments: int, hidden: int, eps: float = 1e-12) -> Config:
    """The config of tables of these sizes, in a model of one layer and one head, which fits every hidden size."""
    return small_config(
        eps,
        vocab_size=vocabulary,
        max_position_embeddings=positions,
        type_vocab_size=segments,
        hidden_size=hidden,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=29,
    )
