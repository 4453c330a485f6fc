"""How this run's trainings are made, for claims that ask for a recipe, so many images and so many epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.catalogue.arms import Arms
from lib.catalogue.combinations import SIZES


def doses(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``recipe`` (of arms on CIFAR-10), ``images`` and ``epochs`` by the name of an arm or a section."""
    arms, source, data = Arms(config), config["data"]["source"], config["data"]
    left = {name: SIZES[source, name] - data[name]["validation"] for name in ("mnist", "cifar10")}
    optimizers, overfit, mnist = (config[section]["training"] for section in ("optimizers", "overfit", "mnist"))
    return {
        "overfit": {"images": overfit["images"], "epochs": overfit["epochs"]},
        "optimizers": {"images": optimizers["training_images"], "epochs": optimizers["epochs"]},
        "mnist": {"images": left["mnist"], "epochs": mnist["epochs"]},
        **{
            name: {
                "recipe": arms.recipe(name),
                "images": arm.get("images", left["cifar10"]),
                "epochs": arm["training"]["epochs"],
            }
            for name, arm in arms.settings.items()
        },
    }
