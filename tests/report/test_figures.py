"""Figures look the same everywhere, and have the same bytes every time."""

import re
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from lib.report.figures import DARK, GRID, GROUND, INK, MUTED, contrast, png_bytes, styled, svg_bytes
from tests.figures.reading import pixels

STYLES = (Path(__file__).parents[2] / "report/style.css").read_text(encoding="utf-8")


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


def test_files_carry_no_date_and_no_version():
    png, svg = png_bytes(draw()), svg_bytes(draw()).decode("utf-8")
    assert b"Software" not in png
    assert b"Matplotlib" not in png
    assert "<dc:date>" not in svg
    assert matplotlib.__version__ not in svg


@pytest.mark.parametrize(("inches", "width"), [(9.0, 1800), (6.0, 1200)])
def test_png_has_two_pixels_for_each_of_the_page(inches, width):
    assert pixels(draw(inches)).shape[1] == width


@styled
def marked() -> Figure:
    """A bar whose hatch is on a ground of its own, three lines of text, lines in a dark and in a bright colour."""
    fig = Figure(figsize=(4, 3), layout="constrained")
    ax = fig.subplots()
    ax.bar(0, 1, facecolor=(0, 0.4, 0.7, 0.18), edgecolor="#0072b2", hatch="//")
    ax.plot([0, 1], [0, 1], color="#440154")
    ax.plot([0, 1], [1, 0], color="#e69f00")
    ax.plot([0, 1], [1, 1], "--", color="#000000")
    ax.fill_between([0, 1], [0, 0], [1, 1], color="#440154", alpha=0.16, linewidth=0)
    ax.set_xticks([0], ["MLP\nwith a longer line\nn = 1"])
    return fig


def test_text_is_text_in_fonts_that_every_machine_has_one_of():
    svg = svg_bytes(draw()).decode()
    assert {"Loss", "Epoch", "run"} <= set(re.findall(r"<text[^>]*>([^<]+)</text>", svg))
    [fonts] = re.findall(r"text, tspan { font-family: ([^}]+) !important }", svg)
    assert fonts.startswith('"DejaVu Sans", ') and fonts.endswith(", sans-serif")


def test_every_line_of_a_text_says_where_it_is_anchored_so_that_its_words_may_change():
    svg = svg_bytes(marked()).decode()
    found = [
        re.search(rf'<text style="[^"]*text-anchor: middle[^"]*" x="([\d.]+)"[^>]*>{text}<', svg)
        for text in ("MLP", "with a longer line", "n = 1")
    ]
    assert len({match[1] for match in found if match}) == 1 and all(found)
    assert matplotlib.text.Text.draw.__name__ == "draw"  # matplotlib's own function is back


def test_hatches_are_not_as_transparent_as_the_ground_behind_them():
    svg = svg_bytes(marked()).decode()
    assert re.search(r'<pattern [^>]*>\s*<rect [^>]*fill="#0066b2" fill-opacity="0.18"/>', svg)
    [bar] = re.findall(r'style="(fill: url\([^"]+)"', svg)
    assert "opacity" not in bar


def dark(svg: str) -> dict[tuple[str, str], str]:
    """Part and colour, as they are drawn, with the colour that a dark page has instead."""
    [rules] = re.findall(r"@media screen and \(prefers-color-scheme: dark\) \{\n(.*?)\n}\n", svg, re.S)
    found = [
        re.search(r"(fill|stroke): (#\w{6})[^=]*\] \{ (fill|stroke): (#\w{6}) !important }", line)
        for line in rules.splitlines()
    ]
    return {(match[1], match[2]): match[4] for match in found if match and match[1] == match[3]}


def test_on_a_dark_page_ground_ink_and_grid_change_and_lines_can_be_seen():
    changed = dark(svg_bytes(marked()).decode())
    assert {changed[part, color] for part in ("fill", "stroke") for color in DARK} == set(DARK.values())
    assert changed["fill", INK] == changed["stroke", "#000000"] == DARK[INK]
    assert contrast(changed["stroke", "#440154"], DARK[GROUND]) >= 3 > contrast("#440154", DARK[GROUND])
    assert changed["fill", "#440154"] == changed["stroke", "#440154"]
    assert not {"#e69f00", "#0072b2"} & {color for _, color in changed}


def test_inks_can_be_read_on_the_dark_ground_which_is_that_of_the_page():
    inks = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)}", STYLES, re.S)[1]
    assert {f"--ground: {DARK[GROUND]}", f"--text: {DARK[INK]}", f"--muted: {DARK[MUTED]}"} <= {
        line.strip() for line in inks.split(";")
    }
    assert min(contrast(DARK[ink], DARK[GROUND]) for ink in (INK, MUTED)) >= 4.5
    assert contrast(DARK[GRID], DARK[GROUND]) < 2
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
