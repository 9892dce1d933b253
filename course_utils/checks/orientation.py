"""Lesson 00's checks: counting, comparing, picking, replaying, repeating. Its models are small, and made anew."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.reference import orientation as reference

from .answer_key import Mistake
from .engine import Case, Check, Property
from .inputs import BATCH, HEADS, HIDDEN, INTERMEDIATE, TOKENS, Draw

VOCABULARY, POSITIONS = 37, 11


def _made(draw: Draw, make: Callable[[], nn.Module]) -> nn.Module:
    """The module that `make` makes, every weight, bias and norm drawn from `draw`, in eval mode.

    Making a module draws from torch's own generator, which is the learner's: it is put back.
    """
    with torch.random.fork_rng(devices=[]):
        module = make()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(mean + draw.normal(*parameter.shape, scale=0.3))
    return module.eval()


def _config() -> Any:
    """A BERT of one layer, no two of whose sizes are equal."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=HEADS,
        intermediate_size=INTERMEDIATE,
        max_position_embeddings=POSITIONS,
        attn_implementation="eager",
    )


# count_parameters -----------------------------------------------------------------------------------------------------


class Scaled(nn.Module):
    """A module with a parameter of its own beside those of its parts, and a row of numbers that are only stored."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(7, 5), nn.GELU(), nn.Sequential(nn.Linear(5, 3)))
        self.scale = nn.Parameter(torch.ones(7))
        self.register_buffer("position_ids", torch.arange(11), persistent=False)


def _frozen() -> nn.Module:
    module = nn.Sequential(nn.Embedding(13, 5), nn.Linear(5, 7))
    module[0].weight.requires_grad = False
    module[1].bias.requires_grad = False
    return module


def _tied() -> nn.Module:
    module = nn.ModuleDict({"word_embeddings": nn.Embedding(13, 5), "decoder": nn.Linear(5, 13)})
    module["decoder"].weight = module["word_embeddings"].weight
    return module


def _repeated() -> nn.Module:
    layer = nn.Linear(5, 5)
    return nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(5, 3))


def _count_cases(draw: Draw) -> list[Case]:
    modules = {
        "two dense layers": lambda: nn.Sequential(nn.Linear(5, 7), nn.GELU(), nn.Linear(7, 3)),
        "with frozen parameters": _frozen,
        "with buffers: BatchNorm stores the mean and the variance that it has seen": lambda: nn.Sequential(
            nn.Linear(5, 7), nn.BatchNorm1d(7)
        ),
        "a parameter of its own, a buffer, and parts within parts": Scaled,
        "the decoder has the embedding's weight": _tied,
        "the same layer twice": _repeated,
        "nothing learned": nn.GELU,
    }
    return [Case((_made(draw, make),), about) for about, make in modules.items()]


_ALL = "module.parameters()"

check_count_parameters = Check(
    reference.count_parameters,
    _count_cases,
    mistakes=(
        Mistake("only_trainable", was="total + parameter.numel()",
                now="total + parameter.numel() * parameter.requires_grad",
                says="Frozen parameters are left out. `requires_grad` says whether training may change a number, not "
                     "whether the model has it: they count, too."),
        Mistake("counts_tensors", was="parameter.numel()", now="1",
                says="These are the tensors. Asked for are the numbers in them: a weight of (5, 7) holds 35."),
        Mistake("with_buffers", was=_ALL, now="[*module.parameters(), *module.buffers()]",
                says="Buffers are counted, too. They are stored beside the parameters, but nothing was learned in "
                     "them."),
        Mistake("state_dict", was=_ALL, now="module.state_dict().values()",
                says="The `state_dict` is what is saved: it has the buffers as well, and what two parts share stands "
                     "in it twice. Ask the module for its parameters."),
        Mistake("shared_twice", was=_ALL,
                now="[p for _, p in module.named_parameters(remove_duplicate=False)]",
                says="What two parts share is counted twice; it is one tensor in memory."),
        Mistake("tied_twice", was=_ALL, now="[p for part in module.modules() for p in part.parameters(recurse=False)]",
                says="A weight that two different parts share is counted once for each of them; it is one tensor in "
                     "memory."),
        Mistake("every_level", was=_ALL, now="[p for part in module.modules() for p in part.parameters()]",
                says="Parameters of inner parts are counted once for each level that they lie in: `modules()` gives "
                     "every part at every depth, and `parameters()` of each already looks all the way down."),
        Mistake("own_only", was=_ALL, now="module.parameters(recurse=False)",
                says="Only the module's very own parameters are counted, none of those of its parts."),
        Mistake("children_only", was=_ALL, now="[p for part in module.children() for p in part.parameters()]",
                says="Going through the children misses what the module itself has, and counts twice what two children "
                     "share."),
        Mistake("first_axis", was="parameter.numel()", now="parameter.shape[0]",
                says="Only the first axis of each parameter is counted: a weight of (5, 7) holds 5 times 7 numbers."),
        Mistake("sum_of_sizes", was="parameter.numel()", now="sum(parameter.shape)",
                says="The sizes of the axes are added up; a weight of (5, 7) holds 5 times 7 numbers."),
        Mistake("last_only", was="total = total + parameter", now="total = parameter",
                says="Each parameter's count takes the place of the sum so far, so only the last one is left."),
        Mistake("first_only", was="    return total", now="        return total",
                says="The `return` stands inside the loop, so counting stops after the first parameter."),
        Mistake("no_biases", was="for parameter in module.parameters():",
                now='for parameter in [p for name, p in module.named_parameters() if "bias" not in name]:',
                says="The biases are left out. They are learned numbers like the weights."),
        Mistake("only_weights", was="for parameter in module.parameters():",
                now='for parameter in [p for name, p in module.named_parameters() if "weight" in name]:',
                says="Only parameters called `weight` are counted; biases and those with other names are learned as "
                     "well."),
        Mistake("matrices_only", was="total + parameter.numel()", now="total + parameter.numel() * (parameter.dim() > "
                                                                      "1)",
                says="Parameters with a single axis are left out: biases, and the weights of norms."),
        Mistake("bytes", was="parameter.numel()", now="parameter.numel() * parameter.element_size()",
                says="These are bytes: in float32 each number takes four."),
    ),
    hints=(
        "A module can list its parameters itself, those of its inner parts included. What is missing is a sum over "
        "that list.",
        "`module.parameters()` gives every parameter once, frozen or not, and no buffers. Start a total at 0 and add, "
        "for each of them, how many numbers it holds: for a weight of (5, 7) that is 35.",
        "A tensor's `.numel()` is how many numbers it holds. One loop over `module.parameters()` that adds them up, "
        "and the `return` after the loop; or `sum(...)` of a generator.",
    ),
)  # fmt: skip


# max_abs_diff ---------------------------------------------------------------------------------------------------------


def _difference_cases(draw: Draw) -> list[Case]:
    expected, gap = draw.normal(BATCH, TOKENS, HIDDEN), draw.normal(BATCH, TOKENS, HIDDEN, scale=0.1).clamp(-0.3, 0.3)
    # From one side of 0 to the other, or a difference of absolute values would be as large; with more than four digits.
    expected[1, 2, 3], expected[0, 4, 11] = 0.3, -0.4
    below, above, same, holed = -gap.abs(), gap.clone(), draw.normal(13), expected.clone()
    below[1, 2, 3], above[0, 4, 11], holed[0, 1, 2] = -0.70004, 0.90004, math.nan
    nearly = same.clone()
    nearly[5] = torch.nextafter(same[5], torch.tensor(math.inf))
    return [
        Case((expected + below, expected), "every number is too small"),
        Case((expected + above, expected), "one number is far too large"),
        Case((same, same.clone()), "the same numbers twice"),
        Case((nearly, same), "the last bit of one number", tolerance=1e-9),
        Case((holed, expected), "a NaN in the first"),
        Case((expected, holed), "a NaN in the second"),
        Case((holed, holed.clone()), "a NaN at the same place in both"),
        Case((torch.full((3,), math.nan), draw.normal(3)), "nothing but NaN in the first"),
        *(Case((draw.normal(*one), draw.normal(*other)), f"the shapes {one} and {other}", raises=ValueError)
          for one, other in (((2, 5), (1, 5)), ((2, 5), (2, 1)), ((5, 1), (1, 5)), ((5,), (1, 5)), ((5, 7), (7, 5)))),
        Case((torch.empty(0, 3), torch.empty(0, 3)), "no numbers at all", raises=ValueError),
    ]  # fmt: skip


_SHAPES_DIFFER = "actual.shape != expected.shape"
_REFUSAL = 'raise ValueError(f"unequal shapes: {tuple(actual.shape)}, {tuple(expected.shape)}")'
_IF_NAN = "    if difference.isnan().any():\n        return math.inf\n"

check_max_abs_diff = Check(
    reference.max_abs_diff,
    _difference_cases,
    mistakes=(
        Mistake("no_abs", was=".abs()", now="", says="The sign is still there: a number far too small gives a negative "
                "difference, which a maximum passes over. Take the absolute value first."),
        Mistake("no_abs_reversed", was="(actual - expected).abs()", now="(expected - actual)",
                says="The sign is still there: a number far too large makes expected - actual negative, which a maximum passes "
                     "over. Take the absolute value first."),
        Mistake("abs_last", was="(actual - expected).abs()", now="(actual - expected)",
                also=(("difference.max().item()", "abs(difference.max().item())"),),
                says="The absolute value comes after the maximum, so a number far too small is passed over. It comes "
                     "first."),
        Mistake("mean", was="difference.max()", now="difference.mean()",
                says="This is the mean difference. One wrong number among millions vanishes in a mean; the largest "
                     "shows it."),
        Mistake("sum", was="difference.max()", now="difference.sum()",
                says="This is the sum of all differences; it grows with the size of the tensor. Asked for is the "
                     "largest."),
        Mistake("min", was="difference.max()", now="difference.min()",
                says="This is the smallest difference; asked for is the largest."),
        Mistake("norm", was="difference.max()", now="difference.norm()",
                says="This is the length of the difference as one vector (a Euclidean norm); asked for is its largest "
                     "number."),
        Mistake("squared", was="(actual - expected).abs()", now="(actual - expected) ** 2",
                says="The difference is squared; asked for is its absolute value, in the same units as the tensors."),
        Mistake("relative", was="(actual - expected).abs()", now="((actual - expected) / expected).abs()",
                says="This is a relative difference, divided by the expected value; asked for is the plain one."),
        Mistake("difference_of_maxima", was="(actual - expected).abs()", now="(actual.max() - expected.max()).abs()",
                says="This compares the two largest numbers with each other. Compare place by place, then take the "
                     "largest."),
        Mistake("added", was="actual - expected", now="actual + expected", says="The tensors are added; take their "
                                                                                "difference."),
        Mistake("no_guards", was=_SHAPES_DIFFER, now="False", also=(("actual.numel() == 0", "False"), (_IF_NAN, "")),
                says="It measures well, but it trusts everybody. Three things are missing: unequal shapes, which torch would "
                     "broadcast, and tensors without numbers raise ValueError; and where a difference is NaN, the result is "
                     "`inf`."),
        Mistake("no_shape_check", was=_SHAPES_DIFFER, now="False",
                says="Unequal shapes are compared all the same. Torch broadcasts (2, 5) against (1, 5) without a word, "
                     "and a wrong shape would pass as a small number: raise ValueError."),
        Mistake("numel_check", was=_SHAPES_DIFFER, now="actual.numel() != expected.numel()",
                says="As many numbers is not the same shape: (5, 1) and (1, 5) broadcast to (5, 5). Compare the "
                     "shapes."),
        Mistake("dim_check", was=_SHAPES_DIFFER, now="actual.dim() != expected.dim()",
                says="As many axes is not the same shape: (2, 5) and (1, 5) broadcast. Compare the shapes."),
        Mistake("len_check", was=_SHAPES_DIFFER, now="len(actual) != len(expected)",
                says="`len` of a tensor is the size of its first axis only. Compare the shapes."),
        Mistake("inf_for_shapes", was=_REFUSAL, now="return math.inf",
                says="Unequal shapes give `inf` here. They are another kind of failure than a large difference: raise "
                     "ValueError."),
        Mistake("asserts", was=f"if {_SHAPES_DIFFER}:\n        {_REFUSAL}", now="assert actual.shape == expected.shape",
                says="An `assert` raises AssertionError, and `python -O` leaves asserts out altogether. Raise "
                     "ValueError."),
        Mistake("empty", was="if actual.numel() == 0:", now="if False:",
                says="Two tensors without numbers need an answer of their own: nothing was compared, so raise "
                     "ValueError."),
        Mistake("zero_for_empty", was='raise ValueError("there is nothing to compare")', now="return 0.0",
                says="Two tensors without numbers give 0.0, as if they had been proven equal; nothing was compared. "
                     "Raise ValueError."),
        Mistake("nan_returned", was="return math.inf", now="return math.nan",
                says="NaN comes out. It is neither below 1e-5 nor above it, so an `if` would take it for either: "
                     "return `inf`."),
        Mistake("nan_skipped", was=_IF_NAN, now="    difference = difference.nan_to_num(0.0)\n",
                says="NaNs are passed over, as if they were equal. They are the worst difference of all: return "
                     "`inf`."),
        Mistake("nan_in_all", was="difference.isnan().any()", now="difference.isnan().all()",
                says="`inf` comes only where every difference is NaN; a single one is enough."),
        Mistake("nan_in_actual_only", was="difference.isnan()", now="actual.isnan()",
                says="Only the first tensor is searched for NaN; the second may have one, too."),
        Mistake("nan_in_expected_only", was="difference.isnan()", now="expected.isnan()",
                says="Only the second tensor is searched for NaN; the first may have one, too."),
        Mistake("nan_on_both_sides", was="difference.isnan()", now="(actual.isnan() & expected.isnan())",
                says="`inf` comes only where both have a NaN at the same place; one on either side is enough."),
    ),
    properties=(Property(lambda value, *_: not value < 0, "It is negative, which no absolute value is."),),
    hints=(
        "Guard first, then measure: what may not be compared raises, what cannot be measured is `inf`, and only then "
        "comes the largest absolute value of the difference.",
        "Four steps. 1: unequal `.shape`s, or no numbers at all, raise ValueError. 2: `difference`, the absolute value "
        "at every place, of the tensors' own shape. 3: is there a NaN in it? Then `math.inf`. 4: its largest number, "
        "as a float.",
        "`tensor.abs()` takes absolute values, `tensor.isnan().any()` asks for a NaN, `tensor.max()` is a tensor of "
        "one number and `.item()` makes a Python float of it. An error is raised with `raise ValueError(\"what is "
        "wrong\")`.",
    ),
)  # fmt: skip


# layer_output ---------------------------------------------------------------------------------------------------------


def _output_cases(draw: Draw) -> list[Case]:
    states = tuple(draw.normal(BATCH, TOKENS, HIDDEN) for _ in range(8))  # of a model with 7 layers
    return [
        Case((states, 0), "the first of seven layers"),
        Case((states, 2), "the third of seven layers"),
        Case((states, 6), "the last of seven layers"),
    ]


_PICK = "hidden_states[layer + 1]"

check_layer_output = Check(
    reference.layer_output,
    _output_cases,
    axes=("batch", "tokens", "hidden"),
    mistakes=(
        Mistake("input_of_the_layer", was=_PICK, now="hidden_states[layer]",
                says="This is what goes into that layer. `hidden_states[0]` is the embeddings' output, which no layer "
                     "has touched, so everything moves up by one."),
        Mistake("one_too_far", was=_PICK, now="hidden_states[layer + 2]",
                says="This is the output of the layer after it: one place less."),
        Mistake("one_too_early", was=_PICK, now="hidden_states[layer - 1]",
                says="This is two places too early: the embeddings stand first, and layers are counted from 0."),
        Mistake("from_the_end", was=_PICK, now="hidden_states[-(layer + 1)]",
                says="This counts from the end: the last layer comes first."),
        Mistake("always_last", was=_PICK, now="hidden_states[-1]",
                says="This is always the last layer's output; `layer` says which one is wanted."),
        Mistake("always_first", was=_PICK, now="hidden_states[0]",
                says="This is always the embeddings' output; `layer` says which layer is wanted."),
        Mistake("batch_dropped", was=_PICK, now="hidden_states[layer + 1][0]",
                says="The right tensor, but only its first sentence: the batch axis is to stay."),
        Mistake("first_token", was=_PICK, now="hidden_states[layer + 1][:, 0]",
                says="The right tensor, but only its first token, [CLS]: all tokens are wanted."),
        Mistake("several", was=_PICK, now="hidden_states[: layer + 1]",
                says="This is a tuple of several outputs: a slice, where one item is wanted."),
    ),
    hints=(
        "Look at what stands first in `hidden_states`, and at how many there are: one more than there are layers.",
        "`hidden_states` is a tuple; each item is (batch, tokens, hidden). Item 0 is the embeddings' output. So where "
        "does what layer 0 gives stand? And layer 1?",
        "It is one line: an item of the tuple, at a place that is `layer` and a small correction.",
    ),
)  # fmt: skip


# replay_layer ---------------------------------------------------------------------------------------------------------


def _replay_cases(draw: Draw) -> list[Case]:
    from transformers.models.bert.modeling_bert import BertLayer

    layers = [_made(draw, lambda: BertLayer(_config())) for _ in range(2)]
    return [
        Case((layers[0], draw.hidden_states()), "two sentences"),
        Case((layers[1], draw.hidden_states(batch=1, tokens=4)), "one sentence"),
    ]


_HIDDEN = ("batch", "tokens", "hidden")
_SELF = "layer.attention.self(hidden_states)"
_WIDEN = "layer.intermediate(attention_output)"
_FIRST, _SECOND = (
    "layer.attention.output(context, hidden_states)",
    "layer.output(intermediate_states, attention_output)",
)


def _feed_forward_first(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    intermediate = layer.intermediate(hidden_states)
    middle = layer.output(intermediate, hidden_states)
    context = layer.attention.self(middle)[0]
    attention_output = layer.attention.output(context, middle)
    return {
        "context": context,
        "attention_output": attention_output,
        "intermediate": intermediate,
        "layer_output": attention_output,
    }


def _only_the_end(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    return {"layer_output": layer(hidden_states)}


check_replay_layer = Check(
    reference.replay_layer,
    _replay_cases,
    axes={
        "context": _HIDDEN,
        "attention_output": _HIDDEN,
        "intermediate": ("batch", "tokens", "intermediate"),
        "layer_output": _HIDDEN,
    },
    mistakes=(
        Mistake("whole_attention", was=_SELF, now="layer.attention(hidden_states)",
                says="`layer.attention` is self-attention and add & norm in one; the context comes from "
                     "`layer.attention.self` alone."),
        Mistake("context_loses_batch", was=_FIRST, now="layer.attention.output(context[0], hidden_states)",
                also=(('"context": context,', '"context": context[0],'),),
                says="The context has lost its batch axis: one [0] takes it out of the pair, a second one the first "
                     "sentence out of the batch."),
        Mistake("first_residual_context", was=_FIRST, now="layer.attention.output(context, context)",
                says="The first residual is wrong: what goes round self-attention, and is added after it, is its "
                     "input."),
        Mistake("first_swapped", was=_FIRST, now="layer.attention.output(hidden_states, context)",
                says="The two arguments of `layer.attention.output` are swapped: first what self-attention gave, then "
                     "what went round it."),
        Mistake("second_residual_input", was=_SECOND, now="layer.output(intermediate_states, hidden_states)",
                says="The second residual is wrong: what goes round the feed-forward is its input, the attention's "
                     "output, not the layer's."),
        Mistake("second_residual_context", was=_SECOND, now="layer.output(intermediate_states, context)",
                says="The second residual is wrong: what goes round the feed-forward is its input, `attention_output`, "
                     "and not the context."),
        Mistake("first_residual_twice", was=_FIRST, now=f"{_FIRST} + hidden_states",
                says="The first residual is added twice: `layer.attention.output` adds it already, before its norm."),
        Mistake("second_residual_twice", was=_SECOND, now=f"{_SECOND} + attention_output",
                says="The second residual is added twice: `layer.output` adds it already, before its norm."),
        Mistake("intermediate_of_input", was=_WIDEN, now="layer.intermediate(hidden_states)",
                says="`layer.intermediate` was given the layer's input; its turn comes after add & norm, with "
                     "`attention_output`."),
        Mistake("intermediate_of_context", was=_WIDEN, now="layer.intermediate(context)",
                says="`layer.intermediate` was given the context; its turn comes after add & norm, with "
                     "`attention_output`."),
        Mistake("no_activation", was=_WIDEN, now="layer.intermediate.dense(attention_output)",
                says="`layer.intermediate.dense` is only the matrix; the whole `layer.intermediate` applies GELU, "
                     "too."),
        Mistake("first_dense_only", was=_FIRST, now="layer.attention.output.dense(context)",
                says="`layer.attention.output.dense` is only the matrix; the whole part adds the residual and "
                     "normalises."),
        Mistake("second_dense_only", was=_SECOND, now="layer.output.dense(intermediate_states)",
                says="`layer.output.dense` is only the matrix; the whole part adds the residual and normalises."),
        Mistake("attention_output_is_context", was='"attention_output": attention_output',
                now='"attention_output": context',
                says="Under `attention_output` stands the context, before add & norm."),
        Mistake("context_is_attention_output", was='"context": context', now='"context": attention_output',
                says="Under `context` stands the attention's output, after add & norm."),
        Mistake("layer_output_is_attention_output", was='"layer_output": final_states',
                now='"layer_output": attention_output',
                says="Under `layer_output` stands the attention's output; the feed-forward and its add & norm come "
                     "after it."),
        Mistake("layer_output_loses_batch", was='"layer_output": final_states', now='"layer_output": final_states[0]',
                says="`layer_output` has lost its batch axis. A part that is called `output`, and a whole `BertLayer`, "
                     "return a tensor, not a tuple: [0] takes the first sentence out of it."),
        Mistake("feed_forward_first", function=_feed_forward_first,
                says="The feed-forward comes first here; in BERT it is self-attention's turn before it."),
        Mistake("only_layer_output", function=_only_the_end,
                says="The layer as a whole gives its output and keeps the rest to itself. Call its four parts one by "
                     "one, so that you hold what each of them gives."),
        Mistake("changes_inputs", was="    context, _probabilities", now="    layer.train()\n    context, "
                                                                         "_probabilities",
                says="The layer is put into train mode, where dropout is at work. Leave its mode alone."),
    ),
    properties=(
        Property(
            lambda value, layer, hidden_states: torch.allclose(value["layer_output"], layer(hidden_states), atol=1e-5),
            "Your `layer_output` is not what the whole layer gives: `layer(hidden_states)`.",
        ),
        Property(
            lambda value, *_: bool((value["intermediate"] > -0.17).all()),
            "Your `intermediate` has numbers below -0.17, which GELU never gives.",
        ),
    ),
    hints=(
        "You compute nothing yourself: the layer has four parts, and you call them one after the other, keeping what "
        "each gives.",
        "`layer.attention.self` takes hidden_states (batch, tokens, hidden) and gives a pair whose first item is the "
        "context. `layer.attention.output` takes the context and what went round self-attention. `layer.intermediate` "
        "takes one tensor and makes it (batch, tokens, intermediate). `layer.output` takes that and what went round "
        "the feed-forward.",
        "What goes round a part is that part's input: hidden_states round self-attention, attention_output round the "
        "feed-forward. Four lines, one a part, `[0]` on the first alone, then a dict with the four keys.",
    ),
)  # fmt: skip


# is_deterministic -----------------------------------------------------------------------------------------------------


class AlmostSteady(nn.Module):
    """Looks its ids up in a table; in its `odd_runs` (the first is 1) what it found is changed by `change`, in place.

    The numbers are multiples of 1/1024: their sum is exact and does not depend on their order, and after dropout hardly ever
    twice the same.
    """

    def __init__(self, change: Callable[[Tensor], None], *odd_runs: int) -> None:
        super().__init__()
        self.table, self.change, self.odd_runs, self.runs = nn.Embedding(VOCABULARY, HIDDEN), change, odd_runs, 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Any:
        """As a BertModel: something with `last_hidden_state` (batch, tokens, hidden) and `pooler_output`.

        The latter is the second token's vector, so that a change in other tokens does not show in it.
        """
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        self.runs += 1
        states = (self.table(input_ids).detach() * 1024).round() / 1024
        if self.runs in self.odd_runs:
            self.change(states)
        return BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=states[:, 1])


def _last_bit(states: Tensor) -> None:
    """The number nearest to 0: in a sum of all of them, its last bit is lost."""
    numbers = states[-1, 1:]
    place = numbers.abs() == numbers.abs().min()
    numbers[place] = torch.nextafter(numbers[place], torch.tensor(math.inf))


def _one_number(states: Tensor) -> None:
    states[-1, -1, -1] += 1


def _first_sentence(states: Tensor) -> None:
    states[0, 2] += 1


def _first_tokens(states: Tensor) -> None:
    states[:, 0] += 1


def _all_but_one(states: Tensor) -> None:
    states.view(-1)[:-1] += 1


def _swapped(states: Tensor) -> None:
    states[-1, 1:3] = states[-1, 1:3].flip(0) + torch.tensor(
        [[1.0], [-1.0]]
    )  # flipping alone shows nothing of equal ids


def _noise(states: Tensor) -> None:
    states += torch.rand_like(states)


def _repeat_cases(draw: Draw) -> list[Case]:
    inputs = {"input_ids": draw.integers(0, VOCABULARY, BATCH, TOKENS), "attention_mask": draw.attention_mask()}

    def almost(change: Callable[[Tensor], None], *odd_runs: int) -> nn.Module:
        return _made(draw, lambda: AlmostSteady(change, *odd_runs))

    return [
        Case((almost(_one_number), inputs), "a model that repeats itself"),
        Case((almost(_last_bit, 2), inputs), "the second run differs in the last bit of one number"),
        Case((almost(_one_number, 2), inputs), "the second run differs in the last sentence's last token"),
        Case((almost(_first_sentence, 2), inputs), "the second run differs in the first sentence's third token"),
        Case((almost(_first_tokens, 2), inputs), "the second run differs in the first token of both sentences"),
        Case((almost(_all_but_one, 2), inputs), "the second run agrees in one number only"),
        Case((almost(_swapped, 2), inputs), "the second run differs, but its numbers have the same sum"),
        Case((almost(_noise, 1, 2), inputs), "eval mode, with randomness of its own"),
        Case((almost(_one_number, 2), inputs, 3), "only the second of three runs differs"),
        Case((almost(_one_number, 3), inputs, 3), "only the third of three runs differs"),
        Case((almost(_one_number, 2), inputs, 1), "one run, which is equal to itself"),
        Case(
            (almost(_one_number, 4).train(), inputs, 3), "train mode, without dropout; only a fourth run would differ"
        ),
        Case((almost(nn.Dropout(0.3, inplace=True), 1, 2).train(), inputs), "train mode, with dropout at work"),
    ]


_SAME = "torch.equal(first, again)"
_DECISION = f"            if not {_SAME}:\n                return False\n"
_RUN_AGAIN = "again = model(**inputs).last_hidden_state"


def _in_eval_mode(model: nn.Module, inputs: dict[str, Tensor], runs: int = 2) -> bool:
    mode = model.training
    answer = reference.is_deterministic(model.eval(), inputs, runs)
    model.train(mode)
    return answer


def _last_comparison(model: nn.Module, inputs: dict[str, Tensor], runs: int = 2) -> bool:
    first, same = model(**inputs).last_hidden_state, True
    for _ in range(runs - 1):
        same = torch.equal(first, model(**inputs).last_hidden_state)
    return same


check_is_deterministic = Check(
    reference.is_deterministic,
    _repeat_cases,
    mistakes=(
        Mistake("changes_inputs", was="    with torch.no_grad():\n", now="    model.eval()\n    with "
                                                                         "torch.no_grad():\n",
                says="The model is put into eval mode and left there."),
        Mistake("in_eval_mode", function=_in_eval_mode,
                says="The runs are made in eval mode, so dropout is never caught: the question is how the model "
                     "behaves in the mode that it is in."),
        Mistake("mode_for_behaviour", was=f"if not {_SAME}", now="if model.training",
                says="The answer only depends on the mode. A model in train mode without dropout repeats itself, and "
                     "one in eval mode may fail to: compare what the runs give."),
        Mistake("allclose", was=_SAME, now="torch.allclose(first, again)",
                says="This allows for a tolerance; bit for bit the same means that not even the last bit differs."),
        Mistake("seeded", was=_RUN_AGAIN, now=f"torch.manual_seed(0)\n            {_RUN_AGAIN}",
                also=(("first = model(", "torch.manual_seed(0)\n        first = model("),),
                says="A seed before each run makes dropout drop the same numbers every time, so the runs agree: it "
                     "hides what is to be found."),
        Mistake("always_true", was=_RUN_AGAIN, now="again = first",
                says="The answer is True whatever the model does. Each run has to call the model anew and be compared with "
                     "the first one, and one that differs has to make the answer False."),
        Mistake("two_runs", was="range(runs - 1)", now="range(1)",
                says="There are always two runs; `runs` says how many are wanted."),
        Mistake("one_run_too_many", was="range(runs - 1)", now="range(runs)",
                says="There is one run too many: the first one counts, too."),
        Mistake("one_run_too_few", was="range(runs - 1)", now="range(runs - 2)",
                says="There is one run too few: `runs` of them are wanted, the first one included."),
        Mistake("first_comparison", was=_DECISION,
                now="            return torch.equal(first, again)\n",
                says="The `return` stands in the loop without a condition, so it ends after the first comparison: "
                     "answer True only when every run has been compared."),
        Mistake("last_comparison", function=_last_comparison,
                says="Only the last run counts: no other is compared with the first, or each comparison takes the place of the "
                     "one before. One that differs settles it."),
        Mistake("inverted", was=_DECISION, now=_DECISION.replace("if not", "if"),
                says="True and False are swapped: True where all runs agree."),
        Mistake("any_number", was=_SAME, now="bool((first == again).any())",
                says="One number that agrees is enough here; all of them must."),
        Mistake("pooled", was="first = model(**inputs).last_hidden_state", now="first = model(**inputs).pooler_output",
                also=((_RUN_AGAIN, "again = model(**inputs).pooler_output"),),
                says="This compares `pooler_output`, which does not show all of the result; compare `last_hidden_state`."),
        Mistake("first_sentence", was=_SAME, now="torch.equal(first[0], again[0])",
                says="Only the first sentence of the batch is compared."),
        Mistake("first_token", was=_SAME, now="torch.equal(first[:, 0], again[:, 0])",
                says="Only the first token of each sentence is compared."),
        Mistake("always_false", was="    return True", now="    return False",
                says="The answer is False whatever the model does. Where no run differs it has to be True: `return True` stands "
                     "after the loop."),
        Mistake("identity", was=_SAME, now="again is first",
                says="Two runs give two tensors, and here they count as different even where all numbers are equal: `is`, "
                     "`set` and the like ask whether it is the same object. Compare the numbers: `torch.equal`."),
        Mistake("sums", was=_SAME, now="bool(first.sum() == again.sum())",
                says="Sums are compared; a difference in one small number is lost in them. Compare the tensors "
                     "themselves."),
    ),
    hints=(
        "Run the model, keep what it gives, run it again, and compare the two bit for bit. Change nothing about the "
        "model.",
        "`model(**inputs).last_hidden_state` is (batch, tokens, hidden). Keep the first run's; compare each of the "
        "other `runs - 1` with it; one that differs settles it. `torch.equal` is exact, `torch.allclose` is not.",
        "With `torch.no_grad()` around it: `first` from one run, then a loop over `range(runs - 1)` that returns False "
        "as soon as a run is not `torch.equal` to `first`. True stands after the loop.",
    ),
)  # fmt: skip
