"""A wrong configuration is one clear line before anything runs."""

import copy
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from lib.catalogue import configuration
from lib.catalogue.combinations import check
from lib.catalogue.configuration import CifarSection, Configuration, DataSection, whole_configuration
from lib.catalogue.presets import MAIN, configuration_files, load_preset
from lib.experiments.config.optimizers import OptimizerName
from lib.nn.optim import OPTIMIZERS
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from lib.vision.config import ComputeConfig
from lib.workflow.schema import ConfigurationError, validate

ROOT = Path(__file__).parents[2]
EXPERIMENTS = experiments_of(read_yaml(ROOT / "report/captions.yaml"))
PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml"))


@pytest.fixture
def config() -> dict[str, Any]:
    return load_preset(MAIN)


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    result = copy.deepcopy(config)
    *parents, key = path.split(".")
    place = result
    for parent in parents:
        place = place[parent]
    place[key] = value
    return result


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check(config, validate(config, whole_configuration(), EXPERIMENTS))
    return str(caught.value)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_a_good_configuration_with_its_own_name(preset):
    assert load_preset(preset)["run"] == preset


def test_the_main_configuration_is_good_and_has_every_experiment():
    config = load_preset(MAIN)
    assert config["run"] == MAIN
    assert config["claims"]["experiments"] == EXPERIMENTS


def test_changes_are_laid_over_a_preset():
    config = load_preset("demo", {"seeds": {"cnn": 3}, "claims": {"experiments": "all"}})
    assert config["seeds"]["cnn"] == 3
    assert config["seeds"]["mlp"] == load_preset("demo")["seeds"]["mlp"] != load_preset(MAIN)["seeds"]["mlp"]
    assert config["claims"]["experiments"] == EXPERIMENTS


def test_a_preset_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ValueError, match="^PRESET: there is no preset 'dem'; allowed: main, brief, demo, "):
        configuration_files("dem", ROOT)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("seed", 3, "seed: unknown key 'seed'; did you mean 'seeds'?"),
        ("overfit.training.epoch", 3, "did you mean 'epochs'?"),
        ("cifar.recipes.compressed.cnn.training.lr", 1.0, "training.lr: unknown key 'lr'"),
        (
            "optimizers.runs.adamw",
            {"learning_rate": 1.0},
            "optimizers.runs.adamw: unknown value 'adamw'; allowed: sgd, sgd_momentum, rmsprop, adam, adam_as_printed",
        ),
        ("cifar.recipes.compressed.cnn.training.epochs", "16", "training.epochs: input should be a valid integer"),
        ("cifar.recipes.original.mlp.training.optimizer.milestones", [100], "milestones: 100 is beyond the last epoch"),
        ("optimizers.target_losses", [1.9, 2.1, 1.7], "each is lower than the one before it, got [1.9, 2.1, 1.7]"),
        ("cifar.recipes.compressed.cnn.model.block_dropout", [0.1], "block_dropout: 1 values for 3 blocks"),
        (
            "cifar.recipes.compressed.mlp.training.optimizer.name",
            "lion",
            "name: unknown value 'lion'; allowed: sgd, muon, adamw",
        ),
        ("data.cifar10.validation", 50_000, "allowed: 1 to 49999"),
        ("overfit.training.images", 45_001, "more than the 45000 images"),
        ("mnist.search.keep_ratio", [1.0, 0.7], "the lowest value comes first"),
        ("compute.device", "tpu", "unknown value 'tpu'; allowed: auto, cpu, cuda, mps"),
        ("compute.graphs", False, "allowed: auto, off (in YAML, on, off, yes and no need quotation marks)"),
        ("compute.threads", 5000, "compute.threads: input should be less than or equal to 4096, got 5000"),
        (
            "cifar.recipes.compressed.mlp.model.hidden_dropout",
            1.2,
            "mlp.model.hidden_dropout: input should be less than or equal to 0.99, got 1.2",
        ),
        ("arms.gray3_mlp.color", "grey", "arms.gray3_mlp.color: unknown value 'grey'; allowed: rgb, gray, gray3"),
        (
            "arms.adam_mlp.training.batch_size",
            1,
            "arms.adam_mlp.training.batch_size: input should be greater than or equal to 2, got 1",
        ),
        (
            "arms.short_mlp.training.epochs",
            7,
            "arms.short_mlp.training.epochs: 7; allowed: 6, as in arms.short_cnn, which it is compared with",
        ),
        ("arms.wide_mlp.model.kind", "vit", "arms.wide_mlp.model.kind: unknown value 'vit'; allowed: mlp, cnn"),
        ("seeds.cnn", 0, "seeds.cnn: input should be greater than or equal to 1"),
        ("overfit.grid.weight_scales", ["1e-3", 1.0], "write 1.0e-3 rather than 1e-3"),
        ("cifar.recipes.compressed.cnn.training.small_sides", [16], "small_until: 2 values for 1 small_sides"),
        (
            "cifar.recipes.compressed.cnn.training.small_sides",
            [8, 24],
            "small_sides.0: input should be greater than or equal to 16, got 8",
        ),
        ("cifar.recipes.compressed.cnn.training.small_until", [0.5, 0.5], "until a later epoch than the one before"),
        ("arms.shuffled_cnn.base", "cnn", "small_sides: only a cnn with ordered pixels can take smaller images"),
        ("experiments.shifted_images.images", 10_001, "more than the 10000 images"),
        ("overfit.training.batch_size", 51, "batch_size: 51 is more than overfit.training.images; allowed: 1 to 50"),
        ("overfit.training.batch_size", 1, "overfit.training.batch_size: input should be greater than or equal to 2"),
        ("mnist.published.keep_ratio", 1.1, "mnist.published.keep_ratio: input should be less than or equal to 1"),
        ("mnist.search.finalists", 21, "finalists: 21 is more than mnist.search.trials; allowed: 1 to 20"),
        ("optimizers.runs", {"sgd": {"learning_rate": 0.1}}, "optimizers.runs.sgd_momentum: this key is missing"),
        ("cifar.recipes.original", {}, "cifar.recipes.original.mlp: this key is missing"),
        ("gradients.check.regularisations", [1.0], "regularisations: 0 and another strength are needed"),
        ("experiments.batch_statistics.batch_sizes", [1, 8], "batch_sizes: 128 is missing"),
        ("claims.experiments", ["conv_init", "conv_init"], "claims.experiments: 'conv_init' is there twice"),
        ("arms.stepped_cnn.training.optimizer.milestones", [3], "milestones: rate_drops needs 2 of them"),
        ("arms.stepped_cnn.training.optimizer.milestones", [2, 3, 5], "milestones: rate_drops needs 2 of them"),
        ("arms.stepped_cnn.training", {"epochs": 3, "optimizer": {"milestones": [1, 2]}}, "allowed: 4 and above"),
        ("data.cifar10.split_seed", -1, "split_seed: input should be greater than or equal to 0, got -1"),
        (
            "machine.trainings_per_gpu",
            0,
            "machine.trainings_per_gpu: input should be greater than or equal to 1, got 0",
        ),
        (
            "machine.trainings_per_gpu",
            17,
            "machine.trainings_per_gpu: input should be less than or equal to 16, got 17",
        ),
        ("machine.trainings", 1, "machine.trainings: unknown key 'trainings'; did you mean 'trainings_per_gpu'?"),
        ("run", "a/b", "run: string should match pattern"),
        # Addresses are not repeated: they may have passwords in them.
        ("data.mirrors", "https://me:secret@host/", "data.mirrors: expected a list, got an address"),
        ("data.mirrors", "http:/me:secret@host/", "data.mirrors: expected a list, got an address"),
        ("data.mirrors", "host/a?token=secret", "data.mirrors: expected a list, got an address"),
        ("data.source", "https://me:secret@host/", "data.source: unknown value an address; allowed: real, sample"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_key_and_what_is_allowed(config, path, value, message):
    text = refusal(changed(config, path, value))
    assert message in text
    assert "\n" not in text


def choices() -> dict[str, tuple[str, ...]]:
    """What the keys beside whose value ``config.yaml`` lists the others may be."""
    types = {"runs": OptimizerName}
    for kind in (ComputeConfig, DataSection, CifarSection):
        types |= {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is Literal}
    return {name: get_args(hint) for name, hint in types.items()}


@pytest.mark.parametrize("key", choices())
def test_the_comments_of_the_configuration_list_what_the_types_allow(key):
    (comment,) = re.findall(rf"^ +{key}:[^#\n]*#(.*)$", (ROOT / "config.yaml").read_text(), re.MULTILINE)
    assert set(choices()[key]) <= set(re.findall(r"\w+", comment))


def test_every_update_rule_may_be_run():
    assert get_args(OptimizerName) == tuple(OPTIMIZERS)


def test_a_missing_key_is_named(config):
    del config["overfit"]["training"]["epochs"]
    assert refusal(config) == "overfit.training.epochs: this key is missing"


def test_an_arm_that_an_experiment_is_made_of_is_named_with_it(config):
    del config["arms"]["wide_mlp"]
    assert refusal(config).startswith("arms.wide_mlp: this key is missing; mlp_ceiling is made of it")


def test_a_wrong_preset_names_its_files():
    with pytest.raises(SystemExit, match=r"config\.yaml \+ .*presets/demo\.yaml: sed: unknown key 'sed'"):
        load_preset("demo", {"sed": 1})


def test_a_module_of_experiments_with_a_configuration_class_has_a_section_of_its_name(config, tmp_path, monkeypatch):
    text = "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Config:\n    width: int\n"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    (tmp_path / "other.py").write_text("class Configured: ...\n", encoding="utf-8")
    module = ModuleType("lib.experiments.config.mine")
    exec(text, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(configuration, "EXPERIMENTS", tmp_path)
    config = {name: section for name, section in config.items() if name in Configuration.model_fields}
    assert refusal(config) == "mine: this key is missing"
    assert refusal({**config, "mine": {"widht": 1}}) == "mine.widht: unknown key 'widht'; did you mean 'width'?"
    checked = validate({**config, "mine": {"width": 3}}, whole_configuration(), EXPERIMENTS)
    assert checked.mine.width == 3  # type: ignore[attr-defined]
