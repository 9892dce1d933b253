"""The race that lesson 10 stores: what is padding, and that nothing wrong is timed."""

import pytest
import torch

from bench import race


def test_padding():
    assert race.padding([4, 2, 3, 3], batch_size=2) == 1 - 12 / 14
    assert race.padding([5, 5, 5], batch_size=2) == 0


def test_a_wrong_way_gets_no_time():
    ones = torch.ones(2, 3)
    right = {race.PLAIN: lambda texts: ones, "other": lambda texts: ones + 1e-7}
    assert list(race.race(["a", "b"], right)) == [race.PLAIN, "other"]
    with pytest.raises(ArithmeticError, match=r"“other” is 1.0e[+]00 off"):
        race.race(["a", "b"], right | {"other": lambda texts: 2 * ones})


def test_the_machine_is_described():
    assert race.processor()
    everybody, own = race.busy()
    assert everybody > own > 0
