"""The note of a figure's curves: what is drawn, where, in the language of the page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lib.report.curves import without_curves
from lib.report.figure_words import left, texts_of, translated
from lib.report.figures import svg_bytes
from lib.report.html import image


@pytest.fixture
def figure() -> Figure:
    fig = Figure(figsize=(4, 2))
    first, second = fig.subplots(1, 2)
    first.plot([1, 10, 100], [0.25, np.nan, 0.5], label="a < b")
    first.axhline(0.3, label="a mark")
    first.plot([3, 2, 1], [1, 1, 1], label="goes back")
    first.set(xscale="log", xlim=(1, 100), xlabel="Step")
    first.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))
    second.plot([0, 1, 2], [3, 4, 5])
    return fig


def note(svg: str) -> list[dict]:
    return json.loads(without_curves(svg)[1])


def test_curves_are_noted_as_they_are_drawn(figure):
    [axes] = note(svg_bytes(figure).decode())
    assert (axes.pop("title"), axes.pop("bars")) == ("", [])
    place = figure.axes[0].get_position()
    assert axes.pop("box") == pytest.approx([place.x0, 1 - place.y1, place.x1, 1 - place.y0], abs=1e-4)
    curves = [{"name": "a < b", "points": [[1, 0.25], [100, 0.5]]}]
    assert axes == {"x": [1, 100], "log": True, "percent": True, "name": "Step", "curves": curves}


def test_bars_are_noted_with_their_kind_and_tick():
    fig = Figure()
    upright, flat = fig.subplots(1, 2)
    upright.bar([0, 1], [0.5, np.nan], label="_")
    upright.set_xticks([0, 1], ["MLP\nRGB", "CNN"])
    flat.barh([-0.2, 0.8], [3, 4], label="CNN")
    flat.set_yticks([0, 1], ["cat", "dog"])
    flat.set_title("By class", loc="left")
    first, second = note(svg_bytes(fig).decode())
    assert (first["bars"], first["curves"]) == ([["MLP RGB", 0.5]], [])
    assert (second["title"], second["bars"]) == ("By class", [["CNN, cat", 3], ["CNN, dog", 4]])


def test_names_are_translated_and_count_as_words_of_the_figure(figure):
    svg = svg_bytes(figure).decode()
    assert {"Step", "a < b"} <= set(texts_of(svg))
    chinese = translated(svg, {"Step": "步", "a < b": '甲"乙'})
    assert (note(chinese)[0]["name"], note(chinese)[0]["curves"][0]["name"]) == ("步", '甲"乙')
    assert left(chinese, []) == []


def test_the_page_takes_the_note_out_of_the_picture(figure, tmp_path):
    (tmp_path / "a.svg").write_bytes(svg_bytes(figure))
    (tmp_path / "b.svg").write_text("<svg/>", encoding="utf-8")
    assert 'data-curves="[{&quot;box&quot;:' in image("a.svg", "alt", tmp_path)
    assert "data-curves" not in image("b.svg", "alt", tmp_path)
    assert "curves" not in without_curves(svg_bytes(figure).decode())[0]
