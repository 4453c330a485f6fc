"""Section 2.8: what both models lose on gray images, in points, in relative error and in log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.data.gray import LUMA
from lib.experiments.paths import ARM, run_files
from lib.report.statistics import image_error
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import (
    accuracy,
    both,
    error_ratio,
    log_odds_drop,
    mean_and_spread,
    share_right,
)
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_gap, direction

MODELS = {"mlp": "MLP", "cnn": "CNN"}
COLORS = ("rgb", "gray")
MEASURES = {"drop": "points", "error_ratio": "ratio", "log_odds_drop": "plain"}
_MARGINS = {"drop": 0.5, "error_ratio": 0.05, "log_odds_drop": 0.05}  # as in the claims
_CLEAR = 2.0  # standard errors above which a difference is called clear

Tests = Mapping[str, Mapping[int, Mapping[str, np.ndarray]]]


def summarise(
    *,
    architectures: Mapping[str, Mapping[str, Any]],
    histories: Mapping[str, Mapping[int, pd.DataFrame]],
    tests: Tests,
    reference: Mapping[str, float] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section; mappings go by arm: ``mlp-rgb``, ``cnn-gray``, ...

    Only seeds that were trained in both colour modes enter the differences, each paired with itself.

    Parameters
    ----------
    architectures : vision/architecture/{arm}.json
    histories, tests : by arm and seed, history.csv and test.npz (``scores`` (N, C), ``labels`` (N,))
    reference : reference values by number id, with ``cifar.test_accuracy.*``; none on sample data

    Raises ValueError if a model has no seed in both colour modes.
    """
    reference = reference or {}
    summary = Summary()
    summary.facts["gray.luma"] = dict(zip(("red", "green", "blue"), (f"{w:g}" for w in LUMA), strict=True))
    summary.facts["gray.clear"] = {}
    rows = []
    for model in MODELS:
        _inputs(summary, model, architectures)
        arm = tests[f"{model}-gray"]
        for key, values in (
            ("val_accuracy", {s: float(h["val_accuracy"].max()) for s, h in histories[f"{model}-gray"].items()}),
            ("test_accuracy", _accuracies(arm)),
        ):
            name = f"gray.{key}.{model}"
            file = "history.csv" if key == "val_accuracy" else "test.npz"
            source = run_files(ARM, histories[f"{model}-gray"], file, arm=f"{model}-gray")
            error = 0.0 if key == "val_accuracy" else image_error([share_right(arm, arm)])
            summary.add_runs(name, values, "percent", source=source, reference=reference.get(name), image_error=error)
        rows.append(_paired(summary, model, tests, reference))
        _validation(summary, model, histories)
        if (row := _reference_row(summary, model, reference)) is not None:
            rows.append(row)
    _mlp_less_cnn(summary, tests)
    add_gap(summary, "gray.gap", tests["cnn-gray"], tests["mlp-gray"], _test_files(tests, "cnn-gray", "mlp-gray"))
    margins = {f"drop.{model}": _MARGINS["drop"] for model in MODELS}
    margins |= {f"mlp_less_cnn.{measure}": _MARGINS[measure] for measure in MEASURES}
    summary.facts["gray.direction"] = {
        key: direction(summary.numbers[f"gray.{key}"], margin) for key, margin in margins.items()
    }
    for measure in MEASURES:
        _larger(summary, "gray", measure)
        _larger(summary, "gray.reference", measure)
    _agreement(summary)
    _table(summary, rows, tests)
    return summary


def _test_files(tests: Tests, *arms: str) -> tuple[str, ...]:
    return tuple(file for arm in arms for file in run_files(ARM, tests[arm], "test.npz", arm=arm))


def _accuracies(tests: Mapping[int, Mapping[str, np.ndarray]]) -> dict[int, float]:
    return {seed: accuracy(test["scores"], test["labels"]) for seed, test in tests.items()}


def _inputs(summary: Summary, model: str, architectures: Mapping[str, Mapping[str, Any]]) -> None:
    sources = tuple(f"vision/architecture/{model}-{color}.json" for color in COLORS)
    rgb, gray = (architectures[f"{model}-{color}"] for color in COLORS)
    summary.add(f"gray.parameters.{model}", gray["parameters"], "count", source=sources[1:])
    saved = 1 - gray["parameters"] / rgb["parameters"]
    summary.add(f"gray.parameters_saved.{model}", saved, "percent", source=sources)
    if model == "mlp":
        sizes = [int(np.prod(architecture["input_shape"])) for architecture in (rgb, gray)]
        summary.add("gray.input_size.rgb", sizes[0], "count", source=sources[:1])
        summary.add("gray.input_size.gray", sizes[1], "count", source=sources[1:])
        summary.add("gray.input_reduction", 1 - sizes[1] / sizes[0], "percent", source=sources)


def _paired(summary: Summary, model: str, tests: Tests, reference: Mapping[str, float]) -> dict[str, Any]:
    rgb, gray = (tests[f"{model}-{color}"] for color in COLORS)
    seeds = [seed for seed in gray if seed in rgb]
    if not seeds:
        raise ValueError(f"{model}: no seed was trained both in colour and in gray")
    source = tuple(f for c in COLORS for f in run_files(ARM, seeds, "test.npz", arm=f"{model}-{c}"))
    samples = len(gray[seeds[0]]["labels"])
    before, after = (pd.Series(_accuracies(color))[seeds] for color in (rgb, gray))
    expected = _reference_changes(model, reference)
    values = {
        "drop": 100 * (before - after),
        "error_ratio": before.combine(after, lambda a, b: error_ratio(a, b, samples)),
        "log_odds_drop": before.combine(after, lambda a, b: log_odds_drop(a, b, samples)),
    }
    shares = [share_right(tests[f"{model}-{color}"], seeds) for color in COLORS]
    for measure, unit in MEASURES.items():
        summary.add_runs(
            f"gray.{measure}.{model}",
            values[measure],
            unit,
            source=source,
            reference=expected.get(measure),
            image_error=image_error(shares, lambda a, b, m=measure: _change(m, a, b, samples)),
        )
    summary.add_runs(f"gray.paired_rgb_accuracy.{model}", before, "percent", source=source)
    summary.add_runs(f"gray.paired_gray_accuracy.{model}", after, "percent", source=source)
    summary.add_runs(f"gray.kept.{model}", after / before, "percent", source=source)
    error = summary.numbers[f"gray.drop.{model}"].image_error
    summary.add(f"gray.drop_standard_error.{model}", error, "points", source=source)
    summary.facts["gray.clear"][model] = bool(abs(values["drop"].mean()) > _CLEAR * error)
    return {
        "model": MODELS[model],
        "origin": both("本次运行", "this run"),
        "n": len(seeds),
        "rgb": float(before.mean()),
        "gray": float(after.mean()),
        "spread": mean_and_spread(values["drop"].to_numpy())[1],
        **{measure: float(values[measure].mean()) for measure in MEASURES},
    }


def _mlp_less_cnn(summary: Summary, tests: Tests) -> None:
    """How much more the MLP loses than the CNN, paired by seed."""
    arms = [f"{model}-{color}" for model in MODELS for color in COLORS]
    seeds = [seed for seed in tests[arms[0]] if all(seed in tests[arm] for arm in arms)]
    sources = tuple(f for arm in arms for f in run_files(ARM, seeds, "test.npz", arm=arm))
    shares = [share_right(tests[arm], seeds) for arm in arms]
    samples = len(shares[0])
    for measure, unit in MEASURES.items():
        one, other = (summary.numbers[f"gray.{measure}.{model}"].runs for model in MODELS)
        values = pd.Series({seed: one[str(seed)] - other[str(seed)] for seed in seeds}, dtype=float)
        error = image_error(shares, lambda a, b, c, d, m=measure: _change(m, a, b, samples) - _change(m, c, d, samples))
        summary.add_runs(f"gray.mlp_less_cnn.{measure}", values, unit, source=sources, image_error=error)


def _change(measure: str, before: float, after: float, samples: int) -> float:
    """A measure of ``MEASURES`` for two accuracies on ``samples`` images."""
    if measure == "drop":
        return 100 * (before - after)
    if measure == "error_ratio":
        return error_ratio(before, after, samples)
    return log_odds_drop(before, after, samples)


def _validation(summary: Summary, model: str, histories: Mapping[str, Mapping[int, pd.DataFrame]]) -> None:
    rgb, gray = (histories[f"{model}-{color}"] for color in COLORS)
    seeds = [seed for seed in gray if seed in rgb]
    drops = {s: 100 * float(rgb[s]["val_accuracy"].max() - gray[s]["val_accuracy"].max()) for s in seeds}
    source = tuple(f for c in COLORS for f in run_files(ARM, seeds, "history.csv", arm=f"{model}-{c}"))
    summary.add_runs(f"gray.val_drop.{model}", drops, "points", source=source)


def _reference_changes(model: str, reference: Mapping[str, float]) -> dict[str, float]:
    """The three measures from the reference's own accuracies; empty where it has none."""
    before, after = (reference.get(f"{section}.test_accuracy.{model}") for section in ("cifar", "gray"))
    if before is None or after is None:
        return {}
    return {
        "drop": 100 * (before - after),
        "error_ratio": error_ratio(before, after),
        "log_odds_drop": log_odds_drop(before, after),
    }


def _reference_row(summary: Summary, model: str, reference: Mapping[str, float]) -> dict[str, Any] | None:
    changes = _reference_changes(model, reference)
    if not changes:
        return None
    for measure, value in changes.items():
        summary.add(f"gray.reference.{measure}.{model}", value, MEASURES[measure])
    row = {"model": MODELS[model], "origin": both("参考值", "reference"), "n": 1, "spread": None}
    before, after = (reference[f"{section}.test_accuracy.{model}"] for section in ("cifar", "gray"))
    return row | {"rgb": before, "gray": after} | changes


def _larger(summary: Summary, prefix: str, measure: str) -> None:
    """Fact ``{prefix}.larger_{measure}``: the model that loses more by this measure, None where unknown."""
    numbers = [summary.numbers.get(f"{prefix}.{measure}.{model}") for model in MODELS]
    values = [number.value for number in numbers if number is not None]
    larger = None
    if len(values) == len(MODELS) and values[0] != values[1]:
        larger = "mlp" if values[0] > values[1] else "cnn"
    summary.facts[f"{prefix}.larger_{measure}"] = larger


def _agreement(summary: Summary) -> None:
    for prefix in ("gray", "gray.reference"):
        models = {summary.facts[f"{prefix}.larger_{measure}"] for measure in MEASURES}
        summary.facts[f"{prefix}.measures_agree"] = len(models) == 1


def _table(summary: Summary, rows: list[dict[str, Any]], tests: Tests) -> None:
    columns = [
        MODEL,
        Column("origin", both("来源", "From")),
        RUNS,
        Column("rgb", both("彩色测试准确率", "Test accuracy, colour"), "percent"),
        Column("gray", both("灰度测试准确率", "Test accuracy, gray"), "percent"),
        Column("drop", both("下降（百分点）", "Drop (points)"), "points", spread="spread"),
        Column("error_ratio", both("错误率之比（灰度/彩色）", "Error ratio (gray/colour)"), "ratio"),
        Column("log_odds_drop", both("对数几率下降", "Drop in log-odds"), "plain"),
    ]
    sources = _test_files(tests, *tests)
    summary.tables["gray_results"] = Table(columns, rows, sources)
