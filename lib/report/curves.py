"""What the curves of a figure say at each point: noted in its SVG, for the page to show below the pointer."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_LEAST_POINTS = 3  # of a curve: what has fewer is a mark
_NOTE = re.compile(r'<metadata class="curves">(.*?)</metadata>\n?', re.DOTALL)


def with_curves(svg: str, fig: Figure) -> str:
    """The SVG of a figure whose layout is settled, with a note of its curves; as it is where there are none.

    The note is a list of axes in JSON: ``box``, their left, top, right and lower edge as shares of the picture; ``x``,
    the limits of the x axis, ``log``, whether it is logarithmic, and ``name``, its label; ``percent``, whether y is a
    share; and ``curves``, each with its ``name`` and ``points``.
    """
    shared = next(filter(None, (ax.get_xlabel() for ax in fig.axes)), "")  # where only the lowest axes are labelled
    noted = [_axes(ax, ax.get_xlabel() or shared) for ax in fig.axes if any(map(_is_curve, ax.lines))]
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
        "curves": [{"name": str(line.get_label()), "points": _points(line)} for line in ax.lines if _is_curve(line)],
    }


def _is_curve(line: Line2D) -> bool:
    x = np.asarray(line.get_xdata(), dtype=float)
    return not str(line.get_label()).startswith("_") and len(x) >= _LEAST_POINTS and bool(np.all(np.diff(x) > 0))


def _points(line: Line2D) -> list[list[float]]:
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    return [[_short(a), _short(b)] for a, b in zip(x, y, strict=True) if np.isfinite(b)]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
