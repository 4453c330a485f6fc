"""Bars, confusion matrices and architectures; and that every curve survives poor results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import ErrorbarContainer

from lib.figures.architecture import blocks_of
from lib.figures.cifar import cifar_architectures, cifar_bars, cifar_confusion, cifar_curves, cifar_per_class
from lib.figures.confusion import confusion_counts, count_text
from lib.figures.gradients import gradient_steps
from lib.figures.gray import gray_bars, gray_curves
from lib.figures.mnist import mnist_confusion, mnist_curves
from lib.figures.optimizers import optimizer_curves
from lib.figures.overfit import overfit_curves, overfit_gradient_norms
from lib.report.figures import DARK, GROUND, INK, contrast, png_bytes
from lib.report.statistics import t_interval
from tests.figures.reading import CLASSES, legend, texts, titles

BARS = pd.DataFrame(
    [("mlp", 0, 0.5, 0.52), ("mlp", 1, 0.6, 0.56), ("cnn", 0, 0.9, 0.91)],
    columns=["model", "seed", "validation_accuracy", "test_accuracy"],
)


def bar_heights(ax) -> list[float]:
    return [round(bar.get_height(), 9) for bar in ax.patches]


def test_bars_print_their_mean_and_number_of_runs():
    fig = cifar_bars(BARS)
    (ax,) = fig.axes
    assert bar_heights(ax) == [0.55, 0.54, 0.9, 0.91]
    assert texts(ax) == ["55.00%", "54.00%", "90.00%", "91.00%"]
    assert legend(fig) == ["MLP (n = 2)", "CNN (n = 1)"]
    assert len(ax.containers) == 4 + 2  # the bars, and error bars for the MLP alone


def test_bars_of_single_runs_have_no_error_bars():
    fig = cifar_bars(BARS[BARS["seed"] == 0])
    assert len(fig.axes[0].containers) == 4


def test_an_error_bar_is_the_interval_of_the_mean_as_far_as_an_accuracy_goes():
    runs = pd.DataFrame(
        [("mlp", seed, value, 0.9 + 0.05 * seed) for seed, value in enumerate([0.5, 0.52, 0.54])], columns=BARS.columns
    )
    error_bars = [one for one in cifar_bars(runs).axes[0].containers if isinstance(one, ErrorbarContainer)]
    ends = [one.lines[2][0].get_segments()[0][:, 1] for one in error_bars]
    half = 4.302653 * 0.02 / 3**0.5  # Student's t with two degrees of freedom
    assert ends[0] == pytest.approx([0.52 - half, 0.52 + half])
    assert ends[1][1] == 1.0


def test_bars_of_a_model_without_results_say_so():
    broken = BARS.assign(test_accuracy=[np.nan, np.nan, 0.91])
    assert texts(cifar_bars(broken).axes[0]) == ["55.00%", "no result", "90.00%", "91.00%"]


def gray_table(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["model", "color", "seed", "test_accuracy"])


def test_gray_bars_are_the_four_arms():
    arms = [("cnn", "gray", 0.9), ("cnn", "rgb", 0.93), ("mlp", "gray", 0.46), ("mlp", "rgb", 0.55)]
    ax, losses = gray_bars(gray_table(*[(model, color, 0, value) for model, color, value in arms])).axes
    assert bar_heights(ax) == [0.55, 0.46, 0.93, 0.9]
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [False, True, False, True]
    assert [label.get_text() for label in ax.get_xticklabels()][1] == "MLP\nGray\nn = 1"
    assert bar_heights(losses) == [9, 3]
    assert texts(losses) == ["9.00", "3.00"]


def test_what_gray_images_cost_is_paired_by_seed():
    runs = [("mlp", "rgb", 0, 0.5), ("mlp", "rgb", 1, 0.6), ("mlp", "rgb", 2, 0.9), ("mlp", "gray", 1, 0.58)]
    _, losses = gray_bars(gray_table(*runs, ("mlp", "gray", 0, 0.49))).axes
    assert bar_heights(losses) == [1.5]
    assert [label.get_text() for label in losses.get_xticklabels()] == ["MLP\nn = 2"]


def per_class() -> pd.DataFrame:
    rows = [
        (model, seed, name, 0.5 + 0.04 * place + 0.02 * seed)
        for model, seeds in (("mlp", 2), ("cnn", 1))
        for seed in range(seeds)
        for place, name in enumerate(CLASSES)
    ]
    return pd.DataFrame(rows, columns=["model", "seed", "class_name", "accuracy"])


def test_per_class_bars_stand_beside_their_class():
    fig = cifar_per_class(per_class())
    (ax,) = fig.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == CLASSES
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches[:10]], 0.51 + 0.04 * np.arange(10))
    np.testing.assert_allclose([round(bar.get_y() + bar.get_height() / 2) for bar in ax.patches[:10]], range(10))
    assert texts(ax)[0] == "51.0%"
    (start, _), (end, _) = ax.collections[0].get_segments()[0]
    assert (start, end) == pytest.approx(t_interval([0.5, 0.52]))  # of the MLP; the CNN has one run and no line
    assert len(ax.collections) == 1


def test_per_class_bars_of_a_class_without_result():
    table = per_class().query("model == 'cnn'")
    table.loc[table["class_name"] == "cat", "accuracy"] = np.nan
    assert "no result" in texts(cifar_per_class(table).axes[0])


def test_confusion_counts_true_classes_in_rows():
    scores = np.eye(3)[[0, 1, 1, 2]]
    run = {"scores": scores, "labels": np.array([0, 0, 1, 2])}
    assert confusion_counts([run], 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_confusion_rows_sum_to_the_images_of_the_class(predictions):
    counts = confusion_counts([predictions, predictions], 10)
    np.testing.assert_allclose(counts.sum(axis=1), np.bincount(predictions["labels"], minlength=10))


def test_confusion_without_runs_is_refused():
    with pytest.raises(ValueError, match="no predictions"):
        confusion_counts([], 10)


@pytest.mark.parametrize(("count", "text"), [(0, ""), (0.2, "<1"), (1.0, "1"), (958.4, "958")])
def test_mean_counts_never_read_as_none(count, text):
    assert count_text(count) == text


def test_confusion_figure_prints_the_counts(predictions):
    ax, bar = mnist_confusion([predictions], [str(digit) for digit in range(10)]).axes
    counts = confusion_counts([predictions], 10)
    assert texts(ax) == [count_text(count) for count in counts.ravel()]
    assert ax.get_ylim() == (9.5, -0.5)  # the first class on top
    assert (ax.get_ylabel(), bar.get_ylabel()) == ("True class", "Share of the true class")
    assert bar.get_ylim() == (0, 1)


def test_counts_can_be_read_on_their_cells_on_light_and_on_dark_pages(predictions):
    ax, _ = mnist_confusion([predictions], [str(digit) for digit in range(10)]).axes
    colors = ax.collections[0].to_rgba(ax.collections[0].get_array()).reshape(-1, 4)
    for ground, inks in ((GROUND, {INK: INK, "white": "white"}), (DARK[GROUND], {INK: DARK[INK], "white": "white"})):
        for text, color in zip(ax.texts, colors, strict=True):
            cell = to_hex(color[:3] * color[3] + np.array(to_rgb(ground)) * (1 - color[3]))
            assert contrast(inks[text.get_color()], cell) >= 3, text


def test_confusion_of_a_class_that_the_test_images_lack(predictions):
    labels = np.where(predictions["labels"] == 3, 4, predictions["labels"])
    assert png_bytes(mnist_confusion([{**predictions, "labels": labels}], CLASSES))


def test_confusion_has_one_panel_per_model(predictions):
    both = cifar_confusion({"cnn": [predictions], "mlp": [predictions] * 2}, CLASSES)
    assert titles(both)[:-1] == ["MLP (n = 2)", "CNN (n = 1)"]  # the last axes are the colour bar
    assert titles(cifar_confusion({"cnn": [predictions]}, CLASSES))[:-1] == ["CNN (n = 1)"]


def test_blocks_gather_the_layers_that_keep_the_shape(descriptions):
    blocks = blocks_of(descriptions["cnn"])
    assert [block.kind for block in blocks] == ["input", "conv", "pool", "flatten", "linear"]
    assert blocks[1].words + blocks[1].extras == ["conv", "3×3", "BN", "ReLU"]
    assert blocks[2].extras == []  # a dropout that drops nothing is no part of the network
    assert blocks_of(descriptions["mlp"])[2].extras == ["BN", "ReLU", "dropout 0.5"]


def test_blocks_account_for_every_parameter(descriptions):
    for description in descriptions.values():
        assert sum(block.parameters for block in blocks_of(description)) == description["parameters"]


def test_architectures_print_shapes_and_parameters(descriptions):
    words = texts(cifar_architectures(descriptions).axes[0])
    for text in ("MLP: 61,710 parameters", "CNN: 20,722 parameters", "3×32×32", "8×16×16", "2048", "61,500", "232"):
        assert text in words


def test_architecture_texts_do_not_overlap(descriptions):
    blocks = [
        {**descriptions["cnn"]["layers"][0], "output_shape": [128, 16, 16], "parameters": 147456},
        {**descriptions["cnn"]["layers"][1], "output_shape": [128, 16, 16]},
        {**descriptions["cnn"]["layers"][2], "output_shape": [128, 16, 16]},
    ]
    deep = {**descriptions["cnn"], "layers": blocks * 14}
    fig = cifar_architectures({"cnn": deep})
    fig.draw_without_rendering()
    boxes = [text.get_window_extent() for text in fig.axes[0].texts]
    for index, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= fig.bbox.width
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_what_stands_on_bars_and_points_leaves_titles_free(all_figures):
    for name, fig in all_figures.items():
        fig.draw_without_rendering()
        for ax in fig.axes:
            titles = [ax.title, ax._left_title, ax._right_title]
            boxes = [title.get_window_extent() for title in titles if title.get_text()]
            for text in ax.texts:
                assert not any(text.get_window_extent().overlaps(box) for box in boxes), (name, text.get_text())


def test_architectures_of_one_model_and_one_channel(descriptions):
    gray = {**descriptions["cnn"], "input_shape": [1, 32, 32]}
    assert "1×32×32" in texts(cifar_architectures({"cnn": gray}).axes[0])


def test_every_curve_survives_one_run_that_never_gave_a_number(
    steps, overfit, norms, optimizer_runs, mnist_runs, vision_runs
):
    def poor(data: pd.DataFrame) -> pd.DataFrame:
        values = [
            c for c in data.columns if data[c].dtype == float and c not in ("step", "regularisation", "weight_scale")
        ]
        return data[data["seed"] == 0].assign(**dict.fromkeys(values, np.nan))

    figures = [
        gradient_steps(poor(steps)),
        overfit_curves(poor(overfit)),
        overfit_gradient_norms(poor(norms)),
        optimizer_curves(*(poor(data) for data in optimizer_runs)),
        mnist_curves(poor(mnist_runs)),
        cifar_curves(poor(vision_runs[vision_runs["color"] == "rgb"])),
        gray_curves(poor(vision_runs)),
    ]
    for fig in figures:
        fig.draw_without_rendering()
