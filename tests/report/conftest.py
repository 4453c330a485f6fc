"""One small report that the tests of this folder share: two sections, a figure of each format, a table."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from lib.experiments.arm_results import ArmResults
from lib.report.render import Context
from lib.report.summary import Column, Summary, Table
from lib.report.texts import Texts, load_texts
from tests.report.outcomes import KINDS, ROOT, Outcome, made_outcome
from tests.studies.arm_files import write_arms


def png(width: int, height: int, per_metre: int) -> bytes:
    """A gray image that states its resolution."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    resolution = struct.pack(">IIB", per_metre, per_metre, 1)
    chunks = chunk(b"IHDR", header) + chunk(b"pHYs", resolution) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(ROOT / "report")


@pytest.fixture
def context(texts: Texts) -> Context:
    summary = Summary()
    summary.add_runs("mnist.test_accuracy", [0.979, 0.981, 0.980, 0.982, 0.978], "percent", source=("mnist/a.csv",))
    summary.add("mnist.rate", 4e-3, "rate")
    summary.add("mnist.missing", float("nan"), "percent")
    summary.facts["mnist.hardest"] = {"zh": "数字 8", "en": "the digit 8"}
    summary.facts["mnist.steady"] = True
    columns = [
        Column("name", {"zh": "层", "en": "Layer"}),
        Column("parameters", {"zh": "参数", "en": "Parameters"}, "count"),
        Column("width", {"zh": "宽度", "en": "Width"}, "decades"),
    ]
    rows = [
        {"name": {"zh": "仿射|1", "en": "affine|1"}, "parameters": 200960, "width": 1.5},
        {"name": "$|x|$", "parameters": None, "width": float("nan")},
    ]
    summary.tables["mnist_results"] = Table(columns, rows, ("mnist/results.csv",))
    config = {
        "mnist": {"training": {"epochs": 20, "hidden": [256, 128], "decay": 0.95, "rate": 5e-3, "samples": 55000}}
    }
    rules = {"mnist_results": "summarise_mnist", "mnist_curves": "draw_mnist", "mnist_errors": "draw_mnist"}
    return Context({"mnist": summary}, config, texts, rules, root=ROOT)


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    """Folder of a report with the figures of :func:`context`."""
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "mnist_curves.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>', encoding="utf-8"
    )
    (folder / "mnist_errors.png").write_bytes(png(400, 200, 7874))
    return tmp_path


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> ArmResults:
    """Made-up results of every arm of the further experiments."""
    return ArmResults(write_arms(tmp_path_factory.mktemp("arms")).rglob("seed*/*"))


@pytest.fixture(scope="session")
def outcomes(results: ArmResults, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return {kind: made_outcome(kind, results, tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.fixture(params=KINDS)
def outcome(request: pytest.FixtureRequest, outcomes: dict[str, Outcome]) -> Outcome:
    return outcomes[request.param]
