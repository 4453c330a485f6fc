"""Layers that come one after the other in the course's notebooks, as one: an affine layer and a rectifier."""

import numpy as np

from lib.nn.layers import Cache, affine_backward, affine_forward, relu_backward, relu_forward


def affine_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Cache]:
    """``max(x w + b, 0)``; arguments and errors are those of :func:`lib.nn.layers.affine_forward`.

    Returns
    -------
    out : (N, M) array
    cache : those of the two layers
    """
    scores, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(scores)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients dx, dw, db of :func:`affine_relu_forward`, as those of :func:`lib.nn.layers.affine_backward`."""
    affine_cache, relu_cache = cache
    dx, dw, db = affine_backward(relu_backward(dout, relu_cache), affine_cache)
    assert dx is not None
    return dx, dw, db
