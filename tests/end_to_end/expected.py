"""Which rules an edit reruns, from sources that the workflow doesn't use.

They are the import graph of grimp, the records of the commands that ran, and tables written by hand.
"""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import grimp
import yaml

from lib.catalogue.combinations import check
from lib.catalogue.configuration import whole_configuration
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from lib.vision.config import Augmentation, ComputeConfig, ModelConfig, OptimizerConfig, Recipe
from lib.workflow.schema import validate, with_all_experiments
from lib.workflow.stamps import SourceTree
from tests.end_to_end.conftest import ROOT
from tests.end_to_end.plan import Plan

MODULES = sorted(SourceTree(ROOT).modules)
EXPERIMENTS = experiments_of(read_yaml(ROOT / "report/captions.yaml"))
LISTED = {  # modules whose source the report prints, and where
    "lib.nn.layers": {"render_network"},
    "lib.nn.gradient_check": {"render_gradients"},
    "lib.nn.optim": {"render_optimizers", "render_printed_adam"},
    "lib.vision.models": {"render_cifar"},
}
TEXTS = ("sections", "captions", "labels", "reference_values", "references", "recorded", "figure_words")


# Code


@functools.cache
def modules_that_run(module: str) -> frozenset[str]:
    """Modules that run the code of ``module``: a package's own code runs with each of its modules."""
    graph = import_graph()
    below = {name for name in graph.modules if name == module or name.startswith(f"{module}.")}
    inside = below if (ROOT / module.replace(".", "/") / "__init__.py").exists() else {module}
    importers = set(inside)
    for name in inside:
        importers |= graph.find_downstream_modules(name)
    return frozenset(importers)


def scripts_that_import(module: str) -> frozenset[str]:
    """Scripts that run the code of ``module``."""
    return frozenset(n.removeprefix("scripts.") for n in modules_that_run(module) if n.startswith("scripts."))


@functools.cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("lib", "scripts", cache_dir=None)


def expected_after_edit(plan: Plan, module: str) -> set[str]:
    """Rules whose script runs the module, sections that print it, the appendix of digests, and what follows."""
    first = {rule for script in scripts_that_import(module) for rule in plan.runners.get(script, ())}
    first |= {rule for name in modules_that_run(module) for rule in plan.loaders.get(name, ())}
    if first:
        first.add("trace_provenance")  # which prints the digests
    return plan.after(first | LISTED.get(module, set()))


# Texts


def files_of_the_report() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "report").rglob("*") if path.is_file())


def expected_after_text(plan: Plan, name: str) -> set[str]:
    """By hand: which rules read a file of ``report/``."""
    path = Path(name)
    # The texts are held to the first two by tests; Snakemake reports begin with the third; the last two are pages of
    # their own, of two runs and of networks that leave the project.
    if path.name.split(".")[0] in ("glossary", "budget", "workflow", "comparison", "model_card"):
        return set()
    if path.suffix == ".j2" and path.parent.name == "sections":
        return plan.after({f"render_{path.name.split('.')[0]}"})
    if path.suffix in (".css", ".j2"):
        return plan.after({"render_report"})
    if path.stem == "claims":
        return plan.after({"decide_claims", "collect_claims"})
    assert path.stem in TEXTS, f"{name} is not expected here: say in this test what reads it"
    first = {rule for rule in plan.rules if rule.startswith("render_")}
    if path.stem == "figure_words":
        first.add("translate_figures_zh")
    first |= {"trace_provenance", "collect_metrics", "decide_claims", "collect_claims"}
    if path.stem == "reference_values":
        first |= COMPARING
    return plan.after(first)


COMPARING = {"summarise_cifar", "summarise_discussion", "summarise_gradients", "summarise_gray", "summarise_mnist"}
COMPARING |= {"summarise_optimizers", "summarise_overfit"}


# Configuration


NUMPY_STUDIES = {"overfit", "train_optimizer", "search_rates", "rank_optimizer"}
MNIST_TRAININGS = {
    "search_mnist",
    "play_off_mnist",
    "train_mnist",
    "train_mnist_variant",
    "evaluate_batchnorm_statistics",
    "evaluate_layernorm_statistics",
}
WATCHING = {"train_vision", "evaluate_augmented", "inspect_filters"}
TESTING = {"evaluate_vision", "evaluate_shifts"}
WITHOUT_RESULT = ("data.mirrors", "machine")  # no rule and no page has them
# What computes with a key, by the longest beginning that fits. The environment's appendix prints every other section,
# and sections of the report print set-up constants: both are added below.
KEYS: dict[str, set[str]] = {
    "report": {"render_report"},
    "compute": WATCHING | TESTING | {"overfit_cnn"},
    "numpy": NUMPY_STUDIES | MNIST_TRAININGS | {"find_near_duplicates"},
    "data.mnist": {"describe_data"} | MNIST_TRAININGS,
    "data.cifar10": {"describe_data", "find_near_duplicates", "overfit_cnn"} | WATCHING | NUMPY_STUDIES,
    "gradients.check": {"check_gradients", "study_gradient_steps", "summarise_gradients"},
    "gradients.layers": {"check_layers", "summarise_gradients"},
    "gradients.steps": {"study_gradient_steps", "summarise_gradients"},
    "overfit": {"overfit", "summarise_overfit"},
    "overfit.training": {"overfit", "overfit_cnn", "summarise_overfit"},
    "overfit.cnn": {"overfit_cnn", "summarise_overfit"},
    "overfit.networks": {"overfit", "draw_overfit", "summarise_overfit"},
    "optimizers": {"summarise_optimizers", "summarise_search_budget"},
    "optimizers.training": NUMPY_STUDIES - {"overfit"} | {"summarise_optimizers", "summarise_search_budget"},
    "optimizers.runs": {"train_optimizer", "summarise_optimizers", "summarise_search_budget"},
    "mnist.search": {"search_mnist", "play_off_mnist"},
    "mnist.training": MNIST_TRAININGS - {"search_mnist"} | {"describe_mnist_network"},
    "mnist.published": {"train_mnist_variant"},
    "experiments.search_budget": {"search_rates"},
    "experiments.printed_adam": {"draw_printed_adam", "summarise_printed_adam"},
    "experiments.batch_statistics": {"evaluate_batchnorm_statistics", "evaluate_layernorm_statistics"},
    "experiments.augmented_validation": {"evaluate_augmented"},
    "experiments.near_duplicates": {"find_near_duplicates"},
    "experiments.shifted_images": {"evaluate_shifts"},
}
# Sections of the report that print set-up constants of a section of the configuration.
PRINTED: dict[str, set[str]] = {
    "data": {"render_datasets", "render_checklist"},
    "gradients": {"render_gradients"},
    "overfit": {"render_overfit", "render_cifar"},
    "optimizers": {"render_optimizers", "render_search_budget"},
    "mnist": {"render_mnist"},
    "experiments": {
        f"render_{name}"
        for name in ("augmented_validation", "checklist", "gray", "near_duplicates", "printed_adam", "search_budget")
    },
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
    return dict(with_all_experiments(merged(base, overlay), EXPERIMENTS))


def key_names() -> list[str]:
    return [name for name, _ in leaves(configuration()) if not name.startswith(SHAPE)]


# What must have one value in arms that are compared.
ALIKE = {f"arms.short_{model}.{key}" for model in ("mlp", "cnn") for key in ("images", "training.epochs")}


def with_another(key: str) -> dict[str, Any]:
    """The configuration with another valid value at ``key``."""
    config = copy.deepcopy(configuration())
    name = key.split(".")[-1]
    keys = [key] if key not in ALIKE else [other for other in ALIKE if other.endswith(f".{name}")]
    places = [functools.reduce(dict.__getitem__, path.split(".")[:-1], config) for path in keys]
    old, words = places[0][name], words_for(name)
    for value in [*candidates(old), *(word for word in words if word != old)]:
        for place in places:
            place[name] = value
        with contextlib.suppress(Exception):
            check(config, validate(config, whole_configuration(), EXPERIMENTS))
            return config
    raise AssertionError(f"no other value of {key} is known to this test")


def words_for(name: str) -> list[str]:
    """What a field of that name may be where its type is a ``Literal``."""
    classes = (ModelConfig, Recipe, OptimizerConfig, Augmentation, ComputeConfig)
    types = [get_type_hints(kind).get(name) for kind in classes]
    return [word for kind in types if get_origin(kind) is Literal for word in get_args(kind)]


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
    if key.startswith(WITHOUT_RESULT):
        return set()
    fitting = max((name for name in KEYS if f"{key}.".startswith(f"{name}.")), key=len, default=None)
    assert fitting, f"{key} is new: add it, or the section it stands in, to KEYS, with the rules that compute with it"
    section = key.split(".")[0]
    printing = PRINTED.get(section, set())
    return plan.after(KEYS[fitting] | printing | {"describe_environment"})
