"""The map of the course: its boxes are the model's parts, and it says what is proven."""

import pytest
import torch

from course_utils import show_architecture
from course_utils.figures.architecture import draw_architecture
from course_utils.figures.parts import IDS, SENTENCE, TOKENS, parts
from course_utils.lessons import LESSONS
from tests.figures.drawings import elements, outside, words

STATES = {lesson.topic: (lesson.number % 4, 3) for lesson in LESSONS}


def test_the_boxes_hold_every_parameter_of_the_model(small, loaded):
    for model in (small, loaded[1]):
        boxes = parts(model.config)
        layers = model.config.num_hidden_layers
        drawn = sum(box.parameters * (layers if box.in_layer else 1) for box in boxes.values())
        total = sum(parameter.numel() for parameter in model.parameters())
        assert drawn == total
        picture = draw_architecture(model.config)
        assert f"{total:,} parameters in all" in words(picture)
        shown = words(picture)
        for box in boxes.values():
            assert not box.parameters or f"{box.parameters:,}" in shown


def test_the_boxes_say_the_real_shapes(small):
    layer, seen = small.encoder.layer[0], {}

    def keep(name):
        def hook(module, inputs, result) -> None:
            seen[name] = result[0] if isinstance(result, tuple) else result

        return hook

    places = {
        "word": small.embeddings.word_embeddings,
        "embedding_norm": small.embeddings.LayerNorm,
        "context": layer.attention.self,
        "attention_dense": layer.attention.output.dense,
        "attention_norm": layer.attention.output,
        "widen": layer.intermediate.dense,
        "gelu": layer.intermediate,
        "narrow": layer.output.dense,
        "output_norm": layer.output,
        "pooler": small.pooler,
    }
    for name, module in places.items():
        module.register_forward_hook(keep(name))
    small(torch.arange(22).view(2, 11))
    boxes = parts(small.config, tokens=11, batch=2)
    for name in places:
        assert boxes[name].shape == f"({','.join(map(str, seen[name].shape))})", name


def test_the_maps_sentence_is_the_tokenizers(loaded):
    tokenizer, model = loaded
    assert tuple(tokenizer(SENTENCE)["input_ids"]) == IDS
    assert tuple(tokenizer.convert_ids_to_tokens(list(IDS))) == TOKENS
    assert draw_architecture(model.config, tokenizer).svg == draw_architecture(model.config).svg


def test_every_lesson_is_on_the_map_and_what_is_proven_in_words(small, shown):
    plain, mine = draw_architecture(small.config), draw_architecture(small.config, states=STATES)
    for lesson in LESSONS:
        assert f"{lesson.number:02}" in words(plain)
        assert lesson.title.split()[0] in " ".join(words(plain))
    assert not any("proven" in text for text in words(plain))
    assert {"1 of 3 proven", "2 of 3 proven", "✓ all 3 proven", "0 of 3 proven"} <= set(words(mine))
    proven = sum(state[0] for state in STATES.values())
    assert mine.caption.endswith(f"You have proven {proven} of {3 * len(LESSONS)} functions.")
    assert mine.svg != plain.svg
    show_architecture(small.config)
    assert shown[0][0]["image/svg+xml"] == plain.svg


def test_where_nothing_is_proven_the_map_counts_nothing(small):
    empty = draw_architecture(small.config, states={topic: (0, of) for topic, (_proven, of) in STATES.items()})
    more = draw_architecture(small.config, states={topic: (0, of + 1) for topic, (_proven, of) in STATES.items()})
    assert empty.svg == more.svg
    assert empty.caption == more.caption
    assert empty.caption.endswith("Nothing is proven yet: every lesson is open.")
    assert words(empty).count("open") == len(LESSONS) + 1  # lesson 04 is on the map twice
    assert not any("proven" in text for text in words(empty))


@pytest.mark.parametrize("size", [(128, 2, 2), (768, 12, 12), (1024, 16, 24)])
def test_the_map_fits_for_every_bert(size):
    from transformers import BertConfig

    width, heads, layers = size
    config = BertConfig(
        hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers, intermediate_size=4 * width
    )
    assert not outside(draw_architecture(config, states=STATES))
    assert min(float(text.get("font-size")) for text in elements(draw_architecture(config), "text")) >= 11
