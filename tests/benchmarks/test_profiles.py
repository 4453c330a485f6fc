"""The profile of a NumPy step names every layer."""

from benchmarks.profiles import numpy_step


def test_every_layer_and_the_update_rule_have_a_share_of_a_step():
    assert min(numpy_step().values()) > 0
