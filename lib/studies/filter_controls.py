"""Section 3: first-layer filters that stop firing, with the original's rate and decay and without each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import epoch_axis, note, percent_axis
from lib.figures.style import GREEN, panels, styled
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS
from lib.vision.firing import DEAD_FIRING_RATE

ARMS = {"base": "stepped_cnn", "low_rate": "slow_cnn", "no_decay": "no_decay_cnn"}
FILES = ("filters.csv",)
NAMES = {
    "base": both("原设置", "the original's"),
    "low_rate": both("学习率降至十分之一", "a tenth of the rate"),
    "no_decay": both("无权重衰减", "no weight decay"),
}
COLUMNS = (
    Column("setting", both("设置", "Setting")),
    Column("rate", both("学习率", "Learning rate"), "rate"),
    Column("decay", both("权重衰减", "Weight decay"), "rate"),
    Column("dead", both("几乎不激活的滤波器", "Filters that hardly fire"), "count"),
    Column("firing", both("激活率中位数", "Median firing rate"), "percent", 1),
    Column("least", both("最低激活率", "Lowest firing rate"), "percent", 1),
    Column("norm", both("权重范数中位数", "Median weight norm"), "ratio"),
    Column("gamma", both("γ 中位数", "Median γ"), "ratio"),
    Column("beta", both("β 中位数", "Median β"), "ratio"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"filter_controls": filter_controls(results)}


@styled
def filter_controls(results: ArmResults) -> Figure:
    """Firing rate and weight norm of every first-layer filter by epoch, under three settings of the first seed."""
    titles = {"base": "The original's", "low_rate": "A tenth of the rate", "no_decay": "No weight decay"}
    fig, axes = panels(6, columns=3, height=5.2, sharex=True, sharey="row")
    for column, (name, title) in enumerate(titles.items()):
        arm = ARMS[name]
        seed = results.seeds(arm, "filters.csv")[0]
        table = results.read(arm, "filters.csv", seed)
        axes[column].set_title(title, loc="left")
        for row, measure in enumerate(("firing_rate", "weight_norm")):
            ax = axes[3 * row + column]
            for _, own in table.groupby("filter"):
                ax.plot(own["epoch"], own[measure], color=GREEN, alpha=0.35, linewidth=0.9)
    percent_axis(axes[0])
    epoch_axis(*axes[3:])
    axes[0].set_ylabel("Firing rate")
    axes[3].set_ylabel("Weight norm")
    several = any(len(results.seeds(arm, "filters.csv")) > 1 for arm in ARMS.values())
    note(fig, "one line for each filter of the first layer" + ("; first seed" if several else ""))
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``filter_controls.dead.{base,low_rate,no_decay}`` after the last epoch, by seed, and ``.fewer.*`` than base."""
    summary = Summary()
    rows, dead = [], {}
    for name, arm in ARMS.items():
        table = results.table("filters.csv", arm)
        source = results.sources("filters.csv", arm)
        last = table[table["epoch"] == table["epoch"].max()]
        dead[name] = (last["firing_rate"] < DEAD_FIRING_RATE).groupby(last["seed"]).sum().astype(float)
        summary.add_runs(f"filter_controls.dead.{name}", dead[name], "count", source=source)
        first = table[table["epoch"] == table["epoch"].min()]
        at_first = (first["firing_rate"] < DEAD_FIRING_RATE).groupby(first["seed"]).sum().astype(float)
        summary.add_runs(f"filter_controls.dead_at_first.{name}", at_first, "count", source=source)
        optimizer = arms[arm]["training"]["optimizer"]
        rows.append(
            {
                "setting": NAMES[name],
                "rate": optimizer["learning_rate"],
                "decay": optimizer["weight_decay"],
                "dead": summary.numbers[f"filter_controls.dead.{name}"].value,
                "firing": last["firing_rate"].median(),
                "least": last["firing_rate"].min(),
                "norm": last["weight_norm"].median(),
                "gamma": last["gamma"].median(),
                "beta": last["beta"].median(),
                "n": last["seed"].nunique(),
            }
        )
    for name in ("low_rate", "no_decay"):
        fewer = (dead["base"] - dead[name]).dropna()
        source = results.sources("filters.csv", ARMS["base"], ARMS[name])
        summary.add_runs(f"filter_controls.fewer.{name}", fewer, "count", source=source)
    summary.add("filter_controls.total", table["filter"].nunique(), "count")
    summary.add("filter_controls.threshold", DEAD_FIRING_RATE, "percent")
    summary.facts["filter_controls.any_dead"] = bool(pd.concat(dead).sum() > 0)
    summary.tables["filter_controls_results"] = Table(COLUMNS, rows, results.sources("filters.csv", *ARMS.values()))
    return summary
