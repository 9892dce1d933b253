"""What the course shows in JupyterLab's output areas: axe finds nothing serious in it, light and dark; keys and names work.

One notebook has every kind of output, one to a cell. JupyterLab's own page around them is not ours: axe looks at the insides
of the outputs alone.
"""

from collections.abc import Iterator

import nbformat
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from course_utils import certificate, check_gelu

from .lab import ROOT, Lab

pytestmark = pytest.mark.browser

START = """import torch, course_utils as c
from course_utils.given.tiny_language import tiny_vocabulary
from course_utils.given.tiny_model import MaskedLM
from transformers import BertConfig, BertTokenizer
tokenizer, model = c.load_model()
config = model.config
untrained = MaskedLM(BertConfig(**c.TINY_CONFIG), torch.Generator().manual_seed(0))"""
SHOWN = {
    "lesson 00's widget": "c.explore_shapes(tokenizer, config)",
    "lesson 01's widget": "c.explore_wordpiece(tokenizer.get_vocab())",
    "lesson 02's widget": "c.explore_embeddings(tokenizer, model)",
    "lesson 03's widget": "c.explore_attention(tokenizer, model)",
    "lesson 04's widget": "c.explore_norm()",
    "lesson 05's widget": "c.explore_neurons(tokenizer, model)",
    "lesson 06's widget": "c.explore_bugs(tokenizer, model)",
    "lesson 07's widget": "c.explore_sizes(config)",
    "lesson 08's widget": "c.explore_search(tokenizer, model)",
    "lesson 09's widget": "c.explore_heads(tokenizer, model)",
    "lesson 10's widget": "c.explore_batches(tokenizer)",
    "lesson 11's widget": "c.explore_masks(BertTokenizer(vocab=tiny_vocabulary()), {'untrained': untrained})",
    "a question": 'c.predict("03.1")',
    "a card that passes": """def gelu(x):
    return torch.nn.functional.gelu(x)

c.check_gelu(gelu)""",
    "a card that names a mistake": """def gelu(x):
    return x * torch.sigmoid(1.702 * x)

c.check_gelu(gelu)""",
    "a card of other values": """def softmax(scores, dim=-1):
    return torch.exp(scores) / 7

c.check_softmax(softmax)""",
    "a card of a shape": """def split_heads(x, num_heads):
    return x

c.check_split_heads(split_heads)""",
    "a card of an error": """def gelu(x):
    return x @ torch.ones(3, 2, 1)

c.check_gelu(gelu)""",
    "a card of nothing written": """def gelu(x):
    raise NotImplementedError

c.check_gelu(gelu)""",
    "a hint": "c.check_gelu.hint()",
    "a solution": "c.check_gelu.solution()",
    "the progress": "c.progress()",
    "the certificate": "c.certificate()",
    "a picture": "c.show_tower(tokenizer, model)",
}


OUTPUTS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
TALL = 20_000  # pixels: nothing is out of sight. To axe, what is out of sight has no contrast.


def findings(lab: Lab) -> list[str]:
    """What axe has against the outputs that is serious, with the code of their cells."""
    # A picture's thousands of shapes are one picture to a screen reader; tests/figures hold its colours.
    context = {"include": [[OUTPUTS]], "exclude": [[f"{OUTPUTS} svg[role=img] > *"]]}
    found = Axe().run(lab.page, context=context, options={"preload": False}).response["violations"]
    return [
        f"{each['id']} ({each['help']}) at {node['html'][:160]} {node.get('failureSummary', '')}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.fixture(scope="module")
def shown(browser, server) -> Iterator[Lab]:
    """The notebook with every kind of output, run once for all journeys here."""
    notebook = nbformat.read(ROOT / "notebooks" / "04_add_and_norm.ipynb", as_version=4)  # for its metadata
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in (START, *SHOWN.values())]
    nbformat.write(notebook, server.folder / "notebooks" / "accessible.ipynb")
    lab = Lab(browser.new_page(viewport={"width": 1400, "height": TALL}), server)
    lab.open("notebooks/accessible.ipynb")
    lab.run_all()
    assert not lab.raised()
    # JupyterLab's body is 0 high and cuts off what is outside: axe takes all of it for hidden.
    lab.page.add_style_tag(content=f"body {{ height: {TALL}px }} .jp-Cell {{ content-visibility: visible !important }}")
    for name in SHOWN:
        cell_of(lab, name)
    lab._scroll_to(0)
    yield lab
    lab._do("await panel?.sessionContext?.shutdown();")
    lab.page.close()
    assert not lab.errors, "JavaScript errors in the console"


def cell_of(lab: Lab, name: str):
    """The cell of something that is shown, active and with its pictures drawn."""
    cell = lab._scroll_to(1 + list(SHOWN).index(name))
    if "widget" in name:
        cell.locator(".inside-bert-picture").first.wait_for()
    return cell


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_axe_finds_nothing_serious(shown, theme):
    shown.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", theme)
    light = str(theme == "JupyterLab Light").lower()
    shown.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    shown.page.wait_for_timeout(1_000)  # the theme's style sheet comes over the network
    assert not findings(shown)


def test_axe_finds_a_pale_word_in_every_output(shown):
    pale = "<p class=pale style='color:#bbb;background:#fff'>pale</p>"
    shown.page.evaluate(
        "([where, pale]) => document.querySelectorAll(where).forEach(area => area.insertAdjacentHTML('beforeend', pale))",
        [OUTPUTS, pale],
    )
    count = shown.page.locator(".pale").count()
    found = [each for each in findings(shown) if each.startswith("color-contrast")]
    shown.page.evaluate("() => document.querySelectorAll('.pale').forEach(each => each.remove())")
    assert len(found) == count >= len(SHOWN)


@pytest.mark.parametrize("name", [name for name in SHOWN if "widget" in name])
def test_every_control_has_a_name_a_value_and_a_ring_when_it_has_the_focus(shown, name):
    cell = cell_of(shown, name)
    controls = cell.locator(".inside-bert-widget :is([role=slider], input:not([type=hidden]), select, textarea)")
    assert controls.count()
    controls.first.focus()
    for number, control in enumerate(controls.all()):
        if number:
            shown.page.keyboard.press("Tab")
            for _ in range(3):  # the number beside a slider is a stop of its own
                if control.evaluate("node => node === document.activeElement"):
                    break
                shown.page.keyboard.press("Tab")
        told = control.evaluate(
            """node => ({
                focus: node === document.activeElement, ring: getComputedStyle(node).outlineStyle,
                label: node.getAttribute('aria-label') || node.labels?.[0]?.textContent.trim(), html: node.outerHTML.slice(0, 300),
            })"""
        )
        assert told["focus"], told
        assert told["label"], told
        assert told["ring"] == "solid" or not number, told  # a script's focus is no keyboard's
        assert control.get_attribute("role") != "slider" or control.get_attribute("aria-valuenow"), told


def test_a_slider_says_its_number_and_a_new_picture_its_caption(shown):
    cell = cell_of(shown, "lesson 03's widget")
    handle = cell.get_by_role("slider", name="layer", exact=True)
    handle.focus()
    shown.page.keyboard.press("ArrowRight")
    shown.page.locator("body > [role=status]", has_text="Layer 1, head 3.").wait_for(state="attached")
    assert float(handle.get_attribute("aria-valuenow")) == 1
    assert cell.get_by_role("textbox", name="layer, as a number").inner_text() == "1"


def test_a_question_is_answered_by_the_keyboard_and_says_why(shown):
    cell = cell_of(shown, "a question")
    cell.get_by_role("button").first.focus()
    shown.page.keyboard.press("Tab")
    shown.page.keyboard.press("Enter")
    cell.get_by_role("status").wait_for()
    assert cell.get_by_role("button").nth(1).inner_text()[0] in "✓✗", "not by colour alone"
    assert not findings(shown)


def test_the_page_of_a_certificate_can_be_read_by_everybody(browser, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    check_gelu(torch.nn.functional.gelu)
    page = browser.new_page()
    page.set_content(certificate("Ada").page())
    assert not Axe().run(page).response["violations"]
    page.close()
