"""The profile of a NumPy step names every layer."""

import pytest

from benchmarks.profiles import numpy_step


def test_every_layer_and_the_update_rule_have_a_share_of_a_step():
    shares = numpy_step()
    assert min(shares.values()) > 0
    assert sum(shares.values()) == pytest.approx(1)
