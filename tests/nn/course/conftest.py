"""The names of the course's notebooks, as ``docs/course.md`` puts them over this package."""

import sys

import numpy as np
import pytest

from tests.nn.course.guide import run_aliases


@pytest.fixture(scope="session", autouse=True)
def _course():
    """What the guide says, carried out for the tests of this folder; gone afterwards."""
    before = set(sys.modules)
    run_aliases()
    yield
    for name in sys.modules.keys() - before:
        if name.split(".")[0] == "cs231n":
            del sys.modules[name]


@pytest.fixture(autouse=True)
def _seeded():
    """As a notebook begins; the global generator is put back."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(231)  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002
