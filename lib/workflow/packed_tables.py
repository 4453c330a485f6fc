"""Tables of numbers as streams, for bundles (:mod:`lib.workflow.bundles`)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import numpy as np

from lib.workflow.streams import Packed, bits_of, folded, unfolded


def table(text: str, precision: str) -> Packed:
    """A CSV table of numbers; columns with a point or an empty cell become ``float32`` or ``float64``.

    Raises ValueError where a cell is not a number.
    """
    names, *rows = csv.reader(io.StringIO(text))
    columns, streams = [], []
    for name, cells in zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True):
        whole = bool(cells) and all(re.fullmatch(r"-?\d{1,18}", cell) for cell in cells)
        dtype = "int64" if whole else precision
        try:
            values = np.array([int(cell) if whole else float(cell or "nan") for cell in cells], dtype)
        except ValueError as error:
            raise ValueError(f"column {name}: {error}") from error
        lag = _lag([row[0] for row in rows])
        columns.append({"name": name, "dtype": dtype, "lag": lag})
        bits = bits_of(values)
        earlier = np.concatenate([np.zeros(min(lag, len(bits)), bits.dtype), bits[:-lag]])
        streams.append(folded((bits - earlier).view(f"<i{values.dtype.itemsize}")))
    return Packed({"kind": "table", "columns": columns}, streams)


def _lag(first: Sequence[str]) -> int:
    """How many rows lie between a thing's row and its next one: those with the same value in the first column."""
    return max(1, sum(1 for value in first if value == first[0]))


def untable(packed: Packed) -> str:
    """The CSV text of a table; floats in the fewest digits that give them back."""
    columns = []
    for column, stream in zip(packed.about["columns"], packed.streams, strict=True):
        bits, lag = unfolded(stream).view(stream.dtype).copy(), int(column["lag"])
        for start in range(lag, len(bits), lag):
            bits[start : start + lag] += bits[start - lag : start][: len(bits) - start]
        values = bits.view(np.dtype(column["dtype"]))
        columns.append(["" if value != value else str(value) for value in values])
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([column["name"] for column in packed.about["columns"]])
    writer.writerows(zip(*columns, strict=True))
    return target.getvalue()
