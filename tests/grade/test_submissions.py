"""Whose notebook is whose, in every form in which submissions arrive; and nothing that is handed in stops the class."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.grade.errors import SubmissionsError
from course_utils.grade.handed_in import archive
from course_utils.grade.handed_in import submissions as module
from course_utils.grade.handed_in.submissions import in_part, read_submissions, safe_name, shard
from course_utils.grade.report.page import folders

NOTEBOOK = b'{"cells": []}'
LESSON_3 = "03_self_attention.ipynb"
LESSON_4 = "04_add_and_norm.ipynb"


def folder(root: Path, *paths: str, content: bytes = NOTEBOOK) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def zipped(*paths: str, content: bytes = NOTEBOOK, **inside: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.writestr(path, content)
        for path, data in inside.items():
            file.writestr(path.replace("__", "."), data)
    return raw.getvalue()


def read(path: Path) -> dict[str, list[str]]:
    return {each.student: [notebook.path for notebook in each.notebooks] for each in read_submissions(path)}


LAYOUTS = {
    "moodle folders": (
        f"Jane Müller_123456_assignsubmission_file_/{LESSON_3}",
        f"Ben Li_123457_assignsubmission_file/{LESSON_3}",
        {"Ben_Li", "Jane_Müller"},
    ),
    "moodle, flat": (
        f"Jane Müller_123456_assignsubmission_file_{LESSON_3}",
        f"Ben Li_123457_assignsubmission_file_{LESSON_3}",
        {"Ben_Li", "Jane_Müller"},
    ),
    "moodle, blind": (
        f"Participant_123456_assignsubmission_file_/{LESSON_3}",
        f"Participant_123457_assignsubmission_file_/{LESSON_3}",
        {"Participant_123456", "Participant_123457"},
    ),
    "moodle, two of a name": (
        f"Jane Doe_11_assignsubmission_file_/{LESSON_3}",
        f"Jane Doe_12_assignsubmission_file_/{LESSON_3}",
        {"Jane_Doe_11", "Jane_Doe_12"},
    ),
    "canvas": (
        "doejane_LATE_1234_5678_03_self_attention-1.ipynb",
        "müllerben_77_5679_03_self_attention.ipynb",
        {"doejane_1234", "müllerben_77"},
    ),
    "canvas, blind": (
        "anon_xY12z_5678_03_self_attention.ipynb",
        "LATE_anon_aB34c_5679_03_self_attention-1.ipynb",
        {"anon_xY12z", "anon_aB34c"},
    ),
    "nbgrader": (f"submitted/anna/ps1/{LESSON_3}", f"submitted/ben/ps1/{LESSON_3}", f"release/ps1/{LESSON_3}", {"anna", "ben"}),
    "nbgrader, one learner": (f"submitted/anna/ps1/{LESSON_3}", f"submitted/anna/ps2/{LESSON_3}", {"anna"}),
    "student, assignment": (f"anna/ps1/{LESSON_3}", f"ben/ps1/{LESSON_3}", f"ben/ps2/{LESSON_4}", {"anna", "ben"}),
    "assignments of one learner": (f"anna/ps1/{LESSON_3}", f"anna/ps2/{LESSON_4}", {"anna"}),
    "lesson, student": (f"lesson 03/anna/{LESSON_3}", f"lesson 04/anna/{LESSON_4}", f"lesson 04/ben/{LESSON_4}", {"anna", "ben"}),
    "groups": (f"monday/anna/{LESSON_3}", f"monday/ben/{LESSON_3}", f"tuesday/carl/{LESSON_3}", f"tuesday/di/{LESSON_3}",
               {"anna", "ben", "carl", "di"}),
    "deep": (f"export/anna/inside-bert-main/exercises/{LESSON_3}", f"export/ben/{LESSON_3}", {"anna", "ben"}),
    "flat, with names": (f"anna_{LESSON_3}", "03_self_attention_ben (1).ipynb", "anna-04-add-and-norm-final.ipynb", {"anna", "ben"}),
    "flat, only names": ("anna.ipynb", "Ben Müller.ipynb", {"anna", "Ben_Müller"}),
    "flat, no names": (LESSON_3, "04_add_and_norm (2).ipynb", "03_self_attention-Copy1.ipynb", {"handed_in"}),
    "numbers as ids": (f"4711001/{LESSON_3}", f"0012345/{LESSON_3}", {"4711001", "0012345"}),
    "short numbers as ids": (f"01/{LESSON_3}", f"02/{LESSON_3}", f"03/{LESSON_3}", f"30/{LESSON_3}", {"01", "02", "03", "30"}),
    "lessons by number": (f"03/anna/{LESSON_3}", "04/anna/work.ipynb", f"04/ben/{LESSON_4}", {"anna", "ben"}),
    "a learner's folders by number": (f"03/{LESSON_3}", f"04/{LESSON_4}", {"handed_in"}),
    "flat, with numbers": (f"student_1_{LESSON_3}", f"student_2_{LESSON_3}", f"3_{LESSON_3}", {"student_1", "student_2", "3"}),
    "a learner's old folder": (f"anna/{LESSON_3}", f"anna/old/{LESSON_3}", f"ben/{LESSON_3}", {"anna", "ben"}),
    "odd endings": ("anna/03_self_attention.ipynb.txt", "ben/03_self_attention.IPYNB", {"anna", "ben"}),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_whose_notebook_it_is(layout, as_zip, tmp_path):
    *paths, students = LAYOUTS[layout]
    place = tmp_path / "handed_in"
    if as_zip:
        place = tmp_path / "handed_in.zip"
        place.write_bytes(zipped(*paths))
    else:
        folder(place, *paths)
    found = read(place)
    assert set(found) == students
    wanted = [path for path in paths if not path.startswith("release")]
    assert sorted(path for handed_in in found.values() for path in handed_in) == sorted(wanted)


def test_a_zip_of_zips_is_read_in_memory(tmp_path):
    class_zip = tmp_path / "class.zip"
    with zipfile.ZipFile(class_zip, "w") as file:
        file.writestr("Jane Müller_1_assignsubmission_file_/work.zip", zipped(f"inside-bert/{LESSON_3}", LESSON_4))
        file.writestr("Ben Li_2_assignsubmission_file_/x.zip", zipped(deeper__zip=zipped(LESSON_3, content=b"deep")))
    before = sorted(tmp_path.iterdir())
    ben, jane = read_submissions(class_zip)
    assert [each.path.split("/")[1:] for each in jane.notebooks] == [
        ["work.zip", LESSON_4],
        ["work.zip", "inside-bert", LESSON_3],
    ]
    assert ben.notebooks[0].content == b"deep"
    assert sorted(tmp_path.iterdir()) == before


def test_zips_in_a_folder_are_learners(tmp_path):
    for name in ("anna", "ben"):
        (tmp_path / f"{name}.zip").write_bytes(zipped(f"exercises/{LESSON_3}"))
    assert read(tmp_path) == {name: [f"{name}.zip/exercises/{LESSON_3}"] for name in ("anna", "ben")}


def test_several_exports_of_moodle_are_joined_by_name(tmp_path):
    folder(tmp_path, f"a/Jane_11_assignsubmission_file_/{LESSON_3}", f"b/Jane_92_assignsubmission_file_/{LESSON_4}")
    (jane,) = read_submissions(tmp_path)
    assert len(jane.notebooks) == 2
    assert set(jane.ids) == {"11", "Participant 11", "92", "Participant 92"}


def test_what_systems_add_is_left_out(tmp_path):
    folder(
        tmp_path,
        f"anna/{LESSON_3}",
        "anna/.ipynb_checkpoints/03_self_attention-checkpoint.ipynb",
        f"__MACOSX/anna/._{LESSON_3}",
        f".hidden/{LESSON_3}",
    )
    assert read(tmp_path) == {"anna": [f"anna/{LESSON_3}"]}


def test_the_time_is_the_files(tmp_path):
    folder(tmp_path / "one", f"anna/{LESSON_3}")
    os.utime(tmp_path / "one" / "anna" / LESSON_3, (1_000_000_000, 1_000_000_000))
    assert read_submissions(tmp_path / "one")[0].notebooks[0].changed == 1_000_000_000
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as file:
        file.writestr(zipfile.ZipInfo("anna/x.ipynb", (2001, 9, 9, 1, 46, 40)), NOTEBOOK)
    assert read_submissions(tmp_path / "two.zip")[0].notebooks[0].changed == 1_000_000_000


def test_who_handed_in_no_notebook_is_told_with_what_they_did(tmp_path):
    folder(
        tmp_path,
        f"Jane_1_assignsubmission_file_/{LESSON_3}",
        "Ben_2_assignsubmission_file_/essay.pdf",
        "carl/work.docx",
    )
    ben, jane, carl = read_submissions(tmp_path)
    assert ben.notebooks == carl.notebooks == ()
    assert "essay.pdf" in ben.looks[0].reason
    assert "work.docx" in carl.looks[0].reason
    assert jane.looks == ()


@pytest.mark.parametrize("make", [
    lambda monkeypatch: zipped(LESSON_3, content=b" " * 70 * 2**20),
    lambda monkeypatch: zipped(LESSON_3)[:-30],
    lambda monkeypatch: b"",
    lambda monkeypatch: zipped(a__zip=zipped(b__zip=zipped(c__zip=zipped(LESSON_3)))),
    lambda monkeypatch: monkeypatch.setattr(archive, "MOST_FILES", 50) or zipped(*(f"{i}.ipynb" for i in range(51))),
    lambda monkeypatch: monkeypatch.setattr(archive, "MOST_OF_A_ZIP", 100) or zipped(in__zip=zipped(LESSON_3)),
    lambda monkeypatch: monkeypatch.setattr(archive, "MOST_FILES", 5) or zipped(in__zip=zipped(*(f"{i}.ipynb" for i in range(6)))),
    lambda monkeypatch: monkeypatch.setattr(module, "MOST_OF_A_LEARNER", 5) or zipped(LESSON_3),
    lambda monkeypatch: zipped(LESSON_3).replace(b"cells", b"CELLS").replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
], ids=["bomb", "cut off", "empty", "too deep", "too many files", "zip too big", "too many files inside", "too much together", "encrypted"])  # fmt: skip
def test_one_bad_zip_stops_nobody_else(make, tmp_path, monkeypatch):
    folder(tmp_path, f"anna/{LESSON_3}", content=b"{}")
    folder(tmp_path, "ben/work.zip", content=make(monkeypatch))
    anna, ben = read_submissions(tmp_path)
    assert ben.notebooks == ()
    assert ben.looks[0].notebook.startswith("ben/work.zip")
    assert ben.looks[0].reason.startswith(("This file ", "This notebook "))
    assert len(anna.notebooks) == 1


def test_a_class_that_does_not_fit_in_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_OF_A_CLASS", 2 * len(NOTEBOOK))
    folder(tmp_path, *(f"{name}/{LESSON_3}" for name in ("anna", "ben", "carl")))
    with pytest.raises(SubmissionsError, match="--shard"):
        read_submissions(tmp_path)


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    folder(tmp_path, f"secret/{LESSON_3}", f"class/anna/{LESSON_3}")
    (tmp_path / "class" / "ben").mkdir()
    (tmp_path / "class" / "ben" / "x.ipynb").symlink_to(tmp_path / "secret" / LESSON_3)
    anna, ben = read_submissions(tmp_path / "class")
    assert ben.notebooks == ()
    assert "link" in ben.looks[0].reason
    assert len(anna.notebooks) == 1


@pytest.mark.parametrize("name", ["nothing", "empty", "file.pdf", "broken.zip", "empty.zip"])
def test_what_cannot_be_submissions_is_one_sentence(name, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.pdf").write_bytes(b"%PDF")
    (tmp_path / "broken.zip").write_bytes(b"PK nothing")
    (tmp_path / "empty.zip").write_bytes(zipped())
    with pytest.raises(SubmissionsError, match=name) as caught:
        read_submissions(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_names_that_would_share_a_folder_get_one_each(tmp_path):
    folder(
        tmp_path,
        f"monday/Anna/{LESSON_3}",
        f"monday/ben/{LESSON_3}",
        f"tuesday/anna/{LESSON_3}",
        f"tuesday/carl/{LESSON_3}",
    )
    students = [each.student for each in read_submissions(tmp_path)]
    assert len({student.casefold() for student in students}) == 4
    assert sum(student.casefold().startswith("anna-") for student in students) == 2
    assert {"Anna", "anna"} <= {identity for each in read_submissions(tmp_path) for identity in each.ids}


@given(st.text())
def test_a_safe_name_is_one(text):
    name = safe_name(text)
    assert name == safe_name(name)
    assert name.strip(" .") == name != ""
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t ')
    assert list(folders([name]).values()) == [name]  # what the feedback's folder is called


@settings(max_examples=40, deadline=None)
@given(
    st.sets(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12), min_size=1
    )
)
def test_two_learners_never_share_a_name(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("odd") / "class.zip"
    path.write_bytes(
        zipped(*(f"{name}_{number}_assignsubmission_file_/x.ipynb" for number, name in enumerate(sorted(names))))
    )
    submissions = read_submissions(path)
    assert len({each.student.casefold() for each in submissions}) == len(submissions)
    assert all(each.student == safe_name(each.student) for each in submissions)


def test_every_learner_is_in_one_shard(tmp_path):
    folder(tmp_path, *(f"learner {letter}/{LESSON_3}" for letter in "abcdefghij"))
    everybody = read_submissions(tmp_path)
    parts = [shard(everybody, index, 3) for index in (1, 2, 3)]
    assert sorted((each for part in parts for each in part), key=lambda each: each.student) == everybody
    assert all(parts)
    assert [read_submissions(tmp_path, (index, 3)) for index in (1, 2, 3)] == parts
    assert in_part("anna", 1, 1)


def test_names_without_a_flag_for_utf_8_keep_their_umlauts(tmp_path):
    """What the archiver of macOS writes: UTF-8, umlauts taken apart, and no word of either."""
    raw = zipped("Jorg__/x.ipynb").replace(b"Jorg__", "Jo\u0308rg".encode())
    (tmp_path / "class.zip").write_bytes(raw)
    assert read(tmp_path / "class.zip") == {"Jörg": ["Jörg/x.ipynb"]}


def test_a_member_outside_of_its_zip_stays_inside(tmp_path):
    (tmp_path / "class.zip").write_bytes(zipped("../../etc/x.ipynb", "/anna/x.ipynb", "ben\\x.ipynb"))
    assert set(read(tmp_path / "class.zip")) == {"etc", "anna", "ben"}


@pytest.mark.parametrize(
    "name",
    ["a/" * 30_000 + "x.ipynb", "final_" * 10_000 + ".ipynb", "lesson 1 " * 7_000 + ".ipynb"],
    ids=["deep", "long", "lessons"],
)
def test_a_name_that_is_an_attack_is_told(name, tmp_path):
    folder(tmp_path, f"anna/{LESSON_3}")
    (tmp_path / "ben.zip").write_bytes(zipped(name))
    anna, ben = read_submissions(tmp_path)
    assert len(anna.notebooks) == 1
    assert ben.notebooks == ()
    assert "deeper than 40 folders, or has a name longer" in ben.looks[0].reason


def test_folders_that_are_too_deep_are_told(tmp_path):
    folder(tmp_path, f"anna/{LESSON_3}", f"ben/{'a/' * 50}{LESSON_3}")
    _, ben = read_submissions(tmp_path)
    assert ben.notebooks == ()
    assert "deeper than 40" in ben.looks[0].reason


def test_thousands_of_notebooks_of_one_learner_are_not_all_read(tmp_path):
    (tmp_path / "ben.zip").write_bytes(zipped(*(f"{number}/x.ipynb" for number in range(600))))
    (ben,) = read_submissions(tmp_path)
    assert len(ben.notebooks) == module.MOST_NOTEBOOKS
    assert ben.looks[-1].reason == "80 more files could not be read."


def test_the_ids_in_a_folders_name_are_kept_for_the_roster(tmp_path):
    folder(tmp_path, f"Abgabe/Müller_Jörg_jmueller_123456/{LESSON_3}", f"Abgabe/Li (0012345)/{LESSON_3}")
    li, joerg = read_submissions(tmp_path)
    assert set(joerg.ids) == {"Müller_Jörg_jmueller_123456", "jmueller", "123456"}
    assert set(li.ids) == {"Li (0012345)", "0012345"}
