"""For other programs: every number that the report can print, those in its tables, and each run behind them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any

from lib.report.numbers import Reference
from lib.report.summary import Number, Summary

Metric = dict[str, Any]


def _finite(value: Any) -> float | int | None:
    """The value as JSON can hold it: a measurement that is missing is null."""
    if value is None or not math.isfinite(value):
        return None
    return value


def _metric(number: Number, reference: Reference | None) -> Metric:
    return {
        "value": _finite(number.value),
        "unit": number.unit,
        "n": number.n,
        "spread": _finite(number.spread),
        "interval": [_finite(end) for end in number.interval] if number.interval else None,
        "reference": reference.value if reference else _finite(number.reference),
        "source": list(number.source),
    }


def collect(summaries: Mapping[str, Summary], references: Mapping[str, Reference]) -> dict[str, Metric]:
    """All metrics by id: numbers as the summaries call them, cells ``table.ID.ROW.COLUMN`` (rows from 1).

    Cells have a value, a unit and their sources only. An id that is there twice is a :exc:`ValueError`.
    """
    metrics: dict[str, Metric] = {}

    def add(key: str, metric: Metric) -> None:
        if key in metrics:
            raise ValueError(f"metric {key!r} is defined twice")
        metrics[key] = metric

    for summary in summaries.values():
        for key, number in summary.numbers.items():
            add(key, _metric(number, references.get(key)))
        for name, table in summary.tables.items():
            for index, row in enumerate(table.rows, start=1):
                for column in table.columns:
                    value = row.get(column.key)
                    if column.unit == "text" or isinstance(value, bool) or not isinstance(value, Real):
                        continue
                    cell = {"value": _finite(float(value)), "unit": column.unit, "source": list(table.source)}
                    add(f"table.{name}.{index}.{column.key}", cell)
    return metrics


def to_json(metrics: Mapping[str, Metric]) -> str:
    """Stable JSON text: sorted keys, full precision."""
    return json.dumps(metrics, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def runs_to_csv(summaries: Mapping[str, Summary]) -> str:
    """Every run behind every number as CSV text, a row for each: experiment, arm, metric, seed, value, unit.

    ``metric`` is the number's id in metrics.json, ``experiment`` what it begins with, and ``arm`` the folders of the
    runs that it comes from (two of a difference). Sorted by metric and seed; full precision, ``nan`` and ``inf`` where
    a run has no finite value; units as for :class:`~lib.report.summary.Number`.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["experiment", "arm", "metric", "seed", "value", "unit"])
    numbers = {key: number for summary in summaries.values() for key, number in summary.numbers.items()}
    for key, number in sorted(numbers.items()):
        for seed, value in sorted(number.runs.items(), key=lambda run: int(run[0])):
            table.writerow([key.partition(".")[0], _arms(number), key, seed, repr(value), number.unit])
    return text.getvalue()


def _arms(number: Number) -> str:
    """The folders that the seeds of its runs are in, such as ``mlp-rgb`` of ``vision/mlp-rgb/seed0/test.npz``."""
    found = (re.search(r"([^/]+)/seed\d+\b", path) for path in number.source)
    return " ".join(dict.fromkeys(match[1] for match in found if match))
