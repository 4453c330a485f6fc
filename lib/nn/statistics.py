"""Means and variances of the normalisations: what they remember of them, and what rounding does to them."""

from typing import Any

import numpy as np

RUNNING = ("running_mean", "running_var")
# A mean that is off by so much of the standard deviation is taken again. In training on images it is off by 1e-6.
_FELT = 1e-4
_ROUNDING = {
    np.dtype(kind): float(np.finfo(kind).eps) / 2 for kind in (np.float16, np.float32, np.float64, np.longdouble)
}


def recentre(
    x_hat: np.ndarray, mean: np.ndarray, var: np.ndarray, eps: float, axis: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance, after taking out of ``x_hat`` (in place) what rounding has left of the mean, where it is felt.

    A mean of N numbers is off by up to N roundings. Where the numbers differ by less than that, or not at all, the
    rest would pass for their spread: 1,000 times 12345.678 in float32 would come out near 1, and not near 0.
    """
    harmless = _FELT / (x_hat.shape[axis] * _ROUNDING[x_hat.dtype])  # so many deviations: N roundings one way
    if not (mean * mean > harmless**2 * (var + eps)).any():
        return mean, var
    std = np.sqrt(var + eps)
    rest = x_hat.mean(axis, dtype=np.float64, keepdims=mean.ndim > 1).astype(x_hat.dtype)
    felt = np.abs(rest) > _FELT * std
    rest[~felt] = 0
    x_hat -= rest
    again = np.square(x_hat).mean(axis, keepdims=mean.ndim > 1)
    return mean + rest, np.where(felt, again, var)


def running_statistic(name: str, bn_param: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """A running statistic, (D,): zeros where it is absent, the same number everywhere where it is a single one."""
    shape = x.shape[1:]
    running = bn_param.get(name)
    if running is None:
        return np.zeros_like(x, shape=shape)
    if np.shape(running) not in ((), shape):
        raise ValueError(f"bn_param: {name} has shape {np.shape(running)}; needed: {shape}")
    return running if np.ndim(running) else np.full(shape, running, x.dtype if x.dtype.kind == "f" else np.float64)
