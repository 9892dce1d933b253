"""The builder: what a source becomes, and what it says about a broken one."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from course_utils.widgets.questions import Choice
from tools import build as builder
from tools import first_cell
from tools.questions import ON_GITHUB
from tools.sources import ROOT, SourceError, blank, build, questions_of

GOOD = """# %% [markdown]
# # Exercises
#
# - [ ] wrong | because `x` < 1
# - [x] right | because *so*

# %% tags=["nbval-skip"]
from course_utils import check_wordpiece

"""


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "01_tokenization.py"
    lines = [f"# %%\n# exercise: {name}, easy, 5 minutes\n" for name in exercises("tokenization")]
    path.write_text(GOOD + "\n".join(lines), encoding="utf-8")
    return path


def test_three_kinds_from_two_sources(source):
    lesson, blanks, solved = (build(source, kind) for kind in ("notebooks", "exercises", "solutions"))
    assert "raise NotImplementedError" in "".join(cell.source for cell in blanks.cells)
    assert "raise NotImplementedError" not in "".join(cell.source for cell in solved.cells)
    assert "check_wordpiece(wordpiece)" in [cell.source for cell in solved.cells]
    assert len(lesson.cells) == len(blanks.cells) == len(solved.cells)


def test_choices_become_a_question(source):
    words, _, asked, after = build(source, "notebooks").cells[:4]
    assert words.source == "# Exercises"
    assert asked.source == 'from course_utils import predict\n\npredict("01.1")'
    assert "outputs_hidden" not in str(after.metadata)  # no prediction: nothing is folded
    assert questions_of(source) == {
        "01.1": [Choice("wrong", False, "because `x` < 1"), Choice("right", True, "because *so*")]
    }


ASKED = """# %% [markdown]
# # Title
#
# **Predict.** What does it print?
#
# - [ ] nothing | It has a print.
# - [x] 1 | It is there.

# %%
print(1)

# %%
print(2)

# %% tags=["answer", "nbval-ignore-output"]
print(1, "again")

# %% [markdown]
# **Recall.** What did it print?
#
# - [x] 1 | So it did.
# - [ ] 2 | That was the other.

# %%
print(3)
"""


def test_the_output_that_answers_a_prediction_is_folded(tmp_path):
    source = tmp_path / "01_tokenization.py"
    source.write_text(ASKED, encoding="utf-8")
    cells = build(source, "notebooks").cells
    folded = [cell.source for cell in cells if cell.metadata.get("jupyter", {}).get("outputs_hidden")]
    assert folded == ["print(1)", 'print(1, "again")']
    assert cells[0].source.endswith(f"What does it print?\n\n{ON_GITHUB}")
    assert [cell.source for cell in cells if "predict(" in cell.source] == [
        'from course_utils import predict\n\npredict("01.1")',
        'predict("01.2")',
    ]
    assert [cell.metadata.get("tags") for cell in cells if cell.source == 'print(1, "again")'] == [
        ["nbval-ignore-output"]
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "sources" / "lessons").glob("*.py")), ids=lambda path: path.stem)
def test_the_questions_that_are_kept_are_those_of_the_source(path):
    assert builder.keep_questions(path, check=True) == []


def test_questions_that_are_not_kept_are_told(tmp_path, monkeypatch):
    source = tmp_path / "01_tokenization.py"
    source.write_text(ASKED, encoding="utf-8")
    monkeypatch.setattr(builder.questions, "FOLDER", ROOT / "artifacts" / "nowhere")
    (said,) = builder.keep_questions(source, check=True)
    assert "is not what 01_tokenization.py asks" in said


def test_ids_are_stable_and_unique(source):
    once, again = build(source, "exercises"), build(source, "exercises")
    ids = [cell.id for cell in once.cells]
    assert ids == [cell.id for cell in again.cells]
    assert len(set(ids)) == len(ids)
    nbformat.validate(once)


def test_a_changed_cell_keeps_the_other_ids(source):
    before = [cell.id for cell in build(source, "exercises").cells]
    source.write_text(source.read_text().replace("# # Exercises", "# # Other words"))
    after = [cell.id for cell in build(source, "exercises").cells]
    assert before[0] != after[0]
    assert before[1:] == after[1:]


@pytest.mark.parametrize("kind", ["notebooks", "exercises", "solutions"])
def test_every_notebook_can_install_the_course_before_it_uses_it(source, kind):
    cells = build(source, kind).cells
    (place,) = [number for number, cell in enumerate(cells) if first_cell.TAG in cell.metadata.get("tags", [])]
    assert place == next(number for number, cell in enumerate(cells) if cell.cell_type == "code") == 1
    assert cells[place].source == first_cell.source()
    assert cells[place].source.startswith("# On Colab and Kaggle "), "the line that JupyterLab shows of a folded cell"
    nbformat.validate(build(source, kind))


def test_what_colab_and_kaggle_run_under_themselves_is_not_replaced():
    lines = first_cell.missing_there()
    assert {re.split("[>=]", line)[0] for line in lines}.isdisjoint(first_cell.THEIRS)
    assert any(line.startswith("transformers>=5") for line in lines), "Colab's own is older"
    assert "--no-deps inside-bert" in first_cell.source(), "else JupyterLab comes along, and with it another kernel"


def test_tags_are_kept(source):
    assert [cell.metadata.get("tags") for cell in build(source, "exercises").cells][3] == ["nbval-skip"]


@pytest.mark.parametrize(
    ("was", "now", "line", "says"),
    [
        ("exercise: wordpiece", "exercise: wordpeace", None, "has no function 'wordpeace'"),
        ("exercise: wordpiece, easy", "exercise: wordpiece, trivial", None, "is not of the form"),
        (
            "exercise: wordpiece, easy, 5 minutes",
            "exercise: is_cjk_character, easy, 5 minutes",
            None,
            "has no function",
        ),
        ("from course_utils import check_wordpiece", "from course_utils import", 8, "this cell is not Python"),
        ("- [ ] wrong", "- [x] wrong", 2, "exactly one right choice"),
        (" | because *so*", "", 2, "on one line"),
        ("# - [x] right | because *so*", "# - [x] right | because *so*\n# And more.", 2, "ends with its choices"),
        ("- [ ] wrong |", "- [ ] right |", 2, "two choices of this question are the same"),
        ("# %%\n# exercise: wordpiece, easy, 5 minutes\n", "", 1, "checks without an exercise: wordpiece"),
        ("exercise: wordpiece", "exercise: normalize", 1, "asked for twice: normalize"),
    ],
)
def test_broken_source_is_told_with_file_and_line(source, was, now, line, says):
    text = source.read_text(encoding="utf-8")
    assert text.count(was) == 1
    source.write_text(text.replace(was, now), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        build(source, "exercises")
    place, _, message = str(caught.value).partition(": ")
    assert says in message
    number = int(place.rpartition(":")[2])
    expected = line or text[: text.index(was.partition("\n")[2] or was)].count("\n") + 1
    assert abs(number - expected) <= 1


def test_unknown_lesson_name(tmp_path):
    path = tmp_path / "99_nothing.py"
    path.write_text("# %%\n1\n")
    with pytest.raises(SourceError, match="no lesson has this name"):
        build(path, "notebooks")


FUNCTION = '''def f(x: int) -> int:
    """Doc.

    More.
    """
    y = x
    return y
'''

CLASS = '''class Model:
    """A model."""

    size = 3

    def __init__(self, config):
        """Make the parts."""
        self.config = config

    def forward(self, x):
        return x
'''


def test_blank_function():
    cut = blank(FUNCTION)
    assert cut.endswith('    """\n    raise NotImplementedError')
    assert "return" not in cut
    ast.parse(cut)


def test_blank_class_keeps_its_methods_and_docstrings():
    cut = blank(CLASS)
    assert cut.count("raise NotImplementedError") == 2
    assert '"""Make the parts."""' in cut
    assert "size = 3" in cut
    assert "self.config" not in cut
    ast.parse(cut)


@pytest.mark.parametrize(("kind", "path"), builder.targets([]), ids=lambda part: getattr(part, "stem", part))
def test_committed_notebooks_are_what_the_sources_give(kind, path):
    committed = ROOT / kind / f"{path.stem}.ipynb"
    assert not builder.differences(build(path, kind), committed, outputs=False)


def test_differences_are_readable(source, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    committed = tmp_path / "01_tokenization.ipynb"
    nbformat.write(build(source, "exercises"), committed)
    source.write_text(source.read_text().replace("# # Exercises", "# # Changed"))
    found = builder.differences(build(source, "exercises"), committed, outputs=False)
    assert "-    # Exercises" in found
    assert "+    # Changed" in found
    assert builder.differences(build(source, "exercises"), tmp_path / "none.ipynb", outputs=False) == [
        "none.ipynb is missing: run make notebooks"
    ]


def test_outputs_are_compared_but_not_pixels():
    def notebook(text, pixels):
        outputs = [nbformat.v4.new_output("display_data", {"text/plain": text, "image/png": pixels})]
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs, id="x")])

    same, other = builder.as_text(notebook("3.14", "aaaa"), True), builder.as_text(notebook("3.14", "bbbb"), True)
    assert same == other
    assert same != builder.as_text(notebook("3.15", "aaaa"), True)


def test_names_choose_what_is_built():
    everything = builder.targets([])
    assert {kind for kind, _ in everything} == {"notebooks", "exercises", "solutions"} or len(everything) < 3
    assert all(kind == "solutions" for kind, _ in builder.targets(["solutions/01"]))
    assert builder.main(["no-such-lesson"]) == 2


def test_lesson_numbers_are_in_order():
    assert [lesson.number for lesson in LESSONS] == list(range(len(LESSONS)))
