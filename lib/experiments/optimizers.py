"""Section 2.5: update rules compared on the same network and the same images."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.common import BATCHES, WEIGHTS, draw_subset, epoch_history, stream
from lib.experiments.config.optimizers import OptimizerRun, OptimizerTrainingConfig
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.solver import Solver


def run(
    data: Splits, optimizer: str, settings: OptimizerRun, config: OptimizerTrainingConfig, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train one network with one optimiser, in float64.

    Images (see :func:`lib.experiments.common.draw_subset`), weights and batches come from the seed alone, so
    that optimisers are paired by seed. ``optimizer`` is a name of ``lib.nn.optim.OPTIMIZERS``.

    Returns
    -------
    loss : columns iteration (from 1), loss (on its batch, before its step)
    epochs : columns epoch (0 to E), train_accuracy (on all training images drawn), val_accuracy

    Raises ``ValueError`` for an unknown optimiser.
    """
    network = FullyConnectedNet(
        config.hidden,
        input_dim=int(np.prod(data.x_train.shape[1:])),
        weight_scale=config.weight_scale,
        dtype=np.float64,
        seed=stream(seed, WEIGHTS),
    )
    solver = Solver(
        network,
        draw_subset(data, config.training_images, config.validation_images, seed),
        update_rule=optimizer,
        optim_config={"learning_rate": settings.learning_rate},
        batch_size=config.batch_size,
        num_epochs=config.epochs,
        num_train_samples=None,
        rng=stream(seed, BATCHES),
        verbose=False,
    )
    solver.train()
    iterations = np.arange(1, len(solver.loss_history) + 1)
    loss = pd.DataFrame({"iteration": iterations, "loss": solver.loss_history})
    return loss, epoch_history(solver)[["epoch", "train_accuracy", "val_accuracy"]]
