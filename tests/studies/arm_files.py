"""Small made-up result files of every arm, in the shape of the real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from lib.catalogue.arms import resolve_arms
from lib.catalogue.experiments import controls

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
ARMS = resolve_arms(CONFIG)
IMAGES, CLASSES, SHIFTS = 400, 4, 9
LABELS = np.arange(IMAGES) % CLASSES
# Right answers among the images for each arm; seeds of the MLPs differ by a few images.
RIGHT = {
    "mlp-rgb": 220,
    "wide_mlp": 260,
    "mlp-gray": 180,
    "gray3_mlp": 179,
    "compressed_mlp": 230,
    "adam_mlp": 231,
    "deep_mlp": 232,
    "short_mlp": 220,
    "shuffled_mlp": 219,
    "uncropped_mlp": 215,
    "cnn-rgb": 370,
    "cnn-gray": 360,
    "short_cnn": 300,
    "shuffled_cnn": 180,
    "uncropped_cnn": 290,
    "stepped_cnn": 280,
    "slow_cnn": 285,
    "no_decay_cnn": 279,
    "normal_cnn": 278,
    "plain_he_cnn": 200,
    "plain_normal_cnn": 100,
}
DEAD = {"stepped_cnn": 3, "slow_cnn": 0, "no_decay_cnn": 3}  # filters that do not fire after the last epoch


def predicted(right: int) -> np.ndarray:
    """Classes of which the first ``right`` are true."""
    return np.where(np.arange(IMAGES) < right, LABELS, (LABELS + 1) % CLASSES)


def write_arm(folder: Path, arm: str, right: int, dead: int = 0, climb: int = 2) -> None:
    """The result files of one arm: five seeds of an MLP, three of a CNN, with ``dead`` filters after the last epoch.

    Its validation accuracy climbs by ``climb`` images an epoch, and by forty more after each milestone.
    """
    is_mlp = ARMS[arm]["model"]["kind"] == "mlp"
    epochs = ARMS[arm]["training"]["epochs"]
    for seed in range(5 if is_mlp else 3):
        own = right + seed
        here = folder / "vision" / arm / f"seed{seed}"
        here.mkdir(parents=True)
        scores = np.eye(CLASSES, dtype=np.float32)[predicted(own)]
        np.savez(here / "test.npz", scores=scores, labels=LABELS)
        drops = ARMS[arm]["training"]["optimizer"].get("milestones", [])
        rights = [100 + climb * e + 40 * sum(e >= m for m in drops) for e in range(epochs)]
        by_epoch = np.stack([predicted(r) for r in rights]).astype(np.uint8)
        np.savez(here / "validation.npz", scores=scores, labels=LABELS, predicted_by_epoch=by_epoch)
        np.savez(here / "augmented.npz", predicted=np.stack([predicted(own - 20)] * 2), labels=LABELS)
        lost = 4 if is_mlp else 1  # images that each pixel of a shift costs
        moved = np.stack([np.stack([predicted(own - lost * s)] * 4) for s in range(SHIFTS)])
        np.savez(here / "shifts.npz", predicted=moved, shifts=np.arange(SHIFTS), labels=LABELS)
        np.savez(here / "weights.npz", **{"layers.1.weight": np.zeros((5, 1024 if arm == "mlp-gray" else 3072))})
        (here / "training.json").write_text(json.dumps({"images": 1000, "best_epoch": epochs}))
        history = {"epoch": range(1, epochs + 1), "learning_rate": [0.1 * 0.1 ** (e // 4) for e in range(epochs)]}
        history |= {"train_loss": 1.0, "train_accuracy": 0.5, "val_loss": [2 - 0.1 * e for e in range(epochs)]}
        pd.DataFrame({**history, "val_accuracy": np.array(rights) / IMAGES}).to_csv(here / "history.csv", index=False)
        rows = [
            {
                "epoch": epoch,
                "filter": k,
                "weight_norm": 1.0,
                "gamma": 1.0,
                "beta": 0.1,
                "edge_score": 0.5,
                "colour_score": 0.5,
                "firing_rate": 0.0 if epoch > 1 and k < dead else 0.4,
            }
            for epoch in (1, 2)
            for k in range(8)
        ]
        pd.DataFrame(rows).to_csv(here / "filters.csv", index=False)


def write_arms(folder: Path, right: Mapping[str, int] = RIGHT, dead: Mapping[str, int] = DEAD) -> Path:
    """All arms below ``folder``; ``right`` and ``dead`` replace what is usual."""
    others = {arm: 200 for control in controls().values() for arm in control.arms if arm not in RIGHT}
    for arm, usual in (RIGHT | others).items():
        write_arm(folder, arm, right.get(arm, usual), dead.get(arm, 0))
    return folder
