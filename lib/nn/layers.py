"""Forward and backward passes of the layers, each a pair of functions.

``NAME_forward`` returns its output and a cache; ``NAME_backward`` takes the gradient of the loss with respect
to that output, and the cache, and returns the gradients with respect to the inputs. Array arguments are left
as they are, and their precision is kept: float32 in, float32 out. The interface is that of CS231n.
"""

from typing import Any

import numpy as np

MODES = ("train", "test")
Cache = tuple[Any, ...]


def _mode(name: str, param: dict[str, Any]) -> str:
    """The mode that a parameter dictionary asks for; :exc:`ValueError` unless it is one of ``MODES``."""
    mode = param.get("mode")
    if mode not in MODES:
        raise ValueError(f"{name}: unknown mode {mode!r}; allowed: {', '.join(MODES)}")
    return mode


def _check_features(name: str, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> None:
    if x.ndim != 2 or gamma.shape != x.shape[1:] or beta.shape != x.shape[1:]:
        raise ValueError(
            f"{name}: x must be (N, D), gamma and beta (D,); got x {x.shape}, gamma {gamma.shape}, beta {beta.shape}"
        )


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
    if x.ndim < 2 or w.ndim != 2 or np.prod(x.shape[1:], dtype=int) != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError(
            "affine_forward: x must be (N, d1, ..., dk), w (d1 * ... * dk, M) and b (M,);"
            f" got x {x.shape}, w {w.shape}, b {b.shape}"
        )
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
    """
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape) if input_gradient else None
    dw = x.reshape(-1, w.shape[0]).T @ dout
    return dx, dw, dout.sum(axis=0)


def relu_forward(x: np.ndarray, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rectifier: ``max(x, 0)``, for an array of any shape.

    ``out`` may name the array that takes the result, ``x`` itself included. The cache is the result: it is
    positive just where ``x`` is, and that is all the backward pass needs (it takes ``x`` as its cache too).
    """
    out = np.maximum(x, 0, out=out)
    return out, out


def relu_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Gradient of :func:`relu_forward`, in the shape of ``dout``; at ``x = 0`` it is taken as 0."""
    return dout * (cache > 0)


def _uniform(rng: np.random.Generator | np.random.RandomState, like: np.ndarray) -> np.ndarray:
    """Uniform numbers in [0, 1) in the shape of ``like``, and cheaper ones where that is float32."""
    if isinstance(rng, np.random.RandomState):
        return rng.random_sample(like.shape)
    return rng.random(like.shape, dtype=np.float32 if like.dtype == np.float32 else np.float64)


def dropout_forward(x: np.ndarray, dropout_param: dict[str, Any]) -> tuple[np.ndarray, Cache]:
    """Inverted dropout: keep each value with probability ``p``, divided by ``p``; mode ``test`` does nothing.

    Parameters
    ----------
    x : array of any shape
    dropout_param : dict with
        mode : ``train`` or ``test``
        p : keep ratio, in (0, 1]
        rng : generator that draws the mask (mode ``train``)
        mask : optional array of booleans in the shape of ``x``, True to keep; used in place of a drawn one

    Returns
    -------
    out : array in the shape of ``x``
    cache : ``(scale,)``, the mask divided by ``p``; None in mode ``test``

    Raises
    ------
    ValueError : for an unknown mode, a keep ratio outside (0, 1], a mask of another shape, or no mask at all.

    Srivastava et al. (2014), JMLR 15, section 10, in the form that leaves the test pass alone.
    """
    mode = _mode("dropout_param", dropout_param)
    p = float(dropout_param.get("p", np.nan))
    if not 0 < p <= 1:
        raise ValueError(f"dropout_param: keep ratio p is {p:g}; allowed: above 0, up to 1")
    if mode == "test":
        return x, (None,)
    mask = dropout_param.get("mask")
    if mask is None:
        if dropout_param.get("rng") is None:
            raise ValueError("dropout_param: mode 'train' needs 'rng', a numpy random generator, or 'mask'")
        mask = _uniform(dropout_param["rng"], x) < p
    elif np.shape(mask) != x.shape:
        raise ValueError(f"dropout_param: mask has shape {np.shape(mask)}; needed: that of x, {x.shape}")
    scale = np.multiply(mask, 1 / p, dtype=x.dtype)
    return x * scale, (scale,)


def dropout_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """Gradient of :func:`dropout_forward`, in the shape of ``dout``."""
    (scale,) = cache
    return dout if scale is None else dout * scale


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
    mode = _mode("bn_param", bn_param)
    _check_features("batchnorm_forward", x, gamma, beta)
    running_mean = bn_param.get("running_mean", np.zeros_like(x, shape=gamma.shape))
    running_var = bn_param.get("running_var", np.zeros_like(x, shape=gamma.shape))
    if mode == "train":
        mean = x.mean(axis=0)
        x_hat = x - mean
        var = np.einsum("nd,nd->d", x_hat, x_hat) / len(x)
        momentum = float(bn_param.get("momentum", 0.9))
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        x_hat, var = x - running_mean, running_var
    inverse_std = 1 / np.sqrt(var + float(bn_param.get("eps", 1e-5)))
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
    """
    x_hat, inverse_std, gamma, mode = cache
    dbeta = dout.sum(axis=0)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    if mode == "test":
        return dout * (gamma * inverse_std), dgamma, dbeta
    dx = x_hat * (dgamma / -len(x_hat))
    dx += dout
    dx -= dbeta / len(x_hat)
    dx *= gamma * inverse_std
    return dx, dgamma, dbeta


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
    _check_features("layernorm_forward", x, gamma, beta)
    x_hat = x - x.mean(axis=1, keepdims=True)
    var = np.einsum("nd,nd->n", x_hat, x_hat)[:, None] / x.shape[1]
    inverse_std = 1 / np.sqrt(var + float((ln_param or {}).get("eps", 1e-5)))
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
    """
    x_hat, inverse_std, gamma = cache
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
    ValueError : for shapes that do not fit, labels that are no integers, or a label out of range.
    """
    y = np.asarray(y)
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(x):
        raise ValueError(f"softmax_loss: x must be (N, C) and y (N,), N at least 1; got x {x.shape}, y {y.shape}")
    n, n_classes = x.shape
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= n_classes:
        found = f"{y.min()} to {y.max()}" if y.dtype.kind in "iu" else f"dtype {y.dtype}"
        raise ValueError(f"softmax_loss: labels are {found}; allowed: integers from 0 to {n_classes - 1}")
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
