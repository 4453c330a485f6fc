"""Section 2.7: validation accuracy across the drops of a multi-step learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import epoch_axis, log_axis, note, percent_axis
from lib.figures.comparisons import arm_lines
from lib.figures.style import COLORS, INK, MUTED, ORANGE, panels, styled
from lib.report.statistics import image_error
from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both
from lib.summaries.columns import RUNS
from lib.summaries.comparisons import add_image_means

ARMS = {"cnn": "stepped_cnn", "held": "held_cnn"}
FILES = ("history.csv", "validation.npz")
NEXT = 10  # epochs after the first drop, at most, over which dropping and holding the rate are compared
DROPS = {"first": both("第一次", "first"), "second": both("第二次", "second")}
COLUMNS = (
    Column("drop", both("下降", "Drop")),
    Column("epoch", both("此轮之后", "After epoch"), "count"),
    Column("before", both("下降前验证准确率", "Validation accuracy before"), "percent"),
    Column("after", both("下降后验证准确率", "Validation accuracy after"), "percent"),
    Column("jump", both("跃升（百分点）", "Jump (points)"), "points"),
    Column("loss_change", both("验证损失的变化", "Change in validation loss"), "loss"),
    RUNS,
)


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"rate_drops": rate_drops(results)}


@styled
def rate_drops(results: ArmResults) -> Figure:
    """Validation accuracy and learning rate by epoch under a multi-step schedule."""
    fig, (top, bottom) = panels(2, titles=["Validation accuracy", "Learning rate"], columns=1, height=4.6, sharex=True)
    arms = {ARMS["cnn"]: ("Rate drops", COLORS["cnn"], "-"), ARMS["held"]: ("Rate is held", ORANGE, "--")}
    arm_lines(top, results, "val_accuracy", arms)
    top.legend(loc="lower right")
    top.set_xlabel("")
    table = results.table("history.csv", ARMS["cnn"])
    first = table[table["seed"] == table["seed"].min()]
    for epoch in first["epoch"][first["learning_rate"].diff() < 0]:
        top.axvline(epoch - 0.5, color=MUTED, linewidth=0.9, linestyle=":")
    percent_axis(top)
    bottom.step(first["epoch"], first["learning_rate"], where="mid", color=INK)
    log_axis(bottom, "y")
    epoch_axis(bottom)
    note(fig, "dotted: the rate drops before the next epoch")
    return fig


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``rate_drops.jump.first`` and ``.second`` in points, over the epoch before and the epoch after each drop.

    ``rate_drops.fork`` is the validation accuracy with the first drop less that of the same training whose rate is held
    (the same weights until then), as the mean over the next :data:`NEXT` epochs or as many as both have before the
    second drop.

    ``rate_drops.usual_change`` is the mean size of the change between two epochs without a drop, and
    ``rate_drops.excess`` what a jump is above that of its own training (the schema sees to such epochs).
    Raises ValueError unless the arm's schedule has two drops.
    """
    milestones = arms[ARMS["cnn"]]["training"]["optimizer"]["milestones"]
    if len(milestones) != len(DROPS):
        raise ValueError(f"arms.{ARMS['cnn']}: {len(milestones)} milestones; this experiment is about {len(DROPS)}")
    summary = Summary()
    seeds = results.seeds(ARMS["cnn"], "history.csv")
    accuracy = {s: results.read(ARMS["cnn"], "history.csv", s).set_index("epoch")["val_accuracy"] for s in seeds}
    loss = {s: results.read(ARMS["cnn"], "history.csv", s).set_index("epoch")["val_loss"] for s in seeds}
    source = results.sources("history.csv", ARMS["cnn"])
    usual = pd.Series({s: _usual_change(a, milestones) for s, a in accuracy.items()})
    summary.add_runs("rate_drops.usual_change", usual, "points", source=source)
    validations = results.by_seed(ARMS["cnn"], "validation.npz").values()
    rights = [found["predicted_by_epoch"] == found["labels"] for found in validations]
    rows = []
    for (name, label), milestone in zip(DROPS.items(), milestones, strict=True):
        jumps = pd.Series({s: 100 * float(a[milestone + 1] - a[milestone]) for s, a in accuracy.items()})
        # Row i of the predictions is that after epoch i + 1.
        shares = [right[[milestone, milestone - 1]] for right in rights]
        error = 100 * image_error(np.mean(shares, axis=0), lambda after, before: after - before)
        summary.add_runs(f"rate_drops.jump.{name}", jumps, "points", source=source, image_error=error)
        summary.add_runs(f"rate_drops.excess.{name}", jumps - usual, "points", source=source)
        changes = {s: float(v[milestone + 1] - v[milestone]) for s, v in loss.items()}
        summary.add_runs(f"rate_drops.loss_change.{name}", changes, "loss", source=source)
        row: dict[str, Any] = {
            "before": float(pd.Series([a[milestone] for a in accuracy.values()]).mean()),
            "after": float(pd.Series([a[milestone + 1] for a in accuracy.values()]).mean()),
        }
        summary.add(f"rate_drops.epoch.{name}", milestone, "count")
        number = summary.numbers[f"rate_drops.jump.{name}"]
        row |= {"drop": label, "epoch": milestone, "jump": number.value, "n": number.n}
        rows.append(row | {"loss_change": summary.numbers[f"rate_drops.loss_change.{name}"].value})
    _fork(summary, results, milestones)
    summary.tables["rate_drops_results"] = Table(COLUMNS, rows, source)
    return summary


def _fork(summary: Summary, results: ArmResults, milestones: Sequence[int]) -> None:
    rights = {
        name: {s: v["predicted_by_epoch"] == v["labels"] for s, v in results.by_seed(arm, "validation.npz").items()}
        for name, arm in ARMS.items()
    }
    seeds = [seed for seed in rights["cnn"] if seed in rights["held"]]
    length = min(len(rights[name][seed]) for name in ARMS for seed in seeds)
    first, last = milestones[0], min(milestones[0] + NEXT, milestones[1], length)
    shares = {
        name: {s: right[first:last].mean(axis=0) for s, right in of_arm.items()} for name, of_arm in rights.items()
    }
    by_seed = pd.Series({seed: shares["cnn"][seed] - shares["held"][seed] for seed in seeds})
    source = results.sources("validation.npz", *ARMS.values())
    add_image_means(summary, "rate_drops.fork", by_seed, "points", source, factor=100)
    summary.add("rate_drops.fork_epochs", last - first, "count")


def _usual_change(accuracy: pd.Series, milestones: Sequence[int]) -> float:
    """Mean size of the change from one epoch to the next where the rate stays, in points."""
    changes = 100 * accuracy.diff().abs()
    return float(changes.drop(index=[accuracy.index[0], *(m + 1 for m in milestones)]).mean())
