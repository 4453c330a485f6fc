"""Section 2.3: every layer by itself and every kind of network, against centred differences and PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from lib.experiments.config.gradients import LayerCheckConfig
from lib.nn.fc_net import NORMALIZATIONS, FullyConnectedNet
from lib.nn.gradient_check import eval_numerical_gradient_array, rel_error
from lib.nn.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)

SAMPLES, FEATURES, OUTPUTS = 5, 6, 4
HIDDEN = (6, 5)
REGULARISATIONS = (0.0, 3.14)
EPS = 1e-5  # of both normalisations, as in lib.nn
# ReLU has no derivative at 0: no input of one may come within so many steps of it.
KINK_STEPS = 100
KINK_DRAWS = 100
# Below this a gradient is zero but for rounding (1e-16 over the step), and a relative error says nothing.
ZERO = 1e-9

Arrays = dict[str, np.ndarray]
Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class Subject:
    """Something to differentiate.

    ``inputs`` are the arrays to differentiate by; ``forward()`` computes the output from them as they are;
    ``backward(dout)`` gives the hand-written gradients by the names of the inputs; ``oracle(tensors)`` is the
    same output from PyTorch's own functions.
    """

    name: str
    inputs: Arrays
    forward: Callable[[], np.ndarray]
    backward: Callable[[np.ndarray], Arrays]
    oracle: Callable[[Tensors], Tensor]
    normalization: str = ""
    keep_ratio: float = np.nan
    regularisation: float = np.nan


def check_layers(config: LayerCheckConfig) -> pd.DataFrame:
    """Relative errors of all hand-written gradients, in float64.

    The layers are affine, ReLU, dropout, batch norm, layer norm and softmax, each with random inputs and a
    random gradient coming in. The networks have two hidden layers, each kind of normalisation (none,
    batchnorm, layernorm), with and without dropout (its masks are held), with regularisation 0 and 3.14.
    Weights, biases, gamma and beta are drawn of a size that gives gradients of order 1, and so that no input
    of a ReLU is near its kink.

    Returns
    -------
    errors : columns subject, normalization, keep_ratio, regularisation (empty or NaN for layers, but for the
        keep ratio of the layer dropout), quantity (the input), numerical_error and autograd_error
        (``max |a - b| / max(1e-8, |a| + |b|)``, against centred differences and against PyTorch), and
        largest_gradient. The two errors are NaN where the gradient is zero by all three accounts: batch norm
        takes out any bias before it.

    Raises
    ------
    ValueError : where the step is so large that every network has an input of a ReLU near its kink.
    """
    rng = np.random.default_rng(config.seed)
    subjects = [*_layers(config, rng), *_networks(config, rng)]
    return pd.DataFrame([row for subject in subjects for row in _compare(subject, config.step, rng)])


def _compare(subject: Subject, step: float, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """One row for each input."""
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in subject.inputs.items()}
    out = subject.forward()
    # A loss is a number, to be differentiated as it is.
    dout = rng.standard_normal(out.shape) if out.ndim else np.array(1.0)
    analytic = subject.backward(dout)
    subject.oracle(tensors).backward(torch.from_numpy(dout))
    for name, array in subject.inputs.items():
        numerical = eval_numerical_gradient_array(lambda _: subject.forward(), array, dout, h=step)
        gradient = tensors[name].grad
        assert gradient is not None, f"{subject.name}: the oracle does not use {name}"
        autograd = gradient.numpy()
        vanishes = max(np.abs(g).max() for g in (analytic[name], numerical, autograd)) < ZERO
        yield {
            "subject": subject.name,
            "normalization": subject.normalization,
            "keep_ratio": subject.keep_ratio,
            "regularisation": subject.regularisation,
            "quantity": name,
            "numerical_error": np.nan if vanishes else rel_error(analytic[name], numerical),
            "autograd_error": np.nan if vanishes else rel_error(analytic[name], autograd),
            "largest_gradient": float(np.abs(analytic[name]).max()),
        }


def _layers(config: LayerCheckConfig, rng: np.random.Generator) -> Iterator[Subject]:
    shape = (SAMPLES, FEATURES)

    arrays = {
        "x": rng.standard_normal(shape),
        "w": rng.standard_normal((FEATURES, OUTPUTS)),
        "b": rng.standard_normal(OUTPUTS),
    }
    yield _layer(
        "affine",
        arrays,
        affine_forward,
        affine_backward,
        lambda t: functional.linear(t["x"], t["w"].T, t["b"]),
    )

    x = rng.standard_normal(shape)
    x += np.sign(x) * KINK_STEPS * config.step
    yield _layer("relu", {"x": x}, relu_forward, relu_backward, lambda t: functional.relu(t["x"]))

    mask = rng.random(shape) < config.keep_ratio
    param = {"mode": "train", "p": config.keep_ratio, "mask": mask}
    yield _layer(
        "dropout",
        {"x": rng.standard_normal(shape)},
        lambda x: dropout_forward(x, param),
        dropout_backward,
        lambda t: t["x"] * torch.from_numpy(mask) / config.keep_ratio,
        keep_ratio=config.keep_ratio,
    )

    yield _layer(
        "batchnorm",
        _norm_inputs(rng, shape),
        lambda x, gamma, beta: batchnorm_forward(x, gamma, beta, {"mode": "train"}),
        batchnorm_backward,
        lambda t: _torch_norm("batchnorm", t["x"], t["gamma"], t["beta"]),
    )
    yield _layer(
        "layernorm",
        _norm_inputs(rng, shape),
        layernorm_forward,
        layernorm_backward,
        lambda t: _torch_norm("layernorm", t["x"], t["gamma"], t["beta"]),
    )

    scores = rng.standard_normal((SAMPLES, OUTPUTS))
    y = rng.integers(OUTPUTS, size=SAMPLES)
    labels = torch.from_numpy(y)
    yield Subject(
        "softmax",
        {"x": scores},
        lambda: np.array(softmax_loss(scores, y)[0]),
        lambda dout: {"x": dout * softmax_loss(scores, y)[1]},
        lambda t: functional.cross_entropy(t["x"], labels),
    )


def _norm_inputs(rng: np.random.Generator, shape: tuple[int, int]) -> Arrays:
    return {
        "x": 3 * rng.standard_normal(shape) + 1,
        "gamma": rng.standard_normal(shape[1]),
        "beta": rng.standard_normal(shape[1]),
    }


def _layer(
    name: str,
    inputs: Arrays,
    forward: Callable[..., tuple[np.ndarray, object]],
    backward: Callable[..., object],
    oracle: Callable[[Tensors], Tensor],
    keep_ratio: float = np.nan,
) -> Subject:
    """A pair of functions of :mod:`lib.nn.layers`, that takes ``inputs`` in their order."""

    def gradients(dout: np.ndarray) -> Arrays:
        result = backward(dout, forward(*inputs.values())[1])
        return dict(zip(inputs, result if isinstance(result, tuple) else (result,), strict=True))

    return Subject(name, inputs, lambda: forward(*inputs.values())[0], gradients, oracle, keep_ratio=keep_ratio)


def _torch_norm(kind: str, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    if kind == "batchnorm":
        return functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPS)
    return functional.layer_norm(x, x.shape[1:], gamma, beta, eps=EPS)


def _networks(config: LayerCheckConfig, rng: np.random.Generator) -> Iterator[Subject]:
    combinations = product(NORMALIZATIONS, (1.0, config.keep_ratio), REGULARISATIONS)
    for normalization, keep_ratio, regularisation in combinations:
        for _ in range(KINK_DRAWS):
            subject, distance = _network(normalization, keep_ratio, regularisation, rng)
            if distance > KINK_STEPS * config.step:
                break
        else:
            raise ValueError(
                f"gradients.layers: step {config.step:g} is too large; every network drawn has an"
                f" input of a ReLU within {KINK_STEPS} steps of its kink"
            )
        yield subject


def _network(
    normalization: str | None, keep_ratio: float, regularisation: float, rng: np.random.Generator
) -> tuple[Subject, float]:
    """A random network, and how near to 0 the inputs of its ReLUs come."""
    X = rng.standard_normal((SAMPLES, FEATURES))
    y = rng.integers(OUTPUTS, size=SAMPLES)
    network = FullyConnectedNet(
        HIDDEN,
        input_dim=FEATURES,
        num_classes=OUTPUTS,
        dropout_keep_ratio=keep_ratio,
        normalization=normalization,
        reg=regularisation,
        weight_scale=0.5,
        dtype=np.float64,
        seed=rng,
    )
    for name, array in network.params.items():
        if not name.startswith("W"):  # they start at 0 or 1, where some mistakes would not show
            array += 0.3 * rng.standard_normal(array.shape)
    network.freeze_dropout(SAMPLES)
    with torch.no_grad():
        tensors = {name: torch.from_numpy(array) for name, array in network.params.items()}
        _, relu_inputs = _torch_network(network, tensors, X, y)
    subject = Subject(
        "network",
        network.params,
        lambda: np.array(network.loss(X, y)[0]),
        lambda dout: network.loss(X, y)[1],
        lambda tensors: _torch_network(network, tensors, X, y)[0],
        normalization or "none",
        keep_ratio,
        regularisation,
    )
    return subject, min(float(x.abs().min()) for x in relu_inputs)


def _torch_network(
    network: FullyConnectedNet, tensors: Tensors, X: np.ndarray, y: np.ndarray
) -> tuple[Tensor, list[Tensor]]:
    """Loss of the same network by PyTorch, of the parameters ``tensors``; and the inputs of its ReLUs."""
    x, relu_inputs, penalty = torch.from_numpy(X), [], torch.zeros((), dtype=torch.float64)
    for i in range(1, network.num_layers + 1):
        x = functional.linear(x, tensors[f"W{i}"].T, tensors[f"b{i}"])
        penalty = penalty + 0.5 * network.reg * tensors[f"W{i}"].square().sum()
        if i < network.num_layers:
            if network.normalization is not None:
                x = _torch_norm(network.normalization, x, tensors[f"gamma{i}"], tensors[f"beta{i}"])
            relu_inputs.append(x)
            x = functional.relu(x)
            if network.dropout_params:
                x = x * torch.from_numpy(network.dropout_params[i - 1]["mask"]) / network.dropout_keep_ratio
    return functional.cross_entropy(x, torch.from_numpy(y)) + penalty, relu_inputs
