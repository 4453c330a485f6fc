"""From a figure back to the data, on a catalogue as Snakemake would give it."""

from pathlib import Path

import pytest

from lib.report.provenance import collapsed, fill, origins, pattern_regex, producer, provenance_table, trace
from lib.report.texts import load_texts

ROOT = Path(__file__).parents[2]

CATALOGUE = {
    "fetch": {
        "inputs": {},
        "outputs": {"archive": "data/raw/{set}.gz"},
        "settings": [],
        "code": "stamps/fetch.txt",
    },
    "prepare": {
        "inputs": {"archive": ["data/raw/{set}.gz"], "code": ["stamps/prepare.txt"]},
        "outputs": {"arrays": "data/prepared/{set}.npz"},
        "settings": ["settings/data.json"],
        "code": "stamps/prepare.txt",
    },
    "overfit": {
        "inputs": {"data": ["data/prepared/cifar10.npz"]},
        "outputs": {"history": "overfit/{network}/seed{seed,[0-9]+}/history.csv"},
        "settings": ["settings/overfit.{network}.json"],
        "code": "stamps/overfit.txt",
    },
    "draw": {
        "inputs": {"runs": ["overfit/three/seed{seed}/history.csv", "overfit/five/seed{seed}/history.csv"]},
        "outputs": {"svg": "figures/overfit_curves.svg", "png": "figures/overfit_curves.png"},
        "settings": [],
        "code": "stamps/draw.txt",
    },
}


def test_walk_from_a_figure_to_the_archive():
    found = trace("figures/overfit_curves.svg", CATALOGUE)
    assert found.rule == "draw"
    assert found.rules == ("draw", "overfit", "prepare", "fetch")
    assert found.settings == (
        "settings/overfit.three.json",
        "settings/overfit.five.json",
        "settings/data.json",
    )
    assert found.code == ("stamps/draw.txt", "stamps/overfit.txt", "stamps/prepare.txt", "stamps/fetch.txt")
    assert found.sources == ()
    assert found.steps[1].path == "overfit/three/seed{seed}/history.csv"
    assert found.steps[1].inputs == ("data/prepared/cifar10.npz",)


def test_a_file_that_no_rule_makes_is_a_source():
    assert trace("report/style.css", CATALOGUE).sources == ("report/style.css",)
    assert trace("report/style.css", CATALOGUE).rule is None


def test_stamps_and_settings_are_no_inputs():
    assert trace("data/prepared/mnist.npz", CATALOGUE).steps[0].inputs == ("data/raw/mnist.gz",)


def test_wildcards_match_one_folder_and_obey_their_constraint():
    pattern = "vision/{model}-{color}/seed{seed,[0-9]+}/test.npz"
    match = pattern_regex(pattern).fullmatch("vision/mlp-rgb/seed3/test.npz")
    assert match is not None
    assert match.groupdict() == {"model": "mlp", "color": "rgb", "seed": "3"}
    assert pattern_regex(pattern).fullmatch("vision/a/b-rgb/seed3/test.npz") is None
    assert pattern_regex(pattern).fullmatch("vision/mlp-rgb/seedX/test.npz") is None
    assert fill(pattern, {"model": "cnn"}) == "vision/cnn-{color}/seed{seed}/test.npz"
    assert pattern_regex("{a}/{a}.txt").fullmatch("x/y.txt") is None


def test_the_more_specific_rule_wins_and_a_tie_is_an_error():
    def entry(pattern):
        return {"inputs": {}, "outputs": {"o": pattern}, "settings": [], "code": None}

    catalogue = {"general": entry("figures/{id}.svg"), "special": entry("figures/a.svg")}
    assert producer("figures/a.svg", catalogue) == ("special", {})
    assert producer("figures/b.svg", catalogue) == ("general", {"id": "b"})
    with pytest.raises(ValueError, match="could be made by one and by two"):
        producer("x.svg", {"one": entry("{a}.svg"), "two": entry("{b}.svg")})


def test_rows_of_the_appendix():
    items = {"overfit_curves": trace("figures/overfit_curves.svg", CATALOGUE)}
    names = {"overfit_curves": {"zh": "图 4", "en": "Figure 4"}}
    digests = {"stamps/draw.txt": "0123456789abcdef"}
    details = {"overfit_curves": {"seeds": "0–19", "device": "cpu"}}
    labels = load_texts(ROOT / "report").labels
    table = provenance_table(origins(items, CATALOGUE, digests, details), names, labels)
    assert [column.label["en"] for column in table.columns][:2] == ["Figure or table", labels["en"]["origin_rules"]]
    (row,) = table.rows
    assert row["item"]["en"] == "Figure 4<br>`overfit_curves`"
    assert row["rules"] == "`draw`<br>`overfit`<br>`prepare`<br>`fetch`"
    assert row["code"] == "`0123456789ab`"
    assert (row["seeds"], row["device"]) == ("0–19", "cpu")


def test_files_of_one_rule_are_one_pattern_and_settings_are_named_by_their_section():
    outputs = {"test": "results/main/vision/{model}/seed{seed,[0-9]+}/test.npz"}
    catalogue = {"evaluate": {"inputs": {}, "outputs": outputs, "settings": [], "code": None}}
    paths = [f"results/main/vision/mlp/seed{i}/test.npz" for i in range(3)]
    assert collapsed([*paths, "results/main/inputs/settings/overfit.grid.json", "data/mnist.npz"], catalogue) == (
        "vision/{model}/seed{seed}/test.npz",
        "overfit.grid",
        "data/mnist.npz",
    )


def test_results_of_a_module_are_shown_without_its_prefix():
    assert collapsed(["lab/results/main/data/summary.json", "lab/results/main/inputs/settings/mnist.json"]) == (
        "data/summary.json",
        "mnist",
    )
