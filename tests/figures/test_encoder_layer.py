"""Lesson 06's circuit: what it says of nodes that are right, wrong, and not run."""

import torch

from course_utils import check_to_torch_layer
from course_utils.figures.encoder_layer import NODES, draw_circuit
from course_utils.figures.svg import text_width

RIGHT = {name: torch.zeros(2, 12, 11, 11) for name in NODES}


def test_a_large_difference_is_a_plain_number_beside_the_shape():
    picture = draw_circuit({**RIGHT, "scores": RIGHT["scores"] + 137}, RIGHT)
    assert "✗ 100" in picture.svg
    assert "1e+02" not in picture.svg
    assert "8 of 9 nodes" in picture.caption
    assert "scores, by up to 100" in picture.caption
    assert text_width("2×12×11×11", 12) + text_width("✗ 0.0004", 13) < 176 - 10 - 8  # one line of a node holds both


def test_a_difference_as_large_as_the_mask_is_explained():
    masked = torch.zeros(2, 12, 11, 11).fill_(torch.finfo(torch.float32).min)
    assert "by up to 3e+38, since only one of the two" in draw_circuit(RIGHT, {**RIGHT, "scores": masked}).caption


def test_the_legend_explains_only_what_is_there():
    assert "not run" not in draw_circuit(RIGHT, RIGHT).svg
    assert "· not run" in draw_circuit({"query": RIGHT["query"]}, RIGHT).svg


def test_a_layer_in_train_mode_is_told_so_and_left_so():
    made = []

    def to_torch_layer(params, config):
        made.append(check_to_torch_layer.reference(params, config).train())
        return made[-1]

    result = check_to_torch_layer.judge(to_torch_layer)
    assert result.diagnosis == ("train_mode",)
    assert "missing from the dict" not in repr(result)
    assert made[0].training
