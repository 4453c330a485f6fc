"""What all tests share: those marked ``realdata`` run only where the real data sets are at hand."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "datasets"


def real_mirror() -> Path | None:
    """The folder with the real data: ``DATA_MIRROR`` if it is one folder, else the one beside the project."""
    named = os.environ.get("DATA_MIRROR", "").strip()
    folder = Path(named) if named else BESIDE
    return folder if folder.is_dir() else None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "realdata: needs a folder with the real MNIST and CIFAR-10 files")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if real_mirror() is not None:
        return
    chosen = [item for item in items if item.get_closest_marker("realdata") is None]
    left_out = [item for item in items if item.get_closest_marker("realdata") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen


def pytest_collection_finish() -> None:
    """Garbage collections, which statsmodels starts often, need not go through what was imported and collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real files; only for tests marked ``realdata``."""
    folder = real_mirror()
    assert folder is not None, "mark this test with realdata"
    return folder
