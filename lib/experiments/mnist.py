"""Section 2.6: the MLP baseline on MNIST, its random search and its full training.

All images are scaled to [0, 1], less the mean image of the training set. Everything is in float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd

from lib.data.splits import Splits
from lib.experiments.common import BATCHES, WEIGHTS, epoch_history, mean_image, stream
from lib.experiments.config.mnist import MnistSearchConfig, MnistTrainingConfig
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.solver import Solver

INPUT_SIZE = 28 * 28
MEASURED = 5000  # training images on which the training accuracy is measured after each epoch
HYPERPARAMETERS = ("learning_rate", "weight_scale", "regularisation", "keep_ratio")


@dataclass(frozen=True)
class MnistVariant:
    """What a full training has in place of Adam or of batch norm."""

    update_rule: str = "adam"
    normalization: str = "batchnorm"


USUAL = MnistVariant()


class Checkpoints(Protocol):
    """Where the state of an unfinished training is kept."""

    def load(self) -> dict[str, Any] | None: ...

    def save(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class MnistResult:
    """A finished training.

    ``history`` has the columns epoch (0 to E), loss (mean of the epoch; NaN at 0), train_accuracy (on 5,000
    training images drawn anew each time), val_accuracy. The rest belongs to the weights of the best
    validation epoch: ``weights``, ``scores`` (N, 10) of the test images, their ``labels`` (N,),
    ``wrong_index`` (M,) and ``wrong_images`` (M, 1, 28, 28) uint8 of those misclassified, and ``facts``:
    best_epoch, best_val_accuracy, final_val_accuracy (after the last epoch), test_accuracy.
    """

    history: pd.DataFrame
    weights: dict[str, np.ndarray]
    scores: np.ndarray
    labels: np.ndarray
    wrong_index: np.ndarray
    wrong_images: np.ndarray
    facts: dict[str, float]


def _network(
    hidden: tuple[int, ...], settings: Mapping[str, Any], rng: np.random.Generator, normalization: str = "batchnorm"
) -> FullyConnectedNet:
    return FullyConnectedNet(
        hidden,
        input_dim=INPUT_SIZE,
        dropout_keep_ratio=settings["keep_ratio"],
        normalization=normalization,
        reg=settings["regularisation"],
        weight_scale=settings["weight_scale"],
        dtype=np.float32,
        seed=rng,
    )


def inputs(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(N, 1, 28, 28) float32 of uint8 images; ``mean`` is their (1, 28, 28) mean image in 0-255."""
    x = images.astype(np.float32)
    x -= mean.astype(np.float32)
    x /= 255
    return x


def architecture(config: MnistTrainingConfig) -> dict[str, Any]:
    """The layers of the network, counted from its arrays.

    Returns
    -------
    description : ``layers``, for each name, input_size, output_size, activation, weights, biases, gamma_beta,
        parameters (weights and biases); their sum ``total``, and ``total_with_norm`` with gamma and beta
    """
    settings = {"keep_ratio": 1.0, "regularisation": 0.0, "weight_scale": 1.0}
    network = _network(config.hidden, settings, np.random.default_rng(0))
    return {
        "layers": network.describe(include_norm=False),
        "total": network.parameter_count(include_norm=False),
        "total_with_norm": network.parameter_count(),
    }


def draw_trials(config: MnistSearchConfig, seed: int = 0) -> list[dict[str, float]]:
    """Hyper-parameters of each trial, drawn from ``config.seed + seed``; rates and scales on logarithmic scales."""
    rng = np.random.default_rng(config.seed + seed)
    return [
        {
            "learning_rate": 10 ** rng.uniform(*config.log10_learning_rate),
            "weight_scale": 10 ** rng.uniform(*config.log10_weight_scale),
            "regularisation": 10 ** rng.uniform(*config.log10_regularisation),
            "keep_ratio": rng.uniform(*config.keep_ratio),
        }
        for _ in range(config.trials)
    ]


def search(data: Splits, config: MnistSearchConfig, seed: int = 0) -> pd.DataFrame:
    """Random search: train on the first samples of the training set, measure on the whole validation set.

    Batch norm, dropout and Adam, as in the full training, without a decay of the learning rate. All trials
    have the same batches and, but for the scale, the same starting weights; another ``seed`` is another search.

    Returns
    -------
    trials : columns trial (from 1), learning_rate, weight_scale, regularisation, keep_ratio, val_accuracy (of
        the best epoch), best_epoch

    Raises ``ValueError`` if the training set has fewer samples.
    """
    if config.samples > len(data.x_train):
        raise ValueError(
            f"mnist.search.samples is {config.samples}; allowed: 1 to {len(data.x_train)}, the training set"
        )
    mean = mean_image(data.x_train)
    images = {
        "X_train": inputs(data.x_train[: config.samples], mean),
        "y_train": data.y_train[: config.samples],
        "X_val": inputs(data.x_val, mean),
        "y_val": data.y_val,
    }
    rows = []
    for trial, settings in enumerate(draw_trials(config, seed), start=1):
        solver = Solver(
            _network(config.hidden, settings, stream(config.seed + seed, WEIGHTS)),
            images,
            update_rule="adam",
            optim_config={"learning_rate": settings["learning_rate"]},
            batch_size=config.batch_size,
            num_epochs=config.epochs,
            rng=stream(config.seed + seed, BATCHES),
            verbose=False,
        )
        solver.train()
        outcome = {"val_accuracy": solver.best_val_acc, "best_epoch": solver.best_epoch}
        rows.append({"trial": trial, **settings, **outcome})
    return pd.DataFrame(rows)


def play_off(
    data: Splits, trials: pd.DataFrame, finalists: int, config: MnistTrainingConfig, seed: int
) -> pd.DataFrame:
    """Train the best trials in full, one run each, and record what the validation set says of them.

    Parameters
    ----------
    trials : of :func:`search`
    finalists : how many of the best trials are trained; the first of equals go before
    seed : of weights, dropout and batches, the same for all

    Returns
    -------
    trials : with a column full_val_accuracy, of the best epoch of the full training; NaN for the others, and for
        all if there is one finalist, which needs no training to win
    """
    result = trials.assign(full_val_accuracy=np.nan)
    if finalists == 1:
        return result
    ranked = trials["val_accuracy"].sort_values(ascending=False, kind="stable").index[:finalists]
    for row in ranked:
        solver = _solver(data, config, trials.loc[row].to_dict(), seed)
        solver.train()
        result.loc[row, "full_val_accuracy"] = solver.best_val_acc
    return result


def best(trials: pd.DataFrame) -> dict[str, float]:
    """The finalist with the highest validation accuracy after full training, the first of equals, as plain numbers.

    Without a play-off it is the trial with the highest validation accuracy of the search.
    """
    column = "full_val_accuracy"
    if column not in trials or trials[column].isna().all():
        column = "val_accuracy"
    row = int(np.nanargmax(trials[column]))
    return cast(dict[str, float], trials.iloc[[row]].to_dict("records")[0])


def train(
    data: Splits,
    config: MnistTrainingConfig,
    best: Mapping[str, Any],
    seed: int,
    checkpoints: Checkpoints | None = None,
    variant: MnistVariant = USUAL,
) -> MnistResult:
    """The full training, tested once with the weights of its best validation epoch.

    Batch norm, dropout, Adam with a learning rate that decays by epoch, or what ``variant`` has in their place.

    Parameters
    ----------
    best : learning_rate, weight_scale, regularisation and keep_ratio, as :func:`best` gives them; other keys
        are not used
    seed : of weights, dropout and batches
    checkpoints : gets the state after each epoch. If it has one, the training goes on from there and ends
        with the same bits as one that was never interrupted

    Raises ``ValueError`` if a checkpoint is of another training.
    """
    solver = _solver(data, config, best, seed, variant)
    state = checkpoints.load() if checkpoints is not None else None
    if state is not None:
        solver.set_state(state)
    solver.train(None if checkpoints is None else lambda solver: checkpoints.save(solver.get_state()))
    network = solver.model
    assert isinstance(network, FullyConnectedNet)
    scores = _scores(network, inputs(data.x_test, mean_image(data.x_train)))
    wrong = np.flatnonzero(scores.argmax(axis=1) != data.y_test)
    return MnistResult(
        history=epoch_history(solver),
        weights=network.get_weights(),
        scores=scores,
        labels=data.y_test,
        wrong_index=wrong,
        wrong_images=data.x_test[wrong],
        facts={
            "best_epoch": solver.best_epoch,
            "best_val_accuracy": solver.best_val_acc,
            "final_val_accuracy": solver.val_acc_history[-1],
            "test_accuracy": (len(scores) - len(wrong)) / len(scores),
        },
    )


def _solver(
    data: Splits,
    config: MnistTrainingConfig,
    settings: Mapping[str, Any],
    seed: int,
    variant: MnistVariant = USUAL,
) -> Solver:
    """The full training of one setting of the hyper-parameters."""
    mean = mean_image(data.x_train)
    return Solver(
        _network(config.hidden, settings, stream(seed, WEIGHTS), variant.normalization),
        {
            "X_train": inputs(data.x_train, mean),
            "y_train": data.y_train,
            "X_val": inputs(data.x_val, mean),
            "y_val": data.y_val,
        },
        update_rule=variant.update_rule,
        optim_config={"learning_rate": settings["learning_rate"]},
        lr_decay=config.learning_rate_decay,
        batch_size=config.batch_size,
        num_epochs=config.epochs,
        num_train_samples=MEASURED,
        rng=stream(seed, BATCHES),
        verbose=False,
        raise_on_nan=True,
    )


def _scores(network: FullyConnectedNet, x: np.ndarray, batch_size: int = 1000) -> np.ndarray:
    """Scores in test mode, (N, 10), computed ``batch_size`` samples at a time."""
    parts = [network.scores(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
    return np.concatenate(parts)
