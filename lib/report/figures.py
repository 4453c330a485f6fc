"""The look of figures, and how they are saved: equal input gives equal bytes.

No dates or versions in the files, identifiers in SVG from a fixed salt. Text in SVG is text, laid out for the DejaVu
Sans that matplotlib carries; on a dark page ground, ink and grid change their colours.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from lib.report.curves import with_curves

DPI = 100  # figure units: one pixel of a page that shows the figure at its natural width
PNG_DPI = 2 * DPI  # a whole multiple, so that image pixels stay exact, and sharp on dense screens

GROUND, INK, MUTED, GRID = "#ffffff", "#222222", "#666666", "#e6e6e6"
DARK = {GROUND: "#14181d", INK: "#dde2e8", MUTED: "#9aa5b1", GRID: "#2b323a"}  # those of style.css
LEAST_CONTRAST = 3.0  # of a line and the ground, by WCAG 2.1
# Verdana has the widths of DejaVu Sans where that is not installed; the others have Chinese.
FONTS = '"DejaVu Sans", Verdana, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'

RC: dict[Any, Any] = {
    "figure.dpi": DPI,
    "figure.facecolor": GROUND,
    "savefig.facecolor": GROUND,
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
    "grid.color": GRID,
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
    "svg.fonttype": "none",
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
    buffer = io.StringIO()
    with style(), _anchored_lines():
        _settle(fig)
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return with_curves(_with_styles(_with_clear_hatches(buffer.getvalue())), fig).encode()


@contextmanager
def _anchored_lines() -> Iterator[None]:
    """matplotlib says where a text is anchored only if it has one line: here of each line, whose width may change."""
    drawn: list[Text] = []
    draw, draw_text = Text.draw, RendererSVG.draw_text

    def noted(self: Text, *args: Any, **kwargs: Any) -> None:
        drawn.append(self)
        try:
            draw(self, *args, **kwargs)
        finally:
            drawn.pop()

    def anchored(
        self: RendererSVG,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        draw_text(self, gc, x, y, s, prop, angle, ismath, mtext or (drawn[-1] if drawn else None))

    Text.draw, RendererSVG.draw_text = noted, anchored  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Text.draw, RendererSVG.draw_text = draw, draw_text  # type: ignore[method-assign]


def _with_clear_hatches(svg: str) -> str:
    """Hatches are not transparent, what is behind them is: matplotlib takes the opacity of the one for both."""
    found = dict(re.findall(r"fill: url\(#(\w+)\); fill-opacity: ([\d.]+)", svg))
    for pattern, opacity in found.items():
        svg = svg.replace(f"fill: url(#{pattern}); fill-opacity: {opacity}", f"fill: url(#{pattern})")
        svg = re.sub(rf'(<pattern id="{pattern}"[^>]*>\s*<rect [^>]*)/>', rf'\1 fill-opacity="{opacity}"/>', svg)
    return svg


def _with_styles(svg: str) -> str:
    """Fonts to fall back on, and the colours of a dark page."""
    fonts = f"text, tspan {{ font-family: {FONTS} !important }}"
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n{_dark_css(svg)}}}"
    return svg.replace("</style>", f"\n{fonts}\n{dark}\n</style>", 1)


def _dark_css(svg: str) -> str:
    """Rules for what is drawn in the colours of :data:`DARK`, and for lines that the dark ground would swallow."""
    black = '[style*="stroke: #000000"]'  # of a white mark on data
    rules = [
        (f':not(text):not({black})[style*="fill: {GROUND}"]', "fill", DARK[GROUND]),
        (f'[style*="stroke: {GROUND}"]', "stroke", DARK[GROUND]),
        (f'[style*="fill: none"]{black}', "stroke", DARK[INK]),
        ('[style^="fill-opacity"]', "fill", DARK[INK]),  # black, which is not written out
    ]
    rules += [(f'[style*="{part}: {c}"]', part, DARK[c]) for c in (INK, MUTED, GRID) for part in ("fill", "stroke")]
    for color in sorted(set(re.findall(r'style="fill: none;[^"]*stroke: (#\w{6})', svg)) - {*DARK, "#000000"}):
        if (lighter := _lightened(color)) != color:
            rules.append((f'[style*="fill: none"][style*="stroke: {color}"]', "stroke", lighter))
            rules.append((f'[style*="fill: {color}; fill-opacity"]', "fill", lighter))
    return "".join(f"{where} {{ {part}: {color} !important }}\n" for where, part, color in rules)


def _lightened(color: str) -> str:
    """As little white mixed in as the contrast with the dark ground needs."""
    if contrast(color, DARK[GROUND]) >= LEAST_CONTRAST:
        return color
    red, green, blue = to_rgb(color)
    mixed = (
        to_hex((red + w * (1 - red), green + w * (1 - green), blue + w * (1 - blue))) for w in np.arange(0.1, 1, 0.1)
    )
    return next(lighter for lighter in mixed if contrast(lighter, DARK[GROUND]) >= LEAST_CONTRAST)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours by WCAG 2.1, from 1 to 21."""

    def luminance(color: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
