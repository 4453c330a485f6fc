"""Section 2.4: three layers against five, learning a handful of images by heart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.common import BATCHES, WEIGHTS, draw_subset, epoch_history, stream
from lib.experiments.config.overfit import GridConfig, NetworkConfig, OverfitTrainingConfig
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.layers import affine_forward, relu_forward
from lib.nn.solver import Solver


def _network(data: Splits, hidden: tuple[int, ...], weight_scale: float, seed: int) -> FullyConnectedNet:
    """In float64; the same seed gives the same weights but for their scale."""
    return FullyConnectedNet(
        hidden,
        input_dim=int(np.prod(data.x_train.shape[1:])),
        weight_scale=weight_scale,
        dtype=np.float64,
        seed=stream(seed, WEIGHTS),
    )


def run(data: Splits, network: NetworkConfig, config: OverfitTrainingConfig, seed: int) -> pd.DataFrame:
    """Train on ``config.images`` training images with plain SGD until they are learned by heart.

    Images (see :func:`lib.experiments.common.draw_subset`), starting numbers of the weights and batches come
    from the seed alone, so that networks are paired by seed.

    Returns
    -------
    history : columns epoch (0 to E), loss (mean of the epoch; NaN at 0), train_accuracy, val_accuracy; a
        diverged run shows as losses that are inf or NaN
    """
    solver = Solver(
        _network(data, network.hidden, network.weight_scale, seed),
        draw_subset(data, config.images, config.validation_images, seed),
        optim_config={"learning_rate": network.learning_rate},
        batch_size=config.batch_size,
        num_epochs=config.epochs,
        num_train_samples=None,
        rng=stream(seed, BATCHES),
        verbose=False,
    )
    solver.train()
    return epoch_history(solver)


def scan(
    data: Splits, network: NetworkConfig, config: OverfitTrainingConfig, grid: GridConfig, seed: int
) -> pd.DataFrame:
    """The same training for each weight scale and learning rate of ``grid``.

    The images, batches and starting numbers are those of :func:`run`, in each cell of the grid; a cell with
    the settings of ``network`` would give what its own run gives. Runs that diverge are recorded as they are:
    their loss ends as NaN, and all images get the first class.

    Returns
    -------
    grid : columns weight_scale, learning_rate, train_accuracy (after the last epoch), final_loss (mean over
        the last epoch)
    """
    images = draw_subset(data, config.images, config.validation_images, seed)
    x, y = images["X_train"], images["y_train"]
    rows = []
    for weight_scale in grid.scales():
        for learning_rate in grid.rates():
            solver = Solver(
                _network(data, network.hidden, weight_scale, seed),
                # Only the end is wanted: one image keeps the solver's measurements on the way cheap.
                {"X_train": x, "y_train": y, "X_val": x[:1], "y_val": y[:1]},
                optim_config={"learning_rate": learning_rate},
                batch_size=config.batch_size,
                num_epochs=config.epochs,
                num_train_samples=1,
                rng=stream(seed, BATCHES),
                verbose=False,
            )
            # Once the loss is NaN so are all weights: the epochs left would change nothing.
            while solver.epoch < config.epochs and not np.isnan(solver.loss_history[-1:]).any():
                solver.train_epoch()
            accuracy = solver.check_accuracy(x, y)
            rows.append((weight_scale, learning_rate, accuracy, epoch_history(solver)["loss"].iloc[-1]))
    return pd.DataFrame(rows, columns=["weight_scale", "learning_rate", "train_accuracy", "final_loss"])


def gradient_norms(
    data: Splits, network: NetworkConfig, config: OverfitTrainingConfig, grid: GridConfig, seed: int
) -> pd.DataFrame:
    """How signals grow and shrink on their way through a network that has not been trained.

    Returns
    -------
    norms : columns weight_scale (those of ``grid``), layer (1 to L, from the input on), gradient_norm
        (Euclidean, of the weights of the layer, from the loss on one batch), activation_std (standard
        deviation over the batch of what the layer puts out: after ReLU, scores for the last)
    """
    images = draw_subset(data, config.images, config.validation_images, seed)
    # The images are drawn in random order: the first ones are a random batch.
    x, y = images["X_train"][: config.batch_size], images["y_train"][: config.batch_size]
    rows = []
    for weight_scale in grid.scales():
        model = _network(data, network.hidden, weight_scale, seed)
        _, gradients = model.loss(x, y)
        activation = x
        for layer in range(1, model.num_layers + 1):
            activation, _ = affine_forward(activation, model.params[f"W{layer}"], model.params[f"b{layer}"])
            if layer < model.num_layers:
                activation, _ = relu_forward(activation)
            norm = float(np.linalg.norm(gradients[f"W{layer}"]))
            rows.append((weight_scale, layer, norm, float(activation.std())))
    return pd.DataFrame(rows, columns=["weight_scale", "layer", "gradient_norm", "activation_std"])
