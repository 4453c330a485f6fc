"""Section 2.6: trained networks tested with the statistics of each test batch, against running ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.common import mean_image
from lib.experiments.config.batch_statistics import BatchStatisticsConfig
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.experiments.mnist import INPUT_SIZE, inputs
from lib.nn.fc_net import FullyConnectedNet


def evaluate(
    data: Splits,
    normalization: str,
    training: MnistTrainingConfig,
    weights: Mapping[str, np.ndarray],
    config: BatchStatisticsConfig,
) -> pd.DataFrame:
    """Test accuracy by batch size, in the order of the test set, without dropout.

    In float64, so that the same image has the same class in a batch of any size unless its statistics differ.

    Returns
    -------
    accuracies : columns statistics (``running`` or ``batch``), batch_size, accuracy, and how many images are ``lost``
        and ``gained`` against the first row, which is what the network does at test time: ``running``, and all
        images at once
    """
    network = FullyConnectedNet(
        training.hidden, input_dim=INPUT_SIZE, normalization=normalization, dtype=np.float64, seed=0
    )
    network.set_weights({name: array.astype(np.float64) for name, array in weights.items()})
    x, y = inputs(data.x_test, mean_image(data.x_train)).astype(np.float64), data.y_test

    def right(mode: str, size: int) -> np.ndarray:
        starts = range(0, len(x), size)
        return np.concatenate([network.scores(x[i : i + size], mode).argmax(axis=1) for i in starts]) == y

    usual = right("test", 1000)
    found = [("running", len(x), usual), *(("batch", size, right("train", size)) for size in config.batch_sizes)]
    rows = [(name, size, own.mean(), (usual & ~own).sum(), (own & ~usual).sum()) for name, size, own in found]
    return pd.DataFrame(rows, columns=["statistics", "batch_size", "accuracy", "lost", "gained"])
