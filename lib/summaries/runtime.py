"""Appendix D: run time, CPU time and peak memory, from Snakemake's benchmark files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

MEASURED = ("s", "max_rss", "cpu_time")  # columns of a benchmark file: seconds, MB, seconds of all cores together


def runtime_rows(jobs: pd.DataFrame, by: str) -> list[dict[str, Any]]:
    """One row for each value of the column ``by``, in the order in which they first come.

    Parameters
    ----------
    jobs : a row for each job with the columns ``MEASURED`` as Snakemake writes them (``-`` or NA where a job was too
        short to measure), ``rule`` and ``experiment``

    Returns
    -------
    dicts with ``by``, jobs, seconds_total, seconds_max, core_hours (CPU time is sampled, so a job counts as one core at
    least for as long as it took), peak_mb (None where no job was measured)
    """
    jobs = jobs.assign(**{name: pd.to_numeric(jobs[name], errors="coerce") for name in MEASURED})
    rows = []
    for name, own in jobs.groupby(by, sort=False):
        memory = own["max_rss"].max()
        rows.append(
            {
                by: name,
                "jobs": len(own),
                "seconds_total": float(own["s"].sum()),
                "seconds_max": float(own["s"].fillna(0).max()),
                "core_hours": float(own[["cpu_time", "s"]].max(axis=1).sum()) / 3600,
                "peak_mb": None if pd.isna(memory) else float(memory),
            }
        )
    return rows


def summarise(jobs: pd.DataFrame, devices: Mapping[str, Collection[str]]) -> Summary:
    """Totals, and the tables ``runtime_rules`` and ``runtime_experiments``.

    Parameters
    ----------
    jobs : as :func:`runtime_rows` takes them
    devices : names of those on which the trainings ran that an experiment rests on, by experiment
    """
    summary = Summary()
    rows = sorted(runtime_rows(jobs, "rule"), key=lambda row: (-row["seconds_total"], row["rule"]))
    total = sum(row["seconds_total"] for row in rows)
    summary.add("runtime.seconds_total", total, "seconds")
    summary.add("runtime.core_hours", sum(row["core_hours"] for row in rows), "plain")
    summary.add("runtime.jobs", len(jobs), "count")
    measured = [row for row in rows if row["peak_mb"] is not None]
    summary.facts["runtime.longest"] = rows[0]["rule"] if total > 0 else None
    if total > 0:
        summary.add("runtime.longest_share", rows[0]["seconds_total"] / total, "percent")
    largest = max(measured, key=lambda row: row["peak_mb"], default=None)
    summary.facts["runtime.largest"] = largest["rule"] if largest else None
    if largest:
        summary.add("runtime.peak_mb", largest["peak_mb"], "megabytes")
    times = [
        Column("jobs", both("作业数", "Jobs"), "count"),
        Column("seconds_total", both("总时间", "Total time"), "seconds"),
        Column("seconds_max", both("最长作业", "Longest job"), "seconds"),
        Column("core_hours", both("CPU 核时", "CPU core-hours"), "plain", 3),
    ]
    rule, memory = Column("rule", both("规则", "Rule")), Column("peak_mb", both("内存峰值", "Peak memory"), "megabytes")
    summary.tables["runtime_rules"] = Table([rule, *times, memory], [r | {"rule": f"`{r['rule']}`"} for r in rows])
    experiment, device = Column("experiment", both("实验", "Experiment")), Column("device", both("设备", "Device"))
    rows = [
        row | {"experiment": f"`{row['experiment']}`", "device": ", ".join(sorted(devices[row["experiment"]])) or "CPU"}
        for row in runtime_rows(jobs, "experiment")
    ]
    summary.tables["runtime_experiments"] = Table([experiment, *times, device], rows)
    return summary
