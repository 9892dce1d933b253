"""CONTRIBUTING.md shows real files, and names only what exists."""

import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"`([^`\n]+\.(?:py|diff))`:\n\n```\w+\n(.+?)\n```", TEXT, re.DOTALL)


def test_there_are_samples():
    assert len(SAMPLES) == 2


@pytest.mark.parametrize(("file", "sample"), SAMPLES, ids=[file for file, _ in SAMPLES])
def test_a_sample_is_what_the_file_says(file, sample):
    assert sample in (ROOT / file).read_text(encoding="utf-8")


def test_every_command_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target
    for module in re.findall(r"python -m tools\.(\w+)", TEXT):
        assert (ROOT / "tools" / f"{module}.py").exists()


def test_every_folder_of_the_table_exists():
    for name in re.findall(r"`([\w/]+)`", TEXT.partition("## How to add")[0]):
        assert (ROOT / name).exists(), name
