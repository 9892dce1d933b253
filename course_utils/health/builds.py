"""Which build of torch is installed: PyPI's for Linux is the one for NVIDIA's GPUs, and more than ten times as large."""

import importlib.metadata as metadata
import re
import shutil
from pathlib import Path

from .packages import CPU_TORCH


def torch_build() -> str:
    """The build of torch in a sentence, without importing it; "" if there is none."""
    try:
        package = metadata.distribution("torch")
    except metadata.PackageNotFoundError:
        return ""
    about = Path(str(package.locate_file("torch/version.py")))
    text = about.read_text(encoding="utf-8") if about.is_file() else ""
    found = dict(re.findall(r"^(cuda|hip)\b[^=\n]*= *['\"]([^'\"]+)['\"]", text, re.M))
    torch = f"torch {package.version.partition('+')[0]}"
    if not found:
        return f"{torch} is the build for the CPU, which is all that the course needs."
    what = f"CUDA {found['cuda']}" if "cuda" in found else f"ROCm {found['hip']}"
    gpu = "" if shutil.which("nvidia-smi") or shutil.which("rocm-smi") else ", though no GPU is found here"
    return (
        f"{torch} is the build for {what}{gpu}: it works; its download is about 3 GB. The build for the CPU is a tenth of that and "
        f"is all that the course needs: `pip install inside-bert --extra-index-url {CPU_TORCH}` in a new environment gets it."
    )
