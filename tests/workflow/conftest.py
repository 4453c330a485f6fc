"""What tests of bundles and of other users' files share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.workflow.bundles import pack
from tests.workflow.made_up_run import ARMS, made_up_run


@pytest.fixture
def here() -> Iterator[Path]:
    """A folder that another user can reach; pytest's own is closed to them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return made_up_run(tmp_path / "there/paper", ARMS)


@pytest.fixture
def bundle(results: Path, tmp_path: Path) -> Path:
    pack(results, tmp_path / "bundle.zip")
    return tmp_path / "bundle.zip"
