"""metrics.json holds every number of the summaries, and summaries survive their files."""

import csv
import json

import pandas as pd
import pytest

from lib.report.metrics import collect, runs_to_csv, to_json
from lib.report.render import Context
from lib.report.summary import Summary


def test_numbers_and_cells_by_id(context: Context):
    metrics = json.loads(to_json(collect(context.summaries, context.texts.references)))
    accuracy = metrics["mnist.test_accuracy"]
    assert accuracy["value"] == pytest.approx(0.98)
    assert (accuracy["unit"], accuracy["n"], accuracy["source"]) == ("percent", 5, ["mnist/a.csv"])
    assert accuracy["reference"] == 0.9805
    assert accuracy["spread"] == pytest.approx(0.00158114, abs=1e-8)
    assert accuracy["interval"] == pytest.approx([0.9780368, 0.9819632], abs=1e-6)
    cell = {"value": 200960, "unit": "count", "source": ["mnist/results.csv"]}
    assert metrics["table.mnist_results.1.parameters"] == cell
    assert metrics["table.mnist_results.2.width"]["value"] is None
    assert "table.mnist_results.1.name" not in metrics
    assert metrics["mnist.missing"]["value"] is None


def test_a_metric_of_two_summaries_is_refused(context: Context):
    summary = context.summaries["mnist"]
    with pytest.raises(ValueError, match="'mnist.test_accuracy' is defined twice"):
        collect({"a": summary, "b": summary}, {})


def test_summary_survives_its_file(context: Context):
    summary = context.summaries["mnist"]
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers["mnist.test_accuracy"] == summary.numbers["mnist.test_accuracy"]
    assert collect({"mnist": again}, {}).keys() == collect({"mnist": summary}, {}).keys()


def test_the_table_of_runs_has_every_value_of_every_seed_and_nothing_else():
    values = {"mnist.loss": {10: 0.1 + 0.2, 2: float("nan"), 3: 1 / 3}, "gray.drop.mlp": {0: -1e-17}}
    mnist, gray = Summary(), Summary()
    mnist.add_runs("mnist.loss", values["mnist.loss"], "loss")
    mnist.add("mnist.chance", 0.1, "percent", n=3)  # no runs of its own
    files = ("vision/mlp-rgb/seed0/test.npz", "vision/mlp-gray/seed0/test.npz", "vision/mlp-gray/seed1/test.npz")
    gray.add_runs("gray.drop.mlp", pd.Series(values["gray.drop.mlp"]), "points", source=files)
    text = runs_to_csv({"mnist": mnist, "gray": gray})
    assert text == runs_to_csv({name: Summary.from_json(s.to_json()) for name, s in (("gray", gray), ("mnist", mnist))})
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["experiment"], row["metric"], row["seed"], row["unit"]) for row in rows] == [
        ("gray", "gray.drop.mlp", "0", "points"),
        ("mnist", "mnist.loss", "2", "loss"),
        ("mnist", "mnist.loss", "3", "loss"),
        ("mnist", "mnist.loss", "10", "loss"),
    ]
    assert [row["arm"] for row in rows] == ["mlp-rgb mlp-gray", "", "", ""]
    read = [float(row["value"]) for row in rows]
    assert read == pytest.approx([values[row["metric"]][int(row["seed"])] for row in rows], rel=0, abs=0, nan_ok=True)
