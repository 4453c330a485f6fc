"""Section 2.4: three layers against five on a handful of images, and how wide a choice of settings works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.paths import OVERFIT, OVERFIT_CNN, run_files
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS

NETWORKS = {"three": both("三层", "Three layers"), "five": both("五层", "Five layers")}
_ALL_RIGHT = 1 - 1e-9
_MARGIN = 0.1  # decades, as in the claim


def summarise(
    *,
    history: pd.DataFrame,
    grid: pd.DataFrame,
    gradient_norms: pd.DataFrame,
    cnn: Mapping[int, Mapping[str, float]],
    settings: Mapping[str, Any],
    reference: Mapping[str, float] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section.

    Parameters
    ----------
    history, grid, gradient_norms : the files of that name in overfit/{network}/seed{seed}/, one below the
        other, with the columns ``network`` (three or five) and ``seed`` added
    cnn : overfit_cnn/seed{seed}.json by seed
    settings : the section ``overfit`` of the configuration
    reference : reference values by number id; none of them on sample data
    """
    summary = Summary()
    _results(summary, history, settings, reference or {})
    _cnn(summary, pd.DataFrame.from_dict(dict(cnn), orient="index"), settings)
    _region(summary, grid)
    _gradients(summary, gradient_norms, settings)
    return summary


def _sources(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    pairs = frame[["network", "seed"]].drop_duplicates().sort_values(["network", "seed"], ascending=[False, True])
    return tuple(run_files(OVERFIT, [seed], f"{name}.csv", network=network)[0] for network, seed in pairs.to_numpy())


def _depth(settings: Mapping[str, Any], network: str) -> int:
    return len(settings["networks"][network]["hidden"]) + 1


def _results(
    summary: Summary, history: pd.DataFrame, settings: Mapping[str, Any], reference: Mapping[str, float]
) -> None:
    rows = []
    final = history[history["epoch"] == history["epoch"].max()]
    chance: list[str] = []
    summary.add("overfit.chance", 0.1, "percent")
    for network, label in NETWORKS.items():
        runs = final[final["network"] == network].sort_values("seed")
        source, by_seed = _sources(runs, "history"), runs.set_index("seed")
        row: dict[str, Any] = {
            "network": label,
            "layers": _depth(settings, network),
            "weight_scale": settings["networks"][network]["weight_scale"],
            "learning_rate": settings["networks"][network]["learning_rate"],
            "n": len(runs),
        }
        for column, name, unit in (
            ("loss", "final_loss", "loss"),
            ("train_accuracy", "train_accuracy", "percent"),
            ("val_accuracy", "val_accuracy", "percent"),
        ):
            key = f"overfit.{name}.{network}"
            summary.add_runs(key, by_seed[column], unit, source=source, reference=reference.get(key))
            number = summary.numbers[key]
            row[name] = number.value
            row[f"{name}_spread"] = number.spread
        gap = 100 * (by_seed["train_accuracy"] - by_seed["val_accuracy"])
        summary.add_runs(f"overfit.gap.{network}", gap, "points", source=source)
        perfect = int((runs["train_accuracy"] >= _ALL_RIGHT).sum())
        summary.add(f"overfit.perfect.{network}", perfect, "count", n=len(runs), source=source)
        images = int(settings["training"]["validation_images"])
        p = summary.numbers[f"overfit.val_accuracy.{network}"].value
        error = 100 * float(np.sqrt(p * (1 - p) / images))
        summary.add(f"overfit.val_standard_error.{network}", error, "points", n=len(runs), source=source)
        interval = summary.numbers[f"overfit.val_accuracy.{network}"].interval
        if interval is not None and interval[0] > summary.numbers["overfit.chance"].value:
            chance.append(network)
        row["train_reference"] = reference.get(f"overfit.train_accuracy.{network}")
        row["val_reference"] = reference.get(f"overfit.val_accuracy.{network}")
        rows.append(row)
    summary.facts["overfit.above_chance"] = chance
    summary.facts["overfit.all_perfect"] = all(
        summary.numbers[f"overfit.perfect.{name}"].value == summary.numbers[f"overfit.perfect.{name}"].n
        for name in NETWORKS
    )
    columns = [
        Column("network", both("网络", "Network")),
        Column("weight_scale", both("初始化尺度", "Weight scale"), "rate"),
        Column("learning_rate", both("学习率", "Learning rate"), "rate"),
        Column("final_loss", both("末轮训练损失", "Final training loss"), "loss", spread="final_loss_spread"),
        Column("train_accuracy", both("训练准确率", "Training accuracy"), "percent", spread="train_accuracy_spread"),
        Column("val_accuracy", both("验证准确率", "Validation accuracy"), "percent", spread="val_accuracy_spread"),
        RUNS,
    ]
    if reference:
        columns += [
            Column("train_reference", both("训练准确率参考值", "Training accuracy, reference"), "percent", 0),
            Column("val_reference", both("验证准确率参考值", "Validation accuracy, reference"), "percent", 1),
        ]
    keys = [key for column in columns for key in (column.key, column.spread) if key]
    cells = [{key: row[key] for key in keys} for row in rows]
    summary.tables["overfit_results"] = Table(columns, cells, _sources(final, "history"))


def _cnn(summary: Summary, runs: pd.DataFrame, settings: Mapping[str, Any]) -> None:
    """The CNN on the same images: its numbers, its row of the table, and its lead over each network, by seed."""
    source = tuple(OVERFIT_CNN.format(seed=seed) for seed in runs.index)
    row: dict[str, Any] = {"network": both("CNN", "CNN"), "learning_rate": settings["cnn"]["learning_rate"]}
    for name in ("train_accuracy", "val_accuracy"):
        summary.add_runs(f"overfit.{name}.cnn", runs[name], "percent", source=source)
        number = summary.numbers[f"overfit.{name}.cnn"]
        row |= {name: number.value, f"{name}_spread": number.spread, "n": number.n}
    perfect = int((runs["train_accuracy"] >= _ALL_RIGHT).sum())
    summary.add("overfit.perfect.cnn", perfect, "count", n=len(runs), source=source)
    summary.add("overfit.perfect_from.cnn", runs["perfect_from"].max(), "count", n=len(runs), source=source)
    leads = {}
    for network in NETWORKS:
        other = summary.numbers[f"overfit.val_accuracy.{network}"]
        lead = (
            100 * (runs["val_accuracy"] - pd.Series({int(seed): value for seed, value in other.runs.items()})).dropna()
        )
        key = f"overfit.cnn_lead.{network}"
        summary.add_runs(key, lead, "points", source=(*source, *other.source))
        low, high = summary.numbers[key].interval or (-np.inf, np.inf)
        leads[network] = "ahead" if low > 0 else "behind" if high < 0 else "undecided"
    summary.facts["overfit.cnn"] = leads
    table = summary.tables["overfit_results"]
    cells = {key: row.get(key) for column in table.columns for key in (column.key, column.spread) if key}
    summary.tables["overfit_results"] = replace(table, rows=[*table.rows, cells], source=(*table.source, *source))


def _spacing(values: np.ndarray) -> float:
    """Mean distance of neighbouring ``values`` (ascending) in decades; 0 for a single one."""
    return float(np.log10(values[-1] / values[0]) / (len(values) - 1)) if len(values) > 1 else 0.0


def region(grid: pd.DataFrame) -> dict[str, float]:
    """How large the region is where one run's grid reaches 100% training accuracy.

    Each grid point stands for a cell as wide as the distance to its neighbour, in decades.

    Parameters
    ----------
    grid : columns ``weight_scale``, ``learning_rate``, ``train_accuracy`` (NaN counts as a failure)

    Returns
    -------
    width : decades of weight scale, at the learning rate where they are most
    area : square decades of weight scale x learning rate
    learning_rate : of the width, the smallest of several equal ones; NaN without success
    at_edge : 1.0 if the successes at that rate reach the lowest or the highest weight scale of the grid
    """
    table = grid.pivot_table(
        index="learning_rate", columns="weight_scale", values="train_accuracy", aggfunc="mean", dropna=False
    )
    inside = table.to_numpy(float) >= _ALL_RIGHT  # NaN compares as False
    rates, scales = table.index.to_numpy(float), table.columns.to_numpy(float)
    counts = inside.sum(axis=1)
    best = int(counts.argmax())
    return {
        "width": float(counts[best]) * _spacing(scales),
        "area": float(inside.sum()) * _spacing(scales) * _spacing(rates),
        "learning_rate": float(rates[best]) if counts[best] else np.nan,
        "at_edge": float(inside[best, 0] or inside[best, -1]),
    }


SIDES = ("low_scale", "high_scale", "low_rate", "high_rate")


def cut_sides(grid: pd.DataFrame) -> list[str]:
    """The sides of the grid (``SIDES``) on which a setting succeeds, so that success may go on beyond them.

    ``grid`` has the columns ``weight_scale``, ``learning_rate`` and ``train_accuracy`` of any number of runs.
    """
    right = grid[grid["train_accuracy"] >= _ALL_RIGHT]
    scales, rates = grid["weight_scale"], grid["learning_rate"]
    on_side = (
        right["weight_scale"] == scales.min(),
        right["weight_scale"] == scales.max(),
        right["learning_rate"] == rates.min(),
        right["learning_rate"] == rates.max(),
    )
    return [side for side, cells in zip(SIDES, on_side, strict=True) if cells.any()]


def _sign(summary: Summary, key: str, margin: float = 0.0) -> str:
    """``three`` or ``five`` if the interval of a difference three - five is beyond the margin, else ``undecided``."""
    low, high = summary.numbers[key].interval or (-np.inf, np.inf)
    return "three" if low > margin else "five" if high < -margin else "undecided"


def _region(summary: Summary, grid: pd.DataFrame) -> None:
    runs = {pair: region(part) for pair, part in grid.groupby(["network", "seed"])}
    measured = pd.DataFrame.from_dict(runs, orient="index")
    measured.index = pd.MultiIndex.from_tuples(list(runs), names=["network", "seed"])
    source = _sources(grid, "grid")
    for network in NETWORKS:
        part = measured.loc[network]
        own = _sources(grid[grid["network"] == network], "grid")
        summary.add_runs(f"overfit.width.{network}", part["width"], "decades", source=own)
        summary.add_runs(f"overfit.area.{network}", part["area"], "plain", source=own)
        summary.add(f"overfit.edge_runs.{network}", part["at_edge"].sum(), "count", n=len(part), source=own)
        _majority(summary, grid[grid["network"] == network], network, own)
    summary.facts["overfit.tighter"] = _tighter_ends(summary)
    summary.facts["overfit.at_edge"] = bool(measured["at_edge"].any())
    summary.facts["overfit.cut"] = cut_sides(grid)
    pairs = measured.loc["three"].index.intersection(measured.loc["five"].index)
    for name, unit in (("width", "decades"), ("area", "plain")):
        difference = measured.loc["three"].loc[pairs, name] - measured.loc["five"].loc[pairs, name]
        summary.add_runs(f"overfit.{name}_difference", difference, unit, source=source)
        if name == "width":  # what the grid cuts off was not measured
            cut = measured.loc["three"].loc[pairs, "at_edge"] + measured.loc["five"].loc[pairs, "at_edge"] > 0
            summary.add_runs("overfit.uncut_width_difference", difference.mask(cut), unit, source=source)
    summary.facts["overfit.wider"] = _sign(summary, "overfit.width_difference", _MARGIN)
    summary.facts["overfit.larger"] = _sign(summary, "overfit.area_difference")
    columns = [
        Column("network", both("网络", "Network")),
        Column("width", both("成功区宽度（数量级）", "Width (decades)"), "decades"),
        Column("width_low", both("宽度 95% 区间下限", "Width, 95% from"), "decades"),
        Column("width_high", both("宽度 95% 区间上限", "Width, 95% to"), "decades"),
        Column("area", both("成功区面积（平方数量级）", "Area (square decades)"), "plain"),
        Column("area_low", both("面积 95% 区间下限", "Area, 95% from"), "plain"),
        Column("area_high", both("面积 95% 区间上限", "Area, 95% to"), "plain"),
        RUNS,
    ]
    names: dict[str, dict[str, str]] = {
        **NETWORKS,
        "difference": both("三层减五层（按种子配对）", "Three minus five (paired by seed)"),
    }
    rows = []
    for row_name, label in names.items():
        row: dict[str, Any] = {"network": label}
        for name in ("width", "area"):
            difference = row_name == "difference"
            number = summary.numbers[f"overfit.{name}_difference" if difference else f"overfit.{name}.{row_name}"]
            low, high = number.interval or (None, None)
            row |= {name: number.value, f"{name}_low": low, f"{name}_high": high, "n": number.n}
        rows.append(row)
    summary.tables["overfit_region"] = Table(columns, rows, source)


def _majority(summary: Summary, grid: pd.DataFrame, network: str, source: tuple[str, ...]) -> None:
    """Where most runs succeed: the rate that works most often, and the range of weight scales there."""
    right = grid.assign(right=grid["train_accuracy"] >= _ALL_RIGHT)
    share = right.pivot_table(index="learning_rate", columns="weight_scale", values="right", aggfunc="mean")
    row = int(share.sum(axis=1).to_numpy().argmax())
    rate = float(share.index[row])
    scales = share.columns.to_numpy(float)[share.to_numpy(float)[row] > 0.5]
    summary.facts[f"overfit.works.{network}"] = bool(len(scales))
    if len(scales):
        n = grid["seed"].nunique()
        for name, value in (
            ("best_learning_rate", rate),
            ("lowest_scale", scales[0]),
            ("highest_scale", scales[-1]),
        ):
            summary.add(f"overfit.{name}.{network}", value, "rate", n=n, source=source)


def _tighter_ends(summary: Summary) -> list[str]:
    """At which ends (``low``, ``high``) five layers' range of weight scales stops before that of three layers."""
    if not all(summary.facts[f"overfit.works.{network}"] for network in NETWORKS):
        return []
    low, high = (
        [summary.numbers[f"overfit.{end}_scale.{network}"].value for network in ("three", "five")]
        for end in ("lowest", "highest")
    )
    return [name for name, tighter in (("low", low[1] > low[0]), ("high", high[1] < high[0])) if tighter]


def gradient_slope(norms: pd.DataFrame) -> float:
    """Slope of log gradient norm against log weight scale over the lowest decade of scales.

    ``norms`` has ``weight_scale`` and ``gradient_norm`` of one run and layer; norms that are 0 or not finite
    have no logarithm and are left out. NaN where fewer than two are left.
    """
    norms = norms.sort_values("weight_scale")
    scales, values = norms["weight_scale"].to_numpy(float), norms["gradient_norm"].to_numpy(float)
    if len(scales) < 2:
        return float("nan")
    usable = np.isfinite(values) & (values > 0) & (scales <= max(10 * scales[0] * (1 + 1e-9), scales[1]))
    if usable.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(scales[usable]), np.log(values[usable]), 1)[0])


def _gradients(summary: Summary, norms: pd.DataFrame, settings: Mapping[str, Any]) -> None:
    known = []
    for network in NETWORKS:
        hidden = settings["networks"][network]["hidden"]
        # Weights of standard deviation s, then ReLU: a signal's power is multiplied by s^2 * fan-in / 2.
        summary.add(f"overfit.he_scale.{network}", np.sqrt(2 / hidden[-1]), "rate")
        summary.add(f"overfit.power.{network}", _depth(settings, network) - 1, "count")
        summary.add(f"overfit.layers.{network}", _depth(settings, network), "count")
        scale = float(settings["networks"][network]["weight_scale"])
        summary.add(f"overfit.layer_factor.{network}", scale * np.sqrt(hidden[-1] / 2), "plain")
        part = norms[(norms["network"] == network) & (norms["layer"] == 1)]
        source = _sources(part, "gradient_norms")
        slopes = pd.Series({seed: gradient_slope(run) for seed, run in part.groupby("seed")}, dtype=float)
        slopes = slopes[np.isfinite(slopes)]
        if len(slopes):
            summary.add_runs(f"overfit.gradient_slope.{network}", slopes, "plain", source=source)
            known.append(network)
        usable = part[np.isfinite(part["gradient_norm"]) & (part["gradient_norm"] > 0)]
        if len(usable):
            by_seed = usable.groupby("seed")["gradient_norm"]
            span = np.log10(by_seed.max() / by_seed.min())
            summary.add_runs(f"overfit.gradient_range.{network}", span, "decades", source=source)
        else:
            summary.facts["overfit.ranges"] = False
    summary.facts["overfit.slopes"] = len(known) == len(NETWORKS)
    summary.facts.setdefault("overfit.ranges", True)
