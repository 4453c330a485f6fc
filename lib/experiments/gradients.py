"""Section 2.3: the network's gradients against centred differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.config.gradients import GradientCheckConfig, ProblemConfig, StepStudyConfig
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.gradient_check import eval_numerical_gradient, rel_error
from lib.nn.layers import softmax_loss
from lib.nn.rng import RandomSource

GROUPS = {"weights": "W", "biases": "b"}


def _network(config: ProblemConfig, rng: RandomSource, regularisation: float = 0.0) -> FullyConnectedNet:
    return FullyConnectedNet(
        config.hidden,
        input_dim=config.input_size,
        num_classes=config.classes,
        reg=regularisation,
        weight_scale=config.weight_scale,
        dtype=np.float64,
        seed=rng,
    )


def check(config: GradientCheckConfig) -> dict[str, Any]:
    """Check a whole network, once for each strength of regularisation.

    All numbers come from one ``numpy.random.RandomState(seed)``: first the samples X = randn(N, D), then the
    labels y = randint(C, size=N), then the weights of one network after the other.

    Returns
    -------
    result : ``step``, and ``columns``, for each strength a dict with ``regularisation``, ``initial_loss``,
        ``squared_weights`` (their sum), ``score_range`` (largest less smallest score of a sample, the largest of
        all samples: the data loss is no further than that from the logarithm of the number of classes), ``errors``
        (of W1, ..., b1, ...: ``max |a - n| / max(1e-8, |a| + |n|)`` over the entries of the analytic gradient a
        and the numerical n) and ``mean_error``, their mean
    """
    # The reference values were made with this older generator.
    rng = np.random.RandomState(config.seed)
    X = rng.randn(config.samples, config.input_size)
    y = rng.randint(config.classes, size=config.samples)
    columns = []
    for regularisation in config.regularisations:
        network = _network(config, rng, regularisation)
        columns.append(_check_network(network, X, y, config.step))
    return {"step": config.step, "columns": columns}


def _check_network(network: FullyConnectedNet, X: np.ndarray, y: np.ndarray, step: float) -> dict[str, Any]:
    def loss(_: np.ndarray) -> float:
        return network.loss(X, y)[0]

    initial_loss, gradients = network.loss(X, y)
    weights = [array for name, array in network.params.items() if name.startswith("W")]
    errors = {
        name: rel_error(gradients[name], eval_numerical_gradient(loss, network.params[name], h=step))
        for name in sorted(gradients)
    }
    return {
        "regularisation": network.reg,
        "initial_loss": initial_loss,
        "squared_weights": float(sum(np.vdot(w, w) for w in weights)),
        "score_range": float(np.ptp(network.scores(X, mode="train"), axis=1).max()),
        "errors": errors,
        "mean_error": float(np.mean(list(errors.values()))),
    }


def losses(network: FullyConnectedNet, X: np.ndarray, y: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """The loss for each strength of regularisation, (R,), to the bit what ``network.loss`` gives for it.

    For networks without dropout. The forward pass, by far the most of the work, is done once for all of them,
    and no backward pass.
    """
    data_loss, _ = softmax_loss(network.scores(X, mode="train"), y)
    result = np.full(len(strengths), data_loss)
    for i in range(network.num_layers, 0, -1):  # the order in which the network adds them up
        w = network.params[f"W{i}"]
        result += 0.5 * strengths * float(np.vdot(w, w))
    return result


def numerical_gradients(
    network: FullyConnectedNet, X: np.ndarray, y: np.ndarray, strengths: np.ndarray, step: float
) -> dict[str, np.ndarray]:
    """What ``eval_numerical_gradient`` gives for each parameter and strength: (R, ...) arrays."""
    gradients = {}
    for name, array in network.params.items():
        gradient = np.empty((len(strengths), *array.shape))
        for index in np.ndindex(array.shape):
            value = array[index]
            array[index] = value + step
            above = losses(network, X, y, strengths)
            array[index] = value - step
            below = losses(network, X, y, strengths)
            array[index] = value
            gradient[:, *index] = (above - below) / (2 * step)
        gradients[name] = gradient
    return gradients


def step_study(config: StepStudyConfig, problem: ProblemConfig, seed: int) -> pd.DataFrame:
    """Error of the check against its step, for several strengths of regularisation.

    One network, drawn from ``seed`` and the same for all strengths and steps. Small steps lose digits to
    rounding (error of order ``loss * 1e-16 / h``), large ones are off by the third derivative (``h^2``) and
    cross the kinks of ReLU.

    Returns
    -------
    errors : columns seed, regularisation, step, group (weights or biases, of all layers), absolute_error
        (``max |a - n|``), relative_error (``max |a - n| / max(1e-8, |a| + |n|)``)
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((problem.samples, problem.input_size))
    y = rng.integers(problem.classes, size=problem.samples)
    network = _network(problem, rng)
    strengths = np.array(config.regularisations, dtype=np.float64)
    analytic = []
    for strength in strengths:
        network.reg = float(strength)
        analytic.append(network.loss(X, y)[1])
    rows = []
    for step in config.steps():
        numerical = numerical_gradients(network, X, y, strengths, step)
        for k, (strength, gradients) in enumerate(zip(strengths, analytic, strict=True)):
            for group, initial in GROUPS.items():
                pairs = [(gradients[name], numerical[name][k]) for name in gradients if name[0] == initial]
                absolute = max(float(np.abs(a - n).max()) for a, n in pairs)
                relative = max(rel_error(a, n) for a, n in pairs)
                rows.append((seed, float(strength), step, group, absolute, relative))
    columns = ["seed", "regularisation", "step", "group", "absolute_error", "relative_error"]
    return pd.DataFrame(rows, columns=columns)
