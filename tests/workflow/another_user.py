"""A user who may do less."""

import contextlib
import os
from collections.abc import Iterator

NOBODY = 65534


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """For root, who may do everything, another user; anyone else may not write what is read-only either."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
