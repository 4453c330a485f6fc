"""Every study draws the figures that have captions, whole and in the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lib.report.figures import png_bytes, svg_bytes
from lib.report.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
CAPTIONS = read_yaml(ROOT / "report/captions.yaml")
ALONE = {path.stem for path in (ROOT / "lib/studies").glob("*.py")}  # tests/studies draws them, from files


def study_of(caption: Mapping[str, str]) -> str:
    """What makes a figure: an experiment, what its caption says, or the section it is in."""
    return caption.get("experiment") or caption.get("study") or caption["section"]


STUDIES = sorted({study_of(c) for c in CAPTIONS.values() if c["kind"] == "figure"} - ALONE)


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_draws_the_figures_that_have_captions_in_the_same_bytes_and_cuts_nothing_off(draw, study):
    drawn, again = draw[study](), draw[study]()
    mine = {k for k, c in CAPTIONS.items() if c["kind"] == "figure" and study_of(c) == study}
    assert set(drawn) == mine
    for name, figure in drawn.items():
        written = svg_bytes if CAPTIONS[name]["format"] == "svg" else png_bytes  # as the report shows it
        assert written(figure) == written(again[name]), name
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0) >= -0.02, name
        assert box.x1 <= width + 0.02, name
        assert box.y1 <= height + 0.02, name
