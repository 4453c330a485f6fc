"""Summaries of a section: reference values in, summary file and tables out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.report.summary import Summary, Table
from lib.report.yaml_files import read_yaml
from lib.workflow.captioned import check_captioned
from lib.workflow.files import read_json, whole_files

if TYPE_CHECKING:  # most jobs of the report write no table
    import pandas as pd


def made_from_samples(datasets: Iterable[Path]) -> bool:
    """Whether any of the data sets, described in JSON files by name, is sample data (``is_sample``)."""
    return any(facts["is_sample"] for path in datasets for facts in read_json(path).values())


def read_reference(path: Path, is_sample: bool = False) -> dict[str, Any]:
    """Reference values by number id, a pair for a range; none on sample data, which is compared with nothing."""
    if is_sample:
        return {}
    values = read_yaml(path) or {}
    return {key: entry["value"] if "value" in entry else (entry["low"], entry["high"]) for key, entry in values.items()}


def write_summary(summary: Summary, target: Path, tables: Sequence[Path] = ()) -> None:
    """Write the summary and each of its tables as CSV, all together.

    Raises ValueError unless the tables of the summary are those that the job was asked for.
    """
    wanted = {path.stem: path for path in tables}
    check_captioned("tables", "made", summary.tables, wanted)
    with whole_files(target, *wanted.values()) as (json_part, *table_parts):
        json_part.write_text(summary.to_json(), encoding="utf-8")
        for key, part in zip(wanted, table_parts, strict=True):
            table_frame(summary.tables[key]).to_csv(part, index=False)


def table_frame(table: Table) -> pd.DataFrame:
    """A report table as plain data; texts in English, and beside each mean its standard deviation, ``..._sd``."""
    import pandas as pd

    keys = {column.key: column.key for column in table.columns}
    keys |= {f"{column.key}_sd": column.spread for column in table.columns if column.spread is not None}
    order = [name for column in table.columns for name in (column.key, f"{column.key}_sd") if name in keys]
    rows = [{name: _plain(row.get(keys[name])) for name in order} for row in table.rows]
    return pd.DataFrame(rows, columns=order)


def _plain(value: Any) -> Any:
    return value["en"] if isinstance(value, Mapping) and "en" in value else value
