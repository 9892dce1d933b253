"""The settings that the course gives JupyterLab: a misspelt or renamed one would silently do nothing."""

import json
from pathlib import Path

import jsonschema
import pytest
from jupyterlab.commands import get_app_dir

from course_utils.start.options import DEFAULTS

SETTINGS = json.loads((DEFAULTS / "labconfig" / "default_setting_overrides.json").read_text())


@pytest.mark.parametrize("plugin", SETTINGS)
def test_jupyterlab_knows_each_setting(plugin):
    package, name = plugin.split(":")
    schema = json.loads((Path(get_app_dir()) / "schemas" / package / f"{name}.json").read_text())
    assert set(SETTINGS[plugin]) <= set(schema["properties"])
    jsonschema.validate(SETTINGS[plugin], schema)
