"""What became of the CNN's first-layer filters, for section 2.7: counts by kind, norms, firing rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy import stats

from lib.experiments.paths import ARM, run_files
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

KINDS = {
    "edge": both("仅边缘", "edge only"),
    "colour": both("仅颜色", "colour only"),
    "edge and colour": both("边缘与颜色兼有", "edge and colour"),
    "neither": both("两者皆非", "neither"),
    "dead": both("几乎不激活", "dead"),
}
_LEVEL = 0.05
_NAMED = 3


def add_filters(
    summary: Summary,
    filters: pd.DataFrame,
    networks: pd.DataFrame,
    thresholds: Mapping[str, float | None],
    *,
    channels: int,
) -> None:
    """Add the numbers ``cifar.filters.*``, the facts on chance and the table ``cifar_filter_kinds``.

    ``filters``, ``networks`` and ``thresholds`` are those of :func:`lib.summaries.cifar.summarise`, ``channels`` the
    colour channels of a filter.
    """
    source = ("vision/filters.csv",)
    total = len(filters)
    summary.add("cifar.filters.total", total, "count", source=source)
    for name, value in thresholds.items():
        if value is not None:
            summary.add(f"cifar.filters.{name}", value, "plain", source=source)
    rows: list[dict[str, Any]] = []
    named: dict[str, list[int]] = {}  # the first few of each kind
    for kind, label in KINDS.items():
        chosen = filters[filters["kind"] == kind]
        key = kind.replace(" ", "_")
        summary.add(f"cifar.filters.{key}", len(chosen), "count", source=source)
        some = len(chosen) > 0
        rows.append(
            {
                "kind": label,
                "count": len(chosen),
                "share": len(chosen) / total,
                "weight_norm": float(chosen["weight_norm"].mean()) if some else None,
                "firing_rate": float(chosen["firing_rate"].mean()) if some else None,
            }
        )
        named[key] = [int(number) for number in chosen["filter"].head(_NAMED)]
        if some:
            summary.add(f"cifar.filters.{key}.weight_norm", rows[-1]["weight_norm"], "plain", source=source)
            summary.add(f"cifar.filters.{key}.firing_rate", rows[-1]["firing_rate"], "percent", source=source)
    summary.facts["cifar.named_filters"] = named
    summary.facts["cifar.has_colour_threshold"] = thresholds.get("colour_threshold") is not None
    chance = _chance(thresholds, channels)
    summary.facts["cifar.more_than_chance"] = {}
    for name, kinds in (("edge", ("edge", "edge and colour")), ("colour", ("colour", "edge and colour"))):
        found = int(filters["kind"].isin(kinds).sum())
        summary.add(f"cifar.filters.any_{name}", found, "count", source=source)
        summary.add(f"cifar.filters.any_{name}.share", found / total, "percent", source=source)
        summary.facts["cifar.more_than_chance"][name] = None
        if name in chance:
            test = stats.binomtest(found, total, chance[name], alternative="greater")
            summary.add(f"cifar.filters.chance_{name}", chance[name], "percent", source=source)
            summary.facts["cifar.more_than_chance"][name] = bool(test.pvalue < _LEVEL)
    _add_networks(summary, networks, thresholds, chance)
    neither = int(filters["kind"].isin(("neither", "dead")).sum())
    summary.add("cifar.filters.other_share", neither / total, "percent", source=source)
    summary.add("cifar.filters.quietest", filters["firing_rate"].min(), "percent", source=source)
    norms = filters["weight_norm"]
    summary.add("cifar.filters.smallest_norm", norms.min(), "plain", source=source)
    summary.add("cifar.filters.largest_norm", norms.max(), "plain", source=source)
    columns = [
        Column("kind", both("类型", "Kind")),
        Column("count", both("个数", "Filters"), "count"),
        Column("share", both("占比", "Share"), "percent"),
        Column("weight_norm", both("平均权重范数", "Mean weight norm"), "plain"),
        Column("firing_rate", both("平均激活率", "Mean firing rate"), "percent"),
    ]
    summary.tables["cifar_filter_kinds"] = Table(columns, rows, source)


def _add_networks(
    summary: Summary,
    networks: pd.DataFrame,
    thresholds: Mapping[str, float | None],
    chance: Mapping[str, float],
) -> None:
    """Counts of each network after its last epoch, and how far they exceed what chance gives on average."""
    last = networks[networks["epoch"] == networks.groupby("seed")["epoch"].transform("max")]
    source = run_files(ARM, sorted(last["seed"].unique()), "filters.csv", arm="cnn-rgb")
    for name, share in chance.items():
        found = (last[f"{name}_score"] > thresholds[f"{name}_threshold"]) & (
            last["firing_rate"] >= thresholds["firing_threshold"]
        )
        counts = found.groupby(last["seed"]).sum().astype(float)
        by_chance = share * last["filter"].nunique()
        summary.add_runs(f"cifar.filters.every.{name}", counts, "count", source=source)
        summary.add(f"cifar.filters.by_chance.{name}", by_chance, "count")
        summary.add_runs(f"cifar.filters.surplus.{name}", counts - by_chance, "count", source=source)


def _chance(thresholds: Mapping[str, float | None], channels: int) -> dict[str, float]:
    """Probability that a random Gaussian filter, with its Beta distributed energy shares, passes each limit.

    The edge subspace has 4 of each channel's 9 dimensions; differences between channels have 9 dimensions
    for each channel but one (see ``lib.vision.filters``).
    """
    shares = {"edge": (2 * channels, 2.5 * channels), "colour": (4.5 * (channels - 1), 4.5)}
    limits = {name: thresholds.get(f"{name}_threshold") for name in shares}
    known = {name: limit for name, limit in limits.items() if limit is not None}
    return {name: float(stats.beta.sf(limit, *shares[name])) for name, limit in known.items()}
