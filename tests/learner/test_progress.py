"""What a learner has proven, shown: the map of the whole model, and one lesson."""

import re

import pytest

from course_utils import reference
from course_utils.checks import course as checks
from course_utils.learner import progress, store
from course_utils.lessons import LESSONS
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """An empty progress folder and a session that remembers nothing."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setattr(store, "_session", {})


@pytest.fixture
def course(monkeypatch) -> dict[str, list[str]]:
    """A course with a few exercises: two lessons have several."""
    names = {lesson.topic: [f"only_{lesson.number}"] for lesson in LESSONS}
    names |= {"orientation": ["count_parameters", "layer_output"], "whole_model": ["Bert", "pooler", "rename_key"]}
    monkeypatch.setattr(progress, "exercises", names.__getitem__)
    return names


@pytest.fixture
def shown(monkeypatch) -> list[dict[str, str]]:
    """The data of every output that was displayed."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: outputs.append(data))
    return outputs


def pills(svg: str) -> list[str]:
    """What the map says of its lessons."""
    return re.findall(r">([^<>]*proven|open)<", svg)


def readable(output: dict[str, str]) -> str:
    """All that an output says in words, without the numbers by which a picture is drawn."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^<>]*>", " ", text) for text in output.values())


# the whole map


def test_states_count_what_is_proven(course):
    for name in ("layer_output", "Bert", "gone"):
        store.record(name, "text")
    states = progress.states()
    assert list(states) == [lesson.topic for lesson in LESSONS]
    assert {topic: state for topic, state in states.items() if state[0]} == {
        "orientation": (1, 2),
        "whole_model": (1, 3),
    }


def test_progress_shows_the_map_and_says_it_in_words(course, shown, capsys):
    store.record("layer_output", "text")
    store.record("count_parameters", "text")
    store.record("Bert", "text")
    progress.progress()
    picture, caption, words = shown
    assert picture["text/plain"] == caption["text/plain"]
    assert caption["text/plain"].endswith(f"You have proven 3 of {len(LESSONS) + 3} functions.")
    assert {"✓ all 2 proven", "0 of 1 proven", "1 of 3 proven"} == set(pills(picture["image/svg+xml"]))
    lines = words["text/plain"].splitlines()
    assert len(lines) == len(LESSONS)
    assert lines[0] == "00 Meet the model: 2 of 2 proven; proven: count_parameters, layer_output"
    assert lines[1] == "01 Text to ids: 0 of 1 proven; open: only_1"
    assert lines[7] == "07 The whole model: 1 of 3 proven; proven: Bert; open: pooler, rename_key"
    assert "1 of 3 proven; proven: Bert" in words["text/html"]
    everything = str(shown) + capsys.readouterr().out
    assert str(store.folder()) not in everything


def test_an_empty_map_counts_and_names_no_exercises(shown):
    progress.progress()
    picture, caption, words = shown
    assert caption["text/plain"].endswith("Nothing is proven yet: every lesson is open.")
    assert set(pills(picture["image/svg+xml"])) == {"open"}
    assert words["text/plain"] == progress.EMPTY
    assert not re.search(r"\d", words["text/html"])
    names = reference.all_exercises()
    for output in shown:
        assert not re.search(rf"\b{len(names)}\b|\d of \d", readable(output))
        assert not re.search(rf"\b({'|'.join(name for name in names if '_' in name)})\b", readable(output))


def test_an_exercise_more_leaves_the_empty_map_as_it_is(course, shown):
    progress.progress()
    before = list(shown)
    shown.clear()
    course["speed"] = ["fuse_qkv", "sdpa_attention", "pack_sequences"]
    progress.progress()
    assert shown == before


def test_the_courses_own_exercises_can_be_counted():
    for lesson in LESSONS:
        for name in reference.exercises(lesson.topic):
            assert checks.find(name).name == name
    assert progress.states()["tokenization"][0] == 0


# one lesson


@pytest.mark.parametrize("lesson", ["whole_model", 7, "07_whole_model", "07"])
def test_a_lesson_says_what_is_proven_and_what_is_open(course, shown, lesson):
    store.record("pooler", "text")
    store.record("layer_output", "text")
    progress.progress(lesson)
    (output,) = shown
    assert output["text/plain"] == "07 The whole model: 1 of 3 proven\n  proven: pooler\n  open: Bert, rename_key"
    said = " ".join(readable({"html": output["text/html"]}).split())
    assert said == "07 The whole model: 1 of 3 proven proven: ✓ pooler open: ○ Bert ○ rename_key"
    assert 'aria-valuenow="1" aria-valuemax="3"' in output["text/html"]


def test_a_lesson_without_and_with_all_proven(course, shown):
    progress.progress("orientation")
    for name in course["orientation"]:
        store.record(name, "text")
    progress.progress("orientation")
    assert [output["text/plain"] for output in shown] == [
        "00 Meet the model: 0 of 2 proven\n  open: count_parameters, layer_output",
        "00 Meet the model: ✓ all 2 proven\n  proven: count_parameters, layer_output",
    ]


def test_a_lesson_shows_no_other(course, shown):
    progress.progress("whole_model")
    course["speed"] = ["fuse_qkv", "sdpa_attention", "pack_sequences"]
    store.record("fuse_qkv", "text")
    progress.progress("whole_model")
    assert shown[0] == shown[1]
    assert "svg" not in str(shown)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_an_exercise_notebook_ends_with_its_own_lesson(lesson):
    source = (ROOT / "sources" / "exercises" / f"{lesson.stem}.py").read_text(encoding="utf-8")
    assert source.endswith(f'\nprogress("{lesson.topic}")\n')
    assert not re.search(r"^progress\(\)", source, re.MULTILINE)


@pytest.mark.parametrize("lesson", ["gelu", "closing", "", 14, -1, 5.0, True, ["speed"]])
def test_a_wrong_lesson_gets_a_sentence(shown, capsys, lesson):
    progress.progress(lesson)
    said = capsys.readouterr().out
    assert said.startswith(f"There is no lesson {lesson!r}: ")
    assert said.count("\n") == 1
    assert all(each.topic in said for each in LESSONS)
    assert f"number (0 to {LESSONS[-1].number})" in said
    assert LESSONS[-1].stem in said
    assert not shown
