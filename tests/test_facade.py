"""What a learner imports from `course_utils`: every name is found, listed, loaded alone; a wrong one gets a suggestion."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import course_utils
from course_utils import figures, my_bert, reference, widgets
from course_utils.figures.style import Picture
from tests.conftest import ROOT

NAMES = dir(course_utils)


def modules(package) -> list:
    return [
        importlib.import_module(f"{package.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(package.__path__)
    ]


def defined(package, *beginnings: str) -> list[str]:
    """The functions of a package's modules whose names begin so, those that a module only imports left out."""
    return [
        name
        for module in modules(package)
        for name, thing in vars(module).items()
        if name.startswith(beginnings) and inspect.isfunction(thing) and thing.__module__ == module.__name__
    ]


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh process has loaded after a line of code."""
    code += "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["import course_utils", "import course_utils; dir(course_utils)"])
def test_the_package_and_its_list_of_names_load_nothing_large(code):
    loaded = loaded_by(code)
    assert not loaded & {"torch", "transformers", "numpy", "matplotlib", "ipywidgets", "IPython"}
    assert {name for name in loaded if name.startswith("course_utils")} == {"course_utils", "course_utils.names"}


def test_a_check_loads_no_other_check_no_picture_and_no_widget():
    loaded = loaded_by("from course_utils import check_gelu")
    assert not [name for name in loaded if name.startswith(("course_utils.figures", "course_utils.widgets"))]
    assert "matplotlib" not in loaded
    judged = [name for name in loaded if name.startswith("course_utils.checks.")]
    exercises = set(reference.all_exercises())
    assert [name for name in judged if name.rpartition(".")[2] in exercises] == [
        "course_utils.checks.feed_forward.gelu"
    ]


def test_a_picture_loads_no_other_lessons_pictures():
    loaded = loaded_by("from course_utils import show_treemap")
    assert "course_utils.figures.whole_model" in loaded
    assert not loaded & {"course_utils.figures.masked_lm", "course_utils.checks", "course_utils.widgets", "matplotlib"}


def test_every_name_that_is_listed_can_be_imported():
    for name in NAMES:
        scope: dict[str, object] = {}
        exec(f"from course_utils import {name}", scope)
        assert scope[name] is not None, name


def test_every_exercise_is_listed_with_its_check():
    exercises = reference.all_exercises()
    assert set(exercises) <= set(NAMES)
    checks = {name for name in NAMES if name.startswith("check_")}
    assert checks == {f"check_{name.lower()}" for name in exercises}
    assert course_utils.check_bert.name == "Bert"
    assert course_utils.check_gelu.name == "gelu"


def test_every_picture_and_every_widget_is_listed_once():
    drawn, shown = defined(figures, "draw_"), defined(figures, "show_")
    pictures = shown + [name.replace("draw_", "show_", 1) for name in drawn]
    assert sorted(pictures) == [name for name in NAMES if name.startswith("show_")]
    playing = defined(widgets, "explore_", "watch_")
    assert sorted(playing) == [name for name in NAMES if name.startswith(("explore_", "watch_"))]


@pytest.mark.parametrize(
    "name", ["planted", "with_functions", "load_model", "doctor", "progress", "certificate", "MODEL"]
)
def test_what_has_no_room_of_its_own_is_listed(name):
    assert name in NAMES


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sources").rglob("*.py")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_learners_import_what_is_listed_and_from_nowhere_else(path):
    listed = {"course_utils": NAMES, "course_utils.my_bert": dir(my_bert)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("course_utils"):
            assert {alias.name for alias in node.names} <= set(listed.get(node.module, ())), ast.unparse(node)


def test_a_module_of_the_package_is_found_where_a_name_is():
    code = "import course_utils; print(course_utils.my_bert.__name__); from course_utils import lessons"
    assert "course_utils.my_bert" in loaded_by(code)
    assert "my_bert" in NAMES


# show_x, made of draw_x


def test_show_displays_what_draw_draws(monkeypatch):
    shown = []
    monkeypatch.setattr(Picture, "show", lambda picture: shown.append(picture.svg))
    from course_utils.figures.add_and_norm import draw_wrappings

    assert course_utils.show_wrappings() is None
    assert shown == [draw_wrappings().svg]


def test_show_can_be_asked_about_as_if_it_were_written_out():
    from course_utils.figures.attention_heads import draw_heads

    show = course_utils.show_heads
    assert show is course_utils.show_heads
    assert (show.__name__, show.__doc__) == ("show_heads", draw_heads.__doc__)
    mine, drawn = inspect.signature(show), inspect.signature(draw_heads)
    assert mine.parameters == drawn.parameters
    assert mine.return_annotation is None
    assert draw_heads.__annotations__["return"] is Picture


# a wrong name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("chek_gelu", "check_gelu"),
        ("check_Bert", "check_bert"),
        ("show_head", "show_heads"),
        ("explore_bug", "explore_bugs"),
        ("layernorm", "layer_norm"),
        ("load_models", "load_model"),
    ],
)
def test_a_wrong_name_gets_a_suggestion_however_it_is_asked_for(name, meant):
    said = f"course_utils has no '{name}'. Did you mean '{meant}'?"
    with pytest.raises(AttributeError) as raised:
        getattr(course_utils, name)
    assert str(raised.value) == said
    with pytest.raises(ImportError) as raised:
        exec(f"from course_utils import {name}")
    assert str(raised.value) == said
    assert not hasattr(course_utils, name)


def test_a_name_like_no_other_is_told_where_to_look():
    with pytest.raises(ImportError) as raised:
        exec("from course_utils import numpy")
    assert str(raised.value) == "course_utils has no 'numpy'. dir(course_utils) lists what there is."


def test_my_bert_suggests_exercises_alone():
    with pytest.raises(ImportError, match=r"^course_utils\.my_bert has no 'gleu'\. Did you mean 'gelu'\?$"):
        exec("from course_utils.my_bert import gleu")
    with pytest.raises(ImportError, match=r"dir\(course_utils\.my_bert\) lists"):
        exec("from course_utils.my_bert import doctor")
    assert not hasattr(my_bert, "gleu")


def test_python_adds_no_second_suggestion():
    code = "import course_utils; course_utils.chek_gelu"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stderr.endswith("AttributeError: course_utils has no 'chek_gelu'. Did you mean 'check_gelu'?\n")


def test_private_names_are_not_looked_up():
    for name in ("_wrapped", "__wrapped__", "__all__", "_ipython_display_"):
        assert not hasattr(course_utils, name)
