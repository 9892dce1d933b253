"""Ids, the three tables and a config, of sizes that no two of them share. Nothing here knows the answers."""

from torch import Tensor

from course_utils.checks.inputs import Config, Draw, small_config
from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe


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


def on_a_grid(draw: Draw, *shape: int) -> Tensor:
    """Normally distributed multiples of 1/64: sums of them are exact in float32, in whatever order."""
    return (draw.normal(*shape) * 64).round() / 64


class Words(str):
    """What a card says as it is, without quotes."""

    __repr__ = str.__str__


def judged_pair(answer, word, position, segment):
    """What is true of the two triples of an answer, in words; of every right answer the same."""
    return Words(_told(answer(word, position, segment), word, position, segment))


def _told(value: object, word: Tensor, position: Tensor, segment: Tensor) -> str:
    if value is None:
        return "None"
    pair = sorted(_as_triples(value))
    said = " and ".join(map(str, pair))
    tables = (
        ("token", "vocabulary", word),
        ("place", "position table", position),
        ("segment", "segment table", segment),
    )
    for triple in pair:
        for number, (name, where, table) in zip(triple, tables, strict=True):
            if not 0 <= number < len(table):
                return f"{said}, and {name} {number} is not one of the {len(table)} rows of the {where}"
    if pair[0] == pair[1]:
        return f"{pair[0]} twice, which is one input"
    one, other = (sum(table[number] for number, (*_, table) in zip(triple, tables, strict=True)) for triple in pair)
    gap = (one - other).double().abs()
    if gap.max() <= 1e-5:
        return "two different inputs with equal sums"
    return f"{said}, whose sums differ by {float(gap.max()):.3g} in feature {int(gap.argmax())}"


def _as_triples(value: object) -> list[tuple[int, ...]]:
    """The two triples. Raises Misfit, which says what the answer returned instead."""
    wanted = "Expected a tuple of two triples (token id, place, segment id), "
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Misfit(f"{wanted}got {describe(value)}.")
    for triple in value:
        if not isinstance(triple, (tuple, list)) or len(triple) != 3:
            raise Misfit(f"{wanted}and one of the two is {describe(triple)}.")
        for number in triple:
            if isinstance(number, Tensor):
                raise Misfit(f"{wanted}of Python ints, got a tensor in one of them: `.item()` makes an int of it.")
            if not isinstance(number, int) or isinstance(number, bool):
                raise Misfit(f"{wanted}of Python ints, got {describe(number)} in one of them.")
    return [tuple(triple) for triple in value]
