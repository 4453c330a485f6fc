"""What the kit trains: written where the project is installed, read where nothing but NumPy and PyTorch is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lib.vision.config import Arm, arm_of


@dataclass(frozen=True)
class Settings:
    """The resolved settings of a run's arms by name, and what else its trainings and evaluations depend on.

    ``arms`` are in the order in which they are trained, ``seeds`` says how often; ``code`` has the code stamps by
    script, ``experiments`` the settings of evaluations beside the test set, ``evaluations`` the arms they look at.
    """

    run: str
    arms: Mapping[str, Mapping[str, Any]]
    seeds: Mapping[str, int]
    main: Sequence[str]
    split: Mapping[str, Any]
    compute: Mapping[str, Any]
    code: Mapping[str, str]
    data: str
    experiments: Mapping[str, Any]
    evaluations: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, path: Path) -> Settings:
        """As :meth:`write` wrote it."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """As JSON; the order of the arms is kept."""
        path.write_text(json.dumps(vars(self), indent=1) + "\n", encoding="utf-8")

    def arm(self, name: str) -> Arm:
        """One arm as the training loop takes it."""
        return arm_of(self.arms[name])

    def jobs(self, arms: Sequence[str] = ()) -> list[tuple[str, int]]:
        """Arms and seeds to train, seed by seed: the main arms in turn before the others, or ``arms`` alone."""
        names, main = list(arms or self.arms), arms or self.main
        pairs = [(name, seed) for name in names for seed in range(self.seeds[name])]
        return sorted(pairs, key=lambda pair: (pair[0] not in main, pair[1], names.index(pair[0])))

    @staticmethod
    def changed(arm: Arm, *, epochs: int, milestones: Sequence[int]) -> Arm:
        """An arm with another number of epochs and other drops of its rate."""
        optimizer = replace(arm.training.optimizer, milestones=tuple(milestones))
        return replace(arm, training=replace(arm.training, epochs=epochs, optimizer=optimizer))
