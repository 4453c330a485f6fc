"""A printed command makes the run that it stands in, and tells nobody's secrets."""

import shlex
from pathlib import Path

import pytest
from snakemake.cli import parse_config
from snakemake.settings.types import ConfigSettings

from lib.workflow.options import options_of


def given(*words: str, files: tuple[str, ...] = ()) -> ConfigSettings:
    """What Snakemake makes of ``--config`` and ``--configfile``."""
    return ConfigSettings(parse_config(words), [Path(file) for file in files], config_args=list(words))


def test_a_run_of_the_configuration_alone_needs_no_options():
    assert options_of("Snakefile", given()) == ""


def test_files_and_values_are_those_that_were_given_whatever_the_runs_name():
    assert options_of("Snakefile", given("run=abc", files=("presets/demo.yaml", "presets/test.yaml"))) == (
        "--configfile presets/demo.yaml presets/test.yaml --config run=abc"
    )
    assert options_of("own/Snakefile", given("run=abc")) == "-s own/Snakefile --config run=abc"


def test_what_decides_no_result_is_left_out():
    kept_out = ("data.mirrors", "machine")
    words = ("data={mirrors: [https://me:secret@host/], source: real}", "machine={trainings_per_gpu: 4}")
    assert options_of("Snakefile", given(*words), kept_out) == """--config 'data={"source": "real"}'"""
    assert options_of("Snakefile", given("data={mirrors: [secret]}"), kept_out) == ""
    assert options_of("Snakefile", given("machine=secret"), kept_out) == ""


@pytest.mark.parametrize(
    "word",
    [
        "abc",
        "1",
        "'1'",
        "!!str 1",
        "2.5",
        "True",
        "",
        "inf",
        "it's",
        "a: b",
        "图",
        "a b",
        "[1, a]",
        "{a: {b: ['1']}}",
        "{}",
    ],
)
def test_snakemake_reads_a_value_as_it_was(word):
    before = given(f"key={word}")
    option, *words = shlex.split(options_of("Snakefile", before))
    assert option == "--config"
    assert parse_config(words) == before.config
