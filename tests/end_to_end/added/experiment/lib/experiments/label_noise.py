"""Can a network learn wrong labels by heart?

Zhang et al. (2017), "Understanding deep learning requires rethinking generalization".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Le, MinLen

from lib.data.splits import Splits
from lib.bounds import Count, Positive, Widths
from lib.experiments.common import BATCHES, WEIGHTS, draw_subset, epoch_history, stream
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.solver import Solver

LABELS = 3  # a stream of its own, beside those of lib.experiments.common


@dataclass(frozen=True)
class LabelNoiseConfig:
    """The section ``label_noise``: shares of the training labels that are drawn anew, and the training."""

    shares: Annotated[tuple[Annotated[float, Ge(0), Le(1)], ...], MinLen(1)]
    images: Count
    hidden: Widths
    weight_scale: Positive
    learning_rate: Positive
    epochs: Count
    batch_size: Count


def run(data: Splits, config: LabelNoiseConfig, seed: int) -> pd.DataFrame:
    """Train once for each share of drawn labels; columns share, epoch, loss, train_accuracy, val_accuracy."""
    images = draw_subset(data, config.images, 1, seed)
    parts = []
    for share in config.shares:
        rng = stream(seed, LABELS)
        drawn = rng.permutation(config.images) < share * config.images
        labels = np.where(drawn, rng.integers(10, size=config.images), images["y_train"])
        solver = Solver(
            FullyConnectedNet(
                config.hidden,
                input_dim=int(np.prod(data.x_train.shape[1:])),
                weight_scale=config.weight_scale,
                dtype=np.float64,
                seed=stream(seed, WEIGHTS),
            ),
            images | {"y_train": labels},
            optim_config={"learning_rate": config.learning_rate},
            batch_size=config.batch_size,
            num_epochs=config.epochs,
            rng=stream(seed, BATCHES),
            verbose=False,
        )
        solver.train()
        parts.append(epoch_history(solver).assign(share=share))
    return pd.concat(parts, ignore_index=True)
