"""The checks of lesson 06: whole layers, small enough that a thousand wrong ones can be tried in a second."""

import copy
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from course_utils.reference import encoder_layer as reference
from course_utils.reference.add_and_norm import self_output
from course_utils.reference.embeddings import layer_norm
from course_utils.reference.feed_forward import gelu, intermediate, output
from course_utils.reference.self_attention import linear, self_attention

from .engine import Case, Check, Draw, Mistake, Property
from .inputs import USUAL_SETTINGS

HEADS, HIDDEN, INTERMEDIATE, LAYERS, BATCH, TOKENS = 3, 12, 17, 4, 2, 5  # heads of 4: no size can stand in for another


def _config(eps: float = 1e-12, **sizes: int) -> SimpleNamespace:
    """What a BertConfig says of the encoder; SimpleNamespace, so that a check need not import transformers."""
    given = {
        "hidden_size": HIDDEN, "num_attention_heads": HEADS, "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS,
    }  # fmt: skip
    return SimpleNamespace(**USUAL_SETTINGS | given | sizes, layer_norm_eps=eps, hidden_act="gelu")


def _layer(draw: Draw) -> dict[str, Tensor]:
    return draw.layer_params(HIDDEN, INTERMEDIATE)


def _encoder(draw: Draw, layers: int) -> dict[str, Tensor]:
    """A state dict as a model has it: the embeddings' and the pooler's tensors stand in it, too."""
    tensors = {"embeddings.LayerNorm.weight": draw.normal(HIDDEN)}
    for layer in range(layers):
        tensors |= {f"encoder.layer.{layer}.{name}": tensor for name, tensor in _layer(draw).items()}
    return tensors | {"pooler.dense.bias": draw.normal(HIDDEN)}


def _padding(draw: Draw) -> Tensor:
    return draw.additive_mask(draw.attention_mask(BATCH, TOKENS))


def _states(draw: Draw, eps: float = 1e-12) -> Tensor:
    """Hidden states; where eps counts, all of them small, so that it counts in the first norm, too."""
    return draw.hidden_states(BATCH, TOKENS, HIDDEN) * (1.0 if eps < 0.01 else 0.2)


# layer_params ---------------------------------------------------------------------------------------------------------


def _params_cases(draw: Draw) -> list[Case]:
    twelve = {
        f"encoder.layer.{layer}.{name}": draw.normal(2)
        for layer in range(12)
        for name in ("attention.self.query.weight", "attention.output.dense.bias", "output.LayerNorm.weight")
    }
    named = (
        {"embeddings.word_embeddings.weight": draw.normal(3, 2)} | twelve | {"pooler.dense.weight": draw.normal(2, 2)}
    )
    return [
        Case((named, 0), "the first layer"),
        Case((named, 1), "layer 1 of a model with twelve"),
        Case((named, 11), "the last layer of twelve"),
        Case((_encoder(draw, 3), 2), "the last layer of three, all 16 tensors"),
    ]


check_layer_params = Check(
    reference.layer_params,
    _params_cases,
    mistakes=(
        Mistake(
            "no_dot", was='f"encoder.layer.{layer}."', now='f"encoder.layer.{layer}"',
            says="The prefix ends before its dot, so `encoder.layer.1` also catches the layers 10 and 11, and the names "
            "keep a dot in front.",
        ),
        Mistake(
            "dot_only_stripped", was="name.startswith(prefix)", now='name.startswith(prefix.rstrip("."))',
            says="The names are matched without the dot after the number, so layer 1 also catches the layers 10 and 11.",
        ),
        Mistake(
            "dot_only_cut_off", was="name.startswith(prefix)", now='name.startswith(prefix.rstrip("."))',
            also=(("name.removeprefix(prefix)", "name[len(prefix):]"),),
            says="Layer 1 also catches the layers 10 and 11. A dot has to follow the number; in a regular expression a bare "
            "`.` is any character, `\\.` a dot.",
        ),
        Mistake(
            "from_one", was="encoder.layer.{layer}.", now="encoder.layer.{layer - 1}.",
            says="Layers are counted from 0: `layer` is the number that stands in the names.",
        ),
        Mistake(
            "one_too_far", was="encoder.layer.{layer}.", now="encoder.layer.{layer + 1}.",
            says="This is the layer after the one asked for: layers are counted from 0, as in the names.",
        ),
        Mistake(
            "first_layer", was="{layer}", now="0", says="Always layer 0, whatever `layer` says.",
        ),
        Mistake(
            "prefix_kept", was="params[name.removeprefix(prefix)]", now="params[name]",
            says="The names still carry the layer's prefix `encoder.layer.N.`; without it, every layer's tensors have the "
            "same names.",
        ),
        Mistake(
            "encoder_kept", was="name.removeprefix(prefix)", now='name.removeprefix("encoder.")',
            says="Only `encoder.` was taken off; `layer.N.` has to go as well.",
        ),
        Mistake(
            "cut_too_short", was="name.removeprefix(prefix)", now='".".join(name.split(".")[-2:])',
            says="Too much of the names is gone: what stands after `encoder.layer.N.` has to stay whole, since "
            "`attention.output.dense` and `output.dense` are two different layers.",
        ),
        Mistake(
            "lstrip", was="name.removeprefix(prefix)", now="name.lstrip(prefix)",
            says="`lstrip` and `strip` remove any of the given *characters*, not a prefix: they eat into the names. "
            "`removeprefix` removes the text as a whole.",
        ),
        Mistake(
            "first_tensor", was="= tensor\n", now="= tensor\n            return params\n",
            says="Only the layer's first tensor comes back. Is the `return` indented into the loop?",
        ),
        Mistake(
            "all_layers", was="name.startswith(prefix)", now='name.startswith("encoder.layer.")',
            says="Tensors of all layers are in it, not of this one alone.",
        ),
        Mistake(
            "everything", was="if name.startswith(prefix):", now="if True:",
            says="Nothing is left out: embeddings, pooler and the other layers are in it, too.",
        ),
        Mistake(
            "list_of_tensors", was="return params", now="return list(params.values())",
            says="A list has lost the names. Return a dict from name to tensor.",
        ),
        Mistake(
            "names_only", was="return params", now="return list(params)",
            says="These are the names alone. Return a dict from name to tensor.",
        ),
    ),
    hints=(
        "A state dict is one long dict from names to tensors. A layer's names all begin alike; what follows that "
        "beginning is what you want as the new name.",
        "Go through the items; keep those whose name begins with `encoder.layer.` + number + `.`; store the tensor under "
        "the rest of the name. 16 of them for a BERT layer. The last dot of the prefix matters from ten layers on.",
        "Two methods of str do it: `startswith(prefix)` and `removeprefix(prefix)`.",
    ),
)  # fmt: skip


# bert_layer -----------------------------------------------------------------------------------------------------------


def _layer_cases(draw: Draw) -> list[Case]:
    return [
        Case((_states(draw), _layer(draw), _config(), _padding(draw)), "the second sequence is padded"),
        Case((_states(draw, 0.1), _layer(draw), _config(eps=0.1)), "no mask, and an eps of 0.1"),
    ]


def _real_tokens(value, hidden_states, params, config, mask=None):
    """A padding token's own row is arbitrary: nothing ever looks at it."""
    return value if mask is None else value * (mask[:, 0, 0, :, None] == 0)


def _pre_norm(hidden_states, params, config, mask=None):
    def norm(x, name):
        return layer_norm(x, params[f"{name}.weight"], params[f"{name}.bias"], config.layer_norm_eps)

    def dense(x, name):
        return linear(x, params[f"{name}.weight"], params[f"{name}.bias"])

    normed = norm(hidden_states, "attention.output.LayerNorm")
    context = self_attention(normed, params, config.num_attention_heads, mask)
    hidden_states = hidden_states + dense(context, "attention.output.dense")
    inner = gelu(dense(norm(hidden_states, "output.LayerNorm"), "intermediate.dense"))
    return hidden_states + dense(inner, "output.dense")


def _feed_forward_first(hidden_states, params, config, mask=None):
    fed = output(intermediate(hidden_states, params), hidden_states, params, config.layer_norm_eps)
    context = self_attention(fed, params, config.num_attention_heads, mask)
    return self_output(context, fed, params, config.layer_norm_eps)


def _in_parallel(hidden_states, params, config, mask=None):
    context = self_attention(hidden_states, params, config.num_attention_heads, mask)
    attended = self_output(context, hidden_states, params, config.layer_norm_eps)
    fed = output(intermediate(hidden_states, params), hidden_states, params, config.layer_norm_eps)
    return attended + fed


def _twice(hidden_states, params, config, mask=None):
    once = reference.bert_layer(hidden_states, params, config, mask)
    return reference.bert_layer(once, params, config, mask)


def _renamed(label: str, says: str, **names: str) -> Mistake:
    """The layer with some of its tensors in the place of others; `__` stands for a dot."""
    pairs = [(new.replace("__", "."), old.replace("__", ".")) for new, old in names.items()]
    moved = ", ".join(f'"{new}.{end}": params["{old}.{end}"]' for new, old in pairs for end in ("weight", "bias"))
    head = "context = self_attention("
    return Mistake(label, was=head, now=f"params = {{**params, {moved}}}\n    {head}", says=says)


_SELF_OUTPUT = "self_output(context, hidden_states, params, config.layer_norm_eps)"
_OUTPUT = "output(intermediate_states, attention_output, params, config.layer_norm_eps)"

check_bert_layer = Check(
    reference.bert_layer,
    _layer_cases,
    axes=("batch", "tokens", "hidden"),
    view=_real_tokens,
    mistakes=(
        Mistake(
            "second_residual_from_input",
            was="output(intermediate_states, attention_output,", now="output(intermediate_states, hidden_states,",
            says="The second residual adds the layer's input. It adds what went into the feed-forward: the attention's "
            "output, after its norm.",
        ),
        Mistake(
            "feed_forward_of_input", was="intermediate(attention_output, params)", now="intermediate(hidden_states, params)",
            says="The feed-forward is fed the layer's input and never sees what the attention found. It comes after the "
            "first add & norm.",
        ),
        Mistake(
            "feed_forward_of_context", was="intermediate(attention_output, params)", now="intermediate(context, params)",
            says="The feed-forward is fed the bare context. Between the two stand the output projection, the residual and "
            "the norm: `self_output`.",
        ),
        Mistake(
            "second_residual_from_context",
            was="output(intermediate_states, attention_output,", now="output(intermediate_states, context,",
            says="The second residual adds the bare context. It adds the attention's output, after its norm.",
        ),
        Mistake(
            "no_self_output", was=_SELF_OUTPUT, now="context",
            says="The first add & norm is missing: without `self_output` there is no output projection, no residual, no "
            "norm after the attention.",
        ),
        Mistake(
            "first_residual_from_context", was="self_output(context, hidden_states,", now="self_output(context, context,",
            says="The first residual adds the context to itself. It adds what went into the attention: the layer's input.",
        ),
        Mistake(
            "first_arguments_swapped", was="self_output(context, hidden_states,", now="self_output(hidden_states, context,",
            says="Context and hidden states are swapped in the first add & norm: the context goes through the dense layer, "
            "the hidden states are the residual.",
        ),
        Mistake(
            "attention_only", was=f"return {_OUTPUT}", now="return attention_output",
            says="It returns the attention's half of the layer. The feed-forward and its add & norm come after it.",
        ),
        Mistake(
            "input_added_again", was=f"return {_OUTPUT}", now=f"return hidden_states + {_OUTPUT}",
            says="The layer's input is added once more at the very end. In BERT nothing comes after the second norm: what it "
            "gives is the layer's output.",
        ),
        Mistake(
            "intermediate_returned", was=f"return {_OUTPUT}", now="return intermediate_states",
            says="It returns the wide inner states of the feed-forward. `output` brings them back to the hidden size.",
        ),
        Mistake(
            "mask_forgotten", was="config.num_attention_heads, mask)", now="config.num_attention_heads)",
            says="The mask never reaches the attention, so real tokens look at padding.",
        ),
        Mistake(
            "context_of_the_first_sequence", was="config.num_attention_heads, mask)", now="config.num_attention_heads, mask)[0]",
            says="The first sequence's context is used for all of them. `self_attention` gives one tensor, not a tuple: neither "
            "`[0]` nor two names on the left of `=`.",
        ),
        Mistake(
            "one_head", was="config.num_attention_heads", now="1",
            says="The attention runs with a single head; the config says how many.",
        ),
        Mistake(
            "twelve_heads_fixed", was="config.num_attention_heads", now="12",
            says="The attention runs with 12 heads, as in bert-base; the config says how many this model has.",
        ),
        Mistake(
            "head_size_for_heads", was="config.num_attention_heads", now="config.hidden_size // config.num_attention_heads",
            says="The attention is given the size of a head, where it asks for the number of heads.",
        ),
        Mistake(
            "first_eps_fixed", was="context, hidden_states, params, config.layer_norm_eps", now="context, hidden_states, params, 1e-12",
            says="The first norm has an eps of its own; `config.layer_norm_eps` says which it is.",
        ),
        Mistake(
            "second_eps_fixed", was="attention_output, params, config.layer_norm_eps", now="attention_output, params, 1e-12",
            says="The second norm has an eps of its own; `config.layer_norm_eps` says which it is.",
        ),
        Mistake(
            "eps_fixed", was="context, hidden_states, params, config.layer_norm_eps", now="context, hidden_states, params, 1e-12",
            also=(("attention_output, params, config.layer_norm_eps", "attention_output, params, 1e-12"),),
            says="eps is fixed in the code; `config.layer_norm_eps` says which it is.",
        ),
        Mistake(
            "torch_eps", was="context, hidden_states, params, config.layer_norm_eps", now="context, hidden_states, params, 1e-5",
            also=(("attention_output, params, config.layer_norm_eps", "attention_output, params, 1e-5"),),
            says="eps is 1e-5, PyTorch's default; `config.layer_norm_eps` says what BERT has.",
        ),
        _renamed(
            "first_norm_twice", "Both sublayers use the norm of the attention. The feed-forward has its own: "
            "`output.LayerNorm`.", output__LayerNorm="attention__output__LayerNorm",
        ),
        _renamed(
            "second_norm_twice", "Both sublayers use the norm of the feed-forward. The attention has its own: "
            "`attention.output.LayerNorm`.", attention__output__LayerNorm="output__LayerNorm",
        ),
        _renamed(
            "norms_swapped", "The two norms are swapped: the attention's is `attention.output.LayerNorm`, the "
            "feed-forward's `output.LayerNorm`.",
            output__LayerNorm="attention__output__LayerNorm", attention__output__LayerNorm="output__LayerNorm",
        ),
        _renamed(
            "query_and_key_swapped", "Query and key weights are swapped.",
            attention__self__query="attention__self__key", attention__self__key="attention__self__query",
        ),
        Mistake(
            "pre_norm", function=_pre_norm,
            says="The norms stand before the sublayers, as in GPT-2. In BERT each comes after its sum: post-norm.",
        ),
        Mistake(
            "feed_forward_first", function=_feed_forward_first,
            says="The feed-forward comes before the attention. It is the other way round.",
        ),
        Mistake(
            "in_parallel", function=_in_parallel,
            says="Attention and feed-forward both start from the layer's input and are added. In BERT the second works on "
            "what the first gave.",
        ),
        Mistake("applied_twice", function=_twice, says="The layer is applied twice."),
        Mistake(
            "first_sequence_only", was=f"return {_OUTPUT}", now=f"return {_OUTPUT}[0]",
            says="`[0]` takes the first sequence and drops the batch axis. The parts return tensors, not tuples.",
        ),
        Mistake(
            "in_a_tuple", was=f"return {_OUTPUT}", now=f"return ({_OUTPUT},)",
            says="The result is wrapped in a tuple; return the tensor itself.",
        ),
    ),
    hints=(
        "Two sublayers, each followed by its own add & norm: first the tokens look at one another, then each is worked on "
        "alone. You have written all four pieces; this function only hands results on.",
        "context (batch, tokens, hidden), then the attention's output, same shape, then the intermediate states (batch, "
        "tokens, intermediate), then the layer's output. Each add & norm needs two tensors: the update, and what went "
        "into the sublayer.",
        "`self_attention(hidden_states, ...)`, `self_output(context, hidden_states, ...)`, `intermediate(...)` and "
        "`output(...)` of what came out of `self_output`, which is also the second residual. The sizes come from `config`.",
    ),
)  # fmt: skip


# run_encoder ----------------------------------------------------------------------------------------------------------


def _run_cases(draw: Draw) -> list[Case]:
    return [
        Case((_states(draw), _encoder(draw, 3), _config(num_hidden_layers=3), _padding(draw)), "three layers, padded"),
        Case((_states(draw), _encoder(draw, 2), _config(num_hidden_layers=2)), "two layers, no mask"),
    ]


def _real_tokens_of_all(value, hidden_states, state_dict, config, mask=None):
    """What is neither a list nor a tuple stays as it is, or a generator would look like one of them."""
    if not isinstance(value, (list, tuple)):
        return value
    return type(value)(_real_tokens(states, None, None, None, mask) for states in value)


check_run_encoder = Check(
    reference.run_encoder,
    _run_cases,
    axes=("batch", "tokens", "hidden"),
    view=_real_tokens_of_all,
    mistakes=(
        Mistake(
            "without_embeddings", was="all_states = [hidden_states]", now="all_states = []",
            says="The first entry is missing: `hidden_states[0]` is what goes into the first layer, so there is one tensor "
            "more than there are layers.",
        ),
        Mistake(
            "last_only", was="return all_states", now="return hidden_states",
            says="Only the last layer's output comes back. Keep every layer's result in a list, the input first.",
        ),
        Mistake(
            "same_layer", was="layer_params(state_dict, layer)", now="layer_params(state_dict, 0)",
            says="Every round uses layer 0's weights. Each layer has its own.",
        ),
        Mistake(
            "input_to_every_layer", was="hidden_states = bert_layer(hidden_states, params, config, mask)",
            now="first_states = all_states[0]\n        hidden_states = bert_layer(first_states, params, config, mask)",
            says="Every layer is fed the embeddings. Each layer works on the output of the one before.",
        ),
        Mistake(
            "mask_forgotten", was="params, config, mask)", now="params, config)",
            says="The mask never reaches the layers, so real tokens look at padding.",
        ),
        Mistake(
            "mask_in_the_first_only", was="params, config, mask)", now="params, config, mask if layer == 0 else None)",
            says="Only the first layer gets the mask. Every layer needs it: padding tokens have hidden states there, too.",
        ),
        Mistake(
            "one_layer_less", was="range(config.num_hidden_layers)", now="range(config.num_hidden_layers - 1)",
            says="The last layer's output is missing. Does that layer never run, or is each state kept before its layer has run?",
        ),
        Mistake(
            "first_layer_left_out", was="range(config.num_hidden_layers)", now="range(1, config.num_hidden_layers)",
            says="The first layer is left out: layers are counted from 0.",
        ),
        Mistake(
            "backwards", was="range(config.num_hidden_layers)", now="reversed(range(config.num_hidden_layers))",
            says="The layers run from the last to the first.",
        ),
        Mistake(
            "one_round", was="        all_states.append(hidden_states)\n", now="        all_states.append(hidden_states)\n        break\n",
            says="It stops after the first layer. Is the `return` indented into the loop?",
        ),
        Mistake(
            "input_kept", was="all_states.append(hidden_states)", now="all_states.append(all_states[0])",
            says="The list holds the embeddings again and again, not each layer's output.",
        ),
        Mistake(
            "extended", was="all_states.append(hidden_states)", now="all_states += hidden_states",
            says="`+=` with a tensor adds its sequences one by one to the list. `append` adds the tensor as one item.",
        ),
        Mistake(
            "kept_before_the_layer",
            was="        hidden_states = bert_layer(hidden_states, params, config, mask)  # (batch, tokens, hidden)\n"
            "        all_states.append(hidden_states)",
            now="        all_states.append(hidden_states)\n"
            "        hidden_states = bert_layer(hidden_states, params, config, mask)",
            says="Each state is kept before its layer has run: the input stands in the list twice and the last layer's "
            "output is missing.",
        ),
        Mistake(
            "stacked", was="return all_states", now="return torch.stack(all_states)",
            says="The states are stacked into one tensor. Asked for is a list of L + 1 tensors.",
        ),
        Mistake(
            "in_a_tuple", was="return all_states", now="return tuple(all_states)",
            says="This is a tuple, as transformers gives it. Asked for is a list: `[...]`.",
        ),
        Mistake(
            "twelve_layers_fixed", was="range(config.num_hidden_layers)", now="range(2)",
            says="Two layers run, whatever the config says.",
        ),
    ),
    hints=(
        "A loop over the layers in which one variable is both what goes in and what comes out; every value that it takes is "
        "kept, the one before the first layer included.",
        "A list with the input in it. For layer 0 to L - 1: pick the layer's params, run the layer on the states so far, "
        "append the result. L + 1 tensors of (batch, tokens, hidden).",
        "`layer_params(state_dict, layer)` and `bert_layer(hidden_states, params, config, mask)` do the work; "
        "`config.num_hidden_layers` says how often. Assign the result to `hidden_states`, then append it.",
    ),
)  # fmt: skip


# first_difference -----------------------------------------------------------------------------------------------------


def _difference_cases(draw: Draw) -> list[Case]:
    """The names are in another order than the alphabet's, and the largest difference is now the first, now the last."""
    a, b, c = draw.normal(2, 3), draw.normal(4), draw.normal(2, 2)
    one_off, nan = b.clone(), c.clone()
    one_off[b.abs().argmin()] -= 0.02
    a_little_off = b.clone()
    a_little_off[b.abs().argmax()] += 2e-5
    nan[1, 0] = float("nan")
    thousands = 50_000 + torch.zeros(2, 3)
    column = a[:, :1]
    same = {"query": a, "key": b, "value": c}
    return [
        Case((dict(same), dict(same)), "all the same"),
        Case(({**same, "key": one_off}, same), "one number too small in the middle"),
        Case(({**same, "key": one_off, "value": c + 1}, same), "two differ, the first counts"),
        Case(({**same, "query": a - 1, "key": one_off}, same), "two differ, and the first differs more"),
        Case(({"value": c + 1, "key": one_off, "query": a}, same), "mine comes in another order"),
        Case(({**same, "key": b - 0.002}, same), "all numbers too small in the middle"),
        Case(({**same, "key": a_little_off}, same), "one number off by 2e-5, the others right"),
        Case(({**same, "value": nan}, same), "a NaN in mine"),
        Case((same, {**same, "value": nan}), "a NaN in the reference"),
        Case(({**same, "value": nan}, {**same, "value": nan}), "a NaN in both, in the same place"),
        Case(({**same, "key": b[:1]}, {**same, "key": b[:1].expand(4)}), "a shape that broadcasts"),
        Case(({**same, "query": column}, {**same, "query": column.expand(2, 3)}), "the last axis broadcasts"),
        Case(({**same, "query": a.reshape(3, 2)}, same), "another shape, as many numbers"),
        Case(({"query": a, "value": c}, same), "one is missing"),
        Case(({**same, "extra": c}, same), "mine has more"),
        Case(({**same, "query": a + 5e-6}, same), "within the tolerance"),
        Case(({**same, "query": a + 0.01}, same, 0.1), "a tolerance of 0.1"),
        Case((dict(same), same, 0.0), "all the same, and a tolerance of 0"),
        Case(({"value": thousands + 0.05}, {"value": thousands}, 0.01), "large numbers: atol is absolute"),
        Case(({}, {}), "nothing to compare"),
    ]


_PAST = "(difference > atol).any()"
_GAP = "difference = (actual - expected).abs()"

check_first_difference = Check(
    reference.first_difference,
    _difference_cases,
    mistakes=(
        Mistake(
            "nan_ignored", was=f"difference.isnan().any() or {_PAST}", now=_PAST,
            says="A NaN slips through: no comparison with NaN is true, `NaN > atol` neither. Ask for it with `isnan`.",
        ),
        Mistake(
            "shape_ignored", was="        if actual.shape != expected.shape:\n            return name\n", now="",
            says="Shapes are not compared, so torch stretches the smaller tensor, or raises.",
        ),
        Mistake(
            "numel_for_shape", was="if actual.shape != expected.shape:", now="if actual.numel() != expected.numel():",
            also=((_GAP, "difference = (actual.flatten() - expected.flatten()).abs()"),),
            says="The number of elements is compared, not the shape: (2, 3) and (3, 2) are not the same.",
        ),
        Mistake(
            "no_abs", was="(actual - expected).abs()", now="(actual - expected)",
            says="Values that are too small are not noticed: the difference needs its absolute value.",
        ),
        Mistake(
            "mean_difference", was=_PAST, now="difference.mean() > atol",
            says="The mean difference is compared with atol. One value that is off counts, however many are right.",
        ),
        Mistake(
            "all_differ", was=_PAST, now="(difference > atol).all()",
            says="It asks whether all values differ. One is enough.",
        ),
        Mistake(
            "order_of_mine", was="for name, expected in reference.items():",
            now="for name, expected in [(name, reference[name]) for name in mine if name in reference]:",
            says="It goes through `mine` in its order, so what `mine` lacks is never noticed. `reference` gives the order.",
        ),
        Mistake(
            "missing_skipped", was="        if name not in mine:\n            return name\n",
            now="        if name not in mine:\n            continue\n",
            says="What `mine` lacks is passed over. A missing result is a difference.",
        ),
        Mistake(
            "atol_fixed", was="difference > atol", now="difference > 1e-5",
            says="The tolerance is fixed at 1e-5; `atol` says what it is.",
        ),
        Mistake(
            "relative", was="difference > atol", now="difference > atol + 1e-5 * expected.abs()",
            says="The tolerance grows with the values, as `torch.allclose` does by default. Asked for is an absolute one.",
        ),
        Mistake(
            "bit_equal", was=f"difference.isnan().any() or {_PAST}", now="not torch.equal(actual, expected)",
            says="Everything that is not equal bit for bit counts as different. Differences up to `atol` are rounding.",
        ),
        Mistake(
            "last_one", was="    for name, expected in reference.items():",
            now="    for name, expected in reversed(list(reference.items())):",
            says="This is the last difference. The bug stands where the first one is; what comes after only inherits it.",
        ),
        Mistake(
            "first_name_always", was="            return name\n    return None", now="            return name\n        return None",
            says="It gives up after the first name: is `return None` indented into the loop?",
        ),
        Mistake(
            "boolean", was="    return None", now="    return False",
            says="Where nothing differs, the answer is None.",
        ),
        Mistake("empty_text", was="    return None", now='    return ""', says="Where nothing differs, the answer is None."),
        Mistake(
            "difference_returned", was=f"if difference.isnan().any() or {_PAST}:\n            return name",
            now=f"if difference.isnan().any() or {_PAST}:\n            return float(difference.max())",
            says="It returns how large the difference is. Asked for is the name of the place.",
        ),
    ),
    hints=(
        "When a deep model is wrong, every layer after the bug is wrong, too. Only the first place where two computations "
        "part tells where to look.",
        "Go through `reference` in its order. Four reasons to stop and return the name: it is missing in `mine`, the shapes "
        "differ, there is a NaN, a value differs by more than `atol`. After the loop: None.",
        "Compare shapes before you subtract. `(a - b).abs()`, then `.isnan().any()` and `(... > atol).any()`.",
    ),
)  # fmt: skip


# layer_parameters -----------------------------------------------------------------------------------------------------


def _count_cases(draw: Draw) -> list[Case]:
    drawn = _config(hidden_size=HEADS * draw.number(7, 13), intermediate_size=draw.number(50, 90))
    return [
        Case((_config(hidden_size=384, intermediate_size=1536),), "MiniLM"),
        Case((_config(hidden_size=768, intermediate_size=3072),), "bert-base"),
        Case((drawn,), "sizes that no BERT has"),
    ]


_ATTENTION, _WIDE, _NARROW = "4 * (hidden * hidden + hidden)", "hidden * inner + inner", "inner * hidden + hidden"
_BOTH = f"{_WIDE}\n    narrowing = {_NARROW}"

check_layer_parameters = Check(
    reference.layer_parameters,
    _count_cases,
    mistakes=(
        Mistake(
            "three_projections", was=_ATTENTION, now="3 * (hidden * hidden + hidden)",
            says="Query, key and value are counted, but not the attention's output projection.",
        ),
        Mistake(
            "one_projection", was=_ATTENTION, now="hidden * hidden + hidden",
            says="One dense layer is counted for the attention; there are four: query, key, value and output.",
        ),
        Mistake(
            "no_biases", was=_ATTENTION, now="4 * hidden * hidden",
            also=((_WIDE, "hidden * inner"), (_NARROW, "inner * hidden")),
            says="The biases of the dense layers are missing.",
        ),
        Mistake(
            "no_feed_forward_biases", was=_WIDE, now="hidden * inner", also=((_NARROW, "inner * hidden"),),
            says="The biases of the feed-forward's two dense layers are missing.",
        ),
        Mistake("no_wide_bias", was=_WIDE, now="hidden * inner", says="The bias of the widening layer is missing."),
        Mistake(
            "short_by_d", was=_NARROW, now="inner * hidden",
            says="It is short by the hidden size: one bias is missing, the narrowing layer's, one of the attention's four, or "
            "a norm's.",
        ),
        Mistake(
            "biases_swapped", was=_WIDE, now="hidden * inner + hidden",
            says="The widening layer's bias has one number for each *output*: as many as the intermediate size.",
        ),
        Mistake(
            "wide_biases", was=_BOTH, now=f"{_WIDE}\n    narrowing = inner * hidden + inner",  # with `biases_swapped` the sum would be right
            says="The narrowing layer's bias has one number for each *output*: as many as the hidden size.",
        ),
        Mistake(
            "short_by_2d", was="2 * (2 * hidden)", now="2 * hidden",
            says="It is short by two times the hidden size: is one of the two norms missing, or the bias of both?",
        ),
        Mistake(
            "short_by_3d", was=_ATTENTION, now="4 * hidden * hidden + hidden",
            says="It is short by three times the hidden size: does the 4 count the attention's weights and not its biases? "
            "4 · (d² + d) counts both.",
        ),
        Mistake(
            "short_by_4d", was=" + norms", now="",
            says="It is short by four times the hidden size: are the two norms missing (each has a weight and a bias), or "
            "the biases of the attention's four dense layers?",
        ),
        Mistake(
            "four_times", was="config.hidden_size, config.intermediate_size", now="config.hidden_size, 4 * config.hidden_size",
            says="The intermediate size is taken for 4 times the hidden size; `config.intermediate_size` says what it is.",
        ),
        Mistake("no_feed_forward", was=" + widening + narrowing", now="", says="The feed-forward is missing."),
        Mistake("half_a_feed_forward", was=" + narrowing", now="", says="The narrowing layer of the feed-forward is missing."),
        Mistake(
            "per_head", was="hidden, inner = config.hidden_size,", now="hidden, inner = config.hidden_size // config.num_attention_heads,",
            says="The size of one head is used for the hidden size. Heads share the dense layers; they add no parameters.",
        ),
        Mistake(
            "all_layers", was="return attention", now="return config.num_hidden_layers * (attention",
            also=((" + norms", " + norms)"),), says="This is the count of all layers together; asked for is one layer.",
        ),
        Mistake("a_float", was="return attention", now="return 1.0 * attention", says="A number of parameters is an int."),
    ),
    hints=(
        "Count by the list in the statement: six dense layers and two norms. Each dense layer has as many weights as inputs "
        "times outputs, and a bias for each output.",
        "4 · (d² + d) for the attention; d·I + I to widen; I·d + d to narrow; 2 · 2d for the norms.",
        "`config.hidden_size` and `config.intermediate_size` are all you need; the number of heads does not matter.",
    ),
)  # fmt: skip


# to_torch_layer -------------------------------------------------------------------------------------------------------


def _torch_cases(draw: Draw) -> list[Case]:
    return [
        Case((_layer(draw), _config()), "BERT's own eps"),
        Case((_layer(draw), _config(eps=0.1)), "an eps of 0.1"),
    ]


def _made(answer, params, config):
    """The layer. Random weights are the same at every call, so that a layer that kept them is known by what it computes."""
    torch.manual_seed(0)
    return answer(params, config)


def _computed(value, params, config):
    """What counts of a layer: its mode, and what it computes, in eval mode, from inputs that are the same for both sides."""
    if not isinstance(value, nn.TransformerEncoderLayer):
        return value
    draw, mode = Draw(0), "train" if value.training else "eval"
    x, padding = 0.3 * draw.hidden_states(BATCH, TOKENS, HIDDEN), draw.attention_mask(BATCH, TOKENS) == 0
    try:
        layer, x = copy.deepcopy(value).eval(), x.to(value.linear1.weight.dtype)
        keys = padding if layer.self_attn.batch_first else padding.T
        with torch.no_grad():
            return {
                "mode": mode,
                "unmasked": layer(x),
                "masked": layer(x, src_key_padding_mask=keys) * ~padding[:, :, None],
            }
    except Exception as error:  # weights of wrong shapes, put in past PyTorch's own questions
        return {"mode": mode, "unmasked": error, "masked": error}


def _can_be_called(value, params, config) -> bool:
    found = _computed(value, params, config)
    return not (isinstance(found, dict) and isinstance(found["unmasked"], Exception))


def _is_gelu(value, params, config) -> bool:
    x = torch.linspace(-3, 3, 7)
    return torch.allclose(value.activation(x), gelu(x), atol=1e-6)


_OPTIONS = (
    Property(_can_be_called, "It raises when it is called: have its weights the shapes that PyTorch gave them?"),
    Property(
        lambda value, params, config: value.self_attn.batch_first,
        "The layer takes (tokens, batch, hidden): `batch_first=True` is missing.",
    ),
    Property(lambda value, params, config: not value.norm_first, "The norms come first: `norm_first=False`."),
    Property(_is_gelu, "The activation is not the exact GELU."),
    Property(
        lambda value, params, config: value.norm1.eps == value.norm2.eps == config.layer_norm_eps,
        "The norms' eps is not `config.layer_norm_eps`.",
    ),
    Property(
        lambda value, params, config: value.self_attn.num_heads == config.num_attention_heads,
        "The number of heads is not `config.num_attention_heads`.",
    ),
)


def _fused(label: str, first: str, second: str, third: str, says: str) -> Mistake:
    """Query, key and value below one another in another order, in the weight and in the bias."""
    order = f'("{first}", "{second}", "{third}")]'
    weight, bias = '("query", "key", "value")]\n    fused_bias', '("query", "key", "value")]\n    torch_names'
    also = ((bias, f"{order}\n    torch_names"),)
    return Mistake(label, was=weight, now=f"{order}\n    fused_bias", says=says, also=also)


check_to_torch_layer = Check(
    reference.to_torch_layer,
    _torch_cases,
    use=_made,
    view=_computed,
    properties=_OPTIONS,
    mistakes=(
        Mistake(
            "train_mode", "return torch_layer.eval()", "return torch_layer",
            "The layer is in train mode, as every new module is, so dropout is active. `eval()` turns it off.",
        ),
        Mistake(
            "relu", 'activation="gelu"', 'activation="relu"', "The activation is ReLU, PyTorch's default; BERT has GELU.",
        ),
        Mistake(
            "torch_eps", "layer_norm_eps=config.layer_norm_eps", "layer_norm_eps=1e-5",
            "eps is 1e-5, PyTorch's default; `config.layer_norm_eps` says what BERT has.",
        ),
        Mistake(
            "norm_first", "norm_first=False", "norm_first=True",
            "The norms stand before the sublayers. BERT has them after: `norm_first=False`.",
        ),
        Mistake(
            "not_batch_first", "batch_first=True", "batch_first=False",
            "The layer takes (tokens, batch, hidden), PyTorch's default order, so the sequences of a batch look at one "
            "another. `batch_first=True`.",
        ),
        Mistake(
            "one_head", "nhead=config.num_attention_heads", "nhead=1",
            "The layer has one head; the config says how many.",
        ),
        _fused(
            "key_query_value", "key", "query", "value",
            "The fused weight and bias hold the keys above the queries. PyTorch wants query, key, value.",
        ),
        _fused(
            "value_first", "value", "query", "key",
            "The fused weight and bias hold the values first. PyTorch wants query, key, value.",
        ),
        Mistake(
            "norms_swapped", was='"attention.output.LayerNorm": "norm1"', now='"attention.output.LayerNorm": "norm2"',
            also=(('"output.LayerNorm": "norm2"', '"output.LayerNorm": "norm1"'),),
            says="The two norms are swapped: `norm1` follows the attention, `norm2` the feed-forward.",
        ),
        Mistake(
            "not_loaded", "    torch_layer.load_state_dict(weights)\n", "",
            "The layer still has its random weights: none of the params has been loaded.",
        ),
        Mistake(
            "no_fused_bias", "torch.cat(fused_bias)", "torch.cat(fused_bias) * 0",
            "The biases of query, key and value are 0.",
        ),
        Mistake(
            "no_dense_biases", 'weights[f"{torch_name}.bias"] = params[f"{bert_name}.bias"]',
            'weights[f"{torch_name}.bias"] = params[f"{bert_name}.bias"] * 0',
            "The biases of the dense layers and norms are 0.",
        ),
        Mistake(
            "transposed_fused", "torch.cat(fused_weight)", "torch.cat([weight.T for weight in fused_weight])",
            "The weights of query, key and value are transposed. PyTorch stores them (out, in), as BERT does.",
        ),
    ),
    hints=(
        "PyTorch ships the encoder layer of the 2017 paper. With the right five options it is BERT's layer; then it is only a "
        "matter of putting 16 tensors under PyTorch's 12 names.",
        "Make the layer with sizes from the config, batch first, norm last, GELU, BERT's eps. Then a dict with PyTorch's names: "
        "in_proj_weight (3d, d) and in_proj_bias (3d,) from query, key, value below one another, the other ten renamed. "
        "Load it, then eval.",
        "`torch.cat([query, key, value])`, `torch_layer.load_state_dict({...})`, which complains about every missing or "
        "unexpected name, and `return torch_layer.eval()`.",
    ),
)  # fmt: skip
