"""How the tests of the model change a checkpoint, and what they ask: which sentence is said, what another Python prints."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course_utils import model
from course_utils.model import ModelError


def problem() -> str:
    """The one sentence with which the model is refused, alike for MODEL and load_model()."""
    with pytest.raises(ModelError) as by_name:
        _ = model.MODEL
    with pytest.raises(ModelError) as by_loading:
        model.load_model()
    text = str(by_name.value)
    assert text == str(by_loading.value)
    assert "\n" not in text
    assert len(text) < 400
    assert "COURSE_MODEL" in text, "it says what to do"
    assert by_name.value._render_traceback_() == [f"ModelError: {text}"]
    return text


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run `code` in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def change_json(path: Path, **changes) -> None:
    """Set entries of the JSON object in a file; a file that is not there begins as an empty one."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(known | changes), encoding="utf-8")


def change_config(folder: Path, **changes) -> None:
    change_json(folder / "config.json", **changes)


def change_tokenizer(folder: Path, **changes) -> None:
    change_json(folder / "tokenizer_config.json", **changes)
