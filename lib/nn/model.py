"""What :class:`lib.nn.solver.Solver` asks of a model, and its weights as a flat dictionary of arrays.

A network of this package says itself what belongs to its weights. Any other model has ``params`` and, if it has batch
norm in the course's way, ``bn_params``: a list of dictionaries whose arrays are running statistics.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol

import numpy as np

from lib.nn.fc_net import FullyConnectedNet

RUNNING_OF = "bn_params"


class Model(Protocol):
    """``params``, a dict of arrays, and ``loss``: ``loss(X, y) -> loss, gradients`` and ``loss(X) -> scores``.

    ``gradients`` has an array for each name of ``params``; ``scores`` are (N, C).
    """

    params: dict[str, np.ndarray]

    def loss(self, X: np.ndarray, y: Any = None) -> Any: ...


def check_model(model: Any) -> None:
    """:exc:`ValueError` for a model that cannot be trained."""
    params = getattr(model, "params", None)
    if not isinstance(params, MutableMapping) or not callable(getattr(model, "loss", None)):
        raise ValueError(
            f"Solver: model is a {type(model).__name__}; needed: one with params, a dict of arrays, and loss(X, y)"
        )


def weights_of(model: Model) -> dict[str, np.ndarray]:
    """Copies of all that predictions depend on: ``params``, and running statistics."""
    if isinstance(model, FullyConnectedNet):
        return model.get_weights()
    return {name: np.array(array) for name, array in {**model.params, **_running(model)}.items()}


def give_weights(model: Model, weights: Mapping[str, np.ndarray]) -> None:
    """Give the model copies of what :func:`weights_of` gave."""
    if isinstance(model, FullyConnectedNet):
        model.set_weights(weights)
        return
    for name in model.params:
        model.params[name] = weights[name].copy()
    for i, param in enumerate(_norms(model)):
        prefix = f"{RUNNING_OF}/{i}/"
        param.update({name[len(prefix) :]: array.copy() for name, array in weights.items() if name.startswith(prefix)})


def state_of(model: Model) -> dict[str, np.ndarray]:
    """:func:`weights_of` and, of a network of this package, its generator."""
    return model.get_state() if isinstance(model, FullyConnectedNet) else weights_of(model)


def give_state(model: Model, state: Mapping[str, np.ndarray]) -> None:
    """Go back to what :func:`state_of` gave."""
    if isinstance(model, FullyConnectedNet):
        model.set_state(state)
    else:
        give_weights(model, state)


def _norms(model: Model) -> list[dict[str, Any]]:
    found = getattr(model, RUNNING_OF, None)
    return [param for param in found if isinstance(param, dict)] if isinstance(found, list) else []


def _running(model: Model) -> dict[str, np.ndarray]:
    return {
        f"{RUNNING_OF}/{i}/{name}": value
        for i, param in enumerate(_norms(model))
        for name, value in param.items()
        if isinstance(value, np.ndarray)
    }
