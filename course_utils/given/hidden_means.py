"""One vector per text at every hidden state of a model: what lesson 08 looks at on the way up."""

import torch
from torch import Tensor, nn

from course_utils.reference.sentence_search import mean_pool

_TOGETHER = 32  # texts in a batch


@torch.no_grad()
def mean_hidden_states(texts: list[str], tokenizer, model: nn.Module) -> list[Tensor]:
    """Take the mean over the real tokens of every text, at every hidden state.

    texts: the sentences, as strings.
    tokenizer: a `BertTokenizer`.
    model: a `BertModel` in eval mode.

    Returns: L + 1 tensors (texts, hidden), the embeddings' first; their lengths are as
        they are.
    """
    means: list[list[Tensor]] = []
    for start in range(0, len(texts), _TOGETHER):
        some = list(texts[start : start + _TOGETHER])
        batch = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
        states = model(**batch, output_hidden_states=True).hidden_states
        means.append([mean_pool(each, batch["attention_mask"]) for each in states])
    return [torch.cat(parts) for parts in zip(*means, strict=True)]
