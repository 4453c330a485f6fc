"""How the benchmarks measure: everything once to warm up, then round after round, so that all see the same machine."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

ROUNDS = 7


def alternated(runs: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each run, once in every round, in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def peak(product: Callable[[], object], size: int) -> float:
    """GFLOP/s of a product of two square matrices of that size: the best of twenty."""
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def output(result: Mapping[str, Any]) -> None:
    """Print the result as JSON, for ``benchmarks.run``."""
    json.dump(result, sys.stdout, indent=1)
