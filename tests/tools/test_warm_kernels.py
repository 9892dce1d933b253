"""A forked kernel is a kernel like others, with its imports done."""

import os
import sys

import pytest
from jupyter_client.manager import start_new_kernel

from tests.warm_kernels import Forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture
def kernel(tmp_path):
    env = {"COURSE_CI": "1", "PYTHONPATH": str(tmp_path / "more"), "PATH": "/usr/bin:/bin"}
    manager, client = start_new_kernel(cwd=str(tmp_path), env=env)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert not manager.has_kernel


def said(client, code: str) -> str:
    """What a cell prints, or the name of what it raises."""
    texts = []
    reply = client.execute_interactive(
        code, timeout=60, output_hook=lambda message: texts.append(message["content"].get("text", ""))
    )
    return "".join(texts).strip() or reply["content"].get("ename", "")


def test_it_is_warm_and_stands_where_it_should(kernel, tmp_path):
    manager, client = kernel
    assert isinstance(manager.provisioner.process, Forked)
    assert said(
        client, "import sys; print({'torch', 'transformers'} <= sys.modules.keys(), 'course_utils' in sys.modules)"
    ) == ("True False")
    assert said(client, "import os; print(os.getcwd())") == str(tmp_path)
    assert said(client, "print(sorted(os.environ)[:1], os.environ['COURSE_CI'])") == "['CLICOLOR'] 1"
    assert said(client, f"print({str(tmp_path / 'more')!r} in sys.path)") == "True"
    assert (
        said(client, "import torch; print(torch.mm(torch.ones(300, 300), torch.ones(300, 300)).sum().item())")
        == "27000000.0"
    )


def test_it_can_be_interrupted(kernel):
    manager, client = kernel
    client.execute("import time; print('begun', flush=True); time.sleep(600)")
    while client.get_iopub_msg(timeout=60)["content"].get("text", "").strip() != "begun":
        pass
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"


def test_nothing_of_it_stays(kernel):
    manager, _ = kernel
    number = manager.provisioner.pid
    os.kill(number, 0)  # there is such a process
    manager.shutdown_kernel(now=True)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
