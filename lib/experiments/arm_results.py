"""Results of several arms and seeds, read when they are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.comparison import accuracy, class_accuracies, kept_accuracy

_PATH = re.compile(r"(?P<group>[^/]+)/(?P<arm>[^/]+)/seed(?P<seed>\d+)/(?P<name>[^/]+)$")


class ArmResults:
    """The files ``GROUP/{arm}/seed{seed}/{name}`` of an experiment; the group is ``vision`` on CIFAR-10."""

    def __init__(self, paths: Iterable[Path]) -> None:
        groups = set()
        self._paths: dict[tuple[str, str], dict[int, Path]] = {}
        for path in paths:
            match = _PATH.search(path.as_posix())
            if match is None:
                raise ValueError(f"{path}: expected a path with GROUP/ARM/seedN/")
            groups.add(match["group"])
            self._paths.setdefault((match["arm"], match["name"]), {})[int(match["seed"])] = path
        if len(groups) > 1:
            raise ValueError(f"results of one group at a time; got {', '.join(sorted(groups))}")
        self._group = "".join(groups)

    @property
    def arms(self) -> list[str]:
        """Names of all arms, sorted."""
        return sorted({arm for arm, _ in self._paths})

    def seeds(self, arm: str, name: str) -> list[int]:
        """Seeds of an arm's file, ascending."""
        return sorted(self._paths[arm, name])

    def read(self, arm: str, name: str, seed: int) -> Any:
        """One file: a table from CSV, a mapping from JSON, arrays by name from npz."""
        return _read(self._paths[arm, name][seed])

    def by_seed(self, arm: str, name: str) -> dict[int, Any]:
        """One file of all seeds of an arm, as :meth:`read` has it."""
        return {seed: self.read(arm, name, seed) for seed in self.seeds(arm, name)}

    def by_arm(self, name: str) -> dict[str, dict[int, Any]]:
        """One file of all arms and seeds."""
        return {arm: self.by_seed(arm, name) for arm in self.arms}

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
        return tuple(f"{self._group}/{arm}/seed{seed}/{name}" for arm in arms for seed in self.seeds(arm, name))

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


# The arms of sections 2.7 and 2.8, MODEL-COLOR, as tables for the figures.


def read_histories(results: ArmResults) -> pd.DataFrame:
    """Histories of all arms, with columns ``model``, ``color`` and ``seed``."""
    table = results.table("history.csv", *results.arms)
    parts = table.pop("arm").str.split("-", expand=True)
    return pd.concat([parts.set_axis(["model", "color"], axis=1), table], axis=1)


def read_accuracies(results: ArmResults) -> pd.DataFrame:
    """Columns ``model``, ``color``, ``seed``, ``validation_accuracy`` (of the kept epoch), ``test_accuracy``."""
    return pd.DataFrame(
        {
            **_of_arm(arm, seed),
            "validation_accuracy": kept_accuracy(
                results.read(arm, "history.csv", seed), results.read(arm, "training.json", seed)["best_epoch"]
            ),
            "test_accuracy": accuracy(tested["scores"], tested["labels"]),
        }
        for arm in results.arms
        for seed, tested in results.by_seed(arm, "test.npz").items()
    )


def read_class_accuracies(results: ArmResults, class_names: Sequence[str]) -> pd.DataFrame:
    """Columns ``model``, ``color``, ``seed``, ``class_name``, ``accuracy``."""
    tables = [
        class_accuracies(tested["scores"], tested["labels"], class_names).assign(**_of_arm(arm, seed))
        for arm in results.arms
        for seed, tested in results.by_seed(arm, "test.npz").items()
    ]
    return pd.concat(tables, ignore_index=True)


def _of_arm(arm: str, seed: int) -> dict[str, Any]:
    model, color = arm.split("-")
    return {"model": model, "color": color, "seed": seed}


@lru_cache(maxsize=64)
def _read(path: Path) -> Any:
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
