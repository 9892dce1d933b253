"""Making it fast: each step equal to the slow way."""

import pytest
import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.encoder_layer import layer_params, run_encoder
from course_utils.reference.self_attention import extended_attention_mask, scaled_dot_product_attention
from course_utils.reference.speed import (
    attention_flop_share,
    block_diagonal_mask,
    fuse_qkv,
    length_sorted_batches,
    pack_sequences,
    sdpa_attention,
)
from tests.reference.fixtures import HIDDEN, close, normal, small_batch, small_model

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
