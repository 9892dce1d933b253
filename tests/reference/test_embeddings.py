"""Embeddings and layer norm: equal to torch and to BertEmbeddings, with real and with small random weights."""

import pytest
import torch
import torch.nn.functional as F
from transformers import BertConfig

from course_utils.reference.embeddings import (
    bert_embeddings,
    embedding_lookup,
    embedding_parameters,
    embedding_sum,
    indistinguishable,
    layer_norm,
    nearest_tokens,
)
from tests.reference.fixtures import (
    BATCH,
    TOKENS,
    close,
    normal,
    real_batch,
    real_model,
    real_tokenizer,
    small_batch,
    small_model,
)


def test_embedding_lookup():
    table, ids = normal(7, 3), torch.tensor([[6, 0, 2, 2, 5], [1, 1, 3, 4, 0]])
    assert torch.equal(embedding_lookup(table, ids), F.embedding(ids, table))


@pytest.mark.parametrize("eps", [1e-12, 1e-5, 0.1])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_layer_norm(eps, scale):
    x, weight, bias = scale * normal(2, 5, 21) + 3 * scale, normal(21, seed=1), normal(21, seed=2)
    assert close(layer_norm(x, weight, bias, eps), F.layer_norm(x, (21,), weight, bias, eps))
    assert close(layer_norm(x[0, 0], weight, bias, eps), F.layer_norm(x[0, 0], (21,), weight, bias, eps))


def test_layer_norm_uses_the_biased_variance():
    normed = layer_norm(torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.ones(4), torch.zeros(4), 1e-12)
    assert normed[0].item() == pytest.approx(1.7321, abs=1e-4)


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_bert_embeddings_equal_small_random_models(padded, eps):
    model, batch = small_model(seed=3, layer_norm_eps=eps), small_batch(seed=4, padded=padded)
    with torch.no_grad():
        expected = model(**batch, output_hidden_states=True).hidden_states[0]
        mine = bert_embeddings(batch["input_ids"], batch["token_type_ids"], model.state_dict(), model.config)
        raw = model.embeddings
        raw.LayerNorm = torch.nn.Identity()
        summed = raw(batch["input_ids"], batch["token_type_ids"])
    assert close(mine, expected)
    tables = [raw.word_embeddings, raw.position_embeddings, raw.token_type_embeddings]
    weights = [table.weight for table in tables]
    assert close(embedding_sum(batch["input_ids"], batch["token_type_ids"], *weights), summed)
    assert summed.shape == (BATCH, TOKENS, 21)


@pytest.mark.parametrize("padded", [True, False])
def test_bert_embeddings_equal_the_real_model(padded):
    model, batch = real_model(), real_batch(padded)
    with torch.no_grad():
        expected = model(**batch, output_hidden_states=True).hidden_states[0]
        mine = bert_embeddings(batch["input_ids"], batch["token_type_ids"], model.state_dict(), model.config)
    assert close(mine, expected)


def test_too_many_tokens_raise():
    model = small_model()
    ids = torch.zeros(1, 12, dtype=torch.int64)
    with pytest.raises(IndexError):
        bert_embeddings(ids, ids, model.state_dict(), model.config)


def test_nearest_tokens():
    table = real_model().state_dict()["embeddings.word_embeddings.weight"]
    vocab = real_tokenizer().get_vocab()
    for word in ["river", "monday", "##ing", "[PAD]"]:
        cosines = F.cosine_similarity(table, table[vocab[word]][None], dim=-1)
        found = nearest_tokens(table[vocab[word]], table, 7)
        assert found[0] == vocab[word]
        assert found == cosines.topk(7).indices.tolist()
    rows = torch.tensor([[0.0, 0.0], [9.0, 9.0], [1.0, 0.1], [-1.0, 0.0]])
    assert nearest_tokens(torch.tensor([1.0, 0.0]), rows, 4) == [2, 1, 0, 3]


def test_indistinguishable_inputs_have_equal_embeddings_in_a_real_module():
    """Planted are words 4 and 2, at places 1 and 3: transformers' own module gives the same vector for both."""
    model = small_model(seed=5)
    word, position, segment = (
        getattr(model.embeddings, f"{name}_embeddings").weight.data for name in ("word", "position", "token_type")
    )
    for table in (word, position, segment):
        table.mul_(64).round_().div_(64)
    word[4] = word[2] + position[3] - position[1]
    one, other = indistinguishable(word, position, segment)
    assert {one, other} == {(2, 3, 0), (4, 1, 0)}
    vectors = []
    for token, place, kind in (one, other):
        ids = torch.full((1, 5), token)
        with torch.no_grad():
            vectors.append(model.embeddings(ids, torch.full_like(ids, kind))[0, place])
    assert torch.equal(*vectors)


def test_embedding_parameters():
    assert embedding_parameters(real_model().config) == 11_918_592
    assert embedding_parameters(BertConfig()) == 23_837_184  # bert-base-uncased has the default sizes
    small = small_model(type_vocab_size=5)
    assert embedding_parameters(small.config) == sum(p.numel() for p in small.embeddings.parameters())
