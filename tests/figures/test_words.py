"""Figures in Chinese: no English word is left but names, whatever the results are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.data.cifar10 import CLASS_NAMES
from lib.data.sample import PHOTOGRAPHS
from lib.figures.cifar import cifar_bars, cifar_curves
from lib.figures.confusion import count_text
from lib.figures.mnist import mnist_confusion, mnist_errors, mnist_search
from lib.figures.optimizers import optimizer_curves
from lib.figures.overfit import overfit_curves, overfit_gradient_norms, overfit_grid
from lib.report.figure_words import left, texts_of, translated
from lib.report.figures import svg_bytes
from lib.report.texts import read_figure_words
from lib.report.yaml_files import read_yaml
from lib.summaries.classification import class_label

ROOT = Path(__file__).parents[2]
CAPTIONS = read_yaml(ROOT / "report/captions.yaml")
WORDS = read_figure_words(read_yaml(ROOT / "report/figure_words.yaml"))
CHINESE = WORDS.texts["zh"]


def in_chinese(figure) -> str:
    return translated(svg_bytes(figure).decode(), CHINESE)


def test_no_figure_has_an_english_word_that_is_not_a_name(all_figures):
    assert set(all_figures) == {key for key, caption in CAPTIONS.items() if caption["kind"] == "figure"}
    words = {name: left(in_chinese(figure), WORDS.keep) for name, figure in all_figures.items()}
    assert {name: found for name, found in words.items() if found} == {}


def test_nor_has_one_of_poor_or_of_few_results(overfit, grid, norms, optimizer_runs, trials, predictions, vision_runs):
    runs = vision_runs[vision_runs["color"] == "rgb"]
    diverged = overfit.assign(loss=overfit["loss"].where(overfit["epoch"] < 2))
    one_of_both = runs[(runs["model"] == "mlp") | (runs["seed"] == 0)]
    bars = pd.DataFrame([("mlp", 0, 0.5, np.nan)], columns=["model", "seed", "validation_accuracy", "test_accuracy"])
    failed = trials.assign(val_accuracy=trials["val_accuracy"].where(trials["trial"] > 1))
    none = {"wrong_index": np.zeros(0, int)}
    figures = [
        overfit_curves(diverged),
        overfit_curves(diverged[diverged["seed"] == 0]),
        overfit_curves(overfit.assign(loss=np.nan)),
        overfit_grid(grid[grid["seed"] == 0]),
        overfit_gradient_norms(norms[norms["seed"] == 0], {"three": 0.1}),
        optimizer_curves(*(data[data["seed"] == 0] for data in optimizer_runs)),
        mnist_search(failed),
        mnist_search(failed[:1]),
        mnist_confusion([predictions] * 2, list("0123456789")),
        mnist_errors(none, []),
        cifar_curves(one_of_both),
        cifar_bars(bars),
    ]
    assert [found for figure in figures if (found := left(in_chinese(figure), WORDS.keep))] == []


def test_a_diverged_run_is_counted_in_chinese_as_well(overfit):
    lost = (overfit["network"] == "five") & (overfit["seed"] == 1) & (overfit["epoch"] > 1)
    chinese = list(texts_of(in_chinese(overfit_curves(overfit.assign(loss=overfit["loss"].mask(lost))))))
    assert "五层（3 次运行中 1 次发散）" in chinese
    assert "曲线：均值，阴影：最小值至最大值，共 3 次运行" in chinese


@pytest.mark.parametrize("name", [*CLASS_NAMES, *(photograph.name for photograph in PHOTOGRAPHS)])
def test_every_class_has_a_chinese_name_which_the_texts_use_too(name):
    assert class_label(name) == {"zh": CHINESE[name], "en": name}


def test_counts_of_a_confusion_matrix_stay(predictions):
    svg = svg_bytes(mnist_confusion([predictions] * 2, list("0123456789"))).decode()
    assert [t for t in texts_of(svg) if t.isdigit()] == [t for t in texts_of(translated(svg, CHINESE)) if t.isdigit()]
    assert "<1" not in CHINESE and count_text(0.5) == "<1"
