"""The encoders of lesson 10 side by side: time, how many times the packed one's, and how far off the vectors are."""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.clock import all_rounds
from course_utils.given.encoders import FASTEST, LIBRARY, PLAIN, encoders
from course_utils.given.fewer_bits import fewer_bits, same_neighbour
from course_utils.given.limits import matrix_products, operations
from course_utils.given.sentences import mixed_sentences
from course_utils.model import load_model

TEXTS, FEW, ROUNDS = 1000, 200, 3
PRODUCTS = "the matrix products alone"


def ratio(seconds: dict[str, list[float]], name: str, one: str) -> float:
    """How many times as long as `one` a way takes: the median over the rounds, each divided by the same round's."""
    return statistics.median(mine / other for mine, other in zip(seconds[name], seconds[one], strict=True))


def main() -> None:
    tokenizer, model = load_model()
    texts = mixed_sentences(TEXTS)
    lengths = [len(ids) for ids in tokenizer(texts, truncation=True, max_length=256)["input_ids"]]
    ways: dict[str, Callable[[list[str]], Tensor]] = encoders(tokenizer, model)
    reference = ways[PLAIN](texts)  # the first run of each fills caches, and says whether it is right
    gaps = {name: float((encode(texts) - reference).abs().max()) for name, encode in ways.items() if name != PLAIN}
    work = {name: lambda encode=encode: encode(texts) for name, encode in ways.items()}
    seconds = all_rounds(work | {PRODUCTS: matrix_products(lengths, model)}, ROUNDS)
    threads = torch.get_num_threads()
    print(
        f"\nVectors of {TEXTS:,} sentences ({sum(lengths):,} tokens) on {threads} threads, medians of {ROUNDS} rounds\n"
    )
    print("| way | seconds | times fastest | largest difference |\n|---|---|---|---|")
    for name, taken in seconds.items():
        gap = f"{gaps[name]:.1e}" if name in gaps else ""
        print(f"| {name} | {statistics.median(taken):.2f} | {ratio(seconds, name, FASTEST):.2f} | {gap} |")
    rate = operations(lengths, model.config) / statistics.median(seconds[PRODUCTS]) / 1e9
    against_plain, against_library = ratio(seconds, PLAIN, FASTEST), ratio(seconds, LIBRARY, FASTEST)
    print(
        f"\nA pack for each core is {against_plain:.2f} times as fast as plain batches (wanted 3) and {against_library:.2f} times"
    )
    print(f"as fast as the library (wanted 1.3); the products alone run at {rate:.0f} billion operations a second")
    bits(fewer_bits(tokenizer, model), texts[:FEW])


def bits(ways: dict[str, Callable[[list[str]], Tensor]], texts: list[str]) -> None:
    found = {name: encode(texts) for name, encode in ways.items()}
    seconds = all_rounds({name: lambda encode=encode: encode(texts) for name, encode in ways.items()}, ROUNDS)
    print(f"\nFewer bits, sorted batches of {len(texts)} sentences\n")
    print("| numbers | times float32 | largest difference | lowest cosine | same neighbour |\n|---|---|---|---|---|")
    for name, mine in found.items():
        gap = float((mine - found["float32"]).abs().max())
        cosine = float((mine * found["float32"]).sum(dim=-1).min())
        same = same_neighbour(mine, found["float32"])
        print(f"| {name} | {ratio(seconds, name, 'float32'):.2f} | {gap:.1e} | {cosine:.4f} | {same:.0%} |")
