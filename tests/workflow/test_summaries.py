"""A summary is written with the tables that have captions, or not at all."""

import json
from pathlib import Path

import pandas as pd
import pytest

from lib.report.summary import Column, Summary, Table
from lib.workflow.summaries import made_from_samples, read_reference, write_summary

TABLE = Table(
    [Column("name", {"zh": "层", "en": "Layer"}), Column("size", {"zh": "大小", "en": "Size"}, "count")],
    [{"name": {"zh": "卷积", "en": "convolution"}, "size": 3}, {"name": "ReLU", "size": None}],
)


def test_tables_are_plain_data_in_english(tmp_path: Path):
    summary = Summary(tables={"layers": TABLE})
    write_summary(summary, tmp_path / "summaries/some.json", [tmp_path / "tables/layers.csv"])
    assert pd.read_csv(tmp_path / "tables/layers.csv").to_csv(index=False) == "name,size\nconvolution,3.0\nReLU,\n"
    assert Summary.from_json((tmp_path / "summaries/some.json").read_text()).to_json() == summary.to_json()


def test_a_standard_deviation_stands_beside_its_mean(tmp_path: Path):
    columns = [Column("test", {"en": "Test"}, "percent", spread="s"), Column("n", {"en": "n"}, "count")]
    summary = Summary(tables={"results": Table(columns, [{"test": 0.5, "s": 0.01, "n": 5}, {"test": 0.4, "n": 1}])})
    write_summary(summary, tmp_path / "some.json", [tmp_path / "results.csv"])
    assert (tmp_path / "results.csv").read_text().splitlines() == ["test,test_sd,n", "0.5,0.01,5", "0.4,,1"]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ((), "made without a caption: layers"),
        (("layers", "more"), "captioned but not made: more"),
        (("other",), "made without a caption: layers; captioned but not made: other"),
    ],
)
def test_tables_that_are_not_those_of_the_captions_are_named_and_nothing_is_written(tmp_path: Path, wanted, named):
    with pytest.raises(ValueError) as error:
        write_summary(
            Summary(tables={"layers": TABLE}), tmp_path / "some.json", [tmp_path / f"{n}.csv" for n in wanted]
        )
    assert str(error.value) == f"tables {named}"
    assert list(tmp_path.iterdir()) == []


def test_reference_values_are_numbers_or_ranges_and_none_on_sample_data(tmp_path: Path):
    path = tmp_path / "reference_values.yaml"
    path.write_text("a.loss: {value: 2.5, unit: loss}\na.range: {low: 0.1, high: 0.2, unit: percent}\n")
    assert read_reference(path) == {"a.loss": 2.5, "a.range": (0.1, 0.2)}
    assert read_reference(path, is_sample=True) == {}
    path.write_text("# none yet\n")
    assert read_reference(path) == {}


def test_one_data_set_of_samples_makes_a_run_of_samples(tmp_path: Path):
    for name, sets in (("real", {"mnist": False}), ("mixed", {"mnist": False, "cifar10": True})):
        text = json.dumps({key: {"is_sample": value} for key, value in sets.items()})
        (tmp_path / f"{name}.json").write_text(text)
    assert not made_from_samples([tmp_path / "real.json"])
    assert made_from_samples([tmp_path / "real.json", tmp_path / "mixed.json"])
