"""Numbers and tables of one section: what templates may print, and what metrics.json holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Snakemake reads the names of units and tables without them
    import numpy as np
    import pandas as pd

UNITS = (
    "count",
    "percent",
    "points",
    "loss",
    "error",
    "rate",
    "ratio",
    "seconds",
    "megabytes",
    "decades",
    "pixels",
    "plain",
)
TEXT = "text"  # the unit of columns that hold no numbers


@dataclass(frozen=True)
class Number:
    """One number of the report.

    ``unit`` decides how it is printed: ``count`` (whole), ``percent`` (value is a fraction), ``points``
    (percentage points), ``loss``, ``error`` (scientific), ``rate`` (learning rate, scientific where small),
    ``ratio``, ``seconds``, ``megabytes``, ``decades``, ``pixels`` or ``plain``. ``n`` is the number of runs behind it,
    ``spread`` their standard deviation, ``interval`` the 95% t interval of the mean (None for n < 2).
    ``source`` lists the result files it was computed from, relative to the run's results folder. ``runs`` holds
    each run's value by its seed; ``image_error`` is the standard error of their mean over the choice of test images,
    where it was measured on such, and is part of the interval then.
    """

    value: float
    unit: str
    n: int = 1
    spread: float | None = None
    interval: tuple[float, float] | None = None
    source: tuple[str, ...] = ()
    reference: float | None = None
    runs: Mapping[str, float] = field(default_factory=dict)
    image_error: float = 0.0


@dataclass(frozen=True)
class Column:
    """One column of a table; ``label`` by language; ``unit`` as for numbers, or ``text``; ``digits`` if not its own.

    ``spread`` is the key under which rows hold the standard deviation of the value, which is printed after it.
    """

    key: str
    label: Mapping[str, str]
    unit: str = TEXT
    digits: int | None = None
    spread: str | None = None

    def __post_init__(self) -> None:
        _check_unit(self.unit, (*UNITS, TEXT), f"column {self.key!r}")


@dataclass(frozen=True)
class Table:
    """Rows are mappings from column key to a plain value; a text value may be a mapping by language."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    source: tuple[str, ...] = ()


@dataclass
class Summary:
    """Everything that the templates of one section may print.

    ``facts`` are values that are not numbers (names, flags, lists of names) for sentences that depend on results.
    """

    numbers: dict[str, Number] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, value: float, unit: str, **more: Any) -> None:
        """Add one number; an id that is already there or an unknown unit is a :exc:`ValueError`."""
        _check_unit(unit, UNITS, f"number {key!r}")
        if key in self.numbers:
            raise ValueError(f"number {key!r} is defined twice")
        self.numbers[key] = Number(float(value), unit, **more)

    def add_runs(
        self,
        key: str,
        values: Sequence[float] | np.ndarray | pd.Series | Mapping[int, float],
        unit: str,
        *,
        source: Sequence[str] = (),
        image_error: float = 0.0,
        **more: Any,
    ) -> None:
        """Add the mean over runs, with standard deviation and 95% t interval where there are two runs or more.

        The index of a series and the keys of a mapping are the seeds; other values belong to the seeds 0, 1, ... One
        that is not finite is not left out: it makes the mean so.
        """
        import numpy as np
        import pandas as pd

        from lib.report.statistics import estimate

        runs = pd.Series(values if isinstance(values, pd.Series | Mapping) else np.asarray(values, dtype=float))
        each = runs.to_numpy(float)
        with np.errstate(invalid="ignore"):
            found = estimate(each, image_error)
            spread = float(each.std(ddof=1)) if len(each) > 1 else None
        self.add(
            key,
            float(each.mean()),
            unit,
            n=len(each),
            spread=spread,
            interval=None if found is None else found.interval(),
            image_error=image_error,
            source=tuple(source),
            runs={str(seed): float(value) for seed, value in runs.items()},
            **more,
        )

    def to_json(self) -> str:
        """Stable JSON text: sorted keys, full precision."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Summary:
        """The inverse of :meth:`to_json`."""
        raw = json.loads(text)
        numbers = {
            key: Number(
                **{
                    **value,
                    "source": tuple(value["source"]),
                    "interval": tuple(value["interval"]) if value["interval"] else None,
                }
            )
            for key, value in raw["numbers"].items()
        }
        tables = {
            key: Table([Column(**c) for c in value["columns"]], value["rows"], tuple(value["source"]))
            for key, value in raw["tables"].items()
        }
        return cls(numbers, tables, raw["facts"])


def _check_unit(unit: str, allowed: Sequence[str], where: str) -> None:
    if unit not in allowed:
        raise ValueError(f"{where}: unknown unit {unit!r}; allowed: {', '.join(allowed)}")


def load(path: str | Path) -> Summary:
    """Read a summary file."""
    return Summary.from_json(Path(path).read_text(encoding="utf-8"))
