"""What the functions of this package ask of their arguments: each a :exc:`ValueError` of one line where it fails.

They stand beside the arithmetic, so that a layer or an update rule stays as short as its equations.
"""

import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MODES = ("train", "test")


def check_count(name: str, value: Any, least: int = 1) -> int:
    """``value`` as an int: a whole number, not a fraction, a text or a truth value, of ``least`` or more."""
    if type(value) is int and value >= least:
        return value
    try:
        count = operator.index(value)
    except TypeError:
        count = None
    if count is None or isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} is {value!r}; allowed: whole numbers from {least}")
    if count < least:
        raise ValueError(f"{name} is too small; allowed: {least} or more; got {count}")
    return count


def check_sizes(input_dim: Any, hidden_dims: Any, num_classes: Any) -> list[int]:
    """The sizes of a network's layers, from its input on: whole numbers of 1 or more."""
    if isinstance(hidden_dims, str | bytes) or not isinstance(hidden_dims, Iterable):
        raise ValueError(f"hidden_dims is {hidden_dims!r}; needed: a list of whole numbers")
    sizes = [input_dim, *hidden_dims, num_classes]
    try:
        return [check_count("layer size", size) for size in sizes]
    except ValueError as error:
        raise ValueError(f"layer sizes are {sizes}; allowed: 1 or more, whole numbers") from error


def check_number(name: str, value: Any, least: float = 0.0, most: float = np.inf) -> float:
    """``value`` as a float: one real number, finite, from ``least`` to ``most``."""
    if type(value) in (float, int) and least <= value <= most and -np.inf < value < np.inf:
        return float(value)  # the usual case, at once: update rules ask at every step
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "fiu" or not np.isfinite(array) or not least <= array <= most:
        limit = f"from {least:g} to {most:g}" if most < np.inf else f"of {least:g} or more"
        raise ValueError(f"{name} is {value!r}; allowed: a number {limit}")
    return float(array)


def check_keep_ratio(name: str, value: Any) -> float:
    """``value`` as a float above 0, up to 1."""
    if type(value) is float and 0 < value <= 1:
        return value
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "fiu" or not 0 < array <= 1:
        shown = f"{array:g}" if array.ndim == 0 and array.dtype.kind in "fiu" else repr(value)
        raise ValueError(f"{name} is {shown}; allowed: above 0, up to 1")
    return float(array)


def check_precision(name: str, dtype: npt.DTypeLike) -> np.dtype:
    """A type of floating point numbers in which training works."""
    found = np.dtype(dtype)
    reasons = {"c": "the layers are for real numbers", "f": "1e-8, the epsilon of Adam and RMSProp, is 0 in it"}
    if found.kind != "f" or found.itemsize < 4:
        reason = reasons.get(found.kind, "weights move by fractions")
        raise ValueError(f"{name} is {found}: {reason}; allowed: float32, float64")
    return found


def check_mode(name: str, param: Mapping[str, Any]) -> str:
    """The mode that a parameter dictionary asks for."""
    mode = param.get("mode")
    if mode not in MODES:
        raise ValueError(f"{name}: unknown mode {mode!r}; allowed: {', '.join(MODES)}")
    return mode


def check_affine(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> None:
    """Shapes that fit, for ``affine_forward``."""
    if x.ndim < 2 or w.ndim != 2 or math.prod(x.shape[1:]) != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError(
            "affine_forward: x must be (N, d1, ..., dk), w (d1 * ... * dk, M) and b (M,);"
            f" got x {x.shape}, w {w.shape}, b {b.shape}"
        )


def check_features(name: str, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, least: int = 0) -> None:
    """Shapes that fit, for a normalisation; and ``least`` samples."""
    if x.ndim != 2 or gamma.shape != x.shape[1:] or beta.shape != x.shape[1:]:
        raise ValueError(
            f"{name}: x must be (N, D), gamma and beta (D,); got x {x.shape}, gamma {gamma.shape}, beta {beta.shape}"
        )
    if len(x) < least:
        raise ValueError(f"{name}: x is {x.shape}, an empty batch: it has no mean; needed: N of {least} or more")


def check_dout(name: str, dout: np.ndarray, shape: tuple[int, ...]) -> None:
    """A gradient in the shape of the output it belongs to; NumPy would broadcast others."""
    if np.shape(dout) != shape:
        raise ValueError(f"{name}: dout must have the shape of the output, {shape}; got {np.shape(dout)}")


def check_labels(name: str, y: npt.ArrayLike, n: int, n_classes: int | None = None) -> np.ndarray:
    """``y`` as an (N,) array of integers, one for each sample, from 0 and below ``n_classes`` where that is known."""
    labels = np.asarray(y)
    if labels.shape != (n,):
        raise ValueError(f"{name}: labels y must be (N,), one for each of the {n} samples; got y {labels.shape}")
    if not n:
        raise ValueError(f"{name}: the batch is empty; needed: N at least 1")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or (n_classes is not None and labels.max() >= n_classes):
        found = f"{labels.min()} to {labels.max()}" if labels.dtype.kind in "iu" else f"dtype {labels.dtype}"
        allowed = "integers from 0" + ("" if n_classes is None else f" to {n_classes - 1}")
        raise ValueError(f"{name}: labels are {found}; allowed: {allowed}")
    return labels


def check_scores(name: str, x: np.ndarray, y: npt.ArrayLike) -> np.ndarray:
    """The labels ``y`` of the (N, C) scores ``x``, which are floating point numbers."""
    if x.ndim != 2 or np.shape(y) != x.shape[:1] or not len(x):
        raise ValueError(f"{name}: x must be (N, C) and y (N,), N at least 1; got x {x.shape}, y {np.shape(y)}")
    if x.dtype.kind != "f":
        raise ValueError(f"{name}: scores x are {x.dtype}; needed: floating point numbers")
    return check_labels(name, y, *x.shape)
