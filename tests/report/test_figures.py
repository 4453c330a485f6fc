"""Figures look the same everywhere, and have the same bytes every time."""

import matplotlib
import pytest
from matplotlib.figure import Figure

from lib.report.figures import png_bytes, styled, svg_bytes
from tests.figures.reading import pixels


@styled
def draw(width: float = 9.0) -> Figure:
    fig = Figure(figsize=(width, 3), layout="constrained")
    axes = fig.subplots(1, 2)
    for ax in axes:
        ax.plot([0, 1, 2], [2, 3, 3], label="run")
        ax.set(title="Loss", xlabel="Epoch", ylabel="$L$")
        ax.legend()
    return fig


def test_a_figure_leaves_the_users_settings_alone_and_does_not_read_them():
    expected = png_bytes(draw())
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "lines.linewidth": 9}):
        assert png_bytes(draw()) == expected
        assert matplotlib.rcParams["font.size"] == 20


def test_saving_order_and_repetition_change_no_byte():
    fig = draw()
    svg_first, png_second = svg_bytes(fig), png_bytes(fig)
    other = draw()
    assert (png_bytes(other), svg_bytes(other)) == (png_second, svg_first)
    assert png_bytes(fig) == png_second


def test_files_carry_no_date_no_version_and_no_font():
    png, svg = png_bytes(draw()), svg_bytes(draw()).decode("utf-8")
    assert b"Software" not in png
    assert b"Matplotlib" not in png
    assert "<dc:date>" not in svg
    assert matplotlib.__version__ not in svg
    assert "<text" not in svg
    assert "font-family" not in svg


@pytest.mark.parametrize(("inches", "width"), [(9.0, 1800), (6.0, 1200)])
def test_png_has_two_pixels_for_each_of_the_page(inches, width):
    assert pixels(draw(inches)).shape[1] == width
