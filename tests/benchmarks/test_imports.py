"""Benchmarks run by hand, now and then: at least each of them can be imported."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
MODULES = sorted(path.relative_to(FOLDER.parent).with_suffix("") for path in FOLDER.rglob("[!_]*.py"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_benchmark_can_be_imported(module: Path) -> None:
    importlib.import_module(".".join(module.parts))
