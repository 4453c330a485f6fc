"""Figures of a job, written whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from lib.report.figures import png_bytes, svg_bytes
from lib.workflow.captioned import check_captioned
from lib.workflow.files import whole_files


def write_figures(figures: Mapping[str, Figure], targets: Sequence[Path]) -> None:
    """Write every figure to the two targets of its name, PNG and SVG, all together.

    Raises ValueError unless ``figures`` are those that the job was asked for.
    """
    check_captioned("figures", "drawn", figures, {path.stem for path in targets})
    paths = [path for name in figures for path in sorted(targets) if path.stem == name]
    with whole_files(*paths) as parts:
        for figure, png, svg in zip(figures.values(), parts[::2], parts[1::2], strict=True):
            png.write_bytes(png_bytes(figure))
            svg.write_bytes(svg_bytes(figure))
