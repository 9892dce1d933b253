"""What the heads look at: numbers that tell heads apart, and experiments that tell what a head does."""

import torch
from torch import Tensor, nn

from course_utils.reference.helpers import find_pieces
from course_utils.reference.sentence_search import l2_normalize


def offset_attention(probs: Tensor, offset: int) -> Tensor:
    """Measure how much each head looks at the token `offset` places further on.

    probs: (heads, tokens, tokens), one sequence's attention, one row per query.
    offset: how many places; -1 is the previous token.

    Returns: (heads,), the mean attention over those queries that have such a token.
    Source: Clark et al. 2019, arXiv 1906.04341, section 3.1.
    """
    looks = probs.diagonal(offset=offset, dim1=1, dim2=2)  # (heads, queries that have such a token)
    return looks.mean(dim=-1)


def attention_to(probs: Tensor, key_mask: Tensor) -> Tensor:
    """Measure what share of its attention each head gives to some marked tokens.

    probs: (heads, tokens, tokens), one row per query.
    key_mask: (tokens,), true or 1 for a marked token, such as [CLS] or punctuation.

    Returns: (heads,), the attention that a query gives to all marked tokens together,
        averaged over the queries.
    Source: Clark et al. 2019, arXiv 1906.04341, section 3.2.
    """
    marked = key_mask.to(probs.dtype)  # (tokens,)
    share = (probs * marked).sum(dim=-1)  # (heads, tokens): of each query
    return share.mean(dim=-1)


def attention_entropy(probs: Tensor) -> Tensor:
    """Measure how widely each query spreads its attention: H = -Σ_j p_j ln p_j.

    probs: (heads, tokens, tokens), one row per query.

    A weight of exactly 0 adds nothing: p ln p tends to 0.

    Returns: (heads, tokens), in nats: 0 where a query looks at one token only,
        ln(tokens) where it looks at all equally.
    Source: Clark et al. 2019, arXiv 1906.04341, section 3.3.
    """
    safe_probs = probs.clamp(min=torch.finfo(probs.dtype).tiny)  # 0 · ln(tiny) is 0, 0 · ln(0) would be NaN
    surprise = -torch.log(safe_probs)  # (heads, tokens, tokens)
    return (probs * surprise).sum(dim=-1)


def value_weighted_attention(probs: Tensor, value: Tensor) -> Tensor:
    """Weigh attention by what it carries, a_ij ‖v_j‖.

    probs: (heads, tokens, tokens), one row per query.
    value: (heads, tokens, head size).

    A large weight on a short value moves nothing.

    Returns: (heads, tokens, tokens).
    Source: Kobayashi et al. 2020, arXiv 2004.10102
        (there after the dense layer W_O, here before it).
    """
    value_length = value.norm(dim=-1)  # (heads, key tokens)
    return probs * value_length[:, None, :]  # (heads, query tokens, key tokens)


def ablate_head(
    params: dict[str, Tensor],
    head: int,
    num_heads: int,
) -> dict[str, Tensor]:
    """Switch one head off: make the dense layer after the attention deaf to it.

    params: one layer's 16 tensors.
    head: the head's number, counted from 0.
    num_heads: how many heads the layer has.

    Only `attention.output.dense.weight` changes, W_O stored as (out, in): its columns
    that belong to the head become 0.

    Returns: a new dict of the same 16 names. The tensors handed in stay as they are.
    Source: Michel et al. 2019, arXiv 1905.10650.
    """
    weight = params["attention.output.dense.weight"].clone()  # (hidden, hidden)
    head_size = weight.shape[1] // num_heads
    start = head * head_size
    weight[:, start : start + head_size] = 0.0
    return params | {"attention.output.dense.weight": weight}


def word_similarity_by_layer(
    model: nn.Module,
    tokenizer,
    texts: list[str],
    word: str,
) -> Tensor:
    """Compare one word in several texts with itself, layer by layer.

    model: a `BertModel` that takes `output_hidden_states=True`.
    tokenizer: its tokenizer.
    texts: n texts with the word.
    word: the word to compare.

    Does "bank" know whether it is by a river? Take the word's first occurrence in each
    text (`find_pieces(tokens, pieces)` is given and returns its place) and the mean of
    its pieces' vectors. The padding of one text must not change another text.

    Returns: (L + 1, n, n), cosines; the first matrix is that of the embeddings.
    Raises: ValueError if the word does not occur in a text, as `find_pieces` does.
    """
    pieces = tokenizer.tokenize(word)
    vectors = []  # one per text
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt")
        start = find_pieces(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), pieces)
        with torch.no_grad():
            outputs = model(**inputs, output_hidden_states=True)
        hidden_states = torch.cat(outputs["hidden_states"])  # (layers + 1, tokens, hidden)
        word_states = hidden_states[:, start : start + len(pieces)]  # (layers + 1, pieces, hidden)
        vectors.append(word_states.mean(dim=1))
    unit = l2_normalize(torch.stack(vectors, dim=1))  # (layers + 1, texts, hidden)
    return unit @ unit.transpose(1, 2)  # (layers + 1, texts, texts)
