"""A change stays local: in a copy of the course an exercise is added, and no other lesson's notebook notices."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

KEY = '''

def swish(x: Tensor) -> Tensor:
    """Multiply each number by its sigmoid: x · σ(x).

    x: any shape.

    Returns: the same shape.
    Equal to: `F.silu(x)`.
    """
    return x * torch.sigmoid(x)
'''
CHECK = '''"""Any shape."""

from course_utils.judge import Case, Check
from course_utils.reference.feed_forward import swish

check = Check(swish, lambda draw: [Case((draw.normal(2, 5, 3),))])
'''
DIFF = """hint: One.
hint: Two.
hint: Three.

- return x * torch.sigmoid(x)
+ return torch.sigmoid(x)
no_product: x itself is missing.
"""
LINE = """# %% [markdown]
# One more bend.

# %%
# exercise: swish, easy, 5 minutes

# %% [markdown]
"""
UNMOVED = ("notebooks/14_closing.ipynb", "exercises/04_add_and_norm.ipynb", "exercises/06_encoder_layer.ipynb")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The course with an exercise more in lesson 05, its notebooks not built again."""
    folder = tmp_path_factory.mktemp("course") / "copy"
    left_out = shutil.ignore_patterns(".git", ".venv", ".build", ".*_cache", "__pycache__", "artifacts")
    shutil.copytree(ROOT, folder, ignore=left_out)
    with (folder / "course_utils/reference/feed_forward.py").open("a", encoding="utf-8") as key:
        key.write(KEY)
    checks = folder / "course_utils/checks/feed_forward"
    (checks / "swish.py").write_text(CHECK, encoding="utf-8")
    (checks / "swish.diff").write_text(DIFF, encoding="utf-8")
    source = folder / "sources/exercises/05_feed_forward.py"
    before, mark, after = source.read_text(encoding="utf-8").rpartition("# %% [markdown]\n")
    assert mark
    source.write_text(before + LINE + after, encoding="utf-8")
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess:
    env = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, env=env, capture_output=True, text=True)


def test_the_new_exercise_is_known(copy):
    code = "import course_utils as c; print(c.check_swish(lambda x: x.sigmoid()).diagnosis, 'check_swish' in dir(c))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "('no_product',) True\n", done.stderr


def test_only_the_notebooks_of_its_lesson_change_their_cells(copy):
    done = run(copy, "tools.build", "--check", "--quick")
    assert done.returncode == 1
    changed = set(re.findall(r"^--- (\S+\.ipynb) \(committed\)$", done.stderr, re.M))
    assert changed == {"exercises/05_feed_forward.ipynb", "solutions/05_feed_forward.ipynb"}


def test_no_other_notebook_changes_its_outputs(copy):
    """Those that show progress, the map or the certificate; all others show nothing of other lessons' exercises."""
    done = run(copy, "pytest", "-q", "--nbval", "-p", "no:cacheprovider", *UNMOVED)
    assert done.returncode == 0, done.stdout[-3000:]
