"""Forward and backward passes of the layers, each a pair of functions.

``NAME_forward`` returns its output and a cache; ``NAME_backward`` takes the gradient of the loss with respect
to that output, and the cache, and returns the gradients with respect to the inputs. Array arguments are left
as they are, and their precision is kept: float32 in, float32 out. What they must be is checked by
:mod:`lib.nn.checks`. The interface is that of CS231n.
"""

from typing import Any

import numpy as np

from lib.nn.checks import (
    check_affine,
    check_dout,
    check_features,
    check_keep_ratio,
    check_mode,
    check_number,
    check_scores,
)
from lib.nn.rng import RandomSource, global_generator
from lib.nn.statistics import RUNNING, recentre, running_statistic

Cache = tuple[Any, ...]


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Fully connected layer: ``out = x w + b``, with each sample of ``x`` laid out as one row.

    Parameters
    ----------
    x : (N, d1, ..., dk) array, with ``d1 * ... * dk = D``
    w : (D, M) array
    b : (M,) array

    Returns
    -------
    out : (N, M) array
    cache : ``(x, w, b)``

    Raises
    ------
    ValueError : where the shapes do not fit.
    """
    check_affine(x, w, b)
    out = x.reshape(-1, w.shape[0]) @ w
    out += b
    return out, (x, w, b)


def affine_backward(
    dout: np.ndarray, cache: Cache, input_gradient: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Gradients of :func:`affine_forward`: ``dx = dout w^T``, ``dw = x^T dout``, ``db = sum over n of dout``.

    Parameters
    ----------
    dout : (N, M) array
    cache : of :func:`affine_forward`
    input_gradient : False leaves out ``dx`` (None): a first layer never needs it, and saves half its work

    Returns
    -------
    dx : (N, d1, ..., dk) array or None
    dw : (D, M) array
    db : (M,) array

    Raises
    ------
    ValueError : where ``dout`` has another shape.
    """
    x, w, _ = cache
    check_dout("affine_backward", dout, (len(x), w.shape[1]))
    dx = (dout @ w.T).reshape(x.shape) if input_gradient else None
    dw = x.reshape(-1, w.shape[0]).T @ dout
    return dx, dw, dout.sum(axis=0)


def relu_forward(x: np.ndarray, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rectifier: ``max(x, 0)``, for an array of any shape.

    ``out`` may name the array that takes the result, ``x`` itself included. The cache says where ``x`` is positive,
    as truth values: that is all the backward pass needs, and no later change of ``x`` or ``out`` reaches it.
    """
    out = np.maximum(x, 0, out=out)
    return out, out > 0


def relu_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Gradient of :func:`relu_forward`, in the shape of ``dout``; 0 wherever ``x`` is 0 or less, whatever comes in.

    In place of the cache it takes ``x`` itself too. :exc:`ValueError` where ``dout`` has another shape.
    """
    check_dout("relu_backward", dout, cache.shape)
    return _where(cache if cache.dtype == bool else cache > 0, dout)


def _where(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` where ``mask`` is true, else 0: what ``np.where(mask, values, 0)`` gives, twenty times as fast."""
    bits = np.dtype(f"i{values.itemsize}") if values.dtype.kind == "f" and values.itemsize <= 8 else None
    if bits is None:
        return np.where(mask, values, 0)
    out = np.negative(mask.view(np.int8)).astype(bits)  # all bits of a number, or none
    out &= values.view(bits)
    return out.view(values.dtype)


def _kept(rng: RandomSource, p: float, like: np.ndarray) -> np.ndarray:
    """True with probability ``p`` in the shape of ``like``; from 16 random bits each, at half the cost, for float32."""
    if isinstance(rng, np.random.RandomState):
        return rng.random_sample(like.shape) < p
    if like.dtype != np.float32:
        return rng.random(like.shape) < p
    bits = rng.integers(2**64 - 1, size=-(-like.size // 4), dtype=np.uint64, endpoint=True).view(np.uint16)
    return (bits[: like.size] < round(p * 2**16)).reshape(like.shape)


def _dropout_generator(dropout_param: dict[str, Any]) -> RandomSource:
    """That of the seed, or the one handed in, or NumPy's global one."""
    if dropout_param.get("seed") is not None:
        return np.random.RandomState(dropout_param["seed"])
    rng = dropout_param.get("rng")
    return global_generator() if rng is None else rng


def dropout_forward(
    x: np.ndarray, dropout_param: dict[str, Any], out: np.ndarray | None = None
) -> tuple[np.ndarray, Cache]:
    """Inverted dropout: keep each value with probability ``p``, divided by ``p``; mode ``test`` does nothing.

    Parameters
    ----------
    x : array of any shape
    dropout_param : dict with
        mode : ``train`` or ``test``
        p : keep ratio, in (0, 1]; masks that a Generator draws for float32 have it to within 1 / 131,072
        and, for mode ``train``, the first there is of
        mask : array of booleans in the shape of ``x``, True to keep
        seed : draws the same mask at every call, the one of ``np.random.seed(seed)`` (which is not called)
        rng : generator that draws the mask; without any of the three it is NumPy's global one
    out : array that takes the result of mode ``train``, ``x`` itself included; None for a new one

    Returns
    -------
    out : array in the shape of ``x``
    cache : ``(dropout_param, mask)``, the mask divided by ``p``; it is None in mode ``test``

    Raises
    ------
    ValueError : for an unknown mode, a keep ratio outside (0, 1] or a mask of another shape.

    Srivastava et al. (2014), JMLR 15, section 10, in the form that leaves the test pass alone.
    """
    mode = check_mode("dropout_param", dropout_param)
    p = check_keep_ratio("dropout_param: keep ratio p", dropout_param.get("p", np.nan))
    if mode == "test":
        return x.copy(), (dropout_param, None)
    mask = dropout_param.get("mask")
    if mask is None:
        mask = _kept(_dropout_generator(dropout_param), p, x)
    elif np.shape(mask) != x.shape:
        raise ValueError(f"dropout_param: mask has shape {np.shape(mask)}; needed: that of x, {x.shape}")
    scale = np.array(mask, dtype=x.dtype if x.dtype.kind == "f" else np.float64)
    scale *= 1 / p
    return np.multiply(x, scale, out=out), (dropout_param, scale)


def dropout_backward(dout: np.ndarray, cache: Cache, out: np.ndarray | None = None) -> np.ndarray:
    """Gradient of :func:`dropout_forward`, in the shape of ``dout``; 0 wherever a value was dropped.

    ``out`` may name the array that takes it, ``dout`` itself included. :exc:`ValueError` where ``dout`` has another
    shape.
    """
    _, scale = cache
    if scale is None:
        return dout.copy()
    check_dout("dropout_backward", dout, scale.shape)
    with np.errstate(invalid="ignore"):
        dx = np.multiply(dout, scale, out=out)
    if not np.isfinite(np.vdot(dx, dx)):  # one fast pass; infinity * 0 is NaN
        dx[scale == 0] = 0
    return dx


def batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]
) -> tuple[np.ndarray, Cache]:
    """Normalise each feature over the batch: ``out = gamma * (x - mean) / sqrt(var + eps) + beta``.

    Mode ``train`` takes mean and variance from the batch, and moves the running ones towards them:
    ``running = momentum * running + (1 - momentum) * batch``, both from 0, with the biased variance (CS231n's
    choice; PyTorch starts the variance from 1 and takes the unbiased one).
    Mode ``test`` uses the running ones.

    Parameters
    ----------
    x : (N, D) array
    gamma, beta : (D,) arrays, learned scale and shift
    bn_param : dict with mode (``train`` or ``test``), eps (1e-5), momentum (0.9), running_mean and
        running_var ((D,) arrays, 0 where absent); mode ``train`` replaces the last two

    Returns
    -------
    out : (N, D) array
    cache : what :func:`batchnorm_backward` needs

    Raises
    ------
    ValueError : for an unknown mode or shapes that do not fit.

    Ioffe & Szegedy (2015), arXiv:1502.03167, algorithm 1.
    """
    mode = check_mode("bn_param", bn_param)
    check_features("batchnorm_forward", x, gamma, beta, least=1 if mode == "train" else 0)
    eps = check_number("bn_param: eps", bn_param.get("eps", 1e-5))
    running_mean, running_var = (running_statistic(name, bn_param, x) for name in RUNNING)
    if mode == "train":
        mean = x.mean(axis=0)
        x_hat = x - mean
        var = np.einsum("nd,nd->d", x_hat, x_hat) / len(x)
        mean, var = recentre(x_hat, mean, var, eps, axis=0)
        momentum = check_number("bn_param: momentum", bn_param.get("momentum", 0.9), most=1)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        x_hat, var = x - running_mean, running_var
    inverse_std = 1 / np.sqrt(var + eps)
    x_hat *= inverse_std
    out = gamma * x_hat
    out += beta
    return out, (x_hat, inverse_std, gamma, mode)


def batchnorm_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of :func:`batchnorm_forward`, after either mode.

    In mode ``train``, with sums over the batch: ``dbeta = sum(dout)``, ``dgamma = sum(dout * x_hat)``,
    ``dx = gamma / std * (dout - (dbeta + x_hat * dgamma) / N)``. In mode ``test`` mean and std are constants.

    Returns
    -------
    dx : (N, D) array
    dgamma, dbeta : (D,) arrays

    Raises
    ------
    ValueError : where ``dout`` has another shape.
    """
    x_hat, inverse_std, gamma, mode = cache
    check_dout("batchnorm_backward", dout, x_hat.shape)
    dbeta = dout.sum(axis=0)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    if mode == "test":
        return dout * (gamma * inverse_std), dgamma, dbeta
    dx = x_hat * (dgamma / -len(x_hat))
    dx += dout
    dx -= dbeta / len(x_hat)
    dx *= gamma * inverse_std
    return dx, dgamma, dbeta


batchnorm_backward_alt = batchnorm_backward  # the course asks for the long way and this short one; here is one


def layernorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: dict[str, Any] | None = None
) -> tuple[np.ndarray, Cache]:
    """Normalise each sample over its features: ``out = gamma * (x - mean) / sqrt(var + eps) + beta``.

    A sample brings its own statistics, in training and in testing alike: no mode, nothing that runs.

    Parameters
    ----------
    x : (N, D) array
    gamma, beta : (D,) arrays, learned scale and shift
    ln_param : dict, optional key eps (1e-5)

    Returns
    -------
    out : (N, D) array
    cache : what :func:`layernorm_backward` needs

    Raises
    ------
    ValueError : where the shapes do not fit.

    Ba, Kiros & Hinton (2016), arXiv:1607.06450, equation 3.
    """
    check_features("layernorm_forward", x, gamma, beta)
    eps = check_number("ln_param: eps", (ln_param or {}).get("eps", 1e-5))
    mean = x.mean(axis=1, keepdims=True)
    x_hat = x - mean
    var = np.einsum("nd,nd->n", x_hat, x_hat)[:, None] / x.shape[1]
    mean, var = recentre(x_hat, mean, var, eps, axis=1)
    inverse_std = 1 / np.sqrt(var + eps)
    x_hat *= inverse_std
    out = gamma * x_hat
    out += beta
    return out, (x_hat, inverse_std, gamma)


def layernorm_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of :func:`layernorm_forward`.

    With ``g = gamma * dout`` and means over the features,
    ``dx = (g - mean(g) - x_hat * mean(g * x_hat)) / std``;
    ``dgamma`` and ``dbeta`` are sums over the samples, as in batch norm.

    Returns
    -------
    dx : (N, D) array
    dgamma, dbeta : (D,) arrays

    Raises
    ------
    ValueError : where ``dout`` has another shape.
    """
    x_hat, inverse_std, gamma = cache
    check_dout("layernorm_backward", dout, x_hat.shape)
    dbeta = dout.sum(axis=0)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    g = gamma * dout
    dx = x_hat * (np.einsum("nd,nd->n", g, x_hat)[:, None] / -x_hat.shape[1])
    dx += g
    dx -= g.mean(axis=1, keepdims=True)
    dx *= inverse_std
    return dx, dgamma, dbeta


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean cross-entropy of softmax scores: ``loss = mean over n of log(sum_c exp x[n, c]) - x[n, y[n]]``.

    Each row is shifted by its maximum first, so that no exponential overflows.

    Parameters
    ----------
    x : (N, C) array of scores, N at least 1
    y : (N,) array of integer labels in [0, C)

    Returns
    -------
    loss : in nats
    dx : (N, C) array, ``(softmax(x) - onehot(y)) / N``

    Raises
    ------
    ValueError : for shapes that do not fit, scores that are no floats, or labels that are no integers in [0, C).
    """
    y, n = check_scores("softmax_loss", x, y), len(x)
    rows = np.arange(n)
    dx = x - x.max(axis=1, keepdims=True)
    label_scores = dx[rows, y]
    np.exp(dx, out=dx)
    total = dx.sum(axis=1, keepdims=True)
    loss = float(np.mean(np.log(total[:, 0]) - label_scores))
    dx /= total
    dx[rows, y] -= 1
    dx /= n
    return loss, dx


def svm_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean hinge loss, ``mean over n of sum over c other than y[n] of max(0, x[n, c] - x[n, y[n]] + 1)``.

    Parameters
    ----------
    x : (N, C) array of scores, N at least 1
    y : (N,) array of integer labels in [0, C)

    Returns
    -------
    loss : a number
    dx : (N, C) array; at a margin of exactly 0 the gradient is taken as 0

    Raises
    ------
    ValueError : as for :func:`softmax_loss`.

    Weston & Watkins (1999), ESANN.
    """
    y, n = check_scores("svm_loss", x, y), len(x)
    rows = np.arange(n)
    margins = np.maximum(x - x[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    dx /= n
    return float(margins.sum() / n), dx
