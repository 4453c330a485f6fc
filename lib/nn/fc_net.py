"""A fully connected network of any depth, put together from :mod:`lib.nn.layers`."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from lib.nn.checks import (
    MODES,
    check_count,
    check_keep_ratio,
    check_labels,
    check_number,
    check_precision,
    check_sizes,
)
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
from lib.nn.messages import unknown_option
from lib.nn.rng import RandomSource, as_generator, rng_from_json, rng_to_json
from lib.nn.statistics import RUNNING
from lib.nn.weights_file import Path, read_network, write_network

NORMALIZATIONS = (None, "batchnorm", "layernorm")
# Names of the course's older editions, and what stands for them now.
RENAMED = {"dropout": "dropout_keep_ratio, the share to keep", "use_batchnorm": "normalization='batchnorm'"}


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
    seed : of the initial weights and the dropout masks. A generator (:class:`numpy.random.Generator` or
        :class:`numpy.random.RandomState`) is shared with the caller, and draws new masks at each call of :meth:`loss`:
        the choice for training. None is NumPy's global one. A whole number gives the same weights each time and, as
        in the course, *the same masks at each call*: the choice for a gradient check

    Attributes
    ----------
    params : the arrays W1, b1, ..., WL, bL and, with a normalisation, gamma1, beta1, ..., up to L - 1
    bn_params : a dict for each hidden layer, for ``batchnorm_forward`` or ``layernorm_forward``; empty without either
    dropout_params : a dict for each hidden layer, for ``dropout_forward``; empty without dropout
    rng : the generator

    Raises
    ------
    ValueError : for an unknown normalisation, a keep ratio outside (0, 1], a size that is no whole number of 1 or more,
        a negative penalty or scale, or a precision other than float32 or finer.
    TypeError : for an unknown option; one of the course's older editions is named with the new one.
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
        **unknown: object,
    ) -> None:
        for name in unknown:
            raise TypeError(f"{type(self).__name__}: " + unknown_option(name, FullyConnectedNet, RENAMED))
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"unknown normalization {normalization!r}; allowed: None, batchnorm, layernorm")
        sizes = check_sizes(input_dim, hidden_dims, num_classes)
        self.sizes = sizes
        self.num_layers = len(sizes) - 1
        self.dropout_keep_ratio = check_keep_ratio("dropout_keep_ratio", dropout_keep_ratio)
        self.normalization = normalization
        self.reg = check_number("reg", reg)
        self.weight_scale = check_number("weight_scale", weight_scale)
        self.dtype = check_precision("dtype", dtype)
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
                self.bn_params.append({"mode": "train"} if normalization == "batchnorm" else {})
            if self.dropout_keep_ratio < 1:
                self.dropout_params.append({"mode": "train", "p": self.dropout_keep_ratio, **_mask_source(seed, i)})

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
        ValueError : for shapes that do not fit, an empty batch, or labels that are no integers in [0, C). The running
            statistics of batch norm are then as they were.
        """
        if y is None:
            return self.scores(X)
        y = check_labels("loss", y, len(X), self.sizes[-1])
        bn_params = [dict(param) for param in self.bn_params]
        scores, caches = self._forward(X, "train", bn_params, drop=True)
        loss, dout = softmax_loss(scores, y)
        gradients: dict[str, np.ndarray] = {}
        for i in range(self.num_layers, 0, -1):
            affine_cache, norm_cache, relu_cache, dropout_cache = caches.pop()
            if i < self.num_layers:
                if dropout_cache is not None:
                    dout = dropout_backward(dout, dropout_cache, out=dout)
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
        for param, moved in zip(self.bn_params, bn_params, strict=True):
            param.update(moved)
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
        starts = range(0, len(X), check_count("batch_size", batch_size))
        batches = [self.scores(X[start : start + batch_size]).argmax(axis=1) for start in starts]
        return np.concatenate(batches) if batches else np.zeros(0, np.intp)

    def _forward(
        self, X: np.ndarray, mode: str, bn_params: list[dict[str, Any]], drop: bool
    ) -> tuple[np.ndarray, list[tuple]]:
        """Scores; for each layer the caches of affine, normalisation, relu, dropout (None if left out)."""
        x = np.asarray(X)
        if x.dtype.kind not in "fiub":
            raise ValueError(f"samples X are {x.dtype}; needed: real numbers")
        x = x.astype(self.dtype, copy=False)
        params, caches = self.params, []
        for i in range(1, self.num_layers + 1):
            x, affine_cache = affine_forward(x, params[f"W{i}"], params[f"b{i}"])
            norm_cache = relu_cache = dropout_cache = None
            if i < self.num_layers:
                if self.normalization == "batchnorm":
                    bn_params[i - 1]["mode"] = mode
                    x, norm_cache = batchnorm_forward(x, params[f"gamma{i}"], params[f"beta{i}"], bn_params[i - 1])
                elif self.normalization == "layernorm":
                    x, norm_cache = layernorm_forward(x, params[f"gamma{i}"], params[f"beta{i}"], bn_params[i - 1])
                x, relu_cache = relu_forward(x, out=x)  # in place, as dropout: no cache holds what comes in
                if drop and self.dropout_params:
                    x, dropout_cache = dropout_forward(x, self.dropout_params[i - 1], out=x)
            caches.append((affine_cache, norm_cache, relu_cache, dropout_cache))
        return x, caches

    def freeze_dropout(self, n_samples: int | None) -> None:
        """Draw masks for batches of ``n_samples`` and keep them from now on; None: draw fresh ones again.

        A gradient check needs it: the loss must be the same function at each evaluation.
        """
        if n_samples is not None:
            check_count("n_samples", n_samples)
        for param, size in zip(self.dropout_params, self.sizes[1:], strict=False):
            param["mask"] = None if n_samples is None else self.rng.uniform(size=(n_samples, size)) < param["p"]

    def get_weights(self) -> dict[str, np.ndarray]:
        """Copies of all that predictions depend on: ``params``, and running_mean1, running_var1, ..."""
        return {name: array.copy() for name, array in self._weights().items()}

    def _weights(self) -> dict[str, np.ndarray]:
        running = {
            f"{name}{i}": param.get(name, np.zeros(self.sizes[i], self.dtype))
            for i, param in enumerate(self._batchnorms(), start=1)
            for name in RUNNING
        }
        return {**self.params, **running}

    def _batchnorms(self) -> list[dict[str, Any]]:
        return self.bn_params if self.normalization == "batchnorm" else []

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
        for i, param in enumerate(self._batchnorms(), start=1):
            param.update({name: weights[f"{name}{i}"].copy() for name in RUNNING})

    def get_state(self) -> dict[str, np.ndarray]:
        """:meth:`get_weights` plus ``rng``, the generator's state as JSON in an array."""
        return {**self.get_weights(), "rng": np.array(rng_to_json(self.rng))}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to what :meth:`get_state` gave; :exc:`ValueError` if of another network or generator."""
        self.set_weights({name: array for name, array in state.items() if name != "rng"})
        rng_from_json(self.rng, str(state["rng"]))

    def save(self, path: Path) -> None:
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
        write_network(path, settings, self._weights())

    def load(self, path: Path) -> bool:
        """Take over the weights of a file: of :meth:`save`, or of the course, whose ``.npy`` has ``params`` alone.

        They are converted to the precision of this network. Where a file of the course lacks running statistics
        these stay, with a warning. Returns True, as the course's does; :exc:`ValueError` if the file holds something
        else or another network, and then nothing has changed.
        """
        _, arrays = read_network(path)
        own = self._weights()
        missing = own.keys() - self.params.keys() - arrays.keys()
        if missing:
            warnings.warn(f"{path}: has no running statistics; those of this network stay", stacklevel=2)
        kept = {name: own[name] for name in missing}
        self.set_weights({**{name: array.astype(self.dtype) for name, array in arrays.items()}, **kept})
        return True

    @classmethod
    def from_file(cls, path: Path) -> "FullyConnectedNet":
        """A network that predicts what the saved one did; its generator is a new one, from seed 0.

        :exc:`ValueError` if the file holds something else; one of the course does not say which network it is of.
        """
        settings, arrays = read_network(path)
        if settings is None:
            raise ValueError(f"{path}: has weights alone; make their network first, then network.load(path)")
        network = FullyConnectedNet(**settings, seed=np.random.default_rng(0))
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


def _mask_source(seed: int | RandomSource | None, layer: int) -> dict[str, Any]:
    """What draws the dropout masks of a layer: a generator, always new ones; or a seed, the same ones at each call."""
    if seed is None or isinstance(seed, RandomSource):
        return {"rng": as_generator(seed)}
    # One for each layer, so that layers of one size do not drop the same units.
    return {"seed": [int(seed) % 2**32, layer]}


class TwoLayerNet(FullyConnectedNet):
    """``affine - relu - affine - softmax``, in float64: the course's first network.

    Parameters are those of :class:`FullyConnectedNet`; ``hidden_dim`` is the size of the one hidden layer.
    """

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        seed: int | RandomSource | None = None,
    ) -> None:
        super().__init__(
            [hidden_dim], input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=np.float64, seed=seed
        )
