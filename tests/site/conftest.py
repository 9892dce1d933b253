"""The built site, the same for all tests of a run."""

from pathlib import Path

import pytest

from tests.browser.site import built_once


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the built site. Not to be changed."""
    return built_once(tmp_path_factory)
