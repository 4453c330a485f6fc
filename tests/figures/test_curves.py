"""Figures of histories and grids: the lines and cells show the numbers they were given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.figures.cifar import cifar_curves
from lib.figures.gradients import gradient_steps
from lib.figures.gray import gray_curves
from lib.figures.mnist import mnist_curves, mnist_search
from lib.figures.optimizers import optimizer_curves
from lib.figures.overfit import overfit_curves, overfit_gradient_norms, overfit_grid
from lib.figures.style import COLORS
from lib.report.figures import png_bytes
from tests.figures.reading import legend, lines, titles


def note_of(fig) -> str:
    return fig.get_supxlabel()


def test_gradient_steps_show_the_median_of_each_strength(steps):
    fig = gradient_steps(steps)
    expected = [
        "Weights: absolute error",
        "Weights: relative error",
        "Biases: absolute error",
        "Biases: relative error",
    ]
    assert titles(fig) == expected
    assert legend(fig) == ["λ = 0", "λ = 3.14"]
    part = steps[(steps["group"] == "biases") & (steps["regularisation"] == 3.14)]
    median = part.groupby("step")["absolute_error"].median()
    drawn = lines(fig.axes[2])["λ = 3.14"]
    np.testing.assert_allclose(drawn, np.column_stack([median.index, median]))
    assert {ax.get_xscale() + ax.get_yscale() for ax in fig.axes} == {"loglog"}


def test_gradient_steps_leave_out_errors_of_zero(steps):
    steps.loc[steps["step"] == 1e-3, "relative_error"] = 0.0
    drawn = lines(gradient_steps(steps).axes[1])
    assert list(drawn) == ["λ = 0", "λ = 3.14"]
    assert drawn["λ = 0"][:, 0].max() == 1e-5


def test_overfit_curves_show_the_mean_over_seeds(overfit):
    fig = overfit_curves(overfit)
    assert titles(fig) == ["Training loss", "Training accuracy", "Validation accuracy"]
    assert legend(fig) == ["Three layers", "Five layers"]
    for ax, column in zip(fig.axes, ["loss", "train_accuracy", "val_accuracy"], strict=True):
        mean = overfit[overfit["network"] == "five"].groupby("epoch")[column].mean().dropna()
        np.testing.assert_allclose(lines(ax)["Five layers"], np.column_stack([mean.index, mean]))
    assert note_of(fig) == "line: mean, band: minimum to maximum over 3 runs"


def test_overfit_curves_of_diverged_runs(overfit):
    overfit.loc[(overfit["network"] == "five") & (overfit["epoch"] > 1), "loss"] = np.inf
    overfit.loc[(overfit["network"] == "three") & (overfit["seed"] == 1) & (overfit["epoch"] > 1), "loss"] = np.nan
    assert legend(overfit_curves(overfit)) == ["Three layers (1 of 3 diverged)", "Five layers (3 of 3 diverged)"]


def cells(ax) -> np.ndarray:
    """Values of a heat map, rows along y."""
    return np.ma.filled(ax.collections[0].get_array(), np.nan)


def test_overfit_grid_shows_the_mean_with_learning_rate_upwards(grid):
    fig = overfit_grid(grid, {"three": (0.1, 1e-2)})
    part = grid[grid["network"] == "three"]
    mean = part.pivot_table(index="learning_rate", columns="weight_scale", values="train_accuracy")
    np.testing.assert_allclose(cells(fig.axes[0]), mean.to_numpy())
    x_edges, y_edges = fig.axes[0].get_xlim(), fig.axes[0].get_ylim()
    np.testing.assert_allclose(x_edges, [10**-2.5, 10**0.5])
    np.testing.assert_allclose(y_edges, [10**-4.5, 10**-0.5])
    assert titles(fig)[:2] == ["Three layers", "Five layers"]


def test_overfit_grid_marks_the_setting_where_it_is_known(grid):
    fig = overfit_grid(grid, {"three": (0.1, 1e-2)})
    assert fig.axes[0].lines[0].get_xydata().tolist() == [[0.1, 1e-2]]
    assert not fig.axes[1].lines
    assert legend(fig) == ["100% in every run", "setting of the curves"]
    assert legend(overfit_grid(grid)) == ["100% in every run"]


def test_overfit_grid_outlines_only_cells_where_all_runs_reach_everything(grid):
    chosen = (grid["network"] == "five") & (grid["weight_scale"] == 0.1)
    grid.loc[chosen & (grid["learning_rate"] == 1e-2), "train_accuracy"] = 1.0
    grid.loc[chosen & (grid["learning_rate"] == 1e-3) & (grid["seed"] == 0), "train_accuracy"] = 1.0
    three, five = overfit_grid(grid).axes[:2]
    assert not three.collections[1].get_segments()
    points = np.concatenate(five.collections[1].get_segments())
    assert len(five.collections[1].get_segments()) == 4
    np.testing.assert_allclose(points.min(axis=0), [10**-1.5, 10**-2.5])
    np.testing.assert_allclose(points.max(axis=0), [10**-0.5, 10**-1.5])


def test_overfit_grid_keeps_missing_cells_apart_from_failures(grid):
    chosen = (grid["network"] == "three") & (grid["weight_scale"] == 1.0)
    grid.loc[chosen, "train_accuracy"] = np.nan
    values = cells(overfit_grid(grid).axes[0])
    assert np.isnan(values[:, 2]).all()
    assert np.isfinite(values[:, :2]).all()


def test_overfit_grid_of_one_cell_and_one_network(grid):
    one = grid[(grid["network"] == "five") & (grid["weight_scale"] == 0.1) & (grid["learning_rate"] == 1e-2)]
    fig = overfit_grid(one[one["seed"] == 0])
    assert cells(fig.axes[0]).shape == (1, 1)
    assert note_of(fig) == "one run"
    assert png_bytes(fig)


def test_gradient_norms_show_every_layer(norms):
    fig = overfit_gradient_norms(norms, {"five": 0.1})
    three, five = fig.axes
    assert legend(fig) == [f"layer {number}" for number in range(1, 6)]
    assert list(lines(three)) == ["layer 1", "layer 2", "layer 3"]
    part = norms[(norms["network"] == "five") & (norms["layer"] == 4)]
    median = part.groupby("weight_scale")["gradient_norm"].median()
    np.testing.assert_allclose(lines(five)["layer 4"], np.column_stack([median.index, median]))


def test_gradient_norms_that_vanish_are_left_out(norms):
    norms.loc[norms["weight_scale"] == 0.01, "gradient_norm"] = 0.0
    assert lines(overfit_gradient_norms(norms).axes[0])["layer 1"][:, 0].tolist() == [0.1, 1.0]


def test_optimizers_have_one_colour_each_in_all_panels(optimizer_runs):
    fig = optimizer_curves(*optimizer_runs)
    assert legend(fig) == ["SGD", "SGD + momentum", "RMSProp", "Adam"]
    for ax in fig.axes:
        assert [line.get_color() for line in ax.lines] == [
            COLORS[name] for name in ("sgd", "sgd_momentum", "rmsprop", "adam")
        ]
    loss, _ = optimizer_runs
    mean = loss[loss["optimizer"] == "adam"].groupby("iteration")["loss"].mean()
    np.testing.assert_allclose(lines(fig.axes[0])["Adam"], np.column_stack([mean.index, mean]))


def test_optimizers_that_did_not_run_are_not_in_the_legend(optimizer_runs):
    loss, epochs = (data[data["optimizer"].isin(["adam", "sgd"])] for data in optimizer_runs)
    loss = pd.concat([loss, loss[loss["optimizer"] == "adam"].assign(optimizer="adam_as_printed")])
    epochs = pd.concat([epochs, epochs[epochs["optimizer"] == "adam"].assign(optimizer="adam_as_printed")])
    assert legend(optimizer_curves(loss, epochs)) == ["SGD", "Adam", "Adam as printed"]


def test_search_marks_the_best_trial_in_every_panel(trials):
    fig = mnist_search(trials)
    best = trials.loc[trials["val_accuracy"].idxmax()]
    columns = ["learning_rate", "weight_scale", "regularisation", "keep_ratio"]
    for ax, column in zip(fig.axes, columns, strict=True):
        dots, star = ax.lines
        np.testing.assert_allclose(dots.get_xydata(), trials[[column, "val_accuracy"]])
        np.testing.assert_allclose(star.get_xydata(), [[best[column], best["val_accuracy"]]])
    assert [ax.get_xscale() for ax in fig.axes] == ["log", "log", "log", "linear"]
    assert f"{best['val_accuracy']:.2%}" in legend(fig)[1]


def test_search_says_how_many_trials_diverged(trials):
    trials.loc[trials["val_accuracy"].idxmax(), "val_accuracy"] = np.nan
    fig = mnist_search(trials)
    assert note_of(fig) == "12 trials, 1 diverged"
    assert fig.axes[0].lines[1].get_ydata()[0] == trials["val_accuracy"].max()


def test_search_without_any_result_is_still_a_figure(trials):
    assert png_bytes(mnist_search(trials.assign(val_accuracy=np.nan)))


def test_mnist_accuracies_leave_out_the_untrained_network(mnist_runs):
    loss, accuracy = mnist_curves(mnist_runs).axes
    assert lines(accuracy)["validation"][:, 0].tolist() == [1, 2, 3]
    assert loss.get_xlim() == accuracy.get_xlim()
    mean = mnist_runs[mnist_runs["epoch"] > 0].groupby("epoch")["train_accuracy"].mean()
    np.testing.assert_allclose(lines(accuracy)["training"][:, 1], mean)


def test_cifar_curves_have_four_panels(vision_runs):
    runs = vision_runs[vision_runs["color"] == "rgb"]
    fig = cifar_curves(runs)
    assert titles(fig) == ["Training loss", "Training accuracy", "Validation accuracy", "Learning rate"]
    assert legend(fig) == ["MLP", "CNN"]
    mean = runs[runs["model"] == "cnn"].groupby("epoch")["val_accuracy"].mean()
    np.testing.assert_allclose(lines(fig.axes[2])["CNN"], np.column_stack([mean.index, mean]))


@pytest.mark.parametrize(
    ("rates", "scale"), [([0.1, 0.1, 0.01, 0.001], "log"), ([0.1, 0.2, 0.1, 0.0], "linear"), ([0.1] * 4, "linear")]
)
def test_learning_rates_that_fall_in_steps_get_a_logarithmic_axis(vision_runs, rates, scale):
    runs = vision_runs[vision_runs["color"] == "rgb"]
    runs = runs.assign(learning_rate=runs["epoch"].map(dict(enumerate(rates, start=1))))
    assert cifar_curves(runs).axes[3].get_yscale() == scale


def test_unequal_numbers_of_runs_are_stated_by_model(vision_runs):
    runs = vision_runs[(vision_runs["color"] == "rgb") & ((vision_runs["model"] == "mlp") | (vision_runs["seed"] == 0))]
    assert "(MLP 2, CNN 1)" in note_of(cifar_curves(runs))


def test_gray_curves_are_dashed_in_the_colour_of_their_model(vision_runs):
    fig = gray_curves(vision_runs)
    assert titles(fig) == ["MLP", "CNN"]
    for ax, model in zip(fig.axes, ("mlp", "cnn"), strict=True):
        assert [(line.get_label(), line.get_linestyle(), line.get_color()) for line in ax.lines] == [
            ("RGB", "-", COLORS[model]),
            ("Gray", "--", COLORS[model]),
        ]


def test_gray_curves_with_an_arm_missing(vision_runs):
    runs = vision_runs[(vision_runs["model"] == "cnn") & (vision_runs["color"] == "rgb")]
    fig = gray_curves(runs)
    assert titles(fig) == ["CNN"]
    assert list(lines(fig.axes[0])) == ["RGB"]
