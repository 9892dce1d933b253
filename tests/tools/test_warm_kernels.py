"""The notebooks' kernels under pytest are forked: they begin with their imports done."""

import sys

import pytest
from jupyter_client.manager import start_new_kernel

from course_utils import load_model
from course_utils.kernels.asking import Forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def test_a_kernel_of_the_tests_is_forked_and_ends(tmp_path):
    manager, client = start_new_kernel(cwd=str(tmp_path))
    process = manager.provisioner.process
    try:
        assert isinstance(process, Forked)
        reply = client.execute("1 + 1", user_expressions={"there": "'torch' in __import__('sys').modules"}, reply=True)
        assert reply["content"]["user_expressions"]["there"]["data"]["text/plain"] == "True"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not manager.has_kernel
    assert process.poll() is not None


def test_a_kernel_is_forked_after_a_model_was_loaded_too(tmp_path):
    """Loading a model sets variables of its libraries; a warm process without them would refuse every kernel from then on."""
    for before in (int, load_model):  # nothing, then a model
        before()
        manager, client = start_new_kernel(cwd=str(tmp_path))
        process = manager.provisioner.process
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        assert isinstance(process, Forked)
