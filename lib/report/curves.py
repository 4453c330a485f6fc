"""What the curves and bars of a figure say: noted in its SVG, for the page to show at the pointer and as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_LEAST_POINTS = 3  # of a curve: what has fewer is a mark
_NOTE = re.compile(r'<metadata class="curves">(.*?)</metadata>\n?', re.DOTALL)


def with_curves(svg: str, fig: Figure) -> str:
    """The SVG of a figure whose layout is settled, with a note of its curves and bars; as it is where there are none.

    The note is a list of axes in JSON: ``title``; ``box``, their left, top, right and lower edge as shares of the
    picture; ``x``, the limits of the x axis, ``log``, whether it is logarithmic, and ``name``, its label; ``percent``,
    whether y is a share; ``curves``, each with its ``name`` and ``points``; and ``bars``, each the text of its tick and
    its length, of several at one tick with the name of its kind before it.
    """
    shared = next(filter(None, (ax.get_xlabel() for ax in fig.axes)), "")  # where only the lowest axes are labelled
    axes = (_axes(ax, ax.get_xlabel() or shared) for ax in fig.axes)
    noted = [entry for entry in axes if entry["curves"] or entry["bars"]]
    text = escape(json.dumps(noted, ensure_ascii=False, separators=(",", ":")), quote=False)
    return svg.replace("</svg>", f'<metadata class="curves">{text}</metadata>\n</svg>') if noted else svg


def without_curves(svg: str) -> tuple[str, str]:
    """The SVG without that note, and the note; an empty text where there is none."""
    found = _NOTE.search(svg)
    return _NOTE.sub("", svg), unescape(found[1]) if found else ""


def _axes(ax: Axes, name: str) -> dict[str, Any]:
    place = ax.get_position()
    return {
        "box": [round(float(edge), 4) for edge in (place.x0, 1 - place.y1, place.x1, 1 - place.y0)],
        "x": [_short(limit) for limit in ax.get_xlim()],
        "log": ax.get_xscale() == "log",
        "percent": ax.yaxis.get_major_formatter()(0.5).endswith("%"),
        "name": name,
        "title": ax.get_title(loc="left"),
        "curves": [{"name": str(line.get_label()), "points": _points(line)} for line in ax.lines if _is_curve(line)],
        "bars": [
            bar for container in ax.containers if isinstance(container, BarContainer) for bar in _bars(ax, container)
        ],
    }


def _bars(ax: Axes, container: BarContainer) -> Iterator[list[str | float]]:
    upright = container.orientation == "vertical"
    axis = ax.xaxis if upright else ax.yaxis
    texts = (" ".join(text.get_text().split()) for text in axis.get_ticklabels())
    ticks = dict(zip(axis.get_ticklocs(), texts, strict=True))
    kind = str(container.get_label())
    for patch in container.patches:
        middle = patch.get_x() + patch.get_width() / 2 if upright else patch.get_y() + patch.get_height() / 2
        name = ticks[min(ticks, key=lambda tick: abs(tick - middle))]
        length = patch.get_height() if upright else patch.get_width()
        if np.isfinite(length):
            yield [name if kind.startswith("_") else f"{kind}, {name}", _short(length)]


def _is_curve(line: Line2D) -> bool:
    x = np.asarray(line.get_xdata(), dtype=float)
    return not str(line.get_label()).startswith("_") and len(x) >= _LEAST_POINTS and bool(np.all(np.diff(x) > 0))


def _points(line: Line2D) -> list[list[float]]:
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    return [[_short(a), _short(b)] for a, b in zip(x, y, strict=True) if np.isfinite(b)]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
