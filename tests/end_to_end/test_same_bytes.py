"""The same inputs give the same bytes, whatever the folder, the cores, the language, the clock and the hash seed."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import copy_project
from tests.end_to_end.contents import contents

SURROUNDINGS = {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Apia", "PYTHONHASHSEED": "12345"}


@pytest.mark.long
def test_another_run_in_other_surroundings_gives_the_same_bytes(pristine, tmp_path):
    other = copy_project(tmp_path / "elsewhere" / "project")
    done = other.snakemake("--cores", "3", **SURROUNDINGS)
    assert done.returncode == 0, done.stdout[-5000:]
    first, second = (contents(project.folder / "results/test") for project in (pristine, other))
    assert first.keys() == second.keys()
    assert len(first) > 300
    assert [name for name in first if first[name] != second[name]] == []
