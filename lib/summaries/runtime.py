"""Appendix D: run time and peak memory of each rule, from Snakemake's benchmark files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both


def runtime_rows(benchmarks: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """One row for each rule, the longest first.

    Parameters
    ----------
    benchmarks : by rule, its benchmark files one below the other, a row for each job: columns ``s`` (seconds)
        and ``max_rss`` (largest resident memory in MB; ``-`` or NA where a job was too short to measure)

    Returns
    -------
    dicts with rule, jobs, seconds_total, seconds_max, peak_mb (None where no job was measured)
    """
    rows = []
    for rule, jobs in benchmarks.items():
        if jobs.empty:
            continue
        seconds = pd.to_numeric(jobs["s"], errors="coerce")
        memory = pd.to_numeric(jobs["max_rss"], errors="coerce").max()
        rows.append(
            {
                "rule": rule,
                "jobs": len(jobs),
                "seconds_total": float(seconds.sum()),
                "seconds_max": float(seconds.max()) if seconds.notna().any() else 0.0,
                "peak_mb": None if pd.isna(memory) else float(memory),
            }
        )
    return sorted(rows, key=lambda row: (-row["seconds_total"], row["rule"]))


def summarise(*, benchmarks: Mapping[str, pd.DataFrame]) -> Summary:
    """Totals, and the table ``runtime_rules`` (without a caption), from what :func:`runtime_rows` takes."""
    summary = Summary()
    rows = runtime_rows(benchmarks)
    total = sum(row["seconds_total"] for row in rows)
    summary.add("runtime.seconds_total", total, "seconds")
    summary.add("runtime.jobs", sum(row["jobs"] for row in rows), "count")
    measured = [row for row in rows if row["peak_mb"] is not None]
    summary.facts["runtime.longest"] = rows[0]["rule"] if total > 0 else None
    if total > 0:
        summary.add("runtime.longest_share", rows[0]["seconds_total"] / total, "percent")
    largest = max(measured, key=lambda row: row["peak_mb"], default=None)
    summary.facts["runtime.largest"] = largest["rule"] if largest else None
    if largest:
        summary.add("runtime.peak_mb", largest["peak_mb"], "megabytes")
    columns = [
        Column("rule", both("规则", "Rule")),
        Column("jobs", both("作业数", "Jobs"), "count"),
        Column("seconds_total", both("总时间", "Total time"), "seconds"),
        Column("seconds_max", both("最长作业", "Longest job"), "seconds"),
        Column("peak_mb", both("内存峰值", "Peak memory"), "megabytes"),
    ]
    cells = [row | {"rule": f"`{row['rule']}`"} for row in rows]
    summary.tables["runtime_rules"] = Table(columns, cells)
    return summary
