"""What must fit together in a configuration whose keys and types are right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from lib.catalogue.arms import MODELS, RECIPES, ArmError, resolve_arms
from lib.catalogue.configuration import Configuration, check_arm
from lib.catalogue.experiments import controls
from lib.experiments.config.overfit import NetworkName
from lib.vision.config import Arm
from lib.workflow.schema import ConfigurationError, Strict, one_line

# Training images of each data set and source, before validation images are taken out.
SIZES = {
    ("real", "mnist"): 60_000,
    ("real", "cifar10"): 50_000,
    ("sample", "mnist"): 4_500,
    ("sample", "cifar10"): 3_000,
}
TEST_IMAGES = {"real": 10_000, "sample": 600}  # of CIFAR-10


def check_sizes(config: Configuration) -> None:
    """What must fit the size of the data; raises ConfigurationError."""
    source, data = config.data.source, config.data
    left = {}
    for name, held_out in (("mnist", data.mnist.validation), ("cifar10", data.cifar10.validation)):
        size = SIZES[source, name]
        if held_out >= size:
            raise ConfigurationError(
                f"data.{name}.validation: {held_out} of {size} training images; allowed: 1 to {size - 1}"
            )
        left[name] = size - held_out
    needs = [
        ("overfit.training.images", config.overfit.training.images, left["cifar10"]),
        (
            "overfit.training.validation_images",
            config.overfit.training.validation_images,
            data.cifar10.validation,
        ),
        ("optimizers.training.training_images", config.optimizers.training.training_images, left["cifar10"]),
        (
            "optimizers.training.validation_images",
            config.optimizers.training.validation_images,
            data.cifar10.validation,
        ),
        ("experiments.shifted_images.images", config.experiments.shifted_images.images, TEST_IMAGES[source]),
        ("mnist.search.samples", config.mnist.search.samples, left["mnist"]),
        ("mnist.training.batch_size", config.mnist.training.batch_size, left["mnist"]),
    ]
    for model, recipe in config.cifar.recipe.items():
        path = f"cifar.recipes.{recipe}.{model}.training.batch_size"
        needs.append((path, config.cifar.recipes[recipe][model].training.batch_size, left["cifar10"]))
    for path, wanted, there in needs:
        if wanted > there:
            raise ConfigurationError(
                f"{path}: {wanted} is more than the {there} images there are; allowed: 1 to {there}"
            )


# What the sections of the report, the claims, or the experiments beyond the original's own are about.
MAIN_OPTIMIZERS = ("sgd", "sgd_momentum", "rmsprop", "adam")
NEEDED_RECIPES = [f"{recipe}.{model}" for recipe in RECIPES for model in MODELS]
BATCH_SIZES = (1, 8, 128)
DROPS = ("rate_drops", "stepped_cnn", 2)  # experiment, arm, milestones
ALIKE = [("short_mlp", "short_cnn"), ("shuffled_mlp", "shuffled_cnn"), ("uncropped_mlp", "uncropped_cnn")]


def check_complete(config: Configuration) -> None:
    """What the report cannot do without; raises ConfigurationError."""
    recipes = [f"{recipe}.{model}" for recipe, models in config.cifar.recipes.items() for model in models]
    for path, there, needed in (
        ("overfit.networks", config.overfit.networks, get_args(NetworkName)),
        ("optimizers.runs", config.optimizers.runs, MAIN_OPTIMIZERS),
        ("cifar.recipe", config.cifar.recipe, MODELS),
        ("cifar.recipes", recipes, NEEDED_RECIPES),
    ):
        for name in needed:
            if name not in there:
                raise ConfigurationError(f"{path}.{name}: this key is missing; needed: {', '.join(needed)}")
    for experiment, control in controls().items():
        for arm in control.arms:
            if "-" not in arm and arm not in config.arms:
                raise ConfigurationError(
                    f"arms.{arm}: this key is missing; {experiment} is made of it"
                    f" (a run without that leaves {experiment} out of claims.experiments and keeps the arm)"
                )
    strengths = config.gradients.check.regularisations
    if 0 not in strengths or not any(strengths):
        raise ConfigurationError("gradients.check.regularisations: 0 and another strength are needed")
    sizes = config.experiments.batch_statistics.batch_sizes
    if missing := [size for size in BATCH_SIZES if size not in sizes]:
        raise ConfigurationError(
            f"experiments.batch_statistics.batch_sizes: {missing[0]} is missing; needed:"
            f" {', '.join(map(str, BATCH_SIZES))}, any others beside them"
        )


def check_numbers(config: Configuration) -> None:
    """Numbers that limit each other; raises ConfigurationError."""
    overfit, search = config.overfit.training, config.mnist.search
    for path, wanted, there, what in (
        ("overfit.training.batch_size", overfit.batch_size, overfit.images, "overfit.training.images"),
        ("mnist.search.finalists", search.finalists, search.trials, "mnist.search.trials"),
        ("mnist.search.batch_size", search.batch_size, search.samples, "mnist.search.samples"),
        (
            "optimizers.training.batch_size",
            config.optimizers.training.batch_size,
            config.optimizers.training.training_images,
            "optimizers.training.training_images",
        ),
    ):
        if wanted > there:
            raise ConfigurationError(f"{path}: {wanted} is more than {what}; allowed: 1 to {there}")


# Of whatever is counted: more of it neither ends nor fits into memory. Not in lib/bounds.py, which is part of every
# training: whoever changes this number should not have to train anew.
MOST = 1_000_000
LARGEST_SEED = 2**32 - 1  # of NumPy's older generator


def check_counts(value: Any, *path: str) -> None:
    """Raise ConfigurationError for a whole number that nobody can mean, or for a seed that no generator takes."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            check_counts(inner, *path, key)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            check_counts(inner, *path, str(place))
    elif isinstance(value, int):
        most = LARGEST_SEED if path[-1] in ("seed", "split_seed") else MOST
        if abs(value) > most:
            allowed = f"up to {most}" if value > 0 else f"{-most} and above"
            raise ConfigurationError(f"{'.'.join(path)}: {value} is out of range; allowed: {allowed}")


class _Trained(Strict):
    arm: Arm


def check_arms(config: Mapping[str, Any], images: int) -> None:
    """Every arm as it will be trained on ``images`` images; raises ConfigurationError."""
    try:
        arms = resolve_arms(config)
    except ArmError as error:
        raise ConfigurationError(str(error)) from None
    for name, raw in arms.items():
        where = f"arms.{name}"
        try:
            arm = _Trained.model_validate_json(json.dumps({"arm": raw})).arm
            check_arm(arm)
        except ValidationError as error:
            raise ConfigurationError(one_line(error, _Trained).replace("arm.", f"{where}.", 1)) from None
        except ValueError as error:
            raise ConfigurationError(f"{where}.{error}") from None
        experiment, stepped, drops = DROPS
        if name == stepped and len(arm.training.optimizer.milestones) != drops:
            raise ConfigurationError(f"{where}.training.optimizer.milestones: {experiment} needs {drops} of them")
        if name == stepped and arm.training.epochs < drops + 2:
            raise ConfigurationError(
                f"{where}.training.epochs: {experiment} compares the {drops} drops with an epoch without one;"
                f" allowed: {drops + 2} and above"
            )
        own = arm.images or images
        if own > images:
            raise ConfigurationError(f"{where}.images: {own} of {images} training images; allowed: 1 to {images}")
        if arm.training.batch_size > own:
            raise ConfigurationError(
                f"{where}.training.batch_size: {arm.training.batch_size} is more than the {own} images there are;"
                f" allowed: 1 to {own}"
            )
    for mlp, cnn in ALIKE:
        if mlp not in arms or cnn not in arms:
            continue
        doses = [(arms[name].get("images"), arms[name]["training"]["epochs"]) for name in (mlp, cnn)]
        for key, wanted, got in zip(("images", "training.epochs"), doses[1], doses[0], strict=True):
            if got != wanted:
                raise ConfigurationError(
                    f"arms.{mlp}.{key}: {got}; allowed: {wanted}, as in arms.{cnn}, which it is compared with"
                )


def check(config: Mapping[str, Any], checked: Configuration) -> None:
    """What must fit together in a configuration whose keys and types are right; raises ConfigurationError."""
    check_counts(config)
    check_complete(checked)
    check_sizes(checked)
    check_numbers(checked)
    source, held_out = checked.data.source, checked.data.cifar10.validation
    check_arms(config, SIZES[source, "cifar10"] - held_out)
