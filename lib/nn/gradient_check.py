"""Gradients by centred differences, ``(f(x + h) - f(x - h)) / 2h`` for one entry at a time."""

from collections.abc import Callable

import numpy as np


def _check_input(x: np.ndarray) -> None:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        raise ValueError(f"x must be a NumPy array of floats, to be shifted by h; got {getattr(x, 'dtype', type(x))}")


def eval_numerical_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, verbose: bool = False, h: float = 1e-5
) -> np.ndarray:
    """Gradient of the number ``f(x)`` with respect to the array ``x``.

    Parameters
    ----------
    f : takes ``x``, returns a number. It may as well ignore its argument and look at the same array by
        itself: the entries of ``x`` are shifted in place, and put back exactly, also when ``f`` fails.
    x : array of floats, any shape
    verbose : print each entry's index and derivative
    h : step, in units of ``x``

    Returns
    -------
    gradient : array in the shape of ``x``; its error is of order ``h^2``, plus rounding of order ``f(x) *
        1e-16 / h``
    """
    _check_input(x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        try:
            x[index] = value + h
            above = f(x)
            x[index] = value - h
            below = f(x)
        finally:
            x[index] = value
        gradient[index] = (above - below) / (2 * h)
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Gradient of ``sum(f(x) * df)`` with respect to ``x``: what a backward pass gives for ``dout = df``.

    ``f`` returns an array in the shape of ``df``; the rest is as in :func:`eval_numerical_gradient`.
    """
    _check_input(x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        try:
            x[index] = value + h
            above = np.array(f(x))  # a copy: f may return its argument or a buffer of its own
            x[index] = value - h
            below = f(x)
            gradient[index] = np.sum((above - below) * df) / (2 * h)
        finally:
            x[index] = value
    return gradient


def rel_error(x: np.ndarray, y: np.ndarray) -> float:
    """Largest relative difference of two arrays: ``max |x - y| / max(1e-8, |x| + |y|)``."""
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape:
        raise ValueError(f"rel_error: needs two arrays of one shape; got {x.shape} and {y.shape}")
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))
