"""The matrix products alone: counted as torch counts them, and run."""

import torch

from course_utils.given.limits import matrix_products, operations
from tests.reference.fixtures import real_model


def test_the_products_run():
    matrix_products([3, 5, 5], real_model(), 8)()


def test_operations_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    model = real_model()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.encoder(torch.randn(1, 13, model.config.hidden_size))
    assert operations([13], model.config) == counter.get_total_flops()
