"""A fully connected network of any depth, put together from :mod:`lib.nn.layers`."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from lib.nn.layers import (
    MODES,
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
from lib.nn.rng import RandomSource, as_generator, rng_from_json, rng_to_json

NORMALIZATIONS = (None, "batchnorm", "layernorm")
RUNNING = ("running_mean", "running_var")


class FullyConnectedNet:
    """``{affine - [normalisation] - relu - [dropout]} x (L - 1) - affine - softmax``, with L affine layers.

    Parameters
    ----------
    hidden_dims : size of each hidden layer; may be empty
    input_dim : number of values of a sample
    num_classes : number of classes
    dropout_keep_ratio : probability to keep a value, in (0, 1]; 1 for no dropout
    normalization : None, ``batchnorm`` or ``layernorm``
    reg : strength of the L2 penalty, ``0.5 * reg * sum W^2`` over the weights W (not over b, gamma, beta)
    weight_scale : standard deviation of the initial weights; biases and beta start at 0, gamma at 1
    dtype : precision of all computations; samples are converted to it
    seed : of the initial weights and the dropout masks; an integer, None for a fresh one, or a generator
        (:class:`numpy.random.Generator` or :class:`numpy.random.RandomState`), then shared with the caller

    Attributes
    ----------
    params : the arrays W1, b1, ..., WL, bL and, with a normalisation, gamma1, beta1, ..., up to L - 1
    bn_params : a dict for each hidden layer, for ``batchnorm_forward``; empty without batch norm
    dropout_params : a dict for each hidden layer, for ``dropout_forward``; empty without dropout
    rng : the generator

    Raises
    ------
    ValueError : for an unknown normalisation, a keep ratio outside (0, 1], or a size below 1.
    """

    def __init__(
        self,
        hidden_dims: Sequence[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        dropout_keep_ratio: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: npt.DTypeLike = np.float32,
        seed: int | RandomSource | None = None,
    ) -> None:
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"unknown normalization {normalization!r}; allowed: None, batchnorm, layernorm")
        if not 0 < dropout_keep_ratio <= 1:
            raise ValueError(f"dropout_keep_ratio is {dropout_keep_ratio:g}; allowed: above 0, up to 1")
        sizes = [int(size) for size in (input_dim, *hidden_dims, num_classes)]
        if min(sizes) < 1:
            raise ValueError(f"layer sizes are {sizes}; allowed: 1 or more")
        self.sizes = sizes
        self.num_layers = len(sizes) - 1
        self.dropout_keep_ratio = float(dropout_keep_ratio)
        self.normalization = normalization
        self.reg = float(reg)
        self.weight_scale = float(weight_scale)
        self.dtype = np.dtype(dtype)
        self.rng = as_generator(seed)
        self.params: dict[str, np.ndarray] = {}
        self.bn_params: list[dict[str, Any]] = []
        self.dropout_params: list[dict[str, Any]] = []
        for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
            weights = self.weight_scale * self.rng.standard_normal((n_in, n_out))
            self.params[f"W{i}"] = weights.astype(self.dtype, copy=False)
            self.params[f"b{i}"] = np.zeros(n_out, self.dtype)
            if i == self.num_layers:
                break
            if normalization is not None:
                self.params[f"gamma{i}"] = np.ones(n_out, self.dtype)
                self.params[f"beta{i}"] = np.zeros(n_out, self.dtype)
            if normalization == "batchnorm":
                self.bn_params.append({"mode": "train", **{name: np.zeros(n_out, self.dtype) for name in RUNNING}})
            if self.dropout_keep_ratio < 1:
                self.dropout_params.append({"mode": "train", "p": self.dropout_keep_ratio, "rng": self.rng})

    @overload
    def loss(self, X: np.ndarray, y: None = None) -> np.ndarray: ...
    @overload
    def loss(self, X: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]: ...
    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> np.ndarray | tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients in training mode, or the scores in test mode where ``y`` is None.

        Parameters
        ----------
        X : (N, d1, ..., dk) array, with ``d1 * ... * dk = input_dim``
        y : (N,) array of integer labels, or None

        Returns
        -------
        scores : (N, C) array, where ``y`` is None
        loss, gradients : cross-entropy in nats plus the L2 penalty, and a dict with the keys of ``params``

        Raises
        ------
        ValueError : for shapes that do not fit, or a label out of range.
        """
        if y is None:
            return self.scores(X)
        scores, caches = self._forward(X, "train", self.bn_params, drop=True)
        loss, dout = softmax_loss(scores, y)
        gradients: dict[str, np.ndarray] = {}
        for i in range(self.num_layers, 0, -1):
            affine_cache, norm_cache, relu_cache, dropout_cache = caches.pop()
            if i < self.num_layers:
                if dropout_cache is not None:
                    dout = dropout_backward(dout, dropout_cache)
                dout = relu_backward(dout, relu_cache)
                if norm_cache is not None:
                    backward = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
                    dout, gradients[f"gamma{i}"], gradients[f"beta{i}"] = backward(dout, norm_cache)
            # The first layer's input gradient is the largest product of all, and nobody needs it.
            dx, dw, gradients[f"b{i}"] = affine_backward(dout, affine_cache, input_gradient=i > 1)
            if dx is not None:
                dout = dx
            if self.reg:
                w = self.params[f"W{i}"]
                loss += 0.5 * self.reg * float(np.vdot(w, w))
                dw += self.reg * w
            gradients[f"W{i}"] = dw
        return loss, gradients

    def scores(self, X: np.ndarray, mode: str = "test") -> np.ndarray:
        """Scores, an (N, C) array, without dropout and without a change of the network.

        ``mode`` says which statistics batch norm takes: the running ones (``test``), or those of ``X`` itself
        (``train``), to compare the two. It makes no difference to the other networks.
        """
        if mode not in MODES:
            raise ValueError(f"scores: unknown mode {mode!r}; allowed: {', '.join(MODES)}")
        return self._forward(X, mode, [dict(param) for param in self.bn_params], drop=False)[0]

    def predict(self, X: np.ndarray, batch_size: int = 1000) -> np.ndarray:
        """Most likely class of each sample, (N,) integers; computed ``batch_size`` samples at a time."""
        starts = range(0, len(X), batch_size)
        batches = [self.scores(X[start : start + batch_size]).argmax(axis=1) for start in starts]
        return np.concatenate(batches) if batches else np.zeros(0, np.intp)

    def _forward(
        self, X: np.ndarray, mode: str, bn_params: list[dict[str, Any]], drop: bool
    ) -> tuple[np.ndarray, list[tuple]]:
        """Scores; for each layer the caches of affine, normalisation, relu, dropout (None if left out)."""
        x = np.asarray(X).astype(self.dtype, copy=False)
        params, caches = self.params, []
        for i in range(1, self.num_layers + 1):
            x, affine_cache = affine_forward(x, params[f"W{i}"], params[f"b{i}"])
            norm_cache = relu_cache = dropout_cache = None
            if i < self.num_layers:
                if self.normalization == "batchnorm":
                    bn_params[i - 1]["mode"] = mode
                    x, norm_cache = batchnorm_forward(x, params[f"gamma{i}"], params[f"beta{i}"], bn_params[i - 1])
                elif self.normalization == "layernorm":
                    x, norm_cache = layernorm_forward(x, params[f"gamma{i}"], params[f"beta{i}"])
                x, relu_cache = relu_forward(x, out=x)  # in place: no cache holds what comes in here
                if drop and self.dropout_params:
                    x, dropout_cache = dropout_forward(x, self.dropout_params[i - 1])
            caches.append((affine_cache, norm_cache, relu_cache, dropout_cache))
        return x, caches

    def freeze_dropout(self, n_samples: int | None) -> None:
        """Draw masks for batches of ``n_samples`` and keep them from now on; None: draw fresh ones again.

        A gradient check needs it: the loss must be the same function at each evaluation.
        """
        for param, size in zip(self.dropout_params, self.sizes[1:], strict=False):
            param["mask"] = None if n_samples is None else self.rng.uniform(size=(n_samples, size)) < param["p"]

    def get_weights(self) -> dict[str, np.ndarray]:
        """Copies of all that predictions depend on: ``params``, and running_mean1, running_var1, ..."""
        return {name: array.copy() for name, array in self._weights().items()}

    def _weights(self) -> dict[str, np.ndarray]:
        running = {f"{name}{i}": param[name] for i, param in enumerate(self.bn_params, start=1) for name in RUNNING}
        return {**self.params, **running}

    def set_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take over a copy of what :meth:`get_weights` gave; :exc:`ValueError` if of another network."""
        own = self._weights()
        if weights.keys() != own.keys():
            different = sorted(weights.keys() ^ own.keys())
            raise ValueError(f"weights are of another network: {', '.join(different)} in only one of the two")
        for name, array in own.items():
            new = weights[name]
            if new.shape != array.shape or new.dtype != array.dtype:
                raise ValueError(
                    f"weights are of another network: {name} is {new.dtype} {new.shape},"
                    f" here {array.dtype} {array.shape}"
                )
        for name in self.params:
            self.params[name] = weights[name].copy()
        for i, param in enumerate(self.bn_params, start=1):
            param.update({name: weights[f"{name}{i}"].copy() for name in RUNNING})

    def get_state(self) -> dict[str, np.ndarray]:
        """:meth:`get_weights` plus ``rng``, the generator's state as JSON in an array."""
        return {**self.get_weights(), "rng": np.array(rng_to_json(self.rng))}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to what :meth:`get_state` gave; :exc:`ValueError` if of another network or generator."""
        self.set_weights({name: array for name, array in state.items() if name != "rng"})
        rng_from_json(self.rng, str(state["rng"]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write weights and constructor arguments to an npz file (no pickle; the name is taken as it is)."""
        settings = {
            "hidden_dims": self.sizes[1:-1],
            "input_dim": self.sizes[0],
            "num_classes": self.sizes[-1],
            "dropout_keep_ratio": self.dropout_keep_ratio,
            "normalization": self.normalization,
            "reg": self.reg,
            "weight_scale": self.weight_scale,
            "dtype": self.dtype.name,
        }
        arrays: dict[str, Any] = {"settings": np.array(json.dumps(settings)), **self._weights()}
        with open(path, "wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "FullyConnectedNet":
        """A network that predicts what the saved one did; its generator is a new one, from seed 0.

        :exc:`ValueError` if the file holds something else.
        """
        with np.load(path, allow_pickle=False) as file:
            if "settings" not in file:
                raise ValueError(f"{path}: no network, it lacks 'settings'; written by FullyConnectedNet.save?")
            arrays = {name: file[name] for name in file.files}
        network = cls(**json.loads(str(arrays.pop("settings"))), seed=0)
        network.set_weights(arrays)
        return network

    def describe(self, include_norm: bool = True) -> list[dict[str, Any]]:
        """One row for each affine layer and what follows it, counted from the arrays.

        Keys: name, input_size, output_size, activation, weights, biases, gamma_beta, parameters (the sum of
        the three; without gamma_beta where ``include_norm`` is False).
        """
        rows = []
        for i in range(1, self.num_layers + 1):
            is_last = i == self.num_layers
            weights, biases = self.params[f"W{i}"], self.params[f"b{i}"]
            gamma_beta = sum(self.params[name].size for name in (f"gamma{i}", f"beta{i}") if name in self.params)
            rows.append(
                {
                    "name": "output" if is_last else f"hidden{i}",
                    "input_size": weights.shape[0],
                    "output_size": weights.shape[1],
                    "activation": "softmax" if is_last else "relu",
                    "weights": weights.size,
                    "biases": biases.size,
                    "gamma_beta": gamma_beta,
                    "parameters": weights.size + biases.size + (gamma_beta if include_norm else 0),
                }
            )
        return rows

    def parameter_count(self, include_norm: bool = True) -> int:
        """Number of learned values; without gamma and beta where ``include_norm`` is False."""
        return sum(row["parameters"] for row in self.describe(include_norm))
