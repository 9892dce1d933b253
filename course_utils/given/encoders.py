"""The ways to encode texts that lesson 10 and `make bench` compare, each with one saving more than the one before it.

Every way takes a list of texts and gives their unit vectors, (texts, hidden), equal to `embed` up to rounding.
"""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.given.packed import packed_encode
from course_utils.reference.self_attention import merge_heads, split_heads
from course_utils.reference.sentence_search import embed, l2_normalize, mean_pool
from course_utils.reference.speed import fuse_qkv, length_sorted_batches
from course_utils.reference.tokenization import pad_batch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel, BertTokenizer

Encoder = Callable[[list[str]], Tensor]


def library() -> "SentenceTransformer":
    """Load the course's model in sentence-transformers: model, mean, unit length.

    A checkpoint may come with other parts, such as the vector of [CLS] for the mean,
    and in half precision: only its model is taken, in float32.

    Returns: a `SentenceTransformer` that reads 256 tokens, as `embed` does.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    from course_utils.model import find_model

    transformer = Transformer(find_model()).float()
    pooling = Pooling(transformer.get_embedding_dimension())  # the mean, if nothing else is asked for
    found = SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")
    found.max_seq_length = 256
    return found


def with_sdpa(model: "BertModel") -> "BertModel":
    """Make a copy of a model that uses torch's own attention and shares the weights.

    model: a `BertModel`.

    Returns: the copy.
    """
    model = copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
    model.set_attn_implementation("sdpa")
    return model


class FusedSelfAttention(nn.Module):
    """A module to put in the place of a layer's `attention.self`.

    params: the layer's tensors.
    num_heads: how many heads the layer has.

    One product computes query, key and value, then torch's own attention the context.
    """

    def __init__(self, params: dict[str, Tensor], num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.weight, self.bias = fuse_qkv(params)

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        **_: object,
    ) -> tuple[Tensor, None]:
        """Compute the context, without the probabilities.

        hidden_states: (batch, tokens, hidden).
        attention_mask: None, or what transformers hands to `attention.self`.
        _: what else transformers hands over; it is not used.

        Returns: the context, (batch, tokens, hidden), and None.
        """
        qkv = F.linear(hidden_states, self.weight, self.bias)  # (batch, tokens, 3 · hidden)
        query, key, value = (split_heads(part, self.num_heads) for part in qkv.chunk(3, dim=-1))
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)
        return merge_heads(context), None


def with_fused_qkv(model: "BertModel") -> "BertModel":
    """Do what `with_sdpa` does, with one product for query, key and value per layer.

    model: a `BertModel`.

    Returns: the copy.
    """
    model = with_sdpa(model)
    for layer in model.encoder.layer:
        params = {f"attention.self.{name}": tensor for name, tensor in layer.attention.self.state_dict().items()}
        layer.attention.self = FusedSelfAttention(params, model.config.num_attention_heads)
    return model


@torch.no_grad()
def embed_sorted(
    texts: list[str],
    tokenizer: "BertTokenizer",
    model: "BertModel",
    batch_size: int = 32,
) -> Tensor:
    """Do what `embed` does, with texts of similar length in a batch.

    texts: the sentences, as strings.
    tokenizer: a `BertTokenizer`.
    model: a `BertModel`.
    batch_size: how many texts a batch has.

    Returns: (texts, hidden), unit vectors in the order of the texts.
    """
    sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    vectors = torch.empty(len(texts), model.config.hidden_size)
    for batch in length_sorted_batches([len(sequence) for sequence in sequences], batch_size):
        input_ids, attention_mask = pad_batch([sequences[index] for index in batch], tokenizer.pad_token_id)
        states = model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        vectors[batch] = l2_normalize(mean_pool(states, attention_mask)).float()
    return vectors


PLAIN, FASTEST, LIBRARY = "plain batches of 32", "+ one pack per core", "SentenceTransformer.encode"


def encoders(tokenizer: "BertTokenizer", model: "BertModel") -> dict[str, Encoder]:
    """Collect the ways to encode texts, each with one saving more than the last.

    tokenizer: a `BertTokenizer`.
    model: a `BertModel`.

    Returns: a dict from name to function of a list of texts; the last is the library's
        way.
    """
    sdpa, fused, theirs = with_sdpa(model), with_fused_qkv(model), library()
    return {
        PLAIN: lambda texts: embed(texts, tokenizer, model),
        "+ sorted by length": lambda texts: embed_sorted(texts, tokenizer, model),
        "+ SDPA": lambda texts: embed_sorted(texts, tokenizer, sdpa),
        "+ fused QKV": lambda texts: embed_sorted(texts, tokenizer, fused),
        "+ packed, no padding": lambda texts: packed_encode(texts, tokenizer, model, pack_per_core=False),
        FASTEST: lambda texts: packed_encode(texts, tokenizer, model),
        LIBRARY: lambda texts: theirs.encode(texts, convert_to_tensor=True, show_progress_bar=False),
    }
