"""Every module, file and configuration key reruns what rests on it and nothing else.

What is expected comes from sources that the workflow doesn't use: the import graph of grimp, the records of the
commands that ran, and tables written by hand. What the workflow does is asked of its stamps and settings files in
``make test``, and of one dry run for each edit in ``make test-long``.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from lib.workflow.run import Run
from lib.workflow.schema import CHOICES, validate
from lib.workflow.stamps import SourceTree
from tests.end_to_end.conftest import ROOT, Project
from tests.end_to_end.plan import Plan

EDIT = "\n\nCHANGED = 1\n"
MODULES = sorted(SourceTree(ROOT).modules)
LISTED = {  # modules whose source the report prints, and where
    "lib.nn.layers": {"render_network", "render_mnist"},
    "lib.nn.gradient_check": {"render_gradients"},
    "lib.nn.optim": {"render_optimizers"},
}
TEXTS = ("captions", "labels", "reference_values", "references")


@pytest.fixture(scope="module")
def plan(finished: Project) -> Plan:
    return Plan.of(finished)


@functools.cache
def scripts_that_import(module: str) -> frozenset[str]:
    """Scripts that run the code of ``module``: a package's own code runs with each of its modules."""
    graph = import_graph()
    below = {name for name in graph.modules if name == module or name.startswith(f"{module}.")}
    inside = below if (ROOT / module.replace(".", "/") / "__init__.py").exists() else {module}
    importers = set(inside)
    for name in inside:
        importers |= graph.find_downstream_modules(name)
    return frozenset(name.removeprefix("scripts.") for name in importers if name.startswith("scripts."))


@functools.cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("lib", "scripts", cache_dir=None)


def expected_after_edit(plan: Plan, module: str) -> set[str]:
    """Rules whose script runs the module, sections that print it, the appendix of digests, and what follows."""
    first = {rule for script in scripts_that_import(module) for rule in plan.runners.get(script, ())}
    first |= LISTED.get(module, set())
    if scripts_that_import(module) & set(plan.runners):
        first.add("trace_provenance")
    return plan.after(first)


# Code


def test_every_rule_reads_the_stamp_of_the_script_it_runs(plan):
    assert len(plan.rules) > 60
    for script, rules in plan.runners.items():
        stamps = {f"results/test/inputs/code/{script}.txt", f"data/inputs/code/{script}.txt"}
        assert rules <= plan.readers_of(stamps), script


def test_stamps_hold_what_the_import_graph_says():
    tree = SourceTree(ROOT)
    scripts = [name.removeprefix("scripts.") for name in MODULES if name.startswith("scripts.")]
    found = {script: set(tree.closure(f"scripts.{script}")) for script in scripts if script}
    for module in MODULES:
        assert {script for script, names in found.items() if module in names} == scripts_that_import(module), module


def test_what_follows_an_edit_is_what_reads_the_stamps_that_change(plan):
    tree = SourceTree(ROOT)
    for module in MODULES:
        stamped = {script for script in plan.runners if module in tree.closure(f"scripts.{script}")}
        files = {f"{folder}/inputs/code/{script}.txt" for script in stamped for folder in ("data", "results/test")}
        files.add(f"results/test/inputs/code/{module}.txt")
        if stamped:
            files.add("results/test/inputs/rules.json")
        assert plan.after(plan.readers_of(files)) == expected_after_edit(plan, module), module


@contextlib.contextmanager
def appended(finished: Project, name: str, text: str) -> Iterator[None]:
    path = finished.folder / name
    before = path.read_bytes()
    path.write_bytes(before + text.encode())
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_a_dry_run_after_an_edit_lists_what_rests_on_the_module(finished, edit, plan, module):
    name = str(SourceTree(ROOT).modules[module].relative_to(ROOT))
    with appended(finished, name, EDIT):
        assert finished.would_run() == expected_after_edit(plan, module)


# Texts


def files_of_the_report() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "report").rglob("*") if path.is_file())


def expected_after_text(plan: Plan, name: str) -> set[str]:
    """By hand: which rules read a file of ``report/``."""
    path = Path(name)
    if path.suffix == ".j2" and path.parent.name == "sections":
        return plan.after({f"render_{path.name.split('.')[0]}"})
    if path.suffix in (".css", ".j2"):
        return {"render_report"}
    if path.stem == "claims":
        return plan.after({"decide_claims", "collect_claims"})
    assert path.stem in TEXTS, f"{name} is not expected here: say in this test what reads it"
    first = {rule for rule in plan.rules if rule.startswith("render_")}
    first |= {"trace_provenance", "collect_metrics", "decide_claims", "collect_claims"}
    if path.stem == "reference_values":
        first |= COMPARING
    return plan.after(first)


COMPARING = {"summarise_cifar", "summarise_discussion", "summarise_gradients", "summarise_gray", "summarise_mnist"}
COMPARING |= {"summarise_optimizers", "summarise_overfit"}


def test_every_text_is_a_copy_that_the_rules_expected_read(plan):
    for name in files_of_the_report():
        copies = {f"results/test/inputs/files/{name}"}
        assert plan.after(plan.readers_of(copies)) == expected_after_text(plan, name), name


@pytest.mark.long
@pytest.mark.parametrize("name", files_of_the_report())
def test_a_dry_run_after_another_text_lists_what_is_written_with_it(finished, edit, plan, name):
    comment = "\n/* changed */\n" if name.endswith(".css") else "\nchanged\n" if name.endswith(".j2") else None
    if comment is None:
        text = yaml.safe_load((finished.folder / name).read_text(encoding="utf-8"))
        old = (finished.folder / name).read_text(encoding="utf-8")
        edit(name, old, yaml.safe_dump(changed_words(text), allow_unicode=True, sort_keys=False))
        assert finished.would_run() == expected_after_text(plan, name)
        return
    with appended(finished, name, comment):
        assert finished.would_run() == expected_after_text(plan, name)


def changed_words(value: Any) -> Any:
    """The same nested value with every English text changed."""
    if isinstance(value, dict):
        return {k: f"{v} (changed)" if k == "en" and isinstance(v, str) else changed_words(v) for k, v in value.items()}
    return [changed_words(item) for item in value] if isinstance(value, list) else value


# Configuration


NUMPY_STUDIES = {"overfit", "train_optimizer", "search_rates", "rank_optimizer"}
MNIST_TRAININGS = {"search_mnist", "train_mnist", "train_mnist_variant", "evaluate_batch_statistics"}
WATCHING = {"train_vision", "evaluate_augmented", "inspect_filters"}
TESTING = {"evaluate_vision", "evaluate_shifts"}
# What computes with a key, by the longest beginning that fits. The environment's appendix prints every section, and
# sections of the report print set-up constants: both are added below.
KEYS: dict[str, set[str]] = {
    "report": {"render_report"},
    "compute": WATCHING | TESTING,
    "numpy": NUMPY_STUDIES | MNIST_TRAININGS,
    "data.mirrors": set(),
    "data.mnist": {"describe_data"} | MNIST_TRAININGS,
    "data.cifar10": {"describe_data"} | WATCHING | NUMPY_STUDIES,
    "gradients.check": {"check_gradients", "study_gradient_steps", "summarise_gradients"},
    "gradients.layers": {"check_layers", "summarise_gradients"},
    "gradients.steps": {"study_gradient_steps", "summarise_gradients"},
    "overfit": {"overfit", "summarise_overfit"},
    "overfit.networks": {"overfit", "draw_overfit", "summarise_overfit"},
    "optimizers": {"summarise_optimizers", "summarise_search"},
    "optimizers.training": NUMPY_STUDIES - {"overfit"} | {"summarise_optimizers", "summarise_search"},
    "optimizers.runs": {"train_optimizer", "summarise_optimizers", "summarise_search"},
    "mnist.search": {"search_mnist"},
    "mnist.training": MNIST_TRAININGS | {"describe_mnist_network"},
    "experiments.search_budget": {"search_rates"},
    "experiments.printed_adam": {"draw_printed_adam", "summarise_printed_adam"},
    "experiments.batch_statistics": {"evaluate_batch_statistics"},
    "experiments.augmented_validation": {"evaluate_augmented"},
    "experiments.shifted_images": {"evaluate_shifts"},
}
# Sections of the report that print set-up constants of a section of the configuration; ``report`` goes to all of them.
PRINTED: dict[str, set[str]] = {
    "data": {"render_datasets"},
    "gradients": {"render_gradients", "render_claims"},
    "overfit": {"render_overfit"},
    "optimizers": {"render_optimizers"},
    "mnist": {"render_mnist", "render_discussion"},
    "experiments": {"render_cifar", "render_optimizers", "render_discussion"},
}
# The number of seeds and of what is compared decides which jobs there are; test_pipeline.py looks at those.
SHAPE = ("run", "seeds", "claims.experiments", "cifar", "arms", "data.source")


def leaves(section: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def merged(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in overlay.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both


@functools.cache
def configuration() -> dict[str, Any]:
    files = (ROOT / "config.yaml", ROOT / "presets/test.yaml")
    base, overlay = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in files)
    return merged(base, overlay)


def key_names() -> list[str]:
    return [name for name, _ in leaves(configuration()) if not name.startswith(SHAPE)]


def with_another(key: str) -> dict[str, Any]:
    """The configuration with another valid value at ``key``."""
    config = copy.deepcopy(configuration())
    *parents, name = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    words = [word for fields in CHOICES.values() for word in fields.get(name, ())]
    for value in [*candidates(place[name]), *(word for word in words if word != place[name])]:
        place[name] = value
        with contextlib.suppress(Exception):
            validate(config)
            return config
    raise AssertionError(f"no other value of {key} is known to this test")


def candidates(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, value + 2)
    elif isinstance(value, float):
        yield from (value * 0.9, value / 2, value * 1.1) if value else (0.1,)
    elif isinstance(value, list):
        for first in candidates(value[0]) if value else ("folder",):
            yield [first, *value[1:]]
        for last in candidates(value[-1]) if value else ():
            yield [*value[:-1], last]
            yield [*value, last]
    elif value is None:
        yield 1
    else:
        yield f"{value} changed".strip()


def expected_after_key(plan: Plan, key: str) -> set[str]:
    fitting = max((name for name in KEYS if f"{key}.".startswith(f"{name}.")), key=len)
    section = key.split(".")[0]
    everywhere = {rule for rule in plan.rules if rule.startswith("render_")}
    printing = everywhere if section == "report" else PRINTED.get(section, set())
    return plan.after(KEYS[fitting] | printing | {"describe_environment"})


@pytest.fixture(scope="module")
def settings_files(tmp_path_factory) -> Callable[[dict[str, Any]], dict[str, str]]:
    """The texts of the settings files that the workflow writes for a configuration."""

    def written(config: dict[str, Any]) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("settings")
        Run(config, ROOT, folder).write_settings()
        return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.json")}

    return written


@pytest.mark.parametrize("key", key_names())
def test_a_key_reruns_what_computes_with_it(plan, settings_files, key):
    before, after = settings_files(configuration()), settings_files(with_another(key))
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert plan.after(plan.readers_of(changed)) == expected_after_key(plan, key)


@pytest.mark.long
@pytest.mark.parametrize("key", key_names())
def test_a_dry_run_after_another_value_lists_what_computes_with_it(finished, edit, plan, key):
    path = finished.folder / "presets/test.yaml"
    edit("presets/test.yaml", path.read_text(encoding="utf-8"), yaml.safe_dump(with_another(key), sort_keys=False))
    assert finished.would_run() == expected_after_key(plan, key)


# Arms whose training changes with a part of the configuration, unless they set the key themselves.
MLPS = {"mlp-rgb", "mlp-gray", "wide_mlp", "gray3_mlp", "shuffled_mlp", "uncropped_mlp"}
SHORT = {"short_cnn", "shuffled_cnn", "uncropped_cnn"}
SLOW = {"slow_cnn", "plain_he_cnn", "plain_normal_cnn"}
STEPPED = {"stepped_cnn", "no_decay_cnn", "normal_cnn"} | SLOW
TRAINED = {
    "cifar.recipes.compressed.mlp": MLPS,
    "cifar.recipes.compressed.cnn": {"cnn-rgb", "cnn-gray"} | SHORT,
    "cifar.recipes.original.mlp": set(),
    "cifar.recipes.original.cnn": STEPPED,
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
    changed &= set(Run(configuration(), ROOT).arms)
    place = ".".join(key.split(".")[: 4 if key.startswith("cifar") else 2])
    expected = TRAINED.get(place, {key.split(".")[1]})
    assert changed <= expected
    own = expected & {"mlp-rgb", "cnn-rgb", "stepped_cnn", key.split(".")[1]}
    assert own <= changed or key in SET_BY_THE_ARM


# The one arm that starts from the original's recipe sets these itself, the networks' size in the preset.
SET_BY_THE_ARM = {f"cifar.recipes.original.cnn.training.{key}" for key in ("epochs", "keep", "optimizer.milestones")}
SET_BY_THE_ARM |= {f"cifar.recipes.original.cnn.model.{key}" for key in ("blocks", "hidden")}


def test_the_import_graph_is_that_of_this_project():
    folder = Path(sys.modules["lib"].__file__ or "").parent
    assert folder == ROOT / "lib"
