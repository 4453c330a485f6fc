"""Weights that convolutions save, run times and environments as the appendices show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.summaries import runtime
from lib.workflow.files import read_json, stable_json
from scripts import collect_runtime
from tests.summaries.made_up import (
    TRAINED_ON,
    made_cifar,
    made_discussion,
    made_environment,
    made_mnist,
)


def test_locality_and_sharing_split_the_weights_saved_by_a_convolution() -> None:
    summary = made_discussion(made_mnist([2]), made_cifar({"mlp": [40], "cnn": [10]}))
    weights = {name: summary.numbers[f"discussion.weights.{name}"].value for name in ("dense", "local", "shared")}
    assert weights == {"dense": 3072 * 65536, "local": 27 * 65536, "shared": 27 * 64}
    assert summary.numbers["discussion.locality_factor"].value == pytest.approx(1024 / 9)
    assert summary.numbers["discussion.sharing_factor"].value == 1024
    assert summary.numbers["discussion.stacked_ratio"].value == pytest.approx(18 / 25)
    assert summary.numbers["discussion.data_set_gap"].value == pytest.approx(98 - 60)


def test_run_times_are_added_up_by_rule_and_the_longest_comes_first() -> None:
    columns = ["rule", "experiment", "s", "max_rss", "cpu_time"]
    jobs = [
        ("draw", "mnist", 1.5, "-", "NA"),
        ("draw", "cifar", 0.5, "-", "NA"),
        ("train", "cifar", 10.0, 500.0, 18.0),
        ("train", "cifar", 30.0, 800.0, 7200.0),
    ]
    devices = {"mnist": [], "cifar": {"Some GPU", "CPU"}}
    summary = runtime.summarise(pd.DataFrame(jobs, columns=columns), devices)
    rows = summary.tables["runtime_rules"].rows
    assert [(row["rule"], row["jobs"], row["seconds_total"], row["seconds_max"]) for row in rows] == [
        ("`train`", 2, 40.0, 30.0),
        ("`draw`", 2, 2.0, 1.5),
    ]
    assert [row["peak_mb"] for row in rows] == [800.0, None]
    assert summary.numbers["runtime.seconds_total"].value == 42
    assert summary.numbers["runtime.longest_share"].value == pytest.approx(40 / 42)
    assert summary.facts["runtime.longest"] == summary.facts["runtime.largest"] == "train"
    experiments = summary.tables["runtime_experiments"].rows
    assert [(row["experiment"], row["jobs"], row["device"]) for row in experiments] == [
        ("`mnist`", 1, "CPU"),
        ("`cifar`", 3, "CPU, Some GPU"),
    ]
    # Of a job too short to be measured, its run time on one core.
    assert [row["core_hours"] * 3600 for row in experiments] == pytest.approx([1.5, 0.5 + 18 + 7200])
    assert summary.numbers["runtime.core_hours"].value * 3600 == pytest.approx(7220)


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``collect_runtime`` reads of two experiments that share a training: arguments by name."""
    monkeypatch.chdir(tmp_path)

    def entry(inputs: list[str], output: str, benchmark: str) -> dict[str, Any]:
        return {"inputs": {"i": inputs}, "outputs": {"o": output}, "benchmark": f"b/{benchmark}.tsv"}

    rules = {
        "train": entry([], "seed{seed}/key.json", "train/{seed}"),
        "summarise_a": entry(["seed0/key.json"], "a.json", "a"),
        "summarise_b": entry(["seed0/key.json", "seed1/key.json"], "b.json", "b"),
        "draw_a": entry(["seed0/key.json"], "plot.svg", "draw"),
        "collect_runtime": entry(["plot.svg"], "runtime.json", "this"),
    }
    Path("rules.json").write_text(stable_json(rules))
    for seed, device in enumerate(("cpu", "cuda")):
        Path(f"seed{seed}").mkdir()
        Path(f"seed{seed}/key.json").write_text(stable_json({"device": device, "device_name": "Some GPU"}))
    for name in ("train/0", "train/1", "a", "b", "draw"):
        measure(name)
    names = {"catalogue": "rules.json", "summary": "runtime.json"}
    lists = {"summaries": ["a.json", "b.json"], "figures": ["plot.svg"]}
    lists["trainings"] = ["seed0/key.json", "seed1/key.json"]
    return {name: Path(path) for name, path in names.items()} | {k: [*map(Path, v)] for k, v in lists.items()}


def measure(name: str) -> None:
    path = Path(f"b/{name}.tsv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("s\tmax_rss\tcpu_time\n2.0\t100\t3.6\n")


def test_jobs_are_those_that_the_report_rests_on_whatever_else_was_measured(measured) -> None:
    counts = []
    for left_by_earlier_runs in ((), ("train/2", "removed", "this")):
        for name in left_by_earlier_runs:
            measure(name)
        collect_runtime.main(**measured)
        counts.append(read_json(measured["summary"])["numbers"]["runtime.jobs"]["value"])
    assert counts == [5, 5]


def test_a_job_counts_once_for_the_first_experiment_that_rests_on_it(measured) -> None:
    collect_runtime.main(**measured)
    rows = read_json(measured["summary"])["tables"]["runtime_experiments"]["rows"]
    assert [(row["experiment"], row["jobs"], row["device"]) for row in rows] == [
        ("`a`", 3, "CPU"),
        ("`b`", 2, "CPU, Some GPU"),
    ]
    assert [row["core_hours"] for row in rows] == pytest.approx([0.003, 0.002])


def test_a_training_from_elsewhere_takes_no_time_here(measured) -> None:
    Path("b/train/1.tsv").unlink()
    collect_runtime.main(**measured)
    rows = read_json(measured["summary"])["tables"]["runtime_experiments"]["rows"]
    assert [(row["jobs"], row["device"]) for row in rows] == [(3, "CPU"), (1, "CPU, Some GPU")]


def test_environment_lists_packages_in_order_and_the_digest_of_every_part() -> None:
    summary = made_environment(None)
    assert [row["name"] for row in summary.tables["environment_packages"].rows] == ["Jinja2", "numpy", "torch"]
    data = summary.tables["environment_data"].rows
    assert [(row["set"], row["part"]["en"]) for row in data] == [
        ("mnist", "training"),
        ("mnist", "test"),
        ("cifar10", "training"),
        ("cifar10", "test"),
    ]
    assert summary.facts["environment.has_gpu"] is False


def test_environment_says_on_what_each_training_ran_and_which_came_from_elsewhere() -> None:
    gpu = {"device": "cuda", "device_name": "NVIDIA H200", "precision": "tf32", "threads": 2, "torch": "2.11"}
    elsewhere = {**TRAINED_ON, **gpu, "bundle": {"format": 1}}
    trainings = [{**TRAINED_ON, "arm": arm} for arm in ("mlp-rgb", "mlp-rgb", "mlp-gray")]
    trainings += [{**elsewhere, "arm": "cnn-rgb"}, {**elsewhere, "arm": "cnn-gray", "accepted_code": True}]
    summary = made_environment(None, trainings)
    rows = [(row["name"]["en"], row["value"]["en"]) for row in summary.tables["environment_system"].rows[4:]]
    assert rows == [
        (
            "Trainings on CIFAR-10 (how many): mlp-gray (1), mlp-rgb (2)",
            "CPU (AVX512, threads: 2), bfloat16, PyTorch 2.9, NumPy 2.0; trained by this run",
        ),
        (
            "Trainings on CIFAR-10 (how many): cnn-rgb (1)",
            "NVIDIA H200, tf32, PyTorch 2.11, NumPy 2.0; taken from a bundle",
        ),
        (
            "Trainings on CIFAR-10 (how many): cnn-gray (1)",
            "NVIDIA H200, tf32, PyTorch 2.11, NumPy 2.0; taken from a bundle, trained by other code",
        ),
    ]
