"""Tables of the network and of the data sets say what the code and the arrays hold."""

from __future__ import annotations

from typing import Any

import pytest

from lib.report.summary import Summary
from lib.summaries import datasets, network


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


def _data_summary(is_sample: bool = False) -> dict[str, Any]:
    def part(samples: int, shape: list[int]) -> dict[str, Any]:
        return {"samples": samples, "image_shape": shape, "label_shape": []}

    def data(shape: list[int], sizes: tuple[int, int, int]) -> dict[str, Any]:
        channels = shape[0]
        return {
            "source": "sample: patches" if is_sample else "official",
            "is_sample": is_sample,
            "digest": {"train": "0123456789abcdef" * 4, "test": "f" * 64},
            "class_names": [str(i) for i in range(10)],
            "splits": {name: part(n, shape) for name, n in zip(("train", "validation", "test"), sizes, strict=True)},
            "mean": [0.1 * (i + 1) for i in range(channels)],
            "std": [0.2] * channels,
        }

    return {"mnist": data([1, 28, 28], (55, 5, 10)), "cifar10": data([3, 32, 32], (45, 6, 11))}


def test_data_tables_have_a_row_for_each_split_and_each_channel() -> None:
    summary = datasets.summarise(summary=_data_summary())
    assert _cells(summary, "data_splits", "samples") == [55, 5, 10, 45, 6, 11]
    assert _cells(summary, "data_splits", "image_shape") == ["1×28×28"] * 3 + ["3×32×32"] * 3
    assert _cells(summary, "data_statistics", "mean") == pytest.approx([0.1, 0.1, 0.2, 0.3])
    assert _cells(summary, "data_statistics", "digest_train") == ["0123456789abcdef"] * 2 + ["", ""]
    assert summary.numbers["datasets.samples.cifar10.validation"].value == 6
    assert summary.facts["datasets.sets"][0]["digest"]["test"] == "f" * 64  # in full, to be checked against


def test_sample_data_are_never_called_by_the_name_of_the_real_set_alone() -> None:
    labels = _cells(datasets.summarise(summary=_data_summary(is_sample=True)), "data_splits", "dataset")
    assert all("样例" in label["zh"] and "sample" in label["en"] for label in labels)


def test_summary_survives_its_file() -> None:
    summary = datasets.summarise(summary=_data_summary())
    again = Summary.from_json(summary.to_json())
    assert again.to_json() == summary.to_json()
    assert again.numbers == summary.numbers
