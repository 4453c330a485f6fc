"""Weights that convolutions save, run times and environments as the appendices show them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib.summaries import runtime
from lib.workflow.files import read_json, stable_json
from scripts import collect_runtime
from tests.summaries.made_up import (
    SEEDS,
    TRAINED_ON,
    made_cifar,
    made_discussion,
    made_environment,
    made_gray,
    made_mnist,
)


def test_locality_and_sharing_split_the_weights_saved_by_a_convolution() -> None:
    summary = made_discussion(made_mnist([2]), made_cifar({"mlp": [40], "cnn": [10]}), made_gray(SEEDS))
    weights = {name: summary.numbers[f"discussion.weights.{name}"].value for name in ("dense", "local", "shared")}
    assert weights == {"dense": 3072 * 65536, "local": 27 * 65536, "shared": 27 * 64}
    assert summary.numbers["discussion.locality_factor"].value == pytest.approx(1024 / 9)
    assert summary.numbers["discussion.sharing_factor"].value == 1024
    assert summary.numbers["discussion.stacked_ratio"].value == pytest.approx(18 / 25)
    assert summary.numbers["discussion.data_set_gap"].value == pytest.approx(98 - 60)
    assert summary.numbers["discussion.data_set_error_ratio"].value == pytest.approx(20)
    assert summary.numbers["discussion.colourless_filters"].value == pytest.approx(5 / 8)


def test_run_times_are_added_up_by_rule_and_the_longest_comes_first() -> None:
    benchmarks = {
        "draw": pd.DataFrame({"s": [1.5, 0.5], "max_rss": ["-", "-"]}),
        "train": pd.DataFrame({"s": [10.0, 30.0], "max_rss": [500.0, 800.0]}),
        "empty": pd.DataFrame({"s": [], "max_rss": []}),
    }
    rows = runtime.runtime_rows(benchmarks)
    assert rows == [
        {"rule": "train", "jobs": 2, "seconds_total": 40.0, "seconds_max": 30.0, "peak_mb": 800.0},
        {"rule": "draw", "jobs": 2, "seconds_total": 2.0, "seconds_max": 1.5, "peak_mb": None},
    ]
    summary = runtime.summarise(benchmarks=benchmarks)
    assert summary.numbers["runtime.seconds_total"].value == 42
    assert summary.numbers["runtime.longest_share"].value == pytest.approx(40 / 42)
    assert summary.facts["runtime.longest"] == summary.facts["runtime.largest"] == "train"


def test_jobs_are_those_that_the_report_rests_on_whatever_else_was_measured(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rules = {
        "train": {"inputs": {}, "outputs": {"o": "seed{seed}.csv"}, "benchmark": "b/train/{seed}.tsv"},
        "draw": {"inputs": {"i": ["seed0.csv", "seed1.csv"]}, "outputs": {"o": "plot.svg"}, "benchmark": "b/draw.tsv"},
        "collect_runtime": {"inputs": {"i": ["plot.svg"]}, "outputs": {"o": "runtime.json"}, "benchmark": "b/this.tsv"},
    }
    catalogue, summary = tmp_path / "rules.json", tmp_path / "runtime.json"
    catalogue.write_text(stable_json(rules))
    for name in ("train/0", "train/1", "draw"):
        path = tmp_path / f"b/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("s\tmax_rss\n2.0\t100\n")
    counts = []
    for left_by_earlier_runs in ((), ("train/2", "removed", "this")):
        for name in left_by_earlier_runs:
            (tmp_path / f"b/{name}.tsv").write_text("s\tmax_rss\n2.0\t100\n")
        collect_runtime.main([Path("plot.svg")], catalogue, summary)
        counts.append(read_json(summary)["numbers"]["runtime.jobs"]["value"])
    assert counts == [3, 3]


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
    assert summary.facts["environment.configuration"] == "run: main\ndata: {source: real}"


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
