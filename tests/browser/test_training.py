"""Lesson 11 in a browser: a training that is seen to go on, and a playground on the model that came out of it."""

import pytest

from .test_lessons import changes, drawing

pytestmark = pytest.mark.browser

TRAINING = "hard = kinds["
FURTHER = {
    "from course_utils import with_functions": 'train(loop=with_functions("training_losses", mask_tokens=always_mask)',
    "no_positions, ": 'train(silent=["position_embeddings"]',
    "no_attention, ": 'train(silent=["attention.output.dense"]',
    "forty, ": "train(mlm_probability=0.4",
}
PLAYGROUND = "from course_utils import explore_masks"


def test_training(lab):
    lab.open("notebooks/11_masked_lm.ipynb")
    for start, call in FURTHER.items():  # the whole length of these is compared with the notebooks
        lab.edit(start, f"{call})", f"{call}, steps=60)")
    number = lab.index(TRAINING)
    lab.clear()
    lab._do("run('notebook:run-all-cells');")
    lab.page.wait_for_function(  # the bar of the training in the lesson's middle, not full yet, and the curve below it
        """number => {
            const cell = window.jupyterapp.shell.currentWidget.content.widgets[number].node;
            cell.scrollIntoView({block: 'center'});
            const step = Number(/step (\\d+) of/.exec(cell.textContent)?.[1] ?? 0);
            return cell.querySelector('.widget-hprogress') && step > 20 && step < 600
                && cell.querySelector('.widget-html-content svg path'); }""",
        arg=number,
        timeout=600_000,
        polling=100,
    )
    lab.picture("training-live")
    lab.wait_for_all()
    assert not lab.raised()
    area = lab.go_to(TRAINING).locator(".jp-OutputArea").first
    assert "step 600 of 600" in area.inner_text()
    assert "all at the end" in area.inner_text()
    lab.picture("training-done")

    panel = lab.go_to(PLAYGROUND).locator(".jp-OutputArea .widget-vbox").first
    panel.wait_for(timeout=20_000)
    text = panel.locator("input[type=text]")
    assert "sing 0." in drawing(panel)
    assert changes(lab, panel, lambda: text.fill("the old bird near the dogs [MASK] ."))
    assert "sings 0." in drawing(panel)
    assert changes(lab, panel, lambda: panel.locator("select").select_option(index=1))
    assert changes(lab, panel, lambda: text.fill("the cat [MASK] ."))
    assert "never seen" in drawing(panel)
    lab.picture("training-playground")
