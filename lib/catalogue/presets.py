"""The configuration of a run as Snakemake puts it together, for programs that run without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from lib.catalogue.combinations import check
from lib.catalogue.configuration import whole_configuration
from lib.workflow.own_files import own_files
from lib.workflow.schema import load_configuration, read_configuration

MAIN = "main"  # the run of config.yaml alone


def configuration_files(preset: str, root: Path = Path()) -> list[Path]:
    """The files of the configuration in the order in which they are laid over one another.

    Raises ValueError for a preset that does not exist.
    """
    presets = [path.stem for path in own_files(root, "presets/*.yaml")]
    if preset not in (*presets, MAIN):
        raise ValueError(f"PRESET: there is no preset {preset!r}; allowed: {MAIN}, {', '.join(presets)}")
    return [root / "config.yaml", *([] if preset == MAIN else [root / f"presets/{preset}.yaml"])]


def load_preset(
    preset: str, changes: Mapping[str, Any] | None = None, root: Path = Path(__file__).parents[2]
) -> dict[str, Any]:
    """The configuration of a preset with ``changes`` laid over it, checked as the workflow does."""
    config: dict[str, Any] = {}
    files = configuration_files(preset, root)
    for file in files:
        update_config(config, read_configuration(file))
    update_config(config, changes or {})
    return dict(load_configuration(config, files, root / "report", whole_configuration(), check))
