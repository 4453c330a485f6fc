"""The look of figures, and how they are saved: equal input gives equal bytes.

No dates or versions in the files, identifiers in SVG from a fixed salt, text as outlines of the DejaVu Sans that
matplotlib carries.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

DPI = 100  # figure units: one pixel of a page that shows the figure at its natural width
PNG_DPI = 2 * DPI  # a whole multiple, so that image pixels stay exact, and sharp on dense screens

INK, MUTED = "#222222", "#666666"

RC: dict[Any, Any] = {
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlepad": 8,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "hatch.linewidth": 1.2,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "image.composite_image": False,  # merging images would resample them
    "svg.fonttype": "path",
    "svg.hashsalt": "figures",
    "path.simplify": False,
}

P = ParamSpec("P")


@contextmanager
def style() -> Iterator[None]:
    """The style sheet on top of matplotlib's defaults; a user's own matplotlibrc plays no part."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def styled(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorator: run a figure's function under the style sheet."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            return function(*args, **kwargs)

    return wrapper


def _settle(fig: Figure) -> None:
    """Compute the layout once and keep it, so that PNG and SVG agree and a second save changes nothing."""
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.execute(fig)
        fig.set_layout_engine("none")


def png_bytes(fig: Figure) -> bytes:
    """The figure as PNG, twice its natural size."""
    buffer = io.BytesIO()
    with style():
        _settle(fig)
        fig.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def svg_bytes(fig: Figure) -> bytes:
    """The figure as SVG; images stay embedded losslessly, in their own pixels."""
    buffer = io.BytesIO()
    with style():
        _settle(fig)
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
