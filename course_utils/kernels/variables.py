"""The environment of a forked kernel: what was read of the warm process's when it imported, and what has to be its user's.

Some variables count when something is loaded, so they must be the same in both. What modules have made of the home folder
and of the user's name is found again, because the warm process has placeholders for them.
"""

import contextlib
import getpass
import os
import sys
import warnings
from types import ModuleType

PLACEHOLDERS = {"HOME": "/dev/null/home-of-the-learner", "USER": "the-learner"}
# What Python, its libraries, or the C libraries below them read when they are loaded.
AT_START = (
    *("PYTHON", "LD_", "GLIBC_", "MALLOC_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "DNNL_", "ONEDNN_", "ATEN_"),
    *("TORCH", "PYTORCH", "AOT_", "AOTINDUCTOR", "CUDA_", "NUMPY_", "NPY_", "SCIPY_", "SYMPY_", "MPMATH_", "PILLOW_"),
    *("HF_", "HUGGINGFACE_", "TRANSFORMERS_", "TQDM_", "USE_", "XLA_", "XDG_CACHE_HOME", "JUPYTER_WIDGETS_ECHO"),
)
LATER = ("PYTHONPATH", "HF_TOKEN")  # a kernel can still take these over
_set: dict[str, str] = {}  # variables that an import sets
_traces: list[tuple[object, str]] = []  # an object and its attribute, a text with a placeholder


def read_at_start(name: str) -> bool:
    """Whether this variable is read once, when something is loaded."""
    return name.startswith(AT_START) and name not in LATER


def note_imports(before: dict[str, str]) -> None:
    """Note what the imports have left: variables that were not there before, and texts with a placeholder."""
    _set.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    with warnings.catch_warnings(action="ignore"):  # some attributes say that they are deprecated
        for module in list(sys.modules.values()):
            if type(module) is ModuleType:  # not one that loads its parts when they are asked for
                _traces.extend(_texts(module))
                for value in list(vars(module).values()):
                    if type(getattr(value, "__dict__", None)) is dict:
                        _traces.extend(_texts(value))


def _texts(owner: object) -> list[tuple[object, str]]:
    texts = [(name, value) for name, value in vars(owner).items() if type(value) is str]
    return [(owner, name) for name, value in texts if any(known in value for known in PLACEHOLDERS.values())]


def differing(env: dict[str, str]) -> str:
    """A variable that has to be as in the warm process, and is not; "" if there is none."""
    names = sorted({*env, *os.environ} - _set.keys())
    return next((name for name in names if read_at_start(name) and env.get(name) != os.environ.get(name)), "")


def take(env: dict[str, str]) -> None:
    """Make this the environment, and put what it says in place of the placeholders."""
    os.environ.clear()
    os.environ.update(env)
    own = {"HOME": os.path.expanduser("~"), "USER": str(os.getuid())}
    with contextlib.suppress(KeyError, OSError):  # a user whom the system has no name for
        own["USER"] = getpass.getuser()
    for name, value in _set.items():
        os.environ.setdefault(name, _filled(value, own))
    for owner, name in _traces:
        setattr(owner, name, _filled(getattr(owner, name), own))


def _filled(text: str, own: dict[str, str]) -> str:
    for variable, placeholder in PLACEHOLDERS.items():
        text = text.replace(placeholder, own[variable])
    return text
