"""Can a network learn wrong labels by heart? After Zhang et al. (2017), arXiv:1611.03530."""

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.common import BATCHES, WEIGHTS, draw_subset, epoch_history, stream
from lib.experiments.config.label_noise import Training
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.solver import Solver

LABELS = 3  # a stream of its own, beside those of lib.experiments.common


def run(data: Splits, config: Training, share: float, seed: int) -> pd.DataFrame:
    """Train with a share of the labels drawn; columns epoch, loss, train_accuracy, val_accuracy."""
    images = draw_subset(data, config.images, 1, seed)
    rng, inputs = stream(seed, LABELS), int(np.prod(data.x_train.shape[1:]))
    drawn = rng.permutation(config.images) < share * config.images
    images["y_train"] = np.where(drawn, rng.integers(10, size=config.images), images["y_train"])
    weights = {"weight_scale": config.weight_scale, "seed": stream(seed, WEIGHTS)}
    solver = Solver(
        FullyConnectedNet(config.hidden, input_dim=inputs, dtype=np.float64, **weights),
        images,
        optim_config={"learning_rate": config.learning_rate},
        batch_size=config.batch_size,
        num_epochs=config.epochs,
        rng=stream(seed, BATCHES),
        verbose=False,
    )
    solver.train()
    return epoch_history(solver)
