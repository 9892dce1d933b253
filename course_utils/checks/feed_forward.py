"""The checks of lesson 05: numbers where the forms of GELU part, and functions that hide what they do between tokens."""

import torch
from torch import Tensor

from course_utils.reference import feed_forward as reference

from .engine import Case, Check, Draw, Mistake, Property
from .inputs import HIDDEN, INTERMEDIATE

# gelu, gelu_tanh ------------------------------------------------------------------------


def _gelu_cases(draw: Draw) -> list[Case]:
    large = draw.normal(3, 4, scale=12)
    large[0, 0], large[2, 3] = 30, -30  # so large that exp overflows in a tanh made of exp
    return [
        Case((torch.tensor([-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]),), "nine numbers"),
        Case((draw.normal(2, 5, INTERMEDIATE, scale=2),), "a tensor (batch, tokens, intermediate)"),
        Case((large,), "large values"),
    ]


_CDF = "0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))"
_RETURN = "return x * probability"
_TANH_CDF = "0.5 * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * cubic))"
_ZERO = Property(
    lambda value, x: bool((value[x == 0] == 0).all()), "GELU of 0 is 0, since 0 is multiplied; yours is not."
)
_LARGE = Property(
    lambda value, x: torch.allclose(value[x > 6], x[x > 6]) and bool((value[x < -6].abs() < 1e-4).all()),
    "Far to the right GELU is x itself, far to the left it is 0; yours is not.",
)

check_gelu = Check(
    reference.gelu,
    _gelu_cases,
    mistakes=(
        Mistake(
            "tanh", _CDF, "0.5 * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))",
            "Close, but BERT uses the exact form: this is the tanh approximation (GPT-2's), up to 5e-4 off. Use "
            "`torch.erf`.",
        ),
        Mistake(
            "sigmoid", _CDF, "torch.sigmoid(1.702 * x)",
            "This is the sigmoid approximation x · σ(1.702 x), up to 0.02 off. BERT uses the exact form, with "
            "`torch.erf`.",
        ),
        Mistake(
            "silu", _CDF, "torch.sigmoid(x)",
            "The sigmoid σ(x) stands where Φ(x) of the normal distribution belongs: x · σ(x) is SiLU (swish), not GELU.",
        ),
        Mistake("relu", _CDF, "(x > 0)", "This is ReLU. GELU lets small negative numbers through a little."),
        Mistake("leaky_relu", _RETURN, "return torch.where(x > 0, x, 0.01 * x)", "This is leaky ReLU, not GELU."),
        Mistake("elu", _RETURN, "return torch.where(x > 0, x, torch.expm1(x))", "This is ELU, not GELU."),
        Mistake(
            "no_root_of_two", "x / math.sqrt(2.0)", "x",
            "The √2 inside erf is missing: Φ(x) is ½ (1 + erf(x / √2)).",
        ),
        Mistake("divided_by_two", "x / math.sqrt(2.0)", "x / 2.0", "Inside erf, x is divided by √2, not by 2."),
        Mistake(
            "times_root_of_two", "x / math.sqrt(2.0)", "x * math.sqrt(2.0)",
            "Inside erf, x is divided by √2, not multiplied by it.",
        ),
        Mistake(
            "no_half", "0.5 * ", "",
            "The factor one half is missing: Φ(x) = ½ (1 + erf(x / √2)) runs from 0 to 1, yours from 0 to 2.",
        ),
        Mistake(
            "half_of_the_one", _CDF, "(0.5 + torch.erf(x / math.sqrt(2.0)))",
            "The half multiplies the 1 alone. Mind the brackets: it multiplies the sum, ½ (1 + erf(x / √2)).",
        ),
        Mistake(
            "no_one", "(1.0 + torch.erf(x / math.sqrt(2.0)))", "torch.erf(x / math.sqrt(2.0))",
            "The 1 + before erf is missing. erf runs from -1 to 1; a probability cannot be negative.",
        ),
        Mistake(
            "no_leading_x", _RETURN, "return probability",
            "The x in front is missing: GELU multiplies x by this probability.",
        ),
        Mistake(
            "mirrored", "(1.0 + torch.erf(", "(1.0 - torch.erf(",
            "The probability is that of a *larger* number, 1 - Φ(x) (`erfc` gives that). GELU keeps large x, not "
            "small ones.",
        ),
        Mistake(
            "tanh_for_erf", "torch.erf(", "torch.tanh(",
            "tanh stands where erf belongs. They look alike, but the approximation with tanh has other numbers "
            "inside, and BERT uses erf.",
        ),
        Mistake(
            "density", _CDF, "torch.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)",
            "x is multiplied by the normal *density*, the bell curve. Φ is the area under it to the left of x.",
        ),
    ),
    properties=(_ZERO, _LARGE),
    hints=(
        "GELU is a soft switch: x is multiplied by the probability Φ(x) that a number drawn from the standard normal "
        "distribution is smaller than x. Nearly 0 far to the left, one half at 0, nearly 1 far to the right.",
        "Element by element, so any shape stays as it is. First Φ(x) = ½ (1 + erf(x / √2)), which lies between 0 and "
        "1, then x times that.",
        "`torch.erf` exists, and `math.sqrt(2.0)` is √2. Mind the brackets: the 1 is added to erf's result, and the "
        "half multiplies the sum.",
    ),
)  # fmt: skip

check_gelu_tanh = Check(
    reference.gelu_tanh,
    _gelu_cases,
    mistakes=(
        Mistake(
            "exact", _TANH_CDF, _CDF,
            "This is the exact GELU, which BERT uses. Asked for is its approximation with tanh, to see how far apart "
            "they are.",
        ),
        Mistake(
            "sigmoid", _TANH_CDF, "torch.sigmoid(1.702 * x)",
            "This is the other approximation, x · σ(1.702 x). Asked for is the one with tanh, which is much closer.",
        ),
        Mistake("relu", _TANH_CDF, "(x > 0)", "This is ReLU, not an approximation of GELU."),
        Mistake("no_cubic", " + 0.044715 * x**3", "", "The term 0.044715 x³ is missing."),
        Mistake("square", "x**3", "x**2", "x is squared where it should be cubed: 0.044715 x³."),
        Mistake("no_coefficient", "0.044715 * ", "", "The coefficient 0.044715 before x³ is missing."),
        Mistake("coefficient_slip", "0.044715", "0.44715", "The coefficient of x³ is 0.044715; yours is ten times "
              "that."),
        Mistake("minus_cubic", "x + 0.044715", "x - 0.044715", "The term 0.044715 x³ is added, not subtracted."),
        Mistake("cubic_alone", "x + 0.044715 * x**3", "0.044715 * x**3", "x itself is missing inside: x + 0.044715 "
              "x³."),
        Mistake(
            "factor_on_x_only", "math.sqrt(2.0 / math.pi) * cubic",
            "(math.sqrt(2.0 / math.pi) * x + cubic - x)",
            "√(2/π) multiplies x alone. It multiplies the whole bracket, (x + 0.044715 x³).",
        ),
        Mistake("no_root", "math.sqrt(2.0 / math.pi)", "(2.0 / math.pi)", "The factor is √(2/π); the root is missing."),
        Mistake(
            "root_of_two_only", "math.sqrt(2.0 / math.pi)", "(math.sqrt(2.0) / math.pi)",
            "The root covers only the 2. The factor is √(2/π), the root of the quotient.",
        ),
        Mistake(
            "factor_inverted", "math.sqrt(2.0 / math.pi)", "math.sqrt(math.pi / 2.0)",
            "The factor is upside down: √(2/π), not √(π/2).",
        ),
        Mistake("no_factor", "math.sqrt(2.0 / math.pi) * cubic", "cubic", "The factor √(2/π) before the bracket is "
              "missing."),
        Mistake("no_half", "0.5 * ", "", "The factor one half is missing: x/2 · (1 + tanh(...))."),
        Mistake("no_one", "(1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * cubic))",
                "torch.tanh(math.sqrt(2.0 / math.pi) * cubic)", "The 1 + before tanh is missing."),
        Mistake("no_leading_x", _RETURN, "return probability", "The x in front is missing: x/2 · (1 + tanh(...))."),
        Mistake("erf_for_tanh", "torch.tanh(", "torch.erf(", "erf stands where tanh belongs."),
    ),
    properties=(_ZERO, _LARGE),
    hints=(
        "The same soft switch, with Φ(x) replaced by a formula that was faster to compute: a tanh, bent a little by "
        "x³.",
        "Element by element, any shape. Inside: x + 0.044715 x³, all of it times √(2/π). Then ½ (1 + tanh of that), "
        "then x times the result.",
        "`torch.tanh`, `x**3`, `math.sqrt(2.0 / math.pi)`. Write it in three lines: the bracket, the probability, the "
        "product.",
    ),
)  # fmt: skip


# intermediate, output -------------------------------------------------------------------


def _intermediate_cases(draw: Draw) -> list[Case]:
    def params(hidden: int, wide: int) -> dict[str, Tensor]:
        return draw.layer_params(hidden, wide)

    return [
        Case((draw.hidden_states(), params(HIDDEN, INTERMEDIATE)), "not four times as wide"),
        Case((draw.normal(3, 4, 6), params(6, 24)), "four times as wide, as in BERT"),
    ]


_WIDE = 'linear(x, params["intermediate.dense.weight"], params["intermediate.dense.bias"])'

check_intermediate = Check(
    reference.intermediate,
    _intermediate_cases,
    axes=("batch", "tokens", "intermediate"),
    mistakes=(
        Mistake(
            "no_gelu", "return gelu(widened)", "return widened",
            "GELU is missing: this is the dense layer alone. Without the bend, widening and narrowing again would be "
            "one single dense layer.",
        ),
        Mistake(
            "gelu_first", "linear(x,", "linear(gelu(x),",
            "GELU comes before the dense layer. It belongs behind it, on the wide vector.",
            also=(("return gelu(widened)", "return widened"),),
        ),
        Mistake(
            "gelu_on_both", "linear(x,", "linear(gelu(x),",
            "GELU is applied twice, before and behind the dense layer. It belongs behind it only.",
        ),
        Mistake("gelu_twice", "return gelu(widened)", "return gelu(gelu(widened))", "GELU is applied twice in a row."),
        Mistake(
            "second_weights", '"intermediate.dense.weight"]', '"output.dense.weight"].T',
            "These are the weights of the *second* dense layer, the one that narrows, transposed so that they fit. "
            "The first one's name is `intermediate.dense`.",
        ),
        Mistake(
            "attention_weights", '"intermediate.dense.weight"', '"attention.output.dense.weight"',
            "These are the weights of the attention's dense layer, which does not widen. The name here is "
            "`intermediate.dense`.",
            also=(('"intermediate.dense.bias"', '"attention.output.dense.bias"'),),
        ),
        Mistake(
            "narrowed_again", "return gelu(widened)",
            'return linear(gelu(widened), params["output.dense.weight"], params["output.dense.bias"])',
            "The vector is already narrowed again. That is the second half, `output`; this one ends wide.",
        ),
    ),
    hints=(
        "One dense layer that makes each token's vector wider, then GELU on every one of its numbers. No token looks "
        "at another.",
        "x (batch, tokens, hidden) times the transpose of a weight (intermediate, hidden), plus a bias "
        "(intermediate,): (batch, tokens, intermediate). GELU keeps that shape.",
        "Your `linear` with `intermediate.dense.weight` and `.bias`, your `gelu` around it. Write no 4 anywhere: the "
        "weight knows how wide it is.",
    ),
)  # fmt: skip


def _output_cases(draw: Draw) -> list[Case]:
    cases = []
    for eps, about in ((1e-12, "BERT's eps"), (0.1, "a large eps")):
        params = {name: w for name, w in draw.layer_params().items() if "output." in name}
        wide, attention_output = draw.normal(2, 5, INTERMEDIATE), draw.hidden_states()
        flat = 0.5 + draw.normal(HIDDEN, scale=0.2)  # the sum of token 1 hardly varies: there eps counts
        attention_output[0, 1] = flat - (wide[0, 1] @ params["output.dense.weight"].T + params["output.dense.bias"])
        cases.append(Case((wide, attention_output, params, eps), about))
    return cases


_SUM, _NORM = "update + attention_output", "return layer_norm(summed, norm_weight, norm_bias, eps)"

check_output = Check(
    reference.output,
    _output_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake(
            "no_residual", _SUM, "update",
            "What went into the feed-forward network is not added: the residual, `attention_output`, is missing.",
        ),
        Mistake("update_twice", _SUM, "update + update", "The dense layer's result is added to itself, not to the "
              "residual."),
        Mistake("no_update", _SUM, "attention_output", "The network's result is never added: the sum lacks the "
              "update."),
        Mistake("residual_twice", _SUM, "update + 2 * attention_output", "`attention_output` is added twice."),
        Mistake("subtracted", _SUM, "attention_output - update", "The update is subtracted; it is added."),
        Mistake("multiplied", _SUM, "update * attention_output", "The two are multiplied; they are added."),
        Mistake(
            "averaged", _SUM, "(update + attention_output) / 2",
            "The two are averaged, not added. The norm hides it nearly, since it divides by the spread: only eps "
            "shows it.",
        ),
        Mistake(
            "gelu_again", _SUM, "gelu(update) + attention_output",
            "There is a second GELU behind the second dense layer. The bend stands between the two layers, once; the "
            "update may be negative.",
        ),
        Mistake(
            "gelu_before", "linear(intermediate_states,", "linear(gelu(intermediate_states),",
            "GELU is applied again to what comes in. `intermediate` has done that already.",
        ),
        Mistake(
            "norm_before_sum", _NORM, "return attention_output + layer_norm(update, norm_weight, norm_bias, eps)",
            "The norm acts on the update alone, and the residual is added afterwards. BERT normalises the sum.",
        ),
        Mistake(
            "norm_of_residual", _NORM, "return layer_norm(attention_output, norm_weight, norm_bias, eps) + update",
            "The norm acts on `attention_output` alone, and the update is added afterwards. BERT normalises the sum.",
        ),
        Mistake("no_norm", _NORM, "return summed", "The sum is not normalised: the layer norm is missing."),
        Mistake(
            "added_again", _NORM, "return layer_norm(summed, norm_weight, norm_bias, eps) + attention_output",
            "`attention_output` is added a second time, after the norm. The norm has the last word.",
        ),
        Mistake(
            "other_norm", '"output.LayerNorm.weight"', '"attention.output.LayerNorm.weight"',
            "These are the weights of the layer's *first* norm, the one after the attention. The second one's names "
            "begin with `output.LayerNorm`.",
            also=(('"output.LayerNorm.bias"', '"attention.output.LayerNorm.bias"'),),
        ),
    ),
    hints=(
        "The same three steps as `self_output`: dense layer, addition, norm. Only the dense layer narrows this time.",
        "intermediate_states (batch, tokens, intermediate) through a weight (hidden, intermediate) becomes (batch, "
        "tokens, hidden), the update. Add `attention_output`, normalise the sum over the last axis.",
        "Your `linear` with `output.dense.weight` and `.bias`, plus `attention_output`, then your `layer_norm` with "
        "`output.LayerNorm.weight`, `.bias` and eps. No GELU here.",
    ),
)  # fmt: skip


# is_position_wise -----------------------------------------------------------------------


def mixes_features(x: Tensor) -> Tensor:
    """Position-wise: features change places within each token, and bend."""
    return x.flip(-1) * (x + 1)


def attention_without_positions(x: Tensor) -> Tensor:
    """Mixes tokens, and does not mind their order."""
    return (x @ x.transpose(1, 2) / 100).softmax(dim=-1) @ x  # so small that every token looks at all of them


def adds_all_squares(x: Tensor) -> Tensor:
    """Mixes tokens: the others make every number larger."""
    return x + x.square().sum(dim=1, keepdim=True)


def subtracts_all_squares(x: Tensor) -> Tensor:
    """Mixes tokens: the others make every number smaller."""
    return x - x.square().sum(dim=1, keepdim=True)


def minus_mean_over_tokens(x: Tensor) -> Tensor:
    """Mixes tokens, and does not mind their order."""
    return x - x.mean(dim=1, keepdim=True)


def running_sum(x: Tensor) -> Tensor:
    """The first token sees only itself."""
    return x.cumsum(dim=1)


def first_looks_at_last(x: Tensor) -> Tensor:
    """All tokens but the first see only themselves."""
    return torch.cat([x[:, :1] + x[:, -1:], x[:, 1:]], dim=1) if x.shape[1] > 1 else x


def first_two_look_ahead(x: Tensor) -> Tensor:
    """The first two tokens see the next one, all others only themselves."""
    return torch.cat([x[:, :2] + x[:, 1:3], x[:, 2:]], dim=1) if x.shape[1] > 2 else x


def last_looks_at_first(x: Tensor) -> Tensor:
    """All tokens but the last see only themselves."""
    return torch.cat([x[:, :-1], x[:, -1:] + x[:, :1]], dim=1) if x.shape[1] > 1 else x


def adds_rounding_noise(x: Tensor) -> Tensor:
    """Position-wise up to rounding: the sum is off by some 1e-6, as long matrix products may be."""
    return x + 1e-6 * x.shape[1]


def looks_around_a_little(x: Tensor) -> Tensor:
    """Mixes tokens by a thousandth: little, but far more than rounding."""
    return x + 1e-3 * x.mean(dim=1, keepdim=True)


def looks_around_in_later_texts(x: Tensor) -> Tensor:
    """Mixes tokens in all texts of the batch but the first."""
    return torch.cat([x[:1], x[1:] + x[1:].mean(dim=1, keepdim=True)])


def looks_around_in_one_feature(x: Tensor) -> Tensor:
    """Mixes tokens, but only their last feature."""
    return torch.cat([x[..., :-1], x[..., -1:].cumsum(dim=1)], dim=-1)


def the_same_for_all(x: Tensor) -> Tensor:
    """Position-wise: every token becomes the same vector, whatever it was."""
    return torch.ones_like(x)


def _position_wise_cases(draw: Draw) -> list[Case]:
    x = draw.hidden_states(hidden=3)  # fewer features than tokens: a loop over the wrong axis ends too early
    x = x + 3  # away from 0, so that a difference is one everywhere
    x[0, 0, 0] = 0.01  # but for one number: here a relative tolerance alone is too strict for rounding
    functions = (
        mixes_features, the_same_for_all, adds_all_squares, subtracts_all_squares,
        attention_without_positions, minus_mean_over_tokens, running_sum,
        first_looks_at_last, first_two_look_ahead, last_looks_at_first, adds_rounding_noise, looks_around_a_little,
        looks_around_in_later_texts, looks_around_in_one_feature,
    )  # fmt: skip
    return [Case((fn, x), _upper(fn.__doc__)) for fn in functions]


def _upper(docstring: str | None) -> str:
    return (docstring or "").strip().rstrip(".")


def _sees_differences_of_one_sign(value: bool, fn, x: Tensor) -> bool:
    return value is not True or fn not in (adds_all_squares, subtracts_all_squares)


def _by_shuffling(fn, x):
    order = torch.arange(x.shape[1] - 1, -1, -1)
    return bool(torch.allclose(fn(x[:, order]), fn(x)[:, order], rtol=1e-5, atol=1e-5))


def _text_by_text(fn, x):
    whole = fn(x)
    return all(bool(torch.allclose(fn(x[b : b + 1]), whole[b : b + 1], rtol=1e-5, atol=1e-5)) for b in range(len(x)))


_SAME = "torch.allclose(alone, in_sentence[:, token : token + 1], rtol=1e-5, atol=1e-5)"
_END = "        if not same:\n            return False\n    return True"

check_is_position_wise = Check(
    reference.is_position_wise,
    _position_wise_cases,
    mistakes=(
        Mistake(
            "by_shuffling",
            says="You test whether shuffling the tokens shuffles the result. Attention without positions passes that "
                  "test too: it mixes tokens but does not mind their order. Take a token out of its sentence and run "
                  "it alone.",
            function=_by_shuffling,
        ),
        Mistake(
            "text_by_text",
            says="You take the texts of the batch apart, not the tokens of a text. Axis 1 is the one to cut: "
            "`x[:, t : t + 1]`.",
            function=_text_by_text,
        ),
        Mistake(
            "first_token_only", "range(x.shape[1])", "range(1)",
            "Only the first token is tried, or the answer is given after it (a `return` inside the loop). The others "
            "must pass, too.",
        ),
        Mistake("skips_the_first", "range(x.shape[1])", "range(1, x.shape[1])", "The first token is never tried."),
        Mistake("skips_the_last", "range(x.shape[1])", "range(x.shape[1] - 1)", "The last token is never tried."),
        Mistake(
            "inverted", _END, "        if not same:\n            return True\n    return False",
            "The answer is upside down: True should mean that every token alone gives what it gives in the sentence.",
        ),
        Mistake(
            "one_is_enough", _END, "        if same:\n            return True\n    return False",
            "One token that agrees is enough for your True. All of them must.",
        ),
        Mistake(
            "exactly_equal", _SAME, "torch.equal(alone, in_sentence[:, token : token + 1])",
            "Too strict: equality to the last bit, or nearly (`torch.allclose` has an atol of 1e-8 unless told otherwise). A "
            "matrix product over more rows may round otherwise: allow `atol=1e-5`.",
        ),
        Mistake(
            "too_tolerant", _SAME, "torch.allclose(alone, in_sentence[:, token : token + 1], rtol=1e-2, atol=1e-2)",
            "The tolerance is too wide: a function that mixes in a thousandth of the other tokens passes. Allow 1e-5.",
        ),
        Mistake(
            "first_text_only", "in_sentence = fn(x)", "x = x[:1]\n    in_sentence = fn(x)",
            "Only the first text of the batch is compared.",
        ),
        Mistake(
            "compared_with_all", _SAME, "torch.allclose(alone, in_sentence, rtol=1e-5, atol=1e-5)",
            "One token is compared with several (it broadcasts). Compare the token alone with its own place in the sentence, "
            "`[:, t : t + 1]`.",
        ),
        Mistake(
            "compared_with_input", _SAME, "torch.allclose(alone, x[:, token : token + 1], rtol=1e-5, atol=1e-5)",
            "The token alone is compared with the input x, not with what the function gives in the sentence.",
        ),
        Mistake(
            "always_false", "    return True", "    return False",
            "It says False of every function. After a loop in which no token differed, the answer is True.",
        ),
        Mistake(
            "shapes_only", _SAME, "alone.shape == in_sentence[:, token : token + 1].shape",
            "It never finds a difference: are only shapes compared, or a value with itself?",
        ),
    ),
    properties=(
        Property(
            _sees_differences_of_one_sign,
            "Here all numbers of the difference have the same sign: do you take its absolute value, before you look for the "
            "largest?",
        ),
    ),
    hints=(
        "A function treats tokens one by one if a token cannot tell whether it has neighbours. So take it out of its "
        "sentence and see whether anything changes.",
        "First the whole sentence: fn(x), (batch, tokens, ...). Then for each t the slice x[:, t : t + 1], (batch, 1, "
        "hidden), through fn, against the same slice of the whole. One difference above 1e-5 is enough for False.",
        "A loop over `range(x.shape[1])`, inside it `torch.allclose(..., atol=1e-5)`, `return False` at the first "
        "that is not close, and `return True` after the loop. The slice t : t + 1 keeps the axis, t alone would drop "
        "it.",
    ),
)  # fmt: skip


# ffn_parameter_share --------------------------------------------------------------------


class Sizes:
    """What a layer's config says of its sizes."""

    def __init__(self, hidden_size: int, intermediate_size: int, num_attention_heads: int) -> None:
        self.hidden_size, self.intermediate_size = hidden_size, intermediate_size
        self.num_attention_heads = num_attention_heads

    def __repr__(self) -> str:
        return f"config(hidden_size={self.hidden_size}, intermediate_size={self.intermediate_size})"


def _share_cases(draw: Draw) -> list[Case]:
    drawn = Sizes(3 * draw.number(4, 9), draw.number(30, 60), 3)
    return [
        Case((Sizes(4, 7, 2),), "small enough to count by hand"),
        Case((drawn,), "not four times as wide"),
        Case((Sizes(768, 3072, 12),), "bert-base"),
    ]


_SHARE = "feed_forward / (attention + feed_forward)"

check_ffn_parameter_share = Check(
    reference.ffn_parameter_share,
    _share_cases,
    mistakes=(
        Mistake(
            "no_biases", "inner * hidden + hidden", "inner * hidden",
            "The biases are not counted: each dense layer has one for each of its outputs.",
            also=(
                ("hidden * inner + inner", "hidden * inner"),
                ("(hidden * hidden + hidden)", "(hidden * hidden)"),
            ),
        ),
        Mistake(
            "ffn_without_norm", "widening + narrowing + norm", "widening + narrowing",
            "The second norm, `output.LayerNorm`, is counted nowhere. It belongs to the feed-forward network here.",
        ),
        Mistake(
            "attention_without_norm", "hidden) + norm", "hidden)",
            "The first norm, `attention.output.LayerNorm`, is counted nowhere. It belongs to the attention.",
        ),
        Mistake(
            "no_norms", "widening + narrowing + norm", "widening + narrowing",
            "The two norms are not counted: a weight and a bias of hidden numbers each.",
            also=(("hidden) + norm", "hidden)"),),
        ),
        Mistake(
            "both_norms_with_attention", "widening + narrowing + norm", "widening + narrowing",
            "Both norms are counted with the attention. The second, `output.LayerNorm`, belongs to the feed-forward "
            "network.",
            also=(("hidden) + norm", "hidden) + 2 * norm"),),
        ),
        Mistake(
            "norm_without_bias", "norm = 2 * hidden", "norm = hidden",
            "A norm has two vectors of hidden numbers, its weight and its bias; only one is counted.",
        ),
        Mistake(
            "three_dense_layers", "4 * (hidden * hidden", "3 * (hidden * hidden",
            "The attention has four dense layers: query, key, value and the one behind them, `attention.output.dense`.",
        ),
        Mistake("four_times", "config.intermediate_size", "4 * config.hidden_size",
                "The width is written as 4 · hidden. Ask the config: `intermediate_size` may be anything."),
        Mistake(
            "widening_only", "widening + narrowing + norm", "widening + norm",
            "Only the dense layer that widens is counted. The one that narrows is as large.",
        ),
        Mistake(
            "attention_share", _SHARE, "attention / (attention + feed_forward)",
            "This is the attention's share. Asked for is the feed-forward network's.",
        ),
        Mistake(
            "ratio", _SHARE, "feed_forward / attention",
            "This is feed-forward beside attention. Divide by both together: the whole layer.",
        ),
        Mistake("percent", _SHARE, "100 * feed_forward / (attention + feed_forward)",
                "This is in per cent. Return a number between 0 and 1."),
        Mistake("count", _SHARE, "float(feed_forward)", "This is the number of parameters, not their share of the "
              "layer."),
    ),
    properties=(
        Property(lambda value, config: 0 < value < 1, "A share lies between 0 and 1; yours does not."),
    ),
    hints=(
        "Count two heaps: what belongs to the attention and what belongs to the feed-forward network. The share is "
        "the second heap over both.",
        "A dense layer from n to m has n · m weights and m biases, a norm 2 · hidden. Attention: four dense layers "
        "hidden to hidden, and a norm. Feed-forward: hidden to intermediate, intermediate to hidden, and a norm.",
        "Take `hidden_size` and `intermediate_size` from the config, add up the two heaps, and return one division.",
    ),
)  # fmt: skip
