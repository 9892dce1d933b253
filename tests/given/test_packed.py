"""The packed encoder: its packs, the work on every core, and vectors equal to those of `embed`."""

import threading

import pytest
import torch

from course_utils.checks.course import with_functions
from course_utils.given.packed import (
    dense,
    equal_length_runs,
    fused_layers,
    on_every_core,
    packed_encode,
    packs_by_length,
    prepared,
)
from course_utils.reference import speed
from course_utils.reference.sentence_search import embed
from tests.reference.fixtures import close, real_model, real_tokenizer


def test_equal_length_runs():
    assert equal_length_runs([1, 3, 3, 4]) == [(0, 1, 1), (1, 2, 3), (7, 1, 4)]


def test_packs_by_length():
    assert packs_by_length([7, 3, 9, 3, 1], 4) == [[4, 1], [3, 0], [2]]
    assert packs_by_length([7, 3, 9, 3, 1], 99) == [[4, 1, 3, 0, 2]]
    assert packs_by_length([2, 2], 2) == [[0], [1]]
    assert packs_by_length([], 4) == packs_by_length([], 4, cores=2) == []


def test_few_texts_are_shared_out_among_the_cores():
    lengths = [5, 9, 2, 7, 3, 4]
    assert packs_by_length(lengths, 1024) == [[2, 4, 5, 0, 3, 1]]
    assert packs_by_length(lengths, 1024, cores=2) == [[2, 4, 5, 0, 3], [1]]
    assert packs_by_length(lengths, 1024, cores=3) == [[2, 4, 5, 0], [3, 1]]  # a pack ends with the text that fills it
    assert packs_by_length(lengths, 4, cores=2) == packs_by_length(lengths, 4)


@pytest.fixture(params=[1, 2])
def cores(request):
    threads = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(threads)


def test_on_every_core(cores):
    together = threading.Barrier(cores, timeout=60)  # nobody gets past it unless all cores work at the same time

    def work(item: int) -> tuple[int, int]:
        together.wait()
        return item**2, torch.get_num_threads()

    assert on_every_core(work, [3, 1, 4, 1]) == [(9, 1), (1, 1), (16, 1), (1, 1)]
    assert on_every_core(work, []) == []
    assert torch.get_num_threads() == cores


def test_an_error_on_a_core_arrives(cores):
    with pytest.raises(ZeroDivisionError):
        on_every_core(lambda item: 1 / item, [2, 1, 0])
    assert torch.get_num_threads() == cores


@pytest.mark.parametrize("pack_per_core", [True, False])
@pytest.mark.parametrize("tokens_per_pack", [1, 10_000])
def test_packed_encode_equals_embed(tokens_per_pack, pack_per_core, cores):
    texts = ["Why?", "", "The weather is lovely today.", "An unaffable river bank, " * 9, "Why not?", "naïve 北京"]
    expected = embed(texts, real_tokenizer(), real_model())
    vectors = packed_encode(texts, real_tokenizer(), real_model(), tokens_per_pack, pack_per_core)
    assert close(vectors, expected)
    assert not vectors.requires_grad
    layers = fused_layers(real_model().state_dict(), real_model().config)
    assert torch.equal(
        packed_encode(texts, real_tokenizer(), real_model(), tokens_per_pack, pack_per_core, layers), vectors
    )


@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize("tokens", [1, 7, 300])
def test_a_prepared_weight_gives_the_same_dense_layer(tokens, gelu):
    draw = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(*shape, generator=draw) for shape in ((tokens, 24), (40, 24), (40,)))
    kept = weight.clone()
    expected = torch.nn.functional.linear(x, weight, bias)
    expected = torch.nn.functional.gelu(expected) if gelu else expected
    assert close(dense(x, prepared(weight), bias, gelu), expected)
    assert close(dense(x, weight, bias, gelu), expected)
    assert torch.equal(weight, kept)
    assert prepared(weight.double()).dtype == torch.float64  # oneDNN is asked for float32 alone


def test_four_of_the_learners_functions_run_in_the_encoder():
    called = []

    def noticed(name):
        return lambda *args: called.append(name) or getattr(speed, name)(*args)

    names = ("fuse_qkv", "sdpa_attention", "length_sorted_batches", "pack_sequences")
    encode = with_functions("packed_encode", **{name: noticed(name) for name in names})
    texts = ["Why?", "The weather is lovely today."]
    assert close(encode(texts, real_tokenizer(), real_model()), embed(texts, real_tokenizer(), real_model()))
    assert set(called) == set(names)
