"""The arms of the CIFAR-10 comparison, read from their result files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from lib.experiments.comparison import accuracy, class_accuracies, kept_accuracy
from lib.workflow.files import load_arrays, read_json
from lib.workflow.runs import read_runs, runs_of

T = TypeVar("T")

ARM = "vision/{model}-{color}/seed{seed}"


def read_histories(paths: Sequence[Path]) -> pd.DataFrame:
    """Histories of all arms, with columns ``model``, ``color`` and ``seed``."""
    return read_runs(paths, ARM)


def read_predictions(paths: Sequence[Path]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each arm's values (model, color, seed) with its test scores and labels."""
    for arm, path in runs_of(paths, ARM):
        yield arm, load_arrays(path)


def read_accuracies(histories: Sequence[Path], trainings: Sequence[Path], tests: Sequence[Path]) -> pd.DataFrame:
    """Columns ``model``, ``color``, ``seed``, ``validation_accuracy`` (of the kept epoch), ``test_accuracy``."""
    kept = {}
    for (arm, history), (_, training) in zip(runs_of(histories, ARM), runs_of(trainings, ARM), strict=True):
        kept[tuple(arm.values())] = kept_accuracy(pd.read_csv(history), read_json(training)["best_epoch"])
    rows = [
        {
            **arm,
            "validation_accuracy": kept[tuple(arm.values())],
            "test_accuracy": accuracy(arrays["scores"], arrays["labels"]),
        }
        for arm, arrays in read_predictions(tests)
    ]
    return pd.DataFrame(rows)


def read_class_accuracies(tests: Sequence[Path], class_names: Sequence[str]) -> pd.DataFrame:
    """Columns ``model``, ``color``, ``seed``, ``class_name``, ``accuracy``."""
    tables = [
        class_accuracies(arrays["scores"], arrays["labels"], class_names).assign(**arm)
        for arm, arrays in read_predictions(tests)
    ]
    return pd.concat(tables, ignore_index=True)


def by_arm(paths: Sequence[Path], read: Callable[[Path], T], key: str) -> dict[str, dict[int, T]]:
    """What ``read`` makes of each arm's file, by ``key`` (``{model}``, or ``{model}-{color}``), then by seed."""
    found: dict[str, dict[int, T]] = {}
    for arm, path in runs_of(paths, ARM):
        found.setdefault(key.format_map(arm), {})[int(arm["seed"])] = read(path)
    return found
