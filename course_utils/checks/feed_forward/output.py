"""A token whose sum hardly varies, so that eps counts, and the tensors of the layer's first norm among the params."""

from course_utils.checks.inputs import HIDDEN, INTERMEDIATE, Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.feed_forward import output


def cases(draw: Draw) -> list[Case]:
    made = []
    for eps, about in ((1e-12, "BERT's eps"), (0.1, "a large eps")):
        params = {name: tensor for name, tensor in draw.layer_params().items() if "output." in name}
        wide, attention_output = draw.normal(2, 5, INTERMEDIATE), draw.hidden_states()
        flat = 0.5 + draw.normal(HIDDEN, scale=0.2)  # the sum at token 1
        attention_output[0, 1] = flat - (wide[0, 1] @ params["output.dense.weight"].T + params["output.dense.bias"])
        made.append(Case((wide, attention_output, params, eps), about))
    made[1] = in_float64(made[1])
    return made


check = Check(
    output,
    cases,
    axes=("batch", "tokens", "hidden"),
)
