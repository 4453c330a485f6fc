"""All trainings on CIFAR-10 by name, put together from the recipes and from what each arm changes in them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal, get_args

from lib.vision.config import Arm, ModelKind, arm_of

RecipeName = Literal["original", "compressed"]
MODELS: tuple[str, ...] = get_args(ModelKind)
# The arms of sections 2.7 and 2.8, which every run has.
CORE = {f"{model}-{color}": {"base": model, "color": color} for model in MODELS for color in ("rgb", "gray")}
_OWN = ("base", "seeds")  # keys that say where an arm comes from and how often it is trained, not what it is


class ArmError(ValueError):
    """An arm cannot be put together; the text is one line that names it."""


def resolve_arms(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``model``, ``training``, ``color`` and, if not all, ``images`` of every arm of the configuration.

    An arm starts from its ``base``: ``mlp`` or ``cnn`` of the recipe in use, ``original.mlp`` or ``original.cnn``, or
    another arm. Sections of its own are laid over that; lists and single values replace those of the base.

    Raises :exc:`ArmError` for a base that does not exist, or that leads back to the arm.
    """
    cifar, changes = config["cifar"], {**CORE, **config["arms"]}
    bases = {model: cifar["recipes"][cifar["recipe"]][model] for model in MODELS}
    bases |= {f"original.{model}": cifar["recipes"]["original"][model] for model in MODELS}

    def resolved(name: str, above: tuple[str, ...]) -> dict[str, Any]:
        if name in bases:
            return {"color": "rgb", **copy.deepcopy(bases[name])}
        if name in above:
            raise ArmError(f"arms.{above[0]}.base: leads back to itself ({' -> '.join((*above, name))})")
        if name not in changes:
            allowed = ", ".join((*bases, *config["arms"]))
            raise ArmError(f"arms.{above[-1]}.base: unknown arm {name!r}; allowed: {allowed}")
        own = {key: value for key, value in changes[name].items() if key not in _OWN}
        return _laid_over(resolved(changes[name]["base"], (*above, name)), own)

    arms = {name: resolved(name, ()) for name in changes}
    for arm in arms.values():
        if arm.get("images", 0) is None:  # null in a preset: all images again
            del arm["images"]
    return arms


def shared_arms(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The arms that are the same training as one before them in ``arms``, under whose name it is trained."""
    first: dict[Arm, str] = {}
    found = {}
    for name, settings in arms.items():
        if (original := first.setdefault(arm_of(settings), name)) != name:
            found[name] = original
    return found


def seeds_of(config: Mapping[str, Any], arms: Mapping[str, Mapping[str, Any]], arm: str) -> int:
    """How often an arm is trained: as it says itself, else as often as its kind of model."""
    own = config["arms"].get(arm, {}).get("seeds")
    return int(own or config["seeds"][arms[arm]["model"]["kind"]])


def recipe_of(config: Mapping[str, Any], arm: str) -> str:
    """The recipe that an arm starts from: ``original``, or the one in use."""
    base: str = {**CORE, **config["arms"]}[arm]["base"]
    if base in MODELS:
        return str(config["cifar"]["recipe"])
    return "original" if base.startswith("original.") else recipe_of(config, base)


def _laid_over(base: Any, changes: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = _laid_over(base[key], value) if key in base else value
    return merged
