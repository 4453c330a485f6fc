"""The files of one training that may travel in a bundle, and the key that says what made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

FILES = ("history.csv", "weights.npz", "training.json", "validation.npz", "filters.csv", "key.json")


def key_of(
    settings: Mapping[str, Any], split: Mapping[str, Any], facts: Mapping[str, Any], torch: str, **rest: object
) -> dict[str, Any]:
    """All that decides the bits of a training; ``rest``: ``arm``, ``seed``, ``code`` (stamp) and ``data`` (digest)."""
    made_on = {name: facts[name] for name in ("device", "device_name", "precision", "threads")}
    return {"settings": settings, "split": split, **made_on, "torch": torch, "numpy": np.__version__, **rest}
