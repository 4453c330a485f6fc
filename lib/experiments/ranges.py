"""Values of an experiment between the lowest and the highest."""

from __future__ import annotations


def check_ascending(name: str, bounds: tuple[float, float]) -> None:
    """Raise :exc:`ValueError` unless ``bounds`` is (lowest, highest)."""
    lowest, highest = bounds
    if not lowest <= highest:
        raise ValueError(f"{name}: the lowest value comes first, got [{lowest:g}, {highest:g}]")


def log_spaced(lowest: float, highest: float, count: int) -> list[float]:
    """``count`` values from ``lowest`` to ``highest``, evenly spaced on a logarithmic scale.

    Twelve digits are kept: the last ones differ between machines, and 1e-05 is to be 1e-05.
    """
    import numpy as np  # only here: Snakemake reads the configuration without it

    return [float(f"{value:.12g}") for value in np.geomspace(lowest, highest, count)]
