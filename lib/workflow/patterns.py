"""Results of many runs read into one tidy table or list, with what their paths say as columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd


def path_values(path: Path, pattern: str) -> dict[str, str | int]:
    """What the ``{names}`` of ``pattern`` stand for in ``path``; ``{seed}`` is a number.

    Raises ValueError if the path does not contain the pattern.
    """
    expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(pattern))
    match = re.search(rf"(?:^|/){expression}(?:/|$)", path.as_posix())
    if match is None:
        raise ValueError(f"{path}: expected a path with {pattern}")
    return {key: int(value) if key == "seed" else value for key, value in match.groupdict().items()}


def runs_of(paths: Sequence[Path], pattern: str) -> Iterator[tuple[dict[str, str | int], Path]]:
    """Every path with the values of its pattern, in the order of these values."""
    found = [(path_values(path, pattern), path) for path in paths]
    return iter(sorted(found, key=lambda pair: tuple(pair[0].values())))


def read_runs(paths: Sequence[Path], pattern: str) -> pd.DataFrame:
    """One table from the CSV files of many runs; the names of ``pattern`` come first as columns."""
    tables = []
    for values, path in runs_of(paths, pattern):
        table = pd.read_csv(path)
        for position, (key, value) in enumerate(values.items()):
            if key not in table:
                table.insert(position, key, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
