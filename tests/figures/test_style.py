"""Colours, bands and axes that all figures share."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from lib.figures import style
from lib.figures.axes import legend_above, log_axis, loss_axis, percent_axis
from lib.report.figures import style as figure_style
from tests.figures.reading import legend, lines


def test_names_that_share_a_legend_have_colours_of_their_own():
    for group in (("mlp", "cnn"), ("three", "five"), ("sgd", "sgd_momentum", "rmsprop", "adam", "adam_as_printed")):
        assert len({style.COLORS[name] for name in group}) == len(group)
    assert set(style.COLORS) <= set(style.LABELS)
    assert style.LINESTYLES["rgb"] != style.LINESTYLES["gray"]


def test_colours_of_a_group_differ_in_lightness_for_readers_without_colour():
    lightness = [np.dot(to_rgb(style.COLORS[name]), (0.299, 0.587, 0.114)) for name in ("mlp", "cnn")]
    assert abs(lightness[0] - lightness[1]) > 0.1


def runs(*values: list[float]) -> pd.DataFrame:
    rows = [(seed, x, y) for seed, run in enumerate(values) for x, y in enumerate(run)]
    return pd.DataFrame(rows, columns=["seed", "x", "y"])


def draw(data: pd.DataFrame, **options) -> Figure:
    with figure_style():
        fig, (ax,) = style.panels(1)
        style.band(ax, data, x="x", y="y", label="run", color="black", **options)
    return fig


def test_figures_do_not_import_pyplot():
    """Its registry keeps every figure in memory, and picks a backend that needs a screen."""
    code = "import sys, lib.figures.cifar, lib.figures.overfit; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_band_is_mean_with_minimum_to_maximum():
    ax = draw(runs([1, 2, 6], [3, 4, 0])).axes[0]
    np.testing.assert_allclose(lines(ax)["run"], [[0, 2], [1, 3], [2, 3]])
    corners = ax.collections[0].get_paths()[0].vertices
    for x, (low, high) in enumerate([(1, 3), (2, 4), (0, 6)]):
        heights = corners[corners[:, 0] == x, 1]
        assert (heights.min(), heights.max()) == (low, high)


def test_band_can_be_median_with_quartiles():
    ax = draw(runs([0], [1], [2], [3], [100]), statistic="median", spread=(0.25, 0.75)).axes[0]
    np.testing.assert_allclose(lines(ax)["run"], [[0, 2]])
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == 3


def test_one_run_has_no_band():
    assert not draw(runs([1, 2, 3])).axes[0].collections


def test_a_line_of_one_point_can_be_seen():
    assert draw(runs([1], [2])).axes[0].lines[0].get_marker() == "o"


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_diverged_runs_are_counted_and_left_out_of_the_mean(broken):
    data = lines(draw(runs([1, 2], [3, broken], [5, 4])).axes[0])
    np.testing.assert_allclose(data["run (1 of 3 diverged)"], [[0, 3], [1, 3]])


def test_a_single_diverged_run_says_so():
    assert list(lines(draw(runs([1, np.nan])).axes[0])) == ["run (diverged)"]


def test_a_value_missing_at_the_start_is_no_divergence():
    np.testing.assert_allclose(lines(draw(runs([np.nan, 2])).axes[0])["run"], [[1, 2]])


def test_a_name_without_colour_is_refused_by_name():
    with pytest.raises(ValueError, match="resnet"):
        style.ordered(["mlp", "resnet"])


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0%"), (0.29, "29%"), (0.955, "95.5%"), (1.0, "100%"), (0.9825, "98.25%")]
)
def test_percent_ticks_have_no_needless_digits(value, text):
    fig, (ax,) = style.panels(1)
    percent_axis(ax)
    assert ax.yaxis.get_major_formatter()(value, 0) == text


def test_percent_axis_stays_close_to_what_a_fraction_can_be():
    fig, (ax,) = style.panels(1)
    ax.plot([0, 1], [0.0, 1.0])
    ax.margins(0.5)
    percent_axis(ax)
    assert ax.get_ylim() == (-0.02, 1.02)


@pytest.mark.parametrize(("values", "scale"), [([2.3, 1.2], "linear"), ([2.3, 0.001], "log"), ([2.3, 1e30], "log")])
def test_loss_axis_turns_logarithmic_where_it_must(values, scale):
    fig, (ax,) = style.panels(1)
    ax.plot(values)
    loss_axis(ax)
    assert ax.get_yscale() == scale


def test_loss_axis_without_any_finite_value_says_so():
    fig, (ax,) = style.panels(1)
    ax.plot([np.nan, np.nan])
    loss_axis(ax)
    assert [text.get_text() for text in ax.texts] == ["no finite value"]


@pytest.mark.parametrize("highest", [0.0112, 0.02, 0.1, 0.2, 1e3])
def test_logarithmic_ticks_do_not_overlap(highest):
    with figure_style():
        fig, axes = style.panels(4, sharey=True)
        axes[0].plot([0.01, highest], [0, 1])
        log_axis(axes[0], "x")
        fig.draw_without_rendering()
        boxes = [label.get_window_extent() for label in axes[0].get_xticklabels() if label.get_text()]
        shown = axes[0].get_window_extent()
    boxes = sorted((box for box in boxes if shown.x0 <= (box.x0 + box.x1) / 2 <= shown.x1), key=lambda box: box.x0)
    assert boxes
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def test_a_long_legend_breaks_into_rows_and_stays_inside_the_figure():
    with figure_style():
        fig, (ax,) = style.panels(1)
        for number in range(6):
            ax.plot([0, 1], label=f"an entry with a long name {number} (2 of 20 diverged)")
        legend_above(fig, ax)
        fig.draw_without_rendering()
    box = fig.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= fig.bbox.width
    assert len(legend(fig)) == 6
