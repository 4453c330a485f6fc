"""The description of a run for machines; ``make test-crate`` gives that of a whole run to the profiles' validator."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from lib.report.crate import TERMS
from scripts import package_run

ROOT = Path(__file__).resolve().parents[2]
CONTEXTS = ROOT / "tests/crate/contexts"


@pytest.fixture(scope="module")
def crate(tmp_path_factory) -> Path:
    """Made of a run with a few files of each kind, twice with the same bytes."""
    folder = tmp_path_factory.mktemp("run")

    def file(name: str, content: str = "content") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    target = folder / "ro-crate-metadata.json"
    facts = json.dumps({"mnist": {"is_sample": True}})
    files: dict[str, Any] = {
        "texts": [ROOT / "report/sections.yaml"],
        "pages": [file(f"report/report.{language}.html") for language in ("zh", "en")],
        "figures": [
            file(f"report/figures/{name}") for name in ("cifar_bars.png", "cifar_bars.svg", "zh/cifar_bars.svg")
        ],
        "tables": [file("tables/mnist_results.csv"), file("tables/runs.csv")],
        "metrics": file("metrics.json"),
        "claims": file("claims.json"),
        "measured": [
            file(f"{name}.csv")
            for name in (
                "mnist/search",
                "mnist/seed0/history",
                "optimizers/adam/seed0/loss",
                "optimizers/adam/seed0/epochs",
            )
        ],
        "datasets": [file("data/summary.json", facts)],
        "workflow": file("inputs/files/Snakefile"),
        "citation": ROOT / "CITATION.cff",
        "snakemake": file("inputs/versions/snakemake.txt", "9.1.2\n"),
    }
    package_run.main("made-up", **files, crate=target)
    first = target.read_bytes()
    time.sleep(1)  # the finest that a date in it could tell
    package_run.main("made-up", **files, crate=target)
    assert target.read_bytes() == first
    return target


@pytest.fixture(scope="module")
def entities(crate) -> dict[str, dict[str, Any]]:
    return {entity["@id"]: entity for entity in json.loads(crate.read_text(encoding="utf-8"))["@graph"]}


def kinds(entity: dict[str, Any]) -> set[str]:
    return {entity["@type"]} if isinstance(entity["@type"], str) else set(entity["@type"])


def test_every_file_is_there_with_name_and_description_and_no_two_names_are_the_same(crate, entities):
    files = [entity for entity in entities.values() if "File" in kinds(entity)]
    assert len(files) == 14
    assert all((crate.parent / file["@id"]).is_file() and file["description"] for file in files)
    assert len({file["name"] for file in files}) == 14


def test_a_figure_says_its_language_and_describes_itself_in_it(entities):
    english, chinese = (entities[f"report/figures/{name}"] for name in ("cifar_bars.svg", "zh/cifar_bars.svg"))
    assert english["name"].endswith("(SVG)") and chinese["name"].endswith("(SVG, zh)")
    assert "准确率" in chinese["description"] and "Accuracies" in english["description"]


def test_it_says_what_the_runs_and_the_measurements_are(entities):
    assert entities["tables/runs.csv"]["name"] == "Runs"
    assert "every seed behind every number" in entities["tables/runs.csv"]["description"]
    assert entities["mnist/search.csv"]["description"].startswith("The trials of a search")
    assert entities["optimizers/adam/seed0/loss.csv"]["description"].startswith("The loss of a training by iteration")


def test_it_says_which_workflow_of_which_engine_made_them(entities):
    root = entities["./"]
    profiles = [entities[profile["@id"]] for profile in root["conformsTo"]]
    assert {"Process Run Crate", "Workflow Run Crate"} < {profile["name"] for profile in profiles}
    workflow = entities[root["mainEntity"]["@id"]]
    assert kinds(workflow) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert entities[workflow["programmingLanguage"]["@id"]]["version"] == "9.1.2"
    action = entities[root["mentions"]["@id"]]
    assert kinds(action) == {"CreateAction"} and action["instrument"]["@id"] == workflow["@id"]
    assert len(action["result"]) == 13


def test_every_term_is_in_the_contexts_that_it_names(crate, entities):
    described = json.loads(crate.read_text(encoding="utf-8"))
    assert described["@context"] == ["https://w3id.org/ro/crate/1.1/context", TERMS]
    known = {term for path in CONTEXTS.glob("*.json") for term in json.loads(path.read_text())["@context"]}
    used = {term for entity in entities.values() for term in (*entity, *kinds(entity)) if not term.startswith("@")}
    assert used == known
