"""Gradients by centred differences, ``(f(x + h) - f(x - h)) / 2h`` for one entry at a time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lib.nn.checks import check_count, check_dout
from lib.nn.rng import RandomSource, as_generator, draw_integers


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


def grad_check_sparse(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    analytic_grad: np.ndarray,
    num_checks: int = 10,
    h: float = 1e-5,
    rng: RandomSource | None = None,
) -> float:
    """Compare ``num_checks`` entries of a gradient, drawn at random, with centred differences; print each.

    Parameters
    ----------
    f, x, h : as for :func:`eval_numerical_gradient`
    analytic_grad : array in the shape of ``x``
    rng : draws the entries; None: NumPy's global generator

    Returns
    -------
    error : the largest relative error of those entries, as :func:`rel_error` has it
    """
    _check_input(x)
    check_dout("grad_check_sparse", analytic_grad, x.shape)
    errors = []
    for flat in draw_integers(as_generator(rng), x.size, check_count("num_checks", num_checks)):
        index = np.unravel_index(flat, x.shape)
        entry = x[tuple(slice(i, i + 1) for i in index)]  # a view: what shifts it, shifts x
        numerical, analytic = eval_numerical_gradient(lambda _: f(x), entry, h=h).item(), float(analytic_grad[index])
        errors.append(rel_error(numerical, analytic))
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {errors[-1]:e}")
    return max(errors)


def rel_error(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Largest relative difference of two arrays: ``max |x - y| / max(1e-8, |x| + |y|)``, in float64 at least.

    :exc:`ValueError` for arrays of two shapes, or without entries.
    """
    # At least float64: differences of unsigned integers wrap around, and sums of small types overflow.
    a, b = (np.asarray(array).astype(np.result_type(array, np.float64), copy=False) for array in (x, y))
    if a.shape != b.shape or not a.size:
        raise ValueError(f"rel_error: needs two arrays of one shape, with entries; got {a.shape} and {b.shape}")
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))
