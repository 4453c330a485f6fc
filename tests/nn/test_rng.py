"""Random states survive a trip through text to the bit."""

import numpy as np
import pytest

from lib.nn.rng import as_generator, rng_from_json, rng_to_json

KINDS = {
    "PCG64": lambda: np.random.default_rng(1),
    "MT19937": lambda: np.random.Generator(np.random.MT19937(1)),
    "Philox": lambda: np.random.Generator(np.random.Philox(1)),
    "RandomState": lambda: np.random.RandomState(1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_generator_goes_on_with_the_same_numbers(kind):
    rng, other = KINDS[kind](), KINDS[kind]()
    rng.standard_normal(3)  # an odd number, so that RandomState holds one normal back
    text = rng_to_json(rng)
    expected = rng.standard_normal(5)
    rng_from_json(other, text)
    np.testing.assert_array_equal(other.standard_normal(5), expected)


@pytest.mark.parametrize(
    ("kind", "other"), [("PCG64", "Philox"), ("MT19937", "RandomState"), ("RandomState", "MT19937")]
)
def test_a_state_of_another_kind_is_refused(kind, other):
    with pytest.raises(ValueError, match="another kind"):
        rng_from_json(KINDS[other](), rng_to_json(KINDS[kind]()))


def test_a_generator_handed_in_is_used_itself():
    rng, legacy = np.random.default_rng(0), np.random.RandomState(0)
    assert as_generator(rng) is rng
    assert as_generator(legacy) is legacy
    assert as_generator(7).random() == np.random.default_rng(7).random()
