"""Making it fast: each step equal to the slow way, and the packed encoder to sentence-transformers' vectors."""

import threading

import pytest
import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.encoder_layer import layer_params, run_encoder
from course_utils.reference.self_attention import extended_attention_mask, scaled_dot_product_attention
from course_utils.reference.sentence_search import embed
from course_utils.reference.speed import (
    attention_flop_share,
    block_diagonal_mask,
    equal_length_runs,
    fuse_qkv,
    length_sorted_batches,
    on_every_core,
    pack_sequences,
    packed_encode,
    packs_by_length,
    sdpa_attention,
)
from tests.reference.fixtures import HIDDEN, close, normal, real_model, real_tokenizer, small_batch, small_model

SEQUENCES = [[5, 6, 7], [8], [9, 10, 11, 12], [13, 14, 15]]


def test_fuse_qkv():
    params, x = layer_params(small_model().state_dict(), 0), normal(2, 5, HIDDEN)
    weight, bias = fuse_qkv(params)
    assert (weight.shape, bias.shape) == ((3 * HIDDEN, HIDDEN), (3 * HIDDEN,))
    for name, part in zip(("query", "key", "value"), F.linear(x, weight, bias).split(HIDDEN, dim=-1), strict=True):
        assert close(part, F.linear(x, params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"]))


@pytest.mark.parametrize("padded", [True, False])
def test_sdpa_attention(padded):
    query, key, value = (normal(2, 3, 5, 7, seed=seed) for seed in range(3))
    attention_mask = small_batch(padded=padded)["attention_mask"]
    expected, _ = scaled_dot_product_attention(query, key, value, extended_attention_mask(attention_mask, query.dtype))
    assert close(sdpa_attention(query, key, value, attention_mask), expected)
    if not padded:
        assert close(sdpa_attention(query, key, value), expected)


def test_length_sorted_batches():
    lengths = [7, 3, 9, 3, 1, 8, 3]
    assert length_sorted_batches(lengths, 3) == [[4, 1, 3], [6, 0, 5], [2]]
    assert length_sorted_batches(lengths, 99) == [[4, 1, 3, 6, 0, 5, 2]]
    assert length_sorted_batches([], 3) == []


def test_pack_sequences():
    input_ids, position_ids, cu_seqlens = pack_sequences(SEQUENCES)
    assert input_ids.tolist() == [list(range(5, 16))]
    assert position_ids.tolist() == [[0, 1, 2, 0, 0, 1, 2, 3, 0, 1, 2]]
    assert cu_seqlens.tolist() == [0, 3, 4, 8, 11]
    assert input_ids.dtype == position_ids.dtype == cu_seqlens.dtype == torch.int64


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_block_diagonal_mask(dtype):
    mask = block_diagonal_mask(torch.tensor([0, 3, 4, 8]), dtype)
    expected = torch.block_diag(torch.ones(3, 3), torch.ones(1, 1), torch.ones(4, 4)) == 1
    assert mask.shape == (1, 1, 8, 8)
    assert mask.dtype == dtype
    assert torch.equal(mask[0, 0] == 0, expected)
    assert bool((mask[0, 0][~expected] == torch.finfo(dtype).min).all())


def test_packed_row_equals_each_sequence_alone():
    model = small_model(seed=3)
    weights, config = model.state_dict(), model.config
    input_ids, position_ids, cu_seqlens = pack_sequences(SEQUENCES)
    with torch.no_grad():
        start = (
            weights["embeddings.word_embeddings.weight"][input_ids]
            + weights["embeddings.position_embeddings.weight"][position_ids]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        norm = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
        mask = block_diagonal_mask(cu_seqlens, torch.float32)
        packed = run_encoder(layer_norm(start, *norm, config.layer_norm_eps), weights, config, mask)[-1]
        for number, sequence in enumerate(SEQUENCES):
            alone = model(input_ids=torch.tensor([sequence])).last_hidden_state
            assert close(packed[:, cu_seqlens[number] : cu_seqlens[number + 1]], alone)


def test_attention_flop_share():
    assert attention_flop_share(128, 384) == pytest.approx(0.0526, abs=5e-5)
    assert attention_flop_share(512, 384) == pytest.approx(0.1818, abs=5e-5)
    assert attention_flop_share(11, 768) == 4 * 11 * 768 / (24 * 768**2 + 4 * 11 * 768)


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
