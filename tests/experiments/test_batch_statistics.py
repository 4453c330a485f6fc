"""Batch statistics are those of the batch, and layer norm has no use for them."""

from __future__ import annotations

import numpy as np
import pytest

from lib.data.splits import Splits
from lib.experiments.batch_statistics import evaluate
from lib.experiments.config.batch_statistics import BatchStatisticsConfig
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.experiments.mnist import MnistVariant, train

TRAINING = MnistTrainingConfig(hidden=(20, 10), epochs=3, batch_size=32, learning_rate_decay=0.95)
BEST = {"learning_rate": 3e-3, "weight_scale": 5e-2, "regularisation": 1e-4, "keep_ratio": 0.9}


@pytest.fixture(scope="module")
def digits() -> Splits:
    """Three classes of noisy blobs in different corners."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 3
    x = rng.integers(0, 60, (600, 1, 28, 28), dtype=np.uint8)
    for k in range(3):
        x[y == k, :, 8 * k : 8 * k + 8, 4:20] += 150
    return Splits(x[:400], y[:400], x[400:500], y[400:500], x[500:], y[500:])


def table(digits: Splits, normalization: str, sizes: tuple[int, ...]):
    weights = train(digits, TRAINING, BEST, 0, variant=MnistVariant(normalization=normalization)).weights
    return evaluate(digits, normalization, TRAINING, weights, BatchStatisticsConfig(sizes))


def test_running_statistics_give_the_accuracy_of_the_training(digits):
    result = train(digits, TRAINING, BEST, 0)
    found = evaluate(digits, "batchnorm", TRAINING, result.weights, BatchStatisticsConfig((50,)))
    assert found.loc[0, "statistics"] == "running"
    assert found.loc[0, "accuracy"] == result.facts["test_accuracy"]


def test_a_batch_of_one_leaves_batch_norm_with_one_class(digits):
    found = table(digits, "batchnorm", (1, 100)).set_index("batch_size")
    shares = np.bincount(digits.y_test) / len(digits.y_test)
    alone = found[found["statistics"] == "batch"].loc[1, "accuracy"]
    assert np.isclose(alone, shares).any()  # the share of whatever class it is
    assert found[found["statistics"] == "batch"].loc[100, "accuracy"] > 0.9
    usual = found[found["statistics"] == "running"].iloc[0]
    np.testing.assert_allclose(found["accuracy"], usual["accuracy"] + (found["gained"] - found["lost"]) / 100)
    assert found["lost"].max() > 0


def test_layer_norm_does_not_know_its_batch(digits):
    found = table(digits, "layernorm", (1, 7, 100))
    assert found["accuracy"].nunique() == 1
    assert found["accuracy"].iloc[0] > 0.9
