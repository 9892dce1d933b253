"""Checkpoints that lack tensors, have strange ones or old names, or one of another shape, loaded into a new model."""

import torch

from course_utils.checks.inputs import Draw
from course_utils.checks.whole_model.inputs import build_and_load, small_model
from course_utils.judge import Case, Check, Property
from course_utils.judge.words import Raised
from course_utils.reference.whole_model import load_reference_weights


def cases(draw: Draw) -> list[Case]:
    shapes = {name: tensor.shape for name, tensor in small_model().state_dict().items()}
    lacking, strange, old, short = ({name: draw.normal(*shape) for name, shape in shapes.items()} for _ in range(4))
    for name in ("pooler.dense.bias", "embeddings.LayerNorm.weight"):
        del lacking[name]
    del strange["pooler.dense.weight"]
    strange |= {"bert.pooler.dense.scale": draw.normal(3), "classifier.weight": draw.normal(2, 3)}
    norms = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for name in list(old):
        ending = next((new for new in norms if name.endswith(new)), "")
        old["bert." + name.removesuffix(ending) + norms.get(ending, "")] = old.pop(name)
    old |= {"bert.embeddings.position_ids": torch.arange(4)[None], "cls.predictions.bias": draw.normal(5)}
    short["embeddings.LayerNorm.bias"] = draw.normal(1)
    return [
        Case((small_model, lacking), "the checkpoint lacks two tensors"),
        Case((small_model, strange), "the checkpoint lacks one, and has two that the model lacks"),
        Case((small_model, old), "an old checkpoint with heads on top, complete"),
        Case((small_model, short), "a tensor of another shape", raises=RuntimeError),
    ]


def _in_any_order(value, model, state_dict):
    """The names in the two lists may come in any order."""
    if isinstance(value, Raised) or not isinstance(value["returned"], tuple):
        return value
    if not all(isinstance(names, list) for names in value["returned"]):
        return value
    return value | {"returned": tuple(sorted(names) for names in value["returned"])}


def _something_loaded(value, model, state_dict) -> bool:
    return isinstance(value, Raised) or any(bool((tensor != 0.5).any()) for tensor in value["weights"].values())


check = Check(
    load_reference_weights,
    cases,
    use=build_and_load,
    words={"returned": "", "weights": "the model's weights afterwards"},
    view=_in_any_order,
    properties=(Property(_something_loaded, "The model still has its old numbers: nothing was loaded into it."),),
)
