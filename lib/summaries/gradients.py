"""Section 2.3: how far the hand-written gradients are from centred differences and from autograd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.paths import GRADIENT_STEPS, run_files
from lib.report.numbers import DASH, format_number
from lib.report.statistics import t_interval
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

GROUPS = ("weights", "biases")
ERRORS = ("absolute", "relative")
SUBJECTS = {
    "affine": both("仿射层", "affine"),
    "relu": both("ReLU", "ReLU"),
    "dropout": both("随机失活", "dropout"),
    "batchnorm": both("批归一化", "batch normalisation"),
    "layernorm": both("层归一化", "layer normalisation"),
    "softmax": both("softmax 损失", "softmax loss"),
    "network": both("整个网络", "whole network"),
    "none": both("无", "none"),
}
UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2
_CHECK, _LAYERS = ("gradients/check.json",), ("gradients/layers.csv",)
_PRINTED_DIGITS = 3  # significant ones, of the errors in the original report
_KINK_SLOPE = 1.5  # between 2 (smooth) and 1 or less (kinks crossed)
_MARGIN = 0.1 * np.log(10)  # a tenth of a decade, as in the claim
_TINY = float(np.finfo(float).tiny)


def summarise(
    *,
    check: Mapping[str, Any],
    layers: pd.DataFrame,
    steps: pd.DataFrame,
    settings: Mapping[str, Any],
    reference: Mapping[str, Any] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section.

    Parameters
    ----------
    check : gradients/check.json
    layers : gradients/layers.csv
    steps : gradients/steps/seed*.csv, one below the other
    settings : the section ``gradients`` of the configuration
    reference : reference values by number id; this section does not depend on the data sets, so they hold on
        sample data too
    """
    summary = Summary()
    keys = _column_keys(check)
    _check(summary, check, keys, settings, reference or {})
    _reference_means(summary, check, keys, reference or {})
    _check_table(summary, check, keys, reference or {})
    _layers(summary, layers)
    _steps(summary, steps, check)
    return summary


def _column_keys(check: Mapping[str, Any]) -> list[str]:
    """A key for each column: ``plain``, or with regularisation ``regularised``, ``regularised_2``, ..."""
    keys: list[str] = []
    for column in check["columns"]:
        key = "plain" if column["regularisation"] == 0 else "regularised"
        again = sum(k.split("_")[0] == key for k in keys)
        keys.append(f"{key}_{again + 1}" if again else key)
    return keys


def _parameters(errors: Mapping[str, float]) -> list[str]:
    """Weights first, then biases, each from the first layer to the last."""
    return sorted(errors, key=lambda name: (name[0] != "W", int(name[1:])))


def _check(
    summary: Summary,
    check: Mapping[str, Any],
    keys: Sequence[str],
    settings: Mapping[str, Any],
    reference: Mapping[str, Any],
) -> None:
    setup = settings["check"]
    classes = int(setup["classes"])
    sizes = [int(size) for size in (setup["input_size"], *setup["hidden"], classes)]
    weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    variance = float(setup["weight_scale"]) ** 2
    summary.add("gradients.log_classes", np.log(classes), "loss")
    summary.add("gradients.weights", weights, "count")
    for key, column in zip(keys, check["columns"], strict=True):
        strength, loss = float(column["regularisation"]), float(column["initial_loss"])

        def add(name: str, value: float, unit: str) -> None:
            more = {"reference": reference.get(name)}
            summary.add(name, value, unit, source=_CHECK, **more)

        add(f"gradients.loss.{key}", loss, "loss")
        add(f"gradients.mean_error.{key}", column["mean_error"], "error")
        for name, error in column["errors"].items():
            add(f"gradients.error.{key}.{name}", error, "error")
        worst = max(column["errors"], key=column["errors"].__getitem__)
        worst_error = float(column["errors"][worst])
        add(f"gradients.worst_error.{key}", worst_error, "error")
        summary.facts[f"gradients.worst_parameter.{key}"] = worst
        # The sum of squares of K normal weights is variance * chi2 with K degrees of freedom.
        expected = np.log(classes) + strength / 2 * variance * weights
        spread = strength / 2 * variance * np.sqrt(2 * weights)
        summary.add(f"gradients.expected_loss.{key}", expected, "loss")
        summary.add(f"gradients.expected_spread.{key}", spread, "loss")
        if spread > 0:
            away = abs(loss - expected) / spread
            summary.add(f"gradients.loss_deviation.{key}", away, "ratio", source=_CHECK)
        exact = np.log(classes) + strength / 2 * float(column["squared_weights"])
        closed_form = abs(loss - exact) / float(column["score_range"])
        summary.add(f"gradients.closed_form.{key}", closed_form, "ratio", source=_CHECK)
        # Two rounded losses, each off by up to u * loss, divided by 2 h.
        rounding = UNIT_ROUNDOFF * loss / float(check["step"])
        summary.add(f"gradients.rounding.{key}", rounding, "error", source=_CHECK)
        explained = rounding / worst_error if worst_error > 0 else np.inf
        summary.add(f"gradients.explained_size.{key}", explained, "error", source=_CHECK)
    factors = [
        max(number.value / number.reference, number.reference / number.value)
        for name, number in summary.numbers.items()
        if name.startswith("gradients.error.") and number.reference and number.value > 0
    ]
    summary.facts["gradients.referenced"] = bool(factors)
    if factors:
        summary.add("gradients.reference_factor", max(factors), "ratio", source=_CHECK)
    summary.facts["gradients.columns"] = [
        {"key": key, "regularisation": float(column["regularisation"])}
        for key, column in zip(keys, check["columns"], strict=True)
    ]
    summary.facts["gradients.compared"] = "plain" in keys and "regularised" in keys
    if summary.facts["gradients.compared"]:
        by_key = dict(zip(keys, check["columns"], strict=True))
        before, after = by_key["plain"]["errors"], by_key["regularised"]["errors"]
        for group, initial in (("weights", "W"), ("biases", "b")):
            names = [name for name in _parameters(before) if name.startswith(initial)]
            summary.facts[f"gradients.smaller.{group}"] = [n for n in names if after[n] < before[n]]
            summary.facts[f"gradients.larger.{group}"] = [n for n in names if after[n] > before[n]]


def rounding_half(value: float, digits: int = _PRINTED_DIGITS) -> float:
    """Largest difference that printing ``value`` with ``digits`` significant digits can hide."""
    return float(0.5 * 10.0 ** (np.floor(np.log10(abs(value))) - digits + 1))


def _reference_means(
    summary: Summary, check: Mapping[str, Any], keys: Sequence[str], reference: Mapping[str, Any]
) -> None:
    """Do the means that the original printed follow from the rows it printed, up to their rounding?"""
    checked = []
    for key, column in zip(keys, check["columns"], strict=True):
        names = [f"gradients.error.{key}.{name}" for name in column["errors"]]
        printed = reference.get(f"gradients.mean_error.{key}")
        if printed is None or any(reference.get(name) is None for name in names):
            continue
        rows = [float(reference[name]) for name in names]
        mean = float(np.mean(rows))
        tolerance = float(np.mean([rounding_half(row) for row in rows])) + rounding_half(printed)
        summary.add(f"gradients.reference_row_mean.{key}", mean, "error")
        summary.add(f"gradients.reference_mean_gap.{key}", abs(printed - mean) / mean, "percent")
        checked.append({"key": key, "follows": bool(abs(printed - mean) <= tolerance)})
    summary.facts["gradients.reference_means"] = checked


def _check_table(summary: Summary, check: Mapping[str, Any], keys: Sequence[str], reference: Mapping[str, Any]) -> None:
    columns = [Column("quantity", both("参数", "Parameter"))]
    names = _parameters(check["columns"][0]["errors"])
    rows: list[dict[str, Any]] = [{"quantity": name} for name in names]
    loss_row: dict[str, Any] = {"quantity": both("初始损失", "Initial loss")}
    mean_row: dict[str, Any] = {"quantity": both("各行误差的均值", "Mean of the rows' errors")}
    for key, column in zip(keys, check["columns"], strict=True):
        strength = f"λ = {column['regularisation']:g}"
        columns.append(Column(key, both(f"{strength}，本项目", f"{strength}, this run"), "error"))
        for name, row in zip(names, rows, strict=True):
            row[key] = column["errors"][name]
        loss_row[key] = format_number(column["initial_loss"], "loss")
        mean_row[key] = column["mean_error"]
        if f"gradients.loss.{key}" not in reference:
            continue
        theirs = f"{key}_reference"
        columns.append(Column(theirs, both(f"{strength}，参考值", f"{strength}, reference"), "error"))
        for name, row in zip(names, rows, strict=True):
            row[theirs] = reference.get(f"gradients.error.{key}.{name}")
        loss_row[theirs] = format_number(reference[f"gradients.loss.{key}"], "loss")
        mean_row[theirs] = reference.get(f"gradients.mean_error.{key}")
    summary.tables["gradient_check"] = Table(columns, [*rows, loss_row, mean_row], _CHECK)


def _layers(summary: Summary, layers: pd.DataFrame) -> None:
    # Empty cells stand for what a row has not, and for the error of a gradient that is zero throughout.
    numeric = ("keep_ratio", "regularisation", "numerical_error", "autograd_error")
    layers = layers.assign(
        normalization=layers["normalization"].fillna("").astype(str),
        **{name: pd.to_numeric(layers[name], errors="coerce") for name in numeric},
    )
    network = layers["subject"] == "network"
    for name, part in (("layers", layers[~network]), ("network", layers[network])):
        if part.empty:
            continue
        for error in ("numerical", "autograd"):
            summary.add(f"gradients.{name}.worst_{error}", part[f"{error}_error"].max(), "error", source=_LAYERS)
    for error, name in (("numerical", "numeric"), ("autograd", "autograd")):
        worst = layers[f"{error}_error"].max()
        summary.add(f"gradients.worst_{name}_error", worst, "error", source=_LAYERS)
    summary.add("gradients.network.arrays", int(network.sum()), "count", source=_LAYERS)
    vanishing = layers.loc[network & layers["numerical_error"].isna(), "quantity"].unique().tolist()
    summary.facts["gradients.network.vanishing"] = vanishing
    rows = [_layer_row(row) for row in layers[~network].to_dict("records")]
    combinations = layers[network].groupby(["normalization", "keep_ratio", "regularisation"], dropna=False, sort=False)
    rows += [_network_row(part) for _, part in combinations]
    summary.add("gradients.network.combinations", combinations.ngroups, "count", source=_LAYERS)
    summary.tables["gradient_layers"] = Table(
        [
            Column("subject", both("对象", "Subject")),
            Column("normalization", both("归一化", "Normalisation")),
            Column("keep_ratio", both("随机失活的保留率（1 为不用）", "Dropout keep ratio (1: none)")),
            Column("regularisation", both("正则化强度 λ", "Regularisation λ")),
            Column("quantity", both("对其求导的量", "Gradient with respect to")),
            Column("numerical_error", both("与中心差分的相对误差", "Error against centred differences"), "error"),
            Column("autograd_error", both("与自动微分的相对误差", "Error against autograd"), "error"),
        ],
        rows,
        _LAYERS,
    )


def _plain(value: float) -> str:
    return DASH if pd.isna(value) else f"{value:g}"


def _layer_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "subject": SUBJECTS.get(row["subject"], row["subject"]),
        "normalization": DASH,
        "keep_ratio": _plain(row["keep_ratio"]) if row["subject"] == "dropout" else DASH,
        "regularisation": DASH,
        "quantity": row["quantity"],
        "numerical_error": float(row["numerical_error"]),
        "autograd_error": float(row["autograd_error"]),
    }


def _network_row(part: pd.DataFrame) -> dict[str, Any]:
    """One row for a network of many arrays: the largest error, and the array where it was found."""
    first = part.iloc[0]
    worst = part["quantity"].iloc[int(part["numerical_error"].fillna(-1.0).argmax())]
    return {
        "subject": SUBJECTS["network"],
        "normalization": SUBJECTS.get(first["normalization"], first["normalization"] or DASH),
        "keep_ratio": _plain(first["keep_ratio"]),
        "regularisation": _plain(first["regularisation"]),
        "quantity": both(f"{worst}（{len(part)} 个数组中最大）", f"{worst}, the largest of {len(part)}"),
        "numerical_error": float(part["numerical_error"].max()),
        "autograd_error": float(part["autograd_error"].max()),
    }


def _steps(summary: Summary, steps: pd.DataFrame, check: Mapping[str, Any]) -> None:
    """Errors by step; those without regularisation are compared with those at the strength of the check."""
    seeds = sorted(steps["seed"].unique())
    source = run_files(GRADIENT_STEPS, seeds)
    strengths = sorted(steps["regularisation"].unique())
    checked = max(float(column["regularisation"]) for column in check["columns"])
    ends = {"lowest": strengths[0], "highest": next((s for s in strengths if s >= checked), strengths[-1])}
    sizes = np.sort(steps["step"].unique())
    near = sizes[np.argmin(np.abs(np.log(sizes / float(check["step"]))))]
    summary.add("gradients.steps.at", near, "rate", n=len(seeds), source=source)
    for end, strength in ends.items():
        summary.add(f"gradients.steps.regularisation.{end}", strength, "plain", source=source)
    summary.add("gradients.steps.theory", np.finfo(np.float64).eps ** (1 / 3), "rate")
    directions: dict[str, str] = {}
    for group in GROUPS:
        for error in ERRORS:
            part = steps[steps["group"] == group]
            logs = np.log(part[f"{error}_error"].clip(lower=_TINY))
            table = part.assign(log=logs).pivot_table(index="seed", columns=["regularisation", "step"], values="log")
            at_step = table.xs(near, axis=1, level="step")
            name = f"{error}.{group}"
            for end, strength in ends.items():
                curve = table[strength].median()
                summary.add(
                    f"gradients.steps.best_step.{name}.{end}",
                    float(curve.index[curve.argmin()]),
                    "rate",
                    n=len(seeds),
                    source=source,
                )
                value = np.exp(at_step[strength].median())
                summary.add(f"gradients.steps.{name}.{end}", value, "error", n=len(seeds), source=source)
            change = at_step[ends["highest"]] - at_step[ends["lowest"]]
            directions[name] = _change(summary, f"gradients.steps.change.{name}", change.to_numpy(), source)
            decades = change / np.log(10)
            summary.add_runs(f"gradients.change.{group}.{error}", decades, "decades", source=source)
            if name == "absolute.weights":
                _slopes(summary, table[ends["lowest"]].median(), len(seeds), source)
    summary.facts["gradients.direction"] = directions
    summary.facts["gradients.steps.several"] = bool(ends["lowest"] != ends["highest"])


def _change(summary: Summary, key: str, logs: np.ndarray, source: tuple[str, ...]) -> str:
    """Add the geometric mean of ``exp(logs)``: is it ``smaller`` or ``larger`` than 1, or ``undecided``?

    It is neither where it may be within the margin of the claim.
    """
    interval, direction = None, "undecided"
    if (found := t_interval(logs)) is not None:
        low, high = found
        interval = (float(np.exp(low)), float(np.exp(high)))
        direction = "smaller" if high < -_MARGIN else "larger" if low > _MARGIN else direction
    summary.add(key, np.exp(float(logs.mean())), "plain", n=len(logs), interval=interval, source=source)
    return direction


def _slopes(summary: Summary, curve: pd.Series, n: int, source: tuple[str, ...]) -> None:
    """Slopes of log error against log step over the first and the last decade of steps."""
    sizes = curve.index.to_numpy(float)
    x = np.log(sizes)
    summary.facts["gradients.slopes"] = len(sizes) > 1
    if len(sizes) < 2:
        return
    y = curve.to_numpy(float)
    first = sizes <= max(sizes[0] * 10 * (1 + 1e-9), sizes[1])
    last = sizes >= min(sizes[-1] / 10 * (1 - 1e-9), sizes[-2])
    rounding, truncation = (np.polyfit(x[part], y[part], 1)[0] for part in (first, last))
    summary.add("gradients.steps.slope.rounding", rounding, "plain", n=n, source=source)
    summary.add("gradients.steps.slope.truncation", truncation, "plain", n=n, source=source)
    summary.facts["gradients.kinks_visible"] = bool(truncation < _KINK_SLOPE)
