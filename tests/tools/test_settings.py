"""The settings that the course gives JupyterLab: a misspelt or renamed one would silently do nothing."""

import json
from pathlib import Path

import jsonschema
import pytest
from jupyterlab.commands import get_app_dir

from tests.conftest import ROOT

SETTINGS = json.loads((ROOT / "tools" / "jupyter" / "labconfig" / "default_setting_overrides.json").read_text())


@pytest.mark.parametrize("plugin", SETTINGS)
def test_jupyterlab_knows_each_setting(plugin):
    package, name = plugin.split(":")
    schema = json.loads((Path(get_app_dir()) / "schemas" / package / f"{name}.json").read_text())
    assert set(SETTINGS[plugin]) <= set(schema["properties"])
    jsonschema.validate(SETTINGS[plugin], schema)
