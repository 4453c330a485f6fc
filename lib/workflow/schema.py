"""The configuration's schema: every key, its type, its range, and what must fit together.

The leaves are the dataclasses of the code that uses them, so that a key cannot be accepted and then ignored.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from lib.bounds import Count
from lib.claims.schema import Claim, ClaimsError, parse_claims
from lib.data.splits import SplitConfig
from lib.experiments.batch_statistics import BatchStatisticsConfig
from lib.experiments.gradients import GradientsConfig
from lib.experiments.mnist import MnistConfig
from lib.experiments.names import Experiment
from lib.experiments.optimizers import OptimizersConfig
from lib.experiments.overfit import OverfitConfig
from lib.experiments.printed_adam import PrintedAdamConfig
from lib.experiments.search import SearchBudgetConfig
from lib.vision.config import Arm, ArmConfig, Color, ComputeConfig, ModelKind
from lib.workflow.arm_settings import ArmError, RecipeName, resolve_arms
from lib.workflow.combinations import DROPS, SIZES, ConfigurationError, check_complete, check_numbers, check_sizes
from lib.workflow.threads import NumpyConfig


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


class Strict(BaseModel):
    """Unknown keys and wrong types are errors, in the dataclasses inside as well."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ReportSection(Strict):
    author: str
    student_number: str
    supervisor: str


class MachineSection(Strict):
    trainings_per_gpu: Annotated[int, Ge(1), Le(16)]


class MnistSplit(Strict):
    validation: Count


class DataSection(Strict):
    source: Literal["real", "sample"]
    mirrors: list[str]
    mnist: MnistSplit
    cifar10: SplitConfig


class Seeds(Strict):
    gradients: Count
    overfit: Count
    optimizers: Count
    search: Count
    mnist: Count
    mlp: Count
    cnn: Count


class CifarSection(Strict):
    recipe: RecipeName
    recipes: dict[RecipeName, dict[ModelKind, Annotated[ArmConfig, AfterValidator(check_arm)]]]


class ArmChange(Strict):
    """What an arm changes in its base (see :mod:`lib.workflow.arm_settings`); the result is checked as a whole."""

    base: str
    seeds: Count | None = None
    color: Color | None = None
    images: Count | None = None
    model: dict[str, Any] = {}
    training: dict[str, Any] = {}


ArmName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class AugmentedValidation(Strict):
    draws: Count


class ShiftedImages(Strict):
    images: Count
    largest_shift: Annotated[int, Ge(4), Le(16)]  # the claim is about 4 pixels


class ExperimentsSection(Strict):
    search_budget: SearchBudgetConfig
    printed_adam: PrintedAdamConfig
    batch_statistics: BatchStatisticsConfig
    augmented_validation: AugmentedValidation
    shifted_images: ShiftedImages


class ClaimsSection(Strict):
    experiments: list[Experiment]


class Configuration(Strict):
    """The whole of config.yaml."""

    run: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
    report: ReportSection
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
    claims: ClaimsSection


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
            raise ConfigurationError(_one_line(error, _Trained).replace("arm.", f"{where}.", 1)) from None
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


def validate(config: Mapping[str, Any]) -> Configuration:
    """Check the configuration; raises ConfigurationError, one line naming the key, on the first thing wrong."""
    try:
        # As JSON, lists become tuples and whole numbers become floats where that is meant, and nothing else does.
        checked = Configuration.model_validate_json(json.dumps(config))
    except ValidationError as error:
        raise ConfigurationError(_one_line(error)) from None
    check_complete(checked)
    check_sizes(checked)
    check_numbers(checked)
    source, held_out = checked.data.source, checked.data.cifar10.validation
    check_arms(config, SIZES[source, "cifar10"] - held_out)
    return checked


def load_configuration(config: Mapping[str, Any], files: Iterable[str | Path]) -> Mapping[str, Any]:
    """The configuration as it is, once it has been found good.

    Where it is not, the process ends with one line that names ``files``, the key, and what is allowed.
    """
    try:
        validate(config)
    except ConfigurationError as error:
        names = " + ".join(os.path.relpath(file) for file in files)
        raise SystemExit(f"{names}: {error}") from None
    return config


def load_claims(root: Path) -> dict[str, Claim]:
    """The claims of ``report/claims.yaml``; where it cannot be used, the process ends with one line that says why."""
    name = "report/claims.yaml"
    try:
        return parse_claims((root / name).read_text(encoding="utf-8"), name)
    except ClaimsError as error:
        raise SystemExit(str(error)) from None


def _one_line(error: ValidationError, schema: type[BaseModel] = Configuration) -> str:
    # Unknown keys come first: a misspelt key is also reported as a missing one.
    problems = sorted(error.errors(), key=lambda e: e["type"] not in ("extra_forbidden", "unexpected_keyword_argument"))
    first = problems[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    where, kind, context = ".".join(path), first["type"], first.get("ctx", {})
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = _keys_at(path[:-1], schema)
        near = difflib.get_close_matches(path[-1], allowed, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; allowed: {', '.join(allowed)}" if allowed else ""
        return f"{where}: unknown key {path[-1]!r}{hint}"
    if kind in ("missing", "missing_argument"):
        return f"{where}: this key is missing"
    if kind == "literal_error":
        listed = context["expected"].replace("'", "").replace(" or ", ", ")
        hint = " (in YAML, on, off, yes and no need quotation marks)" if isinstance(first["input"], bool) else ""
        return f"{where}: unknown value {first['input']!r}; allowed: {listed}{hint}"
    if kind == "value_error":
        text = str(context["error"])
        return (
            f"{where}.{text}" if text.split(":")[0].replace(".", "").replace("_", "").isalnum() else f"{where}: {text}"
        )
    hint = ""
    if kind in ("float_type", "int_type") and isinstance(first["input"], str):
        hint = " (in YAML, write 1.0e-3 rather than 1e-3 and leave out quotation marks)"
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}, got {first['input']!r}{hint}"


def _keys_at(path: list[str], schema: type[BaseModel]) -> list[str]:
    """Keys that the schema allows below ``path``."""
    place: Any = schema
    for part in path:
        fields = _fields(place)
        if fields is not None:
            place = fields.get(part)
        else:
            arguments = get_args(_plain(place))
            place = arguments[-1] if arguments else None
    fields = _fields(place)
    if fields is not None:
        return list(fields)
    keys = get_args(_plain(place))
    return [str(key) for key in get_args(keys[0])] if keys else []


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _fields(annotation: Any) -> dict[str, Any] | None:
    kind = _plain(annotation)
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel)):
        hints = typing.get_type_hints(kind, include_extras=True)
        names = kind.model_fields if issubclass(kind, BaseModel) else [f.name for f in dataclasses.fields(kind)]
        return {name: hints[name] for name in names}
    return None
