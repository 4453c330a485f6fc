"""Every module, file and configuration key reruns what rests on it and nothing else.

What is expected comes from sources that the workflow doesn't use: the import graph of grimp, the records of the
commands that ran, and tables written by hand. What the workflow does is asked of its stamps and settings files in
``make test``, and of one dry run for each edit in ``make test-long``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib.catalogue.arms import Arms
from lib.catalogue.configuration import KEPT_OUT
from lib.catalogue.doses import doses
from lib.workflow.run import Run
from lib.workflow.stamps import SourceTree
from tests.end_to_end.conftest import ROOT
from tests.end_to_end.expected import (
    ALIKE,
    MODULES,
    WITHOUT_RESULT,
    configuration,
    expected_after_edit,
    expected_after_key,
    expected_after_text,
    files_of_the_report,
    key_names,
    leaves,
    scripts_that_import,
    with_another,
)

# Code


def test_every_rule_reads_the_stamp_of_the_script_it_runs(plan):
    assert len(plan.rules) > 60
    for script, rules in plan.runners.items():
        assert rules <= plan.readers_of(stamps_of(plan, script)), script


def stamps_of(plan, script: str) -> set[str]:
    """The stamps of a script, by itself and with each module that it may be told to load."""
    names = [script, *(f"{script}.{module.rpartition('.')[2]}" for module in plan.loaders)]
    return {f"{folder}/inputs/code/{name}.txt" for name in names for folder in ("data", "results/test")}


def test_stamps_hold_what_the_import_graph_says():
    tree = SourceTree(ROOT)
    scripts = [name.removeprefix("scripts.") for name in MODULES if name.startswith("scripts.")]
    found = {script: set(tree.closure(f"scripts.{script}")) for script in scripts if script}
    for module in MODULES:
        assert {script for script, names in found.items() if module in names} == scripts_that_import(module), module


def test_what_follows_an_edit_is_what_reads_the_stamps_that_change(plan):
    tree = SourceTree(ROOT)
    for module in MODULES:
        files = {
            file
            for script in plan.runners
            if module in tree.closure(f"scripts.{script}")
            for file in stamps_of(plan, script)
        }
        files |= {
            f"results/test/inputs/code/{script}.{loaded.rpartition('.')[2]}.txt"
            for loaded in plan.loaders
            if module in tree.closure(loaded)
            for script in ("draw_study", "summarise_study")
        }
        if files:
            files.add("results/test/inputs/digests.json")
        files.add(f"results/test/inputs/files/{module.replace('.', '/')}.py")
        assert plan.after(plan.readers_of(files)) == expected_after_edit(plan, module), module


# Texts


def test_every_text_is_a_copy_that_the_rules_expected_read(plan):
    for name in files_of_the_report():
        copies = {f"results/test/inputs/files/{name}"}
        assert plan.after(plan.readers_of(copies)) == expected_after_text(plan, name), name


# Configuration


@pytest.fixture(scope="module")
def settings_files(tmp_path_factory) -> Callable[[dict[str, Any]], dict[str, str]]:
    """The texts of the settings files that the workflow writes for a configuration."""

    def written(config: dict[str, Any]) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("settings")
        derived = {"arm": Arms(config).settings, "trainings": doses(config)}
        Run(config, ROOT, derived=derived, kept_out=KEPT_OUT, working_directory=folder).write_settings()
        return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.json")}

    return written


@pytest.mark.parametrize("key", key_names())
def test_a_key_reruns_what_computes_with_it(plan, settings_files, key):
    before, after = settings_files(configuration()), settings_files(with_another(key))
    changed = {name for name in before if before[name] != after[name]}
    assert bool(changed) != key.startswith(WITHOUT_RESULT)
    # How a training is made is for the verdicts of the sections that ask for it, and for no others.
    made = {name for name in changed if "/settings/trainings." in name}
    assert plan.after(plan.readers_of(changed - made)) | plan.after_files(made) == expected_after_key(plan, key)


# Arms whose training changes with a part of the configuration, unless they set the key themselves.
SHORT_MLPS = {"short_mlp", "shuffled_mlp", "uncropped_mlp"}
MLPS = {"mlp-rgb", "mlp-gray", "gray3_mlp", "compressed_mlp", "adam_mlp", "wide_mlp", "deep_mlp"} | SHORT_MLPS
SHORT = {"short_cnn", "shuffled_cnn", "uncropped_cnn"}
SLOW = {"slow_cnn", "plain_he_cnn", "plain_normal_cnn"}
STEPPED = {"stepped_cnn", "held_cnn", "no_decay_cnn", "normal_cnn"} | SLOW
TRAINED = {
    "cifar.recipes.compressed.mlp": MLPS,
    "cifar.recipes.compressed.cnn": {"cnn-rgb", "cnn-gray"} | SHORT,
    "cifar.recipes.original.mlp": set(),
    "cifar.recipes.original.cnn": STEPPED,
    "arms.compressed_mlp": {"compressed_mlp", "adam_mlp", "wide_mlp", "deep_mlp"},
    "arms.short_mlp": SHORT_MLPS,
    "arms.short_cnn": SHORT,
    "arms.stepped_cnn": STEPPED,
    "arms.slow_cnn": SLOW,
    "arms.plain_he_cnn": {"plain_he_cnn", "plain_normal_cnn"},
}
OWN = ("base", "seeds", "color", "kind")  # which arm it is, not how it is trained


def arm_keys() -> list[str]:
    found = [(name, value) for name, value in leaves(configuration()) if name.startswith(("cifar.recipes.", "arms."))]
    return [name for name, value in found if name.split(".")[-1] not in OWN and value != []]


@pytest.mark.parametrize("key", arm_keys())
def test_a_key_of_a_recipe_or_an_arm_changes_the_arms_that_are_made_of_it(settings_files, key):
    before, after = settings_files(configuration()), settings_files(with_another(key))
    marked = "results/test/inputs/settings/arm."
    changed = {name.removeprefix(marked).removesuffix(".json") for name in before if before[name] != after[name]}
    changed &= set(Arms(configuration()).settings)
    place = ".".join(key.split(".")[: 4 if key.startswith("cifar") else 2])
    expected = TRAINED.get(place, {key.split(".")[1]}) if key not in ALIKE else SHORT | SHORT_MLPS
    assert changed <= expected
    own = expected & {"mlp-rgb", "cnn-rgb", "stepped_cnn", key.split(".")[1]}
    assert own <= changed or key in SET_BY_THE_ARM


# The one arm that starts from the original's recipe sets these itself, the networks' size in the preset.
SET_BY_THE_ARM = {f"cifar.recipes.original.cnn.training.{key}" for key in ("epochs", "keep", "optimizer.milestones")}
SET_BY_THE_ARM |= {f"cifar.recipes.original.cnn.model.{key}" for key in ("blocks", "hidden")}


def test_the_import_graph_is_that_of_this_project():
    folder = Path(sys.modules["lib"].__file__ or "").parent
    assert folder == ROOT / "lib"
