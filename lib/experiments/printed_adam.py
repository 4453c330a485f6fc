"""Sections 2.5 and 2.6: what the original's printed order of Adam does to steps and to accuracy."""

from __future__ import annotations

import numpy as np

from lib.nn.optim import OPTIMIZERS


def step_lengths(rule: str, count: int) -> np.ndarray:
    """Lengths (count,), in learning rates, of the first steps of an update rule under a constant gradient of 1."""
    update, config = OPTIMIZERS[rule], {"learning_rate": 1.0}
    position, positions = np.zeros(1), [0.0]
    for _ in range(count):
        position, config = update(position, np.ones(1), config)
        positions.append(float(position[0]))
    return np.abs(np.diff(positions))
