"""Figures of a job, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from lib.figures.style import save_figure
from lib.workflow.files import whole_files


def write_figure(figure: Figure, targets: Sequence[Path]) -> None:
    """Write ``figure`` to its two targets, PNG and SVG."""
    png, svg = sorted(targets, key=lambda path: path.suffix)
    with whole_files(png, svg) as (png_part, svg_part):
        save_figure(figure, png_part, svg_part)
