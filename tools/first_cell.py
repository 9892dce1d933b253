"""The code cell that every notebook begins with: on Colab and Kaggle it installs the course, elsewhere it does nothing.

Those two bring Python, PyTorch and a kernel of their own. A newer kernel put under one that runs can keep a session from
starting again, so the package comes alone, without JupyterLab, and beside it only what they lack or have too old.
"""

import re
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TAG = "install"
# What a learner installs and those places bring themselves, part of it in use before the first cell is run.
THEIRS = ("torch", "numpy", "matplotlib", "ipywidgets", "jupyterlab", "ipykernel")

_SOURCE = """\
# On Colab and Kaggle this cell installs the course. On your own computer it does nothing.
import os
from importlib.util import find_spec

# To keep your progress there, remove the # below and name a folder that stays: /kaggle/working, or one in your mounted Drive.
# os.environ["COURSE_PROGRESS"] = "/content/drive/MyDrive/inside-bert"
if find_spec("course_utils") is None:
    if not os.environ.keys() & {{"COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE"}}:
        raise ModuleNotFoundError(
            "This kernel's Python does not have the course: choose a kernel that has it (Kernel, Change Kernel), or "
            "install it into this one with `pip install inside-bert`."
        )
    # Kaggle must be allowed to download it: switch on Internet under Settings.
    %pip install -q {missing}
    %pip install -q --no-deps inside-bert\
"""


def source() -> str:
    """The text of the cell."""
    return _SOURCE.format(missing=" ".join(f'"{line}"' for line in missing_there()))


def cell() -> nbformat.NotebookNode:
    """The cell, folded in JupyterLab: its first line says what it is, and at home nobody needs more of it."""
    metadata = {"tags": [TAG], "jupyter": {"source_hidden": True}}
    return nbformat.v4.new_code_cell(source(), metadata=metadata)


def missing_there() -> list[str]:
    """The course's dependencies that Colab and Kaggle do not bring, as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [line for line in project["dependencies"] if re.split(r"[^\w-]", line)[0] not in THEIRS]
