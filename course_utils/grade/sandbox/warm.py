"""Use once what sessions will use: torch imports and sets up much at the first call, and every session would pay for it again."""

import contextlib

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.checks.attention_heads.inputs import small_bert, small_tokenizer
from course_utils.checks.inputs import Draw


def up() -> None:
    """Calls what answers are likely to call, forwards and backwards. One thread first: OpenMP does not survive a fork."""
    torch.set_num_threads(1)
    x = torch.randn(2, 3, 5, 7, requires_grad=True)
    weight = nn.Parameter(torch.randn(7, 7))
    mask = torch.zeros(2, 1, 1, 5)
    for call in (
        lambda: F.scaled_dot_product_attention(x, x, x, attn_mask=mask),
        lambda: torch.einsum("bhqd,bhkd->bhqk", x, x).softmax(-1),
        lambda: F.layer_norm(F.gelu(F.linear(x, weight)), (7,)),
        lambda: F.normalize(x, dim=-1).tanh().exp().log1p().erf(),
        lambda: x.transpose(1, 2).reshape(2, 5, 21).contiguous().topk(2),
        lambda: F.cross_entropy(x.reshape(-1, 7), torch.zeros(30, dtype=torch.int64)),
        lambda: torch.cat([x, x]).masked_fill(torch.zeros(4, 3, 5, 7, dtype=torch.bool), 0.0).mean(-1).std(),
        lambda: torch.linalg.svd(weight),
        lambda: torch.linalg.solve(weight, weight),
        lambda: F.dropout(x, 0.1).double().sum(),
        lambda: nn.Embedding(5, 7)(torch.tensor([1, 2])).half().float(),
        lambda: torch.nn.utils.rnn.pad_sequence([torch.ones(2), torch.ones(3)], batch_first=True),
        lambda: nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, activation="gelu").eval()(torch.randn(1, 3, 6)),
        lambda: nn.MultiheadAttention(6, 2, batch_first=True)(*[torch.randn(1, 3, 6)] * 3),
        _a_step,
        _a_model,
        lambda: repr(x) and str(torch.ones(2, dtype=torch.bool)),
    ):
        with contextlib.suppress(Exception):
            value = call()
            if isinstance(value, torch.Tensor) and value.requires_grad:
                value.sum().backward()
    with torch.no_grad():
        (x @ x.mT).argmax(-1)


def _a_step() -> None:
    layer = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()


def _a_model() -> None:
    model, tokenizer = small_bert(Draw(0)), small_tokenizer()
    with torch.no_grad():
        model(**tokenizer(["a bank", "the"], padding=True, return_tensors="pt"), output_hidden_states=True)
