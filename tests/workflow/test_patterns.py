"""Paths say which run a file belongs to; tables of many runs must not mix them up."""

from pathlib import Path

import pandas as pd
import pytest

from lib.workflow.patterns import path_values, read_runs

ARM = "vision/{model}-{color}/seed{seed}"


def test_values_come_from_the_path():
    path = Path("results/main/vision/cnn-gray/seed12/history.csv")
    assert path_values(path, ARM) == {"model": "cnn", "color": "gray", "seed": 12}


def test_another_path_is_an_error():
    with pytest.raises(ValueError, match="expected a path with vision"):
        path_values(Path("results/main/mnist/seed0/history.csv"), ARM)


def test_tables_are_joined_in_the_order_of_their_seeds(tmp_path):
    paths = []
    for seed in (10, 2):
        path = tmp_path / f"mnist/seed{seed}/history.csv"
        path.parent.mkdir(parents=True)
        pd.DataFrame({"epoch": [1], "loss": [seed / 10]}).to_csv(path, index=False)
        paths.append(path)
    table = read_runs(paths, "mnist/seed{seed}")
    assert table.to_dict("list") == {"seed": [2, 10], "epoch": [1, 1], "loss": [0.2, 1.0]}
