"""Lesson 07's picture and widget: areas are parameters, counts are those of the models; and transformers' own model passes."""

import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest
import torch
from transformers import BertConfig, BertModel

from course_utils import check_bert, check_same_model, load_model, planted
from course_utils.figures.whole_model import draw_treemap, tiles
from course_utils.real_bert import whole_model as against
from course_utils.real_bert.table import run
from course_utils.reference import exercises
from course_utils.reference import whole_model as reference
from course_utils.reference.encoder_layer import layer_parameters
from course_utils.reference.whole_model import Bert, parameter_table
from course_utils.widgets.base import explore
from course_utils.widgets.whole_model import SIZES, draw_sizes, explore_sizes, shared_evenly
from tests.reference.fixtures import real_model, small_config

LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
MINI = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}


@pytest.mark.parametrize("config", [BertConfig(), BertConfig(**MINI), small_config()])
def test_areas_are_shares_of_the_parameters(config):
    areas = {tile.label: tile.width * tile.height for tile in tiles(config)}
    table = parameter_table(config)
    assert sum(areas.values()) == pytest.approx(1)
    assert areas["words"] == pytest.approx(config.vocab_size * config.hidden_size / table["total"])
    assert areas["pooler"] == pytest.approx(table["pooler"] / table["total"])
    layer = areas["1 attention"] + areas["1 feed-forward"]
    assert layer == pytest.approx(layer_parameters(config) / table["total"])
    names = [name for name, _ in Bert(small_config()).encoder["layer"][0].named_parameters()]
    attention = [
        Bert(small_config()).encoder["layer"][0].get_parameter(n).numel() for n in names if n.startswith("att")
    ]
    if config.hidden_size == small_config().hidden_size:
        assert areas["1 attention"] == pytest.approx(sum(attention) / table["total"])


def test_the_map_states_the_counts():
    picture = draw_treemap({"this model": real_model().config, "bert-base": BertConfig()})
    ET.fromstring(picture.svg)
    for said in ("22,713,216", "51.6%", "109,482,240", "21.4%", "in 12 layers", "takes 2.0 times"):
        assert said in picture.caption
    for said in ("85,054,464", "147,840", "11 feed-forward"):
        assert said in picture.svg
    draw_treemap({"tiny": small_config(), "bert-base": BertConfig()})
    draw_treemap({"one": BertConfig(), "other": BertConfig()})


def test_sizes_state_parameters_and_memory():
    config = BertConfig(**MINI)
    picture = draw_sizes(config, {"bert-base": 109_482_240}, 1024, 24, 16, 4096, 30522)
    ET.fromstring(picture.svg)
    with torch.device("meta"):
        large = BertModel(
            BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
        )
    total = sum(parameter.numel() for parameter in large.parameters())
    assert f"{total:,} parameters" in picture.caption
    assert f"{total * 4 / 1e9:.2f} GB in float32 and {total * 2 / 1e6:.1f} MB in bfloat16" in picture.caption


def test_heads_that_do_not_fit_are_told_kindly():
    """And the counts go on, since heads have no parameters of their own."""
    assert shared_evenly(384, 12) == (True, "12 heads of 32 features", "no parameters of their own")
    assert shared_evenly(8, 16)[2] == "d = 16 would do, or 8 heads"
    caption = draw_sizes(BertConfig(**MINI), {}, 416, 6, 12, 1536, 30522).caption
    assert caption.endswith("But 12 heads cannot share 416 features evenly: d = 408 or 420 would do, or 8 heads.")
    assert "d = 416, L = 6" in caption
    assert "12 heads cannot share" not in draw_sizes(BertConfig(**MINI), {}, 420, 6, 12, 1536, 30522).caption


@pytest.mark.parametrize("config", [BertConfig(**MINI), BertConfig(), small_config()])
def test_the_widget_starts_with_the_models_own_sizes(config, monkeypatch):
    shown = []
    monkeypatch.setattr("course_utils.widgets.whole_model.explore", lambda draw, **controls: shown.append(controls))
    explore_sizes(config)
    for control, name in zip(list(shown[0].values())[1:-1], SIZES, strict=True):
        widget = control.make()
        assert widget.value == control.value == getattr(config, name)
        assert (widget.value - widget.min) % widget.step == 0
    monkeypatch.undo()
    drawn = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: drawn.append(data))
    sizes = dict(list(shown[0].items())[1:-1])
    explore(lambda **values: draw_sizes(config, {}, *values.values()), **sizes)
    assert f"{parameter_table(config)['total']:,} parameters" in drawn[0]["text/plain"]


def test_the_inner_width_can_follow(monkeypatch):
    drawn = []
    monkeypatch.setattr("course_utils.widgets.whole_model.explore", lambda draw, **controls: drawn.append(draw))
    explore_sizes(BertConfig(**MINI))
    free, tied = (drawn[0]("bert-base", 768, 12, 12, 1536, 30522, four).caption for four in (False, True))
    assert "I = 1536" in free
    assert "I = 3072" in tied


def test_a_start_moves_the_sliders(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    monkeypatch.setattr("course_utils.widgets.base.is_live", lambda: True)
    explore_sizes(BertConfig(**MINI))
    row, drawing = shown[0].children
    start, *sliders, four = row.children
    counts = {"this model": BertConfig(**MINI), "bert-base": BertConfig(), "bert-large": BertConfig(**LARGE)}
    for name in ("bert-large", "this model", "bert-base"):
        start.value = name
        assert [each.value for each in sliders] == [getattr(counts[name], size) for size in SIZES]
        assert f"{parameter_table(counts[name])['total']:,} parameters" in drawing.value
    before = drawing.value
    four.value = True
    assert drawing.value != before  # the title says so, though 4 d is what it was


class FromTransformers(BertModel):
    """BertModel as a learner's answer, whose result is a ModelOutput and no plain dict."""

    def __init__(self, config):
        super().__init__(BertConfig(**vars(config), output_hidden_states=True))


def test_the_real_model_passes_the_check_of_the_class():
    result = check_bert.judge(FromTransformers)
    assert result.passed, result


def test_the_cases_of_same_model_look_like_the_real_ones():
    """A BertModel's result can be asked by name and by attribute, ours by name: so can those of the cases."""
    for case in check_same_model.make_cases(seed=1):
        a, b, batch = case.args
        for result in (a(**batch), b(**batch)):
            assert set(result) == {"last_hidden_state", "pooler_output", "hidden_states"}


SLIPS = {
    "pooler": ("no_tanh", "last_token"),
    "Bert": ("mask_forgotten", "segments_ignored", "final_norm", "mean_for_pooler"),
    "rename_key": ("heads_kept", "pooler_left_out"),
    "load_reference_weights": ("swapped", "not_loaded", "nothing_told", "strict"),
    "parameter_table": ("one_layer", "no_total", "no_pooler_bias"),
    "same_model": ("mean", "without_embeddings", "mask_not_given", "no_pooler"),
}


@pytest.mark.parametrize(("slip", "label"), [(slip, label) for slip, labels in SLIPS.items() for label in labels])
def test_each_exercise_is_found_wrong_against_the_real_bert(slip, label):
    functions = {name: getattr(reference, name) for name in exercises("whole_model")}
    functions[slip] = planted(slip, label)
    with torch.no_grad():
        outcomes = list(run(against.steps(SimpleNamespace(**functions), *load_model())))
    wrong = [one.uses for one in outcomes if not one.equal]
    assert wrong
    assert all(slip in uses for uses in wrong)
