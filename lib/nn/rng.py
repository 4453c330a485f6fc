"""Random generators: made from a seed, written down as text, and set back to what was written."""

import json
from typing import Any

import numpy as np

from lib.nn.checks import check_count

RandomSource = np.random.Generator | np.random.RandomState


def global_generator() -> np.random.RandomState:
    """The generator behind ``np.random.seed`` and ``np.random.rand``: the course's notebooks draw from it."""
    return np.random.mtrand._rand


def as_generator(seed: int | RandomSource | None) -> RandomSource:
    """A generator that is handed in, as it is (shared with the caller); a new one from a seed; None: the global one.

    :exc:`ValueError` for a seed that is no whole number of 0 or more.
    """
    if isinstance(seed, np.random.Generator | np.random.RandomState):
        return seed
    return global_generator() if seed is None else np.random.default_rng(check_count("seed", seed, least=0))


def draw_integers(rng: RandomSource, below: int, size: int | None = None) -> Any:
    """Whole numbers from 0 and below ``below``; one int, or an array of ``size``."""
    if isinstance(rng, np.random.RandomState):
        return rng.randint(below, size=size, dtype=np.int64)
    return rng.integers(below, size=size)


def rng_to_json(rng: RandomSource) -> str:
    """The state of a generator as JSON text, exact to the bit."""
    return json.dumps(_state(rng), default=_encode_array)


def rng_from_json(rng: RandomSource, text: str) -> None:
    """Set ``rng`` to the state that :func:`rng_to_json` wrote; :exc:`ValueError` if of another kind."""
    state, own = json.loads(text, object_hook=_decode_array), _state(rng)
    if state["bit_generator"] != own["bit_generator"] or state.keys() != own.keys():
        raise ValueError(f"random state: saved from another kind of generator than {rng}")
    if isinstance(rng, np.random.RandomState):
        rng.set_state(state)
    else:
        rng.bit_generator.state = state


def _state(rng: RandomSource) -> Any:
    return rng.get_state(legacy=False) if isinstance(rng, np.random.RandomState) else rng.bit_generator.state


def _encode_array(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


def _decode_array(value: dict[str, Any]) -> Any:
    return np.array(value["array"], dtype=value["dtype"]) if value.keys() == {"array", "dtype"} else value
