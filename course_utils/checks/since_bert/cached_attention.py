"""No cache, a cache of one token, and longer ones: the first step, the second, and those after many."""

from torch import Tensor

from course_utils.checks.inputs import BATCH, HEAD_SIZE, HEADS, Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.since_bert import cached_attention

Stepped = tuple[Tensor, tuple[Tensor, Tensor]]  # the context and the new cache


def cases(draw: Draw) -> list[Case]:
    def inputs(before: int, batch: int = BATCH) -> tuple:
        newest = [draw.normal(batch, HEADS, 1, HEAD_SIZE, scale=1.3) for _ in range(3)]
        cache = tuple(draw.normal(batch, HEADS, before, HEAD_SIZE, scale=1.3) for _ in range(2))
        return (*newest, cache if before else None)

    return [
        Case(inputs(5), "five tokens in the cache"),
        Case(inputs(0), "the first token: no cache"),
        in_float64(Case(inputs(1), "one token in the cache")),
        Case(inputs(4, batch=1), "one text, four tokens in the cache"),
    ]


def _newest_is_last(value: Stepped, query: Tensor, key: Tensor, newest: Tensor, cache: object) -> bool:
    keys, values = value[1]
    return bool((keys[:, :, -1:] == key).all() and (values[:, :, -1:] == newest).all())


def _earlier_are_kept(value: Stepped, query: Tensor, key: Tensor, newest: Tensor, cache: tuple | None) -> bool:
    old = cache or (key[:, :, :0], newest[:, :, :0])
    return all(bool((mine[:, :, :-1] == before).all()) for mine, before in zip(value[1], old, strict=True))


_cache_axes = ("batch", "heads", "tokens so far", "head size")
check = Check(
    cached_attention,
    cases,
    axes=(("batch", "heads", "tokens", "head size"), (_cache_axes, _cache_axes)),
    properties=(
        Property(_newest_is_last, "The newest token's key and value are not the last ones of the new cache."),
        Property(_earlier_are_kept, "The new cache does not begin with the keys and values of the old one."),
    ),
)
