"""Section 2.6: the MLP baseline on MNIST, from its random search to its test errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.experiments.paths import MNIST, MNIST_SEARCH, MNIST_VARIANT, run_files
from lib.report.statistics import ALPHA, adjusted, binomial_standard_error, image_error
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import (
    accuracy,
    both,
    class_accuracies,
    class_label,
    mean_and_spread,
    most_confused,
    share_right,
    total_confusion,
)
from lib.summaries.columns import RUNS
from lib.summaries.comparisons import Tests, add_gap, direction

HYPERPARAMETERS = {
    "learning_rate": both("学习率", "learning rate"),
    "weight_scale": both("初始化尺度", "weight scale"),
    "regularisation": both("正则化强度", "regularisation"),
    "keep_ratio": both("保留率", "keep ratio"),
}
CHOICES = {  # of the hyper-parameters, beside the project's own
    "no_playoff": both("测试准确率，原报告的做法", "Test accuracy, by the original's procedure"),
    "published": both("测试准确率，原报告的超参数", "Test accuracy, the original's hyper-parameters"),
}
_MIN_TRIALS = 5  # below that a rank correlation says nothing


def summarise(
    *,
    architecture: Mapping[str, Any],
    trials: pd.DataFrame,
    best: Mapping[str, float],
    searched: Mapping[int, Mapping[str, float]],
    histories: Mapping[int, pd.DataFrame],
    results: Mapping[int, Mapping[str, float]],
    predictions: Tests,
    choices: Mapping[str, Tests],
    class_names: Sequence[str],
    reference: Mapping[str, float] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section.

    Parameters
    ----------
    architecture : mnist/architecture.json
    trials, best : mnist/search.csv, and the row of it in mnist/best.json
    searched : by seed, the best trial of a search of its own
    histories, results, predictions : by seed: history.csv, result.json and predictions.npz, which has
        ``scores`` (N, C) and ``labels`` (N,)
    choices : predictions by seed of trainings with hyper-parameters that were chosen otherwise, by ``CHOICES``
    class_names : names of the C classes
    reference : reference values by number id; none of them on sample data
    """
    reference = reference or {}
    summary = Summary()
    _architecture(summary, architecture, reference)
    _search(summary, trials, best, reference)
    _training(summary, histories, results, image_error([share_right(predictions, predictions)]), reference)
    _choices(summary, choices, predictions, reference)
    first, found = searched[min(searched)], run_files(MNIST_SEARCH, searched, "best.json")
    summary.add("mnist.search.first", first["trial"], "count", source=found[:1])
    reached = {seed: chosen["val_accuracy"] for seed, chosen in searched.items()}
    summary.add_runs("mnist.search.best_of_each", reached, "percent", source=found)
    summary.facts["mnist.same_trial"] = all(
        chosen[name] == best[name] for chosen in searched.values() for name in HYPERPARAMETERS
    )
    _mistakes(summary, predictions, class_names)
    return summary


def _architecture(summary: Summary, architecture: Mapping[str, Any], reference: Mapping[str, float]) -> None:
    source = ("mnist/architecture.json",)
    layers = architecture["layers"]
    for key, value in (("parameters", "total"), ("parameters_with_norm", "total_with_norm")):
        key = f"mnist.{key}"
        summary.add(key, architecture[value], "count", source=source, reference=reference.get(key))
    share = layers[0]["parameters"] / architecture["total"]
    summary.add("mnist.first_layer_share", share, "percent", source=source)
    summary.add("mnist.input_size", layers[0]["input_size"], "count", source=source)
    summary.facts["mnist.layer_sizes"] = [layers[0]["input_size"], *(row["output_size"] for row in layers)]
    columns = [
        Column("name", both("层", "Layer")),
        Column("input_size", both("输入", "Inputs"), "count"),
        Column("output_size", both("神经元数（输出）", "Neurons (outputs)"), "count"),
        Column("activation", both("激活函数", "Activation")),
        Column("weights", both("权重", "Weights"), "count"),
        Column("biases", both("偏置", "Biases"), "count"),
        Column("parameters", both("权重与偏置合计", "Weights and biases"), "count"),
        Column("gamma_beta", both("γ 与 β", "γ and β"), "count"),
    ]
    names = [column.key for column in columns]
    rows: list[dict[str, Any]] = [{name: row.get(name) for name in names} for row in layers]
    for place, row in enumerate(rows, 1):
        hidden = both(f"隐藏层 {place}", f"Hidden layer {place}")
        row["name"] = both("输出层", "Output layer") if place == len(rows) else hidden
        row["activation"] = {"relu": "ReLU", None: both("无", "none")}.get(row["activation"], row["activation"])
        # The sum of weights and biases is what the reference counts; gamma and beta have their own column.
        row["parameters"] = row["weights"] + row["biases"]
    total: dict[str, Any] = {"name": both("合计", "Total"), "activation": ""}
    for name in ("weights", "biases", "parameters", "gamma_beta"):
        total[name] = sum(row[name] or 0 for row in rows)
    summary.tables["mnist_architecture"] = Table(columns, [*rows, total], source)


def _headed(label: Mapping[str, str]) -> dict[str, str]:
    """A label as the heading of a column."""
    return {language: text[0].upper() + text[1:] for language, text in label.items()}


def _search(summary: Summary, trials: pd.DataFrame, best: Mapping[str, float], reference: Mapping[str, float]) -> None:
    source = ("mnist/search.csv",)
    finished = trials[np.isfinite(trials["val_accuracy"])]
    key = "mnist.search.best_val_accuracy"
    highest = finished["val_accuracy"].max()
    summary.add(key, highest, "percent", source=source, reference=reference.get(key))
    summary.add("mnist.search.chosen_val_accuracy", best["val_accuracy"], "percent", source=("mnist/best.json",))
    full = trials["full_val_accuracy"].dropna() if "full_val_accuracy" in trials else trials["val_accuracy"].iloc[:0]
    summary.add("mnist.search.finalists", len(full), "count", source=source)
    if len(full):
        summary.add("mnist.search.chosen_full_val_accuracy", full.max(), "percent", source=source)
    for name, unit in (
        ("learning_rate", "rate"),
        ("weight_scale", "rate"),
        ("regularisation", "rate"),
        ("keep_ratio", "plain"),
        ("best_epoch", "count"),
        ("trial", "count"),
    ):
        summary.add(f"mnist.search.{name}", best[name], unit, source=("mnist/best.json",))
    summary.add("mnist.search.trials", len(trials), "count", source=source)
    summary.add("mnist.search.failed", len(trials) - len(finished), "count", source=source)
    summary.add("mnist.search.median_val_accuracy", finished["val_accuracy"].median(), "percent", source=source)
    summary.add("mnist.search.worst_val_accuracy", finished["val_accuracy"].min(), "percent", source=source)
    correlations = _correlations(finished)
    for row in correlations:
        summary.add(f"mnist.search.correlation.{row['key']}", row["rho"], "plain", source=source)
        summary.add(f"mnist.search.p_value.{row['key']}", row["p"], "plain", source=source)
    summary.facts["mnist.correlations"] = correlations
    summary.facts["mnist.strongest"] = correlations[0] if correlations else None
    summary.facts["mnist.significant"] = [row for row in correlations if row["significant"]]

    columns = [
        Column("trial", both("试验", "Trial"), "count"),
        *(Column(name, _headed(HYPERPARAMETERS[name]), "rate") for name in ("learning_rate", "weight_scale")),
        Column("regularisation", _headed(HYPERPARAMETERS["regularisation"]), "rate"),
        Column("keep_ratio", _headed(HYPERPARAMETERS["keep_ratio"]), "plain"),
        Column("val_accuracy", both("最佳验证准确率", "Best validation accuracy"), "percent"),
        Column("best_epoch", both("取得该值的轮次", "Reached in epoch"), "count"),
        Column("full_val_accuracy", both("完整训练后的验证准确率", "Validation accuracy, trained in full"), "percent"),
        Column("mark", both("备注", "Note")),
    ]
    ordered = trials.sort_values("val_accuracy", ascending=False, kind="stable", na_position="last")
    rows = []
    for trial in ordered.to_dict("records"):
        chosen = trial["trial"] == best["trial"]
        cells = {column.key: _or_none(trial.get(column.key)) for column in columns[:-1]}
        rows.append(cells | {"mark": both("选用", "chosen") if chosen else ""})
    summary.tables["mnist_trials"] = Table(columns, rows, source)


def _or_none(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _correlations(trials: pd.DataFrame) -> list[dict[str, Any]]:
    """Spearman rank correlations with the validation accuracy, strongest first, with Holm's test."""
    rows: list[dict[str, Any]] = []
    if len(trials) < _MIN_TRIALS or trials["val_accuracy"].nunique() < 2:
        return rows
    for key, label in HYPERPARAMETERS.items():
        if trials[key].nunique() > 1:
            rho, p = stats.spearmanr(trials[key], trials["val_accuracy"])
            rows.append({"key": key, "label": label, "rho": float(rho), "p": float(p), "positive": bool(rho > 0)})
    for row, p in zip(rows, adjusted([row["p"] for row in rows]), strict=True):
        row["significant"] = p < ALPHA
    return sorted(rows, key=lambda row: -abs(row["rho"]))


def _training(
    summary: Summary,
    histories: Mapping[int, pd.DataFrame],
    results: Mapping[int, Mapping[str, float]],
    test_error: float,
    reference: Mapping[str, float],
) -> None:
    result_files = run_files(MNIST, results, "result.json")
    history_files = run_files(MNIST, histories, "history.csv")
    runs = {
        "final_train_accuracy": {seed: float(h["train_accuracy"].iloc[-1]) for seed, h in histories.items()},
        **{
            name: {seed: r[name] for seed, r in results.items()}
            for name in ("final_val_accuracy", "best_val_accuracy", "test_accuracy")
        },
    }
    labels = {
        "final_train_accuracy": both("末轮训练准确率", "Final training accuracy"),
        "final_val_accuracy": both("末轮验证准确率", "Final validation accuracy"),
        "best_val_accuracy": both("最佳验证准确率", "Best validation accuracy"),
        "test_accuracy": both("测试准确率，本项目的超参数", "Test accuracy, the project's hyper-parameters"),
    }
    rows = []
    for name, values in runs.items():
        key = f"mnist.{name}"
        source = history_files if name.startswith("final_train") else result_files
        error = test_error if name == "test_accuracy" else 0.0
        summary.add_runs(key, values, "percent", source=source, reference=reference.get(key), image_error=error)
        mean, spread = mean_and_spread(list(values.values()))
        row = {"measure": labels[name], "mean": mean, "spread": spread, "n": len(values)}
        rows.append(row | {"reference": reference.get(key)})
    columns = [
        Column("measure", both("量", "Measure")),
        Column("mean", both("均值", "Mean"), "percent", spread="spread"),
        RUNS,
    ]
    if reference:
        columns.append(Column("reference", both("参考值", "Reference"), "percent"))
    summary.tables["mnist_results"] = Table(columns, rows, (*result_files, *history_files))
    losses = {seed: float(h["loss"].iloc[-1]) for seed, h in histories.items()}
    summary.add_runs("mnist.final_loss", losses, "loss", source=history_files)
    epochs = {seed: r["best_epoch"] for seed, r in results.items()}
    summary.add_runs("mnist.best_epoch", epochs, "plain", source=result_files)
    gaps = 100 * (pd.Series(runs["final_train_accuracy"]) - pd.Series(runs["final_val_accuracy"]))
    summary.add_runs("mnist.generalisation_gap", gaps, "points", source=(*result_files, *history_files))


def _choices(
    summary: Summary, choices: Mapping[str, Tests], predictions: Tests, reference: Mapping[str, float]
) -> None:
    """Test accuracies with hyper-parameters chosen otherwise, their rows of the table, and the play-off's worth."""
    table = summary.tables["mnist_results"]
    rows = list(table.rows)
    for choice, tests in choices.items():
        key, source = (
            f"mnist.test_accuracy.{choice}",
            run_files(MNIST_VARIANT, tests, "predictions.npz", variant=choice),
        )
        runs = pd.Series({seed: accuracy(test["scores"], test["labels"]) for seed, test in tests.items()})
        error = image_error([share_right(tests, tests)])
        summary.add_runs(key, runs, "percent", source=source, reference=reference.get(key), image_error=error)
        number = summary.numbers[key]
        row = {"measure": CHOICES[choice], "mean": number.value, "spread": number.spread, "n": number.n}
        rows.append(row | {"reference": reference.get(key)})
    summary.tables["mnist_results"] = replace(table, rows=rows)
    without = choices["no_playoff"]
    source = (
        *run_files(MNIST, predictions, "predictions.npz"),
        *summary.numbers["mnist.test_accuracy.no_playoff"].source,
    )
    gain = add_gap(summary, "mnist.play_off_gain", predictions, without, source)
    summary.facts["mnist.play_off"] = {"up": "helps", "down": "hurts", "open": "undecided"}[direction(gain)]


def _mistakes(summary: Summary, predictions: Tests, class_names: Sequence[str]) -> None:
    source = run_files(MNIST, predictions, "predictions.npz")
    first = next(iter(predictions.values()))
    samples, runs = len(first["labels"]), len(predictions)
    wrong = np.stack([p["scores"].argmax(axis=1) != p["labels"] for p in predictions.values()])
    summary.add("mnist.test_samples", samples, "count", source=source)
    errors = dict(zip(predictions, wrong.sum(axis=1), strict=True))
    summary.add_runs("mnist.test_errors", errors, "count", source=source)
    summary.add("mnist.errors_in_every_run", wrong.all(axis=0).sum(), "count", n=runs, source=source)
    summary.add("mnist.errors_in_any_run", wrong.any(axis=0).sum(), "count", n=runs, source=source)
    mean = 1 - float(wrong.mean())
    error = 100 * binomial_standard_error(mean, samples)
    summary.add("mnist.test_standard_error", error, "points", n=runs, source=source)

    confusion = total_confusion(predictions.values(), len(class_names))
    top = most_confused(confusion)
    summary.facts["mnist.confused"] = None
    if top is not None:
        summary.facts["mnist.confused"] = {
            "true": class_label(class_names[top.true]),
            "predicted": class_label(class_names[top.predicted]),
        }
        summary.add("mnist.confused.count", top.count / runs, "plain", n=runs, source=source)
        summary.add("mnist.confused.share", top.share, "percent", n=runs, source=source)
    by_class = class_accuracies(confusion)
    for name, index in (("hardest", np.nanargmin(by_class)), ("easiest", np.nanargmax(by_class))):
        summary.facts[f"mnist.{name}"] = class_label(class_names[int(index)])
        summary.add(f"mnist.{name}.accuracy", by_class[index], "percent", n=runs, source=source)
