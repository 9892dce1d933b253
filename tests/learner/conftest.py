"""What the tests of the progress file share."""

from pathlib import Path

import pytest

from course_utils.learner import store


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty progress folder and a session that remembers nothing."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setattr(store, "_session", {})
    monkeypatch.setattr(store, "_said", set())
    monkeypatch.setattr(store, "_waited", set())
    return tmp_path / "progress"
