"""Update rules: ``next_w, config = rule(w, dw, config)``, called once per step and parameter.

``w`` and ``dw`` are arrays of one shape; ``dw`` is left as it is. ``next_w`` is a new array, or ``out``, which may be
``w`` itself: then a step makes no new arrays. :func:`sgd` alone steps in place unless told otherwise, as in the course.
Where the precisions differ, the result has the finer of the two, as NumPy has it (``out`` keeps its own).

``config`` holds the hyper-parameters and what the rule remembers (and ``scratch``, an array to compute in). It belongs
to the rule: it is filled with the defaults, *updated in place, its arrays too*, and returned. Arrays that a new one
brings along are copied first; a memory that is a single number stands for an array of it. A configuration without
memory (that of ``sgd``) may serve all parameters in turn; with memory each parameter has its own.

A :exc:`ValueError` is raised for a key that the rule does not use, a memory of another shape than ``w``, settings that
are no numbers, and arrays of different shapes or of other numbers than float32 and finer. The interface is that of
CS231n; so are the defaults.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from lib.nn.checks import check_count, check_number, check_precision
from lib.nn.messages import unknown_name

Config = dict[str, Any]
UpdateRule = Callable[..., tuple[np.ndarray, Config]]
SCRATCH = "scratch"
USUAL = (np.dtype(np.float32), np.dtype(np.float64))


def _configure(
    rule: str,
    w: np.ndarray,
    dw: np.ndarray,
    config: Config | None,
    settings: Config,
    memory: tuple[str, ...] = (),
) -> tuple[Config, list[float]]:
    """Fill ``config`` with what it lacks: ``settings``, arrays of zeros for ``memory``, and the scratch array.

    Returns it and the values of the settings as Python floats, which leave the precision of an array as it is
    (a NumPy float64 would turn a float32 array into float64).
    """
    _check_arrays(rule, w, dw)
    config = {} if config is None else config
    for name in config:
        if name not in settings and name not in memory and name != SCRATCH:
            raise ValueError(f"{rule}: " + unknown_name("configuration key", name, (*settings, *memory)))
    values: list[float] = []
    for name, default in settings.items():
        value = config.setdefault(name, default)
        if name == "t":
            value = config["t"] = check_count(f"{rule}: t, the steps taken,", value, least=0)
        elif type(value) is not float or not -np.inf < value < np.inf:  # asked at every step: the usual without a call
            value = check_number(f"{rule}: {name}", value, least=-np.inf)
        values.append(value)
    arrays = [w, dw]
    is_new = SCRATCH not in config
    for name in memory:
        if is_new or not _is_usable(config.get(name), arrays):
            config[name] = _remembered(rule, name, config.get(name), arrays)
        arrays.append(config[name])
    dtype, scratch = _common_type(arrays), config.get(SCRATCH)
    if scratch is None or scratch.shape != w.shape or scratch.dtype != dtype:
        config[SCRATCH] = np.empty_like(w, dtype)
    return config, values


def _check_arrays(rule: str, w: np.ndarray, dw: np.ndarray) -> None:
    if type(w) is type(dw) is np.ndarray and w.ndim and w.shape == dw.shape and w.dtype == dw.dtype in USUAL:
        return
    for name, array in (("w", w), ("dw", dw)):
        if not isinstance(array, np.ndarray) or not array.ndim:
            raise ValueError(f"{rule}: {name} must be an array of one dimension or more; got {array!r}")
        check_precision(f"{rule}: the dtype of {name} {array.shape}", array.dtype)
    if w.shape != dw.shape:
        raise ValueError(f"{rule}: w and dw must have one shape; got w {w.shape} {w.dtype}, dw {dw.shape} {dw.dtype}")


def _common_type(arrays: list[np.ndarray]) -> np.dtype:
    """The finest of their precisions."""
    first = arrays[0].dtype
    for array in arrays:
        if array.dtype != first:
            return np.result_type(*arrays)
    return first


def _is_usable(array: Any, others: list[np.ndarray]) -> bool:
    """Whether a memory can be written to as it is: one like w and dw, and neither of them nor another memory."""
    w = others[0]
    return (
        type(array) is np.ndarray
        and array.shape == w.shape
        and array.dtype is w.dtype is others[1].dtype
        and array is not w
        and array is not others[1]
        and array is not others[-1]
        and array.flags.writeable
    )


def _remembered(rule: str, name: str, value: Any, others: list[np.ndarray]) -> np.ndarray:
    """A memory as an array of its own, in the shape of w, at least as fine as w and dw.

    That of a new configuration is the caller's; of the others w, dw and the memories before this one may be it, or it
    is coarser than they are.
    """
    w = others[0]
    if value is None:
        return np.zeros_like(w, _common_type(others[:2]))
    array = np.asarray(value)
    if array.shape not in ((), w.shape):
        raise ValueError(
            f"{rule}: {name} must have the shape of w; got {name} {array.shape} {array.dtype}, w {w.shape} {w.dtype}:"
            " a memory belongs to one parameter, each needs a configuration of its own"
        )
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{rule}: {name} is {array.dtype}; needed: real numbers")
    is_array = array.ndim and array.dtype.kind == "f"
    return np.array(np.broadcast_to(array, w.shape), _common_type([*others[:2], array] if is_array else others[:2]))


def sgd(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None, *, out: np.ndarray | None = None
) -> tuple[np.ndarray, Config]:
    """Gradient descent: ``w - learning_rate * dw``, written to ``w`` itself where ``out`` names no other array.

    config: learning_rate (1e-2).
    """
    config, (learning_rate,) = _configure("sgd", w, dw, config, {"learning_rate": 1e-2})
    step = np.multiply(dw, learning_rate, out=config[SCRATCH])
    return np.subtract(w, step, out=w if out is None else out), config


def sgd_momentum(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None, *, out: np.ndarray | None = None
) -> tuple[np.ndarray, Config]:
    """SGD with momentum: ``velocity = momentum * velocity - learning_rate * dw``, then ``w + velocity``.

    The rate is inside the velocity (PyTorch multiplies afterwards): the same as long as the rate stays the
    same, but here a drop of the rate takes a few steps to act.

    config: learning_rate (1e-2), momentum (0.9), velocity (zeros). Polyak (1964).
    """
    settings = {"learning_rate": 1e-2, "momentum": 0.9}
    config, (learning_rate, momentum) = _configure("sgd_momentum", w, dw, config, settings, ("velocity",))
    velocity = config["velocity"]
    velocity *= momentum
    velocity -= np.multiply(dw, learning_rate, out=config[SCRATCH])
    return np.add(w, velocity, out=out), config


def rmsprop(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None, *, out: np.ndarray | None = None
) -> tuple[np.ndarray, Config]:
    """Step by the gradient over its running root mean square.

    ``cache = decay_rate * cache + (1 - decay_rate) * dw^2``, then
    ``w - learning_rate * dw / (sqrt(cache) + epsilon)``.

    config: learning_rate (1e-2), decay_rate (0.99), epsilon (1e-8), cache (zeros). Tieleman & Hinton (2012),
    lecture 6.5.
    """
    settings = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    config, (learning_rate, decay_rate, epsilon) = _configure("rmsprop", w, dw, config, settings, ("cache",))
    cache = config["cache"]
    step = np.square(dw, out=config[SCRATCH])
    step *= 1 - decay_rate
    cache *= decay_rate
    cache += step
    np.sqrt(cache, out=step)
    step += epsilon
    np.divide(dw, step, out=step)
    step *= learning_rate
    return np.subtract(w, step, out=out), config


_ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}


def _or_in_place(fast: UpdateRule) -> Callable[[UpdateRule], UpdateRule]:
    """The rule as it is read; with ``out``, ``fast``: the same bits in one precision, and no new arrays."""

    def choosing(rule: UpdateRule) -> UpdateRule:
        @wraps(rule)
        def update(
            w: np.ndarray, dw: np.ndarray, config: Config | None = None, *, out: np.ndarray | None = None
        ) -> tuple[np.ndarray, Config]:
            return rule(w, dw, config) if out is None else fast(w, dw, config, out)

        return update

    return choosing


def _adam_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None, out: np.ndarray) -> tuple[np.ndarray, Config]:
    config, (learning_rate, beta1, beta2, epsilon, t) = _configure("adam", w, dw, config, _ADAM, ("m", "v"))
    t = config["t"] = t + 1
    _update_moments(dw, config, beta1, beta2)
    return _corrected_step(w, config, learning_rate / (1 - beta1**t), 1 - beta2**t, epsilon, out), config


def _adam_as_printed_in_place(
    w: np.ndarray, dw: np.ndarray, config: Config | None, out: np.ndarray
) -> tuple[np.ndarray, Config]:
    config, (learning_rate, beta1, beta2, epsilon, t) = _configure("adam_as_printed", w, dw, config, _ADAM, ("m", "v"))
    t = config["t"] = t + 1
    next_w = _corrected_step(w, config, learning_rate / (1 - beta1**t), 1 - beta2**t, epsilon, out)
    _update_moments(dw, config, beta1, beta2)
    return next_w, config


def _update_moments(dw: np.ndarray, config: Config, beta1: float, beta2: float) -> None:
    """``m = beta1 * m + (1 - beta1) * dw`` and ``v = beta2 * v + (1 - beta2) * dw^2``, without new arrays."""
    m, v = config["m"], config["v"]
    new = np.multiply(dw, 1 - beta1, out=config[SCRATCH])
    m *= beta1
    m += new
    np.square(dw, out=new)
    new *= 1 - beta2
    v *= beta2
    v += new


def _corrected_step(
    w: np.ndarray, config: Config, rate: float, v_correction: float, epsilon: float, out: np.ndarray
) -> np.ndarray:
    """``w - rate * m / (sqrt(v / v_correction) + epsilon)`` in ``out``, with the moments that ``config`` has."""
    step = np.divide(config["v"], v_correction, out=config[SCRATCH])
    np.sqrt(step, out=step)
    step += epsilon
    np.divide(config["m"], step, out=step)
    step *= rate
    return np.subtract(w, step, out=out)


@_or_in_place(_adam_in_place)
def adam(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Step by the gradient's running mean over its running root mean square, corrected for their start at 0.

    ``t = t + 1``; ``m = beta1 * m + (1 - beta1) * dw``; ``v = beta2 * v + (1 - beta2) * dw^2``; then
    ``w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)`` with ``m_hat = m / (1 - beta1^t)``, ``v_hat``
    likewise.

    config: learning_rate (1e-3), beta1 (0.9), beta2 (0.999), epsilon (1e-8), t (0, steps taken), m and v
    (zeros). Kingma & Ba (2015), arXiv:1412.6980, algorithm 1.
    """
    config, (learning_rate, beta1, beta2, epsilon, t) = _configure("adam", w, dw, config, _ADAM, ("m", "v"))
    t = config["t"] = t + 1
    m, v = config["m"], config["v"]
    m[:] = beta1 * m + (1 - beta1) * dw
    v[:] = beta2 * v + (1 - beta2) * dw**2
    v_hat = v / (1 - beta2**t)
    rate = learning_rate / (1 - beta1**t)  # the correction of m, on a number in place of an array
    return w - rate * (m / (np.sqrt(v_hat) + epsilon)), config


@_or_in_place(_adam_as_printed_in_place)
def adam_as_printed(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Adam in a wrong order: the bias-corrected moments are taken before this step's gradient enters them.

    So the first step is 0, and each later one lacks the newest gradient while its correction counts it. Kept
    beside :func:`adam` only to measure what the order costs. config: as for :func:`adam`.
    """
    config, (learning_rate, beta1, beta2, epsilon, t) = _configure("adam_as_printed", w, dw, config, _ADAM, ("m", "v"))
    t = config["t"] = t + 1
    m, v = config["m"], config["v"]
    v_hat = v / (1 - beta2**t)
    rate = learning_rate / (1 - beta1**t)
    next_w = w - rate * (m / (np.sqrt(v_hat) + epsilon))
    m[:] = beta1 * m + (1 - beta1) * dw
    v[:] = beta2 * v + (1 - beta2) * dw**2
    return next_w, config


OPTIMIZERS: dict[str, UpdateRule] = {
    "sgd": sgd,
    "sgd_momentum": sgd_momentum,
    "rmsprop": rmsprop,
    "adam": adam,
    "adam_as_printed": adam_as_printed,
}
