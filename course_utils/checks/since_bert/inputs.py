"""Small ModernBERT layers with their configs, and which penalties of a mask count as right. Nothing here knows the answers."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Config, Draw

# Rotary positions.


def use_rotate(answer, x: Tensor, cos: Tensor, sin: Tensor):
    """What the answer returns. Raises ValueError for tables that are none: no smaller example may be made of them."""
    halves = [table.chunk(2, dim=-1) for table in (cos, sin)]
    if not all(len(half) == 2 and torch.equal(*half) for half in halves):
        raise ValueError("the dimensions of a pair have two angles")
    if not torch.allclose(cos**2 + sin**2, torch.ones_like(cos)):
        raise ValueError("not the cosine and sine of one angle")
    return answer(x, cos, sin)


# Masks that are added to the scores.

MASK_AXES = ("batch", "heads", "query tokens", "key tokens")


def as_softmax_sees_it(value: object, *_: object) -> object:
    """An additive mask in which all numbers from -1000 down, whose exponential is 0, are the dtype's lowest."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    return value.clamp(max=1000).masked_fill(value <= -1000, torch.finfo(value.dtype).min)


def other_penalty(value: Tensor, *_: object) -> str:
    """The word along with a pass for a mask whose penalty is not the dtype's lowest number. Said once, for float32."""
    lowest = float(value.min())
    if value.dtype != torch.float32 or lowest == 0 or lowest == torch.finfo(value.dtype).min:
        return ""
    if lowest == -torch.inf:
        return (
            "`-inf` does the same here. The lowest finite number is safer: where two masks hide everything from a token, "
            "`-inf` makes its weights NaN, finite numbers make them equal."
        )
    return f"{lowest:g} does the same here: its exponential is 0, like that of the dtype's lowest number."


def sees_itself(value: Tensor, *_: object) -> bool:
    """Whether every token's score for itself stays as it is."""
    return bool((value.diagonal(dim1=-2, dim2=-1) == 0).all())


def is_not_mild(value: Tensor, *_: object) -> bool:
    """No penalty so small that a high score outweighs it."""
    return not bool(((value < 0) & (value > -1000)).any())


TOO_MILD = "The penalty is so mild that a high score still outweighs it: take the dtype's lowest number."


class ModernConfig(Config):
    """A ModernBertConfig to every answer, as `Config` is a BertConfig."""

    _real = ("transformers.models.modernbert.configuration_modernbert", "ModernBertConfig")

    @property
    def sliding_window(self) -> int:
        """How far a token looks to either side in a local layer."""
        return self.local_attention // 2


def modern_config(
    every: int = 3, eps: float = 1e-5, thetas: tuple[float, float] = (160_000.0, 10_000.0), **sizes: int
) -> ModernConfig:
    """A small ModernBERT's config. every: each such layer is global, from layer 0 on; thetas: of global and local layers."""
    usual = {
        "hidden_size": 24,
        "num_attention_heads": 4,  # heads of 6: both are even, so that one taken for the other raises nothing
        "intermediate_size": 17,
        "num_hidden_layers": 5,
        "local_attention": 10,  # five tokens to either side
    }
    kinds = ("full_attention", "sliding_attention")
    sizes = usual | sizes
    return ModernConfig(
        **sizes,
        norm_eps=eps,
        hidden_activation="gelu",
        layer_types=[kinds[layer % every != 0] for layer in range(sizes["num_hidden_layers"])],
        rope_parameters={
            kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in zip(kinds, thetas, strict=True)
        },
    )


def modern_params(draw: Draw, config: ModernConfig, layer: int) -> dict[str, Tensor]:
    """One layer's tensors under the names that transformers gives them; layer 0 has no first norm."""
    hidden, inner = config.hidden_size, config.intermediate_size
    sizes = {
        "attn.Wqkv": (3 * hidden, hidden),
        "attn.Wo": (hidden, hidden),
        "mlp.Wi": (2 * inner, hidden),
        "mlp.Wo": (hidden, inner),
    }
    params = {} if layer == 0 else {"attn_norm.weight": draw.norm(hidden)[0]}
    params |= {f"{name}.weight": draw.linear(*size)[0] for name, size in sizes.items()}
    return params | {"mlp_norm.weight": draw.norm(hidden)[0]}


def real_tokens(value: Tensor, hidden_states: Tensor, params: dict, config: Config, layer: int, mask=None) -> Tensor:
    """The value without the rows of padding, which are arbitrary: they become 0."""
    return value if mask is None else value.masked_fill(mask[:, 0, 0, :, None] != 0, 0)
