"""Results of the added experiment, made up."""

from pathlib import Path

import pandas as pd

from lib.experiments.arm_results import ArmResults


def made_label_noise(folder: Path) -> ArmResults:
    for share in ("0", "1"):
        runs = folder / "label_noise" / share / "seed0"
        runs.mkdir(parents=True, exist_ok=True)
        history = pd.DataFrame({"epoch": [0, 1], "train_accuracy": [0.1, 0.2]})
        history.to_csv(runs / "history.csv", index=False)
    return ArmResults((folder / "label_noise").rglob("history.csv"))
