"""Numbers and table of section 2.9."""

from __future__ import annotations

import pandas as pd

from lib.summaries.classification import both
from lib.report.summary import Column, Summary, Table

COLUMNS = (
    Column("share", both("随机标签的比例", "Labels drawn"), "percent"),
    Column("accuracy", both("末轮训练准确率", "Training accuracy, last epoch"), "percent", spread="spread"),
    Column("n", both("次数 n", "Runs n"), "count"),
)


def summarise(runs: pd.DataFrame) -> Summary:
    """``label_noise.train_accuracy.SHARE``, the share in percent; ``runs`` has ``seed`` before the run's columns."""
    summary = Summary()
    source = tuple(f"label_noise/seed{seed}.csv" for seed in sorted(runs["seed"].unique()))
    last = runs[runs["epoch"] == runs["epoch"].max()]
    rows = []
    for share, part in last.groupby("share"):
        key = f"label_noise.train_accuracy.{100 * share:.0f}"
        summary.add_runs(key, part.set_index("seed")["train_accuracy"], "percent", source=source)
        number = summary.numbers[key]
        rows.append({"share": share, "accuracy": number.value, "spread": number.spread, "n": number.n})
    summary.tables["label_noise_results"] = Table(COLUMNS, rows, source)
    return summary
