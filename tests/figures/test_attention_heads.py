"""Lesson 09's pictures and its head explorer: captions with the right numbers, thumbnails, speed, a static twin."""

import re
import time

import pytest
import torch

from course_utils.figures import attention_heads as figures
from course_utils.figures.style import SEQUENTIAL
from course_utils.reference.attention_heads import attention_to, offset_attention
from course_utils.widgets import attention_heads as widgets
from tests.reference.fixtures import real_model, real_tokenizer, small_model

TOKENS = ["[CLS]", "one", "two", "[SEP]"]
PROBABILITIES = torch.tensor([[0.7, 0.1, 0.1, 0.1], [0.8, 0.1, 0.1, 0.0], [0.5, 0.2, 0.2, 0.1], [0.4, 0.0, 0.6, 0.0]])


@pytest.fixture(scope="module")
def seen():
    return widgets.look(real_tokenizer(), real_model(), widgets.SENTENCE)


def cells_of(paths: list[tuple[str, str]]) -> dict[tuple[int, int], str]:
    """The (row, column) cells that a miniature's paths cover, with their colours."""
    covered = {}
    for colour, path in paths:
        for x, y, height in re.findall(r"M(\d+) (\d+)h1v(\d+)h-1z", path):
            covered |= {(row, int(x)): colour for row in range(int(y), int(y) + int(height))}
    return covered


def test_a_miniature_covers_each_weight_in_its_shade():
    covered = cells_of(figures.miniature(PROBABILITIES))
    for row in range(4):
        for column in range(4):
            reached = [colour for threshold, colour in figures.LEVELS if PROBABILITIES[row, column] >= threshold]
            assert covered.get((row, column)) == (reached[-1] if reached else None)
    assert covered[1, 0] == SEQUENTIAL[6]


def test_heads_name_the_largest_and_the_smallest():
    attention = torch.softmax(torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)), dim=-1)
    numbers = torch.tensor([[0.1, 0.25, 0.3], [0.9, 0.05, 0.2]])
    caption = figures.draw_heads(attention, numbers, "A title").caption
    assert "2 × 3 heads" in caption
    assert "Largest is layer 1, head 0 with 0.90, smallest layer 1, head 1 with 0.05; the mean is 0.30" in caption


def test_worlds_measure_each_map():
    shift = torch.eye(4).roll(-1, dims=1)  # row i looks at column i - 1
    caption = figures.draw_worlds("t", {"right": shift, "even": torch.full((4, 4), 0.25)}).caption
    assert "right 100.0%, even 25.0%" in caption


def test_sinks_and_effects_count_the_layers_in_which_it_holds():
    shares = torch.tensor([[0.1, 0.5, 0.9], [0.2, 0.3, 0.4]])
    moves = torch.tensor([[0.03, 0.02, 0.01], [0.1, 0.2, 0.3]])
    picture = figures.draw_sinks_and_effects(shares, moves, (0, 1))
    assert picture.png
    assert picture.caption == (
        "6 heads. In 1 of 2 layers, heads that look more at [CLS] tend to be missed less. The heads of layer 1 "
        "move the sentence vector most."
    )


def test_weight_and_influence_compare_the_shares():
    value = torch.tensor([[0.3, 0.4], [3.0, 4.0], [0.0, 5.0], [5.0, 0.0]])  # lengths .5, 5, 5, 5
    caption = figures.draw_weight_and_influence(TOKENS, PROBABILITIES, value).caption
    carried = 2.4 * 0.5 / (2.4 * 0.5 + 1.6 * 5)
    assert f"[CLS] gets 60% of this head's weight, and {carried:.0%} of weight × length" in caption
    assert "0.50 long, the others' 5.00 on average" in caption


def test_gets_and_moves_rank_the_favourite():
    moves = torch.tensor([0.01, 0.2, 0.1, 0.001])
    caption = figures.draw_gets_and_moves(TOKENS, torch.tensor([0.6, 0.1, 0.2, 0.1]), moves).caption
    assert "[CLS] gets most, 60% of all attention, and is 3rd of 4" in caption
    assert "one moves it most (0.200) and gets 10%" in caption


def test_senses_leave_a_text_and_itself_out():
    matrix = torch.tensor([[1.0, 0.8, 0.1], [0.8, 1.0, 0.3], [0.1, 0.3, 1.0]])
    same, other = figures.same_and_other(torch.stack([torch.ones(3, 3), matrix]), ["a", "a", "b"])
    assert same == pytest.approx([1, 0.8])
    assert other == pytest.approx([1, 0.2])
    caption = figures.draw_senses(torch.stack([torch.ones(3, 3), matrix]), ["a", "a", "b"], "word").caption
    assert "furthest apart at layer 0, with 0.80 and 0.20" in caption


@torch.no_grad()
def test_the_explorer_sees_the_models_own_weights(seen):
    inputs = real_tokenizer()(widgets.SENTENCE, return_tensors="pt")
    real = torch.cat(real_model()(**inputs, output_attentions=True).attentions)
    assert torch.allclose(seen.weights, real, atol=1e-5)
    previous = torch.stack([offset_attention(layer, -1) for layer in real])
    caption = widgets.draw_explorer(seen, "to the previous token", 0, 2).caption
    assert f"{previous[0, 2]:.2f}, number 1 of 72 heads, whose mean is {previous.mean():.2f}" in caption


def test_weighing_by_the_values_fades_cls(seen):
    weighed = widgets.look(real_tokenizer(), real_model(), widgets.SENTENCE, carried=True)
    is_cls = torch.eye(len(seen.tokens))[0]
    before, after = (float(attention_to(each.weights.flatten(0, 1), is_cls).mean()) for each in (seen, weighed))
    assert torch.allclose(weighed.weights.sum(dim=-1), torch.ones(()), atol=1e-5)
    assert before > 0.4 > 0.1 > after
    assert "weight × length" in widgets.draw_explorer(weighed, "entropy in nats", 1, 1, carried=True).caption


def test_every_statistic_changes_the_picture(seen):
    drawn = {widgets.draw_explorer(seen, statistic, 3, 4).svg for statistic in widgets.STATISTICS}
    assert len(drawn) == len(widgets.STATISTICS)


def test_144_heads_are_drawn_quickly_and_fit():
    """Ten times the time that a move should take: a busy machine is no mistake."""
    weights = torch.softmax(3 * torch.randn(12, 12, 20, 20, generator=torch.Generator().manual_seed(0)), dim=-1)
    many = widgets.Seen(["word"] * 20, weights, [[figures.miniature(head) for head in layer] for layer in weights])
    start = time.process_time()
    picture = widgets.draw_explorer(many, "to [CLS]", 11, 11)
    assert time.process_time() - start < 1.0
    assert 'width="850"' in picture.svg
    figures.draw_heads(weights, weights.amax(dim=(2, 3)), "t")


def test_another_model_and_too_long_a_text():
    model = small_model(vocab_size=30522, max_position_embeddings=40)
    short = widgets.look(real_tokenizer(), model, "a word")
    assert short.weights.shape == (3, 3, 4, 4)
    widgets.draw_explorer(short, "to [SEP]", 2, 2)
    with pytest.raises(ValueError, match="there is room for"):
        widgets.look(real_tokenizer(), model, "word " * 30)


def test_an_empty_text_can_be_drawn():
    empty = widgets.look(real_tokenizer(), real_model(), "")
    for statistic in widgets.STATISTICS:
        widgets.draw_explorer(empty, statistic, 0, 0)


def test_the_static_twin_begins_with_the_previous_token_head(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_CI", "1")
    widgets.explore_heads(real_tokenizer(), real_model())
    assert "Layer 0, head 2: attention to the previous token 1.00" in capsys.readouterr().out
