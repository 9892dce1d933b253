"""Twelve layers, so that layer 1 has to be told from layers 10 and 11, among tensors of the embeddings and the pooler."""

from course_utils.checks.encoder_layer.inputs import draw_encoder, pick
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import layer_params


def cases(draw: Draw) -> list[Case]:
    embeddings = {"embeddings.word_embeddings.weight": draw.normal(3, 2)}
    model = embeddings | draw_encoder(draw, 12, 2, 3) | {"pooler.dense.weight": draw.normal(2, 2)}
    return [
        Case((model, 0), "the first layer"),
        Case((model, 1), "layer 1 of a model with twelve"),
        Case((model, 11), "the last layer of twelve"),
        Case((draw_encoder(draw, 3), 2), "the last layer of three, all 16 tensors"),
    ]


check = Check(
    layer_params,
    cases,
    use=pick,
)
