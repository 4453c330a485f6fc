"""Tables of summaries as Markdown pipe tables."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from lib.report.numbers import format_number, format_spread
from lib.report.summary import Column, Table
from lib.report.texts import localised


def pipe_table(table: Table, language: str, words: Mapping[str, str]) -> str:
    """Header and rows; numbers formatted by the unit of their column and set flush right.

    Columns of points, decades or pixels get their unit in the heading, unless the label has brackets of its
    own. Where a row has a standard deviation for a number, it is printed behind it.
    """
    if not table.columns:
        raise ValueError("the table has no columns")
    header = [_escape(_heading(column, language, words)) for column in table.columns]
    rule = [":---" if column.unit == "text" else "---:" for column in table.columns]
    body = [[_escape(_cell(row, c, language, words)) for c in table.columns] for row in table.rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [header, rule, *body])


def _heading(column: Column, language: str, words: Mapping[str, str]) -> str:
    label = localised(column.label, language)
    unit = words.get(f"unit_{column.unit}")
    if unit is None or "(" in label or "（" in label or unit in label:
        return label
    return f"{label}（{unit}）" if language == "zh" else f"{label} ({unit})"


def _cell(row: Mapping[str, Any], column: Column, language: str, words: Mapping[str, str]) -> str:
    if column.spread is not None and row.get(column.key) is not None:
        return format_spread(row[column.key], row.get(column.spread), column.unit, column.digits)
    return _text(row.get(column.key), column, language, words)


def _text(value: Any, column: Column, language: str, words: Mapping[str, str]) -> str:
    value = localised(value, language)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, list):
        return words["list_separator"].join(_text(item, column, language, words) for item in value)
    if value is not None and not isinstance(value, Real):
        raise ValueError(f"a cell holds {value!r}, which is neither text nor a number")
    unit = "plain" if column.unit == "text" else column.unit
    return format_number(None if value is None else float(value), unit, column.digits)


def _escape(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
