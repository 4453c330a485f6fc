"""The same inputs give the same bytes, whatever the folder, the cores, the language, the clock and the hash seed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.report.markdown import VOLATILE_BEGIN, VOLATILE_END
from tests.end_to_end.conftest import copy_project

SURROUNDINGS = {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Apia", "PYTHONHASHSEED": "12345"}
# What differs from run to run, and nothing else: seconds, memory, machine.
VOLATILE = re.compile(r"^(benchmarks|logs)/|^(summaries|sections|tables)/(environment|runtime)\.")


def contents(results: Path) -> dict[str, bytes]:
    """Every file of a run but the volatile ones, pages without their volatile part."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results).as_posix()
        if not path.is_file() or VOLATILE.search(name):
            continue
        content = path.read_bytes()
        if name.startswith("report/report."):
            text = content.decode()
            assert text.count(VOLATILE_BEGIN) == text.count(VOLATILE_END) == 1, name
            content = (text[: text.index(VOLATILE_BEGIN)] + text[text.index(VOLATILE_END) :]).encode()
        found[name] = content
    return found


@pytest.mark.long
def test_another_run_in_other_surroundings_gives_the_same_bytes(finished, tmp_path):
    other = copy_project(tmp_path / "elsewhere" / "project")
    done = other.snakemake("--cores", "3", **SURROUNDINGS)
    assert done.returncode == 0, done.stdout[-5000:]
    first, second = (contents(project.folder / "results/test") for project in (finished, other))
    assert first.keys() == second.keys()
    assert len(first) > 300
    assert [name for name in first if first[name] != second[name]] == []
