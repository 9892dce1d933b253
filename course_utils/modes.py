"""What a picture or widget needs of torch for a moment, and gives back as it was, also when something raises."""

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def is_live() -> bool:
    """Whether a front end can show widgets: in a notebook's kernel, and not under COURSE_CI=1."""
    if os.environ.get("COURSE_CI") == "1":
        return False
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


@contextlib.contextmanager
def in_eval_mode(model: "nn.Module") -> Iterator[None]:
    """Inside, the model is in eval mode and no gradients are kept: it is the learner's, and may be in training."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch uses one thread: for tensors as small as those of one sentence, two would mostly wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
