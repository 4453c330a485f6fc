"""Tables of the network and of the data sets say what the code and the arrays hold."""

from __future__ import annotations

from typing import Any

import pytest

from lib.report.summary import Summary
from lib.summaries import datasets, network
from tests.summaries.made_up_numpy import made_data


def _cells(summary: Summary, table: str, column: str) -> list[Any]:
    return [row.get(column) for row in summary.tables[table].rows]


def test_every_cell_of_the_normalisation_table_has_both_languages() -> None:
    table = network.summarise().tables["batchnorm_layernorm"]
    assert len(table.rows) >= 5
    for row in table.rows:
        assert set(row) == {"aspect", "batchnorm", "layernorm"}
        for cell in row.values():
            assert set(cell) == {"zh", "en"}
            assert all(cell.values())


def test_data_tables_have_a_row_for_each_split_and_each_channel() -> None:
    summary = datasets.summarise(summary=made_data())
    assert _cells(summary, "data_splits", "samples") == [55, 5, 10, 45, 6, 11]
    assert _cells(summary, "data_splits", "image_shape") == ["1×28×28"] * 3 + ["3×32×32"] * 3
    assert _cells(summary, "data_statistics", "mean") == pytest.approx([0.1, 0.1, 0.2, 0.3])
    assert _cells(summary, "data_statistics", "digest_train") == ["0123456789abcdef"] * 2 + ["", ""]
    assert summary.numbers["datasets.samples.cifar10.validation"].value == 6
    assert summary.facts["datasets.sets"][0]["digest"]["test"] == "f" * 64  # in full, to be checked against


def test_sample_data_are_never_called_by_the_name_of_the_real_set_alone() -> None:
    labels = _cells(datasets.summarise(summary=made_data(is_sample=True)), "data_splits", "dataset")
    assert all("样例" in label["zh"] and "sample" in label["en"] for label in labels)


def test_summary_survives_its_file() -> None:
    summary = datasets.summarise(summary=made_data())
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
