"""What the tests read back from a figure and from its files."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from lib.data.cifar10 import CLASS_NAMES
from lib.report.figures import png_bytes, svg_bytes

CLASSES = list(CLASS_NAMES)


def lines(ax: Axes) -> dict[str, np.ndarray]:
    """Label -> (points, 2) data of each line."""
    return {str(line.get_label()): np.column_stack(line.get_data()) for line in ax.lines}


def legend(fig: Figure) -> list[str]:
    """Entries of the figure's own legend."""
    return [text.get_text() for one in fig.legends for text in one.get_texts()]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def titles(fig: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in fig.axes]


def pixels(fig: Figure) -> np.ndarray:
    """(H, W, 3) of the figure's PNG."""
    return np.asarray(Image.open(io.BytesIO(png_bytes(fig))).convert("RGB"))


def embedded(fig: Figure) -> list[np.ndarray]:
    """(H, W, 3) of every raster in the figure's SVG, in drawing order."""
    found = re.findall(r'xlink:href="data:image/png;base64,([^"]+)"', svg_bytes(fig).decode())
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB")) for one in found]
