"""Results of several arms and seeds, read when they are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_PATH = re.compile(r"vision/(?P<arm>[^/]+)/seed(?P<seed>\d+)/(?P<name>[^/]+)$")


class ArmResults:
    """The files ``vision/{arm}/seed{seed}/{name}`` of an experiment."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths: dict[tuple[str, str], dict[int, Path]] = {}
        for path in paths:
            match = _PATH.search(path.as_posix())
            if match is None:
                raise ValueError(f"{path}: expected a path with vision/ARM/seedN/")
            self._paths.setdefault((match["arm"], match["name"]), {})[int(match["seed"])] = path

    def seeds(self, arm: str, name: str) -> list[int]:
        """Seeds of an arm's file, ascending."""
        return sorted(self._paths[arm, name])

    def read(self, arm: str, name: str, seed: int) -> Any:
        """One file: a table from CSV, a mapping from JSON, arrays by name from npz."""
        return _read(self._paths[arm, name][seed])

    def table(self, name: str, *arms: str) -> pd.DataFrame:
        """One CSV file of all seeds of some arms, with the columns ``arm`` and ``seed`` before its own."""
        parts = []
        for arm in arms:
            for seed in self.seeds(arm, name):
                part = self.read(arm, name, seed).copy()
                part.insert(0, "arm", arm)
                part.insert(1, "seed", seed)
                parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def sources(self, name: str, *arms: str) -> tuple[str, ...]:
        """Paths below the run's results folder."""
        return tuple(f"vision/{arm}/seed{seed}/{name}" for arm in arms for seed in self.seeds(arm, name))

    def right(self, arm: str, seed: int) -> np.ndarray:
        """Which test images (N,) a model gets right."""
        test = self.read(arm, "test.npz", seed)
        return np.asarray(test["scores"]).argmax(axis=1) == test["labels"]

    def accuracies(self, arm: str) -> pd.Series:
        """Test accuracy by seed."""
        return pd.Series({seed: float(self.right(arm, seed).mean()) for seed in self.seeds(arm, "test.npz")})

    def right_shifted(self, arm: str, seed: int) -> np.ndarray:
        """Share of directions (S, N) in which each shifted test image is still recognised."""
        shifts = self.read(arm, "shifts.npz", seed)
        return (np.asarray(shifts["predicted"]) == shifts["labels"]).mean(axis=1)


@lru_cache(maxsize=64)
def _read(path: Path) -> Any:
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def epoch_jumps(history: pd.DataFrame, milestones: Iterable[int]) -> Mapping[int, float]:
    """By milestone, validation accuracy after the first epoch at the new rate less that after the last at the old."""
    accuracy = history.set_index("epoch")["val_accuracy"]
    return {m: float(accuracy[m + 1] - accuracy[m]) for m in milestones}
