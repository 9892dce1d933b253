"""Exercises as a learner does them: a wrong answer is named, a hint helps, a right one passes and colours the map; and at
the end the learner's own functions meet the real BERT.
"""

import inspect

import pytest

from course_utils.checks.course import KEY, find, planted
from course_utils.judge.mistakes import edited
from course_utils.reference import exercises
from tools.sources import blank

from .lab import ARTIFACTS

pytestmark = pytest.mark.browser

# notebook, exercise, the mistake to make (its label), whether to keep the card's picture
JOURNEYS = [
    ("01_tokenization", "wordpiece", "no_mark"),
    ("03_self_attention", "attention_scores", "unscaled"),
    ("06_encoder_layer", "bert_layer", "second_residual_from_input"),
    ("10_speed", "length_sorted_batches", "lengths_for_indices"),
    ("11_masked_lm", "mlm_loss", "over_all_positions"),
    ("12_fine_tuning", "head_gradients", "not_averaged"),
    ("13_since_bert", "rotate", "neighbours"),
]

# What takes minutes, as edits that shorten it: a race over a few texts is one, too.
SHORTER = {"10_speed": [("from course_utils import all_or_few", "all_or_few(texts, model, few=64)", "texts[:64]")]}
REAL = "from course_utils import against_bert"


def source_with(name: str, label: str) -> str:
    """What a learner would type who makes this mistake: the reference's body with the edit in it."""
    mistake = next(mistake for mistake in find(name).mistakes if mistake.label == label)
    return edited(KEY.body_source(name), mistake.edits)


def first_line(name: str) -> str:
    return blank(inspect.getsource(find(name).reference)).split("\n")[0]


def run_the_imports(lab) -> None:
    """Runs the first code cell below the one that installs the course elsewhere, as one must after opening a notebook."""
    codes = [
        cell
        for cell in lab.cells()
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", [])
    ]
    lab.run("".join(codes[0]["source"])[:60])


@pytest.mark.parametrize(("notebook", "name", "label"), JOURNEYS, ids=[journey[1] for journey in JOURNEYS])
def test_from_a_mistake_to_the_real_bert(lab, notebook, name, label):
    check = find(name)
    mistake = next(mistake for mistake in check.mistakes if mistake.label == label)
    assert planted(name, label)
    lab.open(f"exercises/{notebook}.ipynb")
    run_the_imports(lab)

    lab.type_into(first_line(name), source_with(name, label))
    card = lab.run(f"check_{name}({name})")
    card.get_by_text("not yet").wait_for()
    assert mistake.says.split("`")[0].strip()[:40] in card.inner_text()
    card.screenshot(path=ARTIFACTS / f"card-{name}.png")

    lab.type_into(f"check_{name}({name})", f"check_{name}.hint()")
    assert "Hint 1 of 3" in lab.outputs(f"check_{name}.hint()")
    lab.type_into(f"check_{name}.hint()", f"check_{name}({name})")

    lab.type_into(first_line(name), KEY.body_source(name))
    card = lab.run(f"check_{name}({name})")
    card.get_by_text("passed").wait_for()

    lab.type_into(f"check_{name}({name})", "from course_utils import progress; progress()")
    assert "1 of" in lab.outputs("from course_utils import progress; progress()")
    lab.picture(f"map-after-{name}")
    lab.type_into("from course_utils import progress; progress()", f"check_{name}({name})")

    others = [other for other in exercises(notebook[3:]) if other != name]
    for other in others:
        lab.replace(first_line(other), KEY.body_source(other))
    for edit in SHORTER.get(notebook, ()):
        lab.edit(*edit)
    lab.run_all()
    assert not lab.raised()
    told = lab.outputs(REAL)
    assert "All of these functions are yours, and all" in told, told
    assert "✗ different" not in told
    lab.go_to(REAL)
    lab.picture(f"real-bert-{notebook}")


def test_half_an_answer(lab):
    lab.open("exercises/01_tokenization.ipynb")
    run_the_imports(lab)
    whole = blank(inspect.getsource(find("wordpiece").reference))
    half = whole.replace("raise NotImplementedError", "pieces = []\n    raise NotImplementedError")
    lab.type_into(first_line("wordpiece"), half)
    card = lab.run("check_wordpiece(wordpiece)")
    card.get_by_text("delete that line").wait_for()
