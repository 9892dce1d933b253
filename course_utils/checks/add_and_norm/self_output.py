"""A token whose sum hardly varies, so that eps counts, and the tensors of the layer's second norm among the params."""

from course_utils.checks.inputs import HIDDEN, Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.add_and_norm import self_output


def cases(draw: Draw) -> list[Case]:
    made = []
    for eps, about in ((1e-12, "BERT's eps"), (0.1, "a large eps")):
        params = {name: tensor for name, tensor in draw.layer_params().items() if "output." in name}
        context, hidden_states = draw.normal(2, 5, HIDDEN), draw.hidden_states()
        weight, bias = params["attention.output.dense.weight"], params["attention.output.dense.bias"]
        flat = 0.5 + draw.normal(HIDDEN, scale=0.2)  # the sum at token 1
        hidden_states[0, 1] = flat - (context[0, 1] @ weight.T + bias)
        made.append(Case((context, hidden_states, params, eps), about))
    made[1] = in_float64(made[1])
    return made


check = Check(
    self_output,
    cases,
    axes=("batch", "tokens", "hidden"),
)
