"""The session around a check: the same for the reference and for every answer, and left as it was.

A learner may have switched gradients off, or be inside `torch.autocast`: neither may make a right answer wrong. Some of this
state belongs to the process, some to the thread, so `known_thread` is entered again in the thread in which an answer runs.
"""

import contextlib
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch

_DEVICES = ("cpu", "cuda", "mps", "xpu")  # on which autocast may be on


@contextlib.contextmanager
def session_kept() -> Iterator[None]:
    """Undoes what the code inside does to random states and deterministic algorithms; `known_state` inside."""
    torch_state, python_state, numpy_state = torch.get_rng_state(), random.getstate(), np.random.get_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        with known_state():
            yield
    finally:
        torch.set_rng_state(torch_state)
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        if torch.are_deterministic_algorithms_enabled() != deterministic:  # the call imports 800 modules
            torch.use_deterministic_algorithms(deterministic)


@contextlib.contextmanager
def known_state() -> Iterator[None]:
    """Inside, `known_thread`, the default dtype is float32, and nothing warns: a check's own views and properties meet values
    of any kind. After it, dtype and number of threads are as they were.
    """
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        with warnings.catch_warnings(), known_thread():
            warnings.simplefilter("ignore")
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


@contextlib.contextmanager
def known_thread() -> Iterator[None]:
    """Inside, this thread records gradients, is outside of inference mode and autocast, and makes tensors on the CPU.

    It computes on one thread: a check's inputs are small, and several threads would mostly wait for each other. What is so
    already is not set again, since some of these contexts slow every call of torch down.
    """
    with contextlib.ExitStack() as stack:
        torch.set_num_threads(1)
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        for device in _DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield
