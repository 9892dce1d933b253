"""What is borrowed for a moment is given back, also where something raises."""

import pytest
import torch
from torch import nn

from course_utils.modes import in_eval_mode, one_thread


def raise_inside(lent) -> None:
    with lent:
        raise ValueError("oops")


@pytest.mark.parametrize("training", [True, False])
def test_the_model_gets_its_mode_back(training):
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)).train(training)
    with in_eval_mode(model):
        assert not any(part.training for part in model.modules())
        assert not model(torch.ones(1, 3)).requires_grad
    assert model.training is training
    with pytest.raises(ValueError, match="oops"):
        raise_inside(in_eval_mode(model))
    assert all(part.training is training for part in model.modules())
    assert torch.is_grad_enabled()


def test_the_threads_come_back():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(ValueError, match="oops"):
            raise_inside(one_thread())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
