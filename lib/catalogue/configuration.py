"""The configuration of this report: every key, its type, its range, and what must fit together.

The leaves are the dataclasses of the code that uses them, so that a key cannot be accepted and then ignored.
"""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, StringConstraints, create_model

from lib.bounds import Count
from lib.catalogue.arms import RecipeName
from lib.data.config import SplitConfig
from lib.experiments.config.batch_statistics import BatchStatisticsConfig
from lib.experiments.config.gradients import GradientsConfig
from lib.experiments.config.mnist import MnistConfig
from lib.experiments.config.optimizers import OptimizersConfig
from lib.experiments.config.overfit import OverfitConfig
from lib.experiments.config.printed_adam import PrintedAdamConfig
from lib.experiments.config.search_budget import FIRST_FRESH_SEED, SearchBudgetConfig
from lib.experiments.threads import NumpyConfig
from lib.vision.config import ArmConfig, Color, ComputeConfig, ModelKind
from lib.workflow.own_files import own_files, read_own
from lib.workflow.schema import RunConfiguration, Strict

EXPERIMENTS = Path(__file__).parents[1] / "experiments/config"
# Where the data come from, perhaps with passwords, and how a machine is shared: no result, so no page, has that in it.
KEPT_OUT = ("data.mirrors", "machine")


def check_arm(arm: ArmConfig) -> ArmConfig:
    """What must fit together in one model and its recipe; raises ValueError."""
    model, recipe = arm.model, arm.training
    if len(model.blocks) != len(model.block_dropout):
        raise ValueError(
            f"model.block_dropout: {len(model.block_dropout)} values for {len(model.blocks)} blocks; give one each"
        )
    if (model.kind == "cnn") != bool(model.blocks):
        raise ValueError("model.blocks: a cnn needs at least one block, an mlp has none")
    if not model.hidden:
        raise ValueError("model.hidden: at least one hidden layer is needed")
    if recipe.plain_last > recipe.epochs:
        raise ValueError(f"training.plain_last: {recipe.plain_last} of {recipe.epochs} epochs; allowed: 0 to all")
    if recipe.precise_statistics and not model.batchnorm:
        raise ValueError("training.precise_statistics: the model has no batch norm; set it to false")
    if len(recipe.small_sides) != len(recipe.small_until):
        raise ValueError(
            f"training.small_until: {len(recipe.small_until)} values for {len(recipe.small_sides)} small_sides; give"
            " one each"
        )
    if list(recipe.small_until) != sorted(set(recipe.small_until)):
        raise ValueError("training.small_until: each side lasts until a later epoch than the one before it")
    if recipe.small_sides and (model.kind == "mlp" or model.pixels == "shuffled"):
        raise ValueError("training.small_sides: only a cnn with ordered pixels can take smaller images; leave it empty")
    late = [m for m in recipe.optimizer.milestones if m >= recipe.epochs]
    if recipe.optimizer.schedule == "multistep" and late:
        raise ValueError(
            f"training.optimizer.milestones: {late[0]} is beyond the last epoch; allowed: 1 to {recipe.epochs - 1}"
        )
    return arm


class MachineSection(Strict):
    trainings_per_gpu: Annotated[int, Ge(1), Le(16)]


SeedCount = Annotated[int, Ge(1), Le(FIRST_FRESH_SEED)]  # one job each, so that a slip of a digit would plan for hours


class MnistSplit(Strict):
    validation: Count


class DataSection(Strict):
    source: Literal["real", "sample"]
    mirrors: list[str]
    mnist: MnistSplit
    cifar10: SplitConfig


class Seeds(Strict):
    gradients: SeedCount
    overfit: SeedCount
    overfit_cnn: SeedCount
    optimizers: SeedCount
    search: SeedCount
    mnist: SeedCount
    mlp: SeedCount
    cnn: SeedCount


class CifarSection(Strict):
    recipe: dict[ModelKind, RecipeName]
    recipes: dict[RecipeName, dict[ModelKind, Annotated[ArmConfig, AfterValidator(check_arm)]]]


class ArmChange(Strict):
    """What an arm changes in its base (see :mod:`lib.catalogue.arms`); the result is checked as a whole."""

    base: str
    seeds: SeedCount | None = None
    color: Color | None = None
    images: Count | None = None
    model: dict[str, Any] = {}
    training: dict[str, Any] = {}


ArmName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class AugmentedValidation(Strict):
    draws: Annotated[int, Ge(1), Le(1000)]


class ShiftedImages(Strict):
    images: Count
    largest_shift: Annotated[int, Ge(4), Le(16)]  # the claim is about 4 pixels


class NearDuplicates(Strict):
    threshold: Annotated[float, Ge(0.5), Le(1)]


class ExperimentsSection(Strict):
    search_budget: SearchBudgetConfig
    printed_adam: PrintedAdamConfig
    batch_statistics: BatchStatisticsConfig
    augmented_validation: AugmentedValidation
    near_duplicates: NearDuplicates
    shifted_images: ShiftedImages


class Configuration(RunConfiguration):
    """The whole of config.yaml."""

    compute: ComputeConfig
    machine: MachineSection
    numpy: NumpyConfig
    data: DataSection
    seeds: Seeds
    gradients: GradientsConfig
    overfit: OverfitConfig
    optimizers: OptimizersConfig
    mnist: MnistConfig
    cifar: CifarSection
    arms: dict[ArmName, ArmChange]
    experiments: ExperimentsSection


def whole_configuration() -> type[Configuration]:
    """:class:`Configuration` with a section for every module of ``lib.experiments.config`` that has a class ``Config``.

    The section has the name of the module, so that a new experiment needs no line here.
    """
    modules = [path.stem for path in own_files(EXPERIMENTS, "*.py") if "\nclass Config:" in read_own(path)]
    sections: dict[str, Any] = {name: (resolve_name(f"lib.experiments.config.{name}:Config"), ...) for name in modules}
    return create_model("Configuration", __base__=Configuration, **sections)
