"""All trainings on CIFAR-10 by name, put together from the recipes and from what each arm changes in them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal, get_args

from lib.vision.config import Arm, ComputeConfig, ModelKind, arm_of
from lib.workflow.gpus import usable_gpus

RecipeName = Literal["original", "compressed"]
RECIPES: tuple[str, ...] = get_args(RecipeName)
MODELS: tuple[str, ...] = get_args(ModelKind)
# The arms of sections 2.7 and 2.8, which every run has.
CORE = {f"{model}-{color}": {"base": model, "color": color} for model in MODELS for color in ("rgb", "gray")}
_OWN = ("base", "seeds")  # keys that say where an arm comes from and how often it is trained, not what it is


class ArmError(ValueError):
    """An arm cannot be put together; the text is one line that names it."""


def resolve_arms(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``model``, ``training``, ``color`` and, if not all, ``images`` of every arm of the configuration.

    An arm starts from its ``base``: ``mlp`` or ``cnn`` by the recipe in use, either by the recipe named before a dot
    (``original.mlp``), or another arm. Sections of its own are laid over that; lists and single values replace those of
    the base.

    Raises :exc:`ArmError` for a base that does not exist, or that leads back to the arm.
    """
    cifar, changes = config["cifar"], {**CORE, **config["arms"]}
    bases = {model: cifar["recipes"][cifar["recipe"][model]][model] for model in MODELS}
    bases |= {f"{recipe}.{model}": cifar["recipes"][recipe][model] for recipe in RECIPES for model in MODELS}

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


def _laid_over(base: Any, changes: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = _laid_over(base[key], value) if key in base else value
    return merged


class Arms:
    """The arms of one configuration, for the rules."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self.settings = resolve_arms(config)
        self.shared = shared_arms(self.settings)

    @property
    def trained(self) -> list[str]:
        """Names of those that are a training of their own."""
        return sorted(set(self.settings) - set(self.shared))

    def seeds(self, arm: str) -> range:
        """The seeds of one arm: as many as it says itself, else as its kind of model has."""
        own = self._config["arms"].get(arm, {}).get("seeds")
        return range(int(own or self._config["seeds"][self.kind(arm)]))

    def kind(self, arm: str) -> str:
        """``mlp`` or ``cnn``."""
        return str(self.settings[arm]["model"]["kind"])

    def recipe(self, arm: str) -> str:
        """``original`` or ``compressed``: the recipe that an arm starts from."""
        base: str = {**CORE, **self._config["arms"]}[arm]["base"]
        if base in MODELS:
            return str(self._config["cifar"]["recipe"][base])
        recipe = base.partition(".")[0]
        return recipe if recipe in RECIPES else self.recipe(base)

    def threads(self, arm: str) -> int:
        """CPU threads that a training or an evaluation of one arm uses."""
        return ComputeConfig(**self._config["compute"]).threads_of(self.kind(arm))

    @property
    def gpus(self) -> int:
        """GPUs that a training asks for: one where the configured device is, or ``auto`` can be, CUDA; else none."""
        device = self._config["compute"]["device"]
        return int(device == "cuda" or (device == "auto" and bool(usable_gpus())))
