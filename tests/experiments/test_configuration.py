"""The configuration file and the dataclasses of the experiments describe the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from lib.experiments.config.gradients import GradientsConfig, StepStudyConfig
from lib.experiments.config.mnist import MnistConfig
from lib.experiments.config.optimizers import OptimizersConfig
from lib.experiments.config.overfit import GridConfig, OverfitConfig

SECTIONS = {
    "gradients": GradientsConfig,
    "overfit": OverfitConfig,
    "optimizers": OptimizersConfig,
    "mnist": MnistConfig,
}
CONFIGURATION = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))


def keys(value: object) -> object:
    """The names in a nested dict, without the values."""
    return {name: keys(part) for name, part in value.items()} if isinstance(value, dict) else None


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_the_configuration_is_used_and_none_is_missing(section):
    adapter = TypeAdapter(SECTIONS[section])
    parsed = adapter.validate_python(CONFIGURATION[section])
    assert keys(adapter.dump_python(parsed, mode="json")) == keys(CONFIGURATION[section])


@pytest.mark.parametrize(
    ("section", "path", "value"),
    [
        ("gradients", ("layers", "keep_ratio"), 1.0),
        ("gradients", ("steps", "exponents"), [-2, -11]),
        ("overfit", ("training", "images"), 0),
        ("overfit", ("networks", "seven"), {"hidden": [3], "weight_scale": 1.0, "learning_rate": 1.0}),
        ("overfit", ("grid", "weight_scales"), [1.0, 1e-3]),
        ("optimizers", ("runs", "adamw"), {"learning_rate": 1e-3}),
        ("optimizers", ("runs", "sgd"), {"learning_rate": 0}),
        ("mnist", ("search", "keep_ratio"), [0.7, 1.1]),
        ("mnist", ("training", "learning_rate_decay"), 0),
    ],
)
def test_a_value_out_of_range_is_refused_before_anything_runs(section, path, value):
    configuration = yaml.safe_load(yaml.safe_dump(CONFIGURATION[section]))
    part = configuration
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ValidationError, match=path[-1]):
        TypeAdapter(SECTIONS[section]).validate_python(configuration)


def test_steps_and_grid_values_span_their_range():
    steps = StepStudyConfig(exponents=(-3, -1), per_decade=2, regularisations=(0.0,)).steps()
    assert steps == [1e-3, 0.00316227766017, 1e-2, 0.0316227766017, 1e-1]
    grid = GridConfig((1e-3, 1.0), 4, (1e-2, 1e-2), 1)
    assert grid.scales() == [1e-3, 1e-2, 1e-1, 1.0]
    assert grid.rates() == [1e-2]
