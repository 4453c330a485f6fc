"""What test_extending adds still finds its place in the files: seconds, where those tests take many minutes."""

from __future__ import annotations

import pytest

from tests.end_to_end import test_extending as extending
from tests.end_to_end.conftest import copy_project


@pytest.mark.parametrize("add", [edits for name, edits in vars(extending).items() if name.startswith("add_")])
def test_edits_of_the_guide_find_their_places(add, tmp_path):
    add(copy_project(tmp_path / "project"))
