"""What tests of bundles share."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.workflow.bundles import pack
from tests.workflow.made_up_run import ARMS, made_up_run


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return made_up_run(tmp_path / "there/paper", ARMS)


@pytest.fixture
def bundle(results: Path, tmp_path: Path) -> Path:
    pack(results, tmp_path / "bundle.zip")
    return tmp_path / "bundle.zip"
