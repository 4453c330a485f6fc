"""The results of a training as files.

NumPy and the standard library suffice beside PyTorch, so that trainings can also be written where nothing else is
installed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib.vision.training import TrainingResult
from lib.workflow.files import save_arrays, stable_json, whole_files


def save_training(
    result: TrainingResult,
    labels: np.ndarray,
    columns: Sequence[str],
    facts: Mapping[str, Any],
    key: Mapping[str, Any],
    targets: Sequence[Path],
) -> None:
    """Write the results of a training to ``targets`` (those of ``lib.workflow.trainings.FILES``), all or none.

    ``labels`` are those of the validation images, ``columns`` those of what was observed.
    """
    with whole_files(*targets) as (history, weights, training, validation, filters, made_by):
        _write_table(history, list(result.history[0]), result.history)
        save_arrays(weights, **result.weights)
        training.write_text(stable_json(facts), encoding="utf-8")
        save_arrays(validation, scores=result.val_scores, labels=labels, predicted_by_epoch=result.val_predictions)
        _write_table(filters, ["epoch", *columns], result.observations)
        made_by.write_text(stable_json(key), encoding="utf-8")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, float]]) -> None:
    """CSV as pandas writes it: an empty cell for what is not a number."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: "" if math.isnan(value) else value for name, value in row.items()})
