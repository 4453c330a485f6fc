"""A wrong configuration or claims file is one clear line, whatever report it belongs to."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge

from lib.report.texts import load_texts
from lib.workflow.schema import (
    ConfigurationError,
    RunConfiguration,
    Strict,
    load_claims,
    load_configuration,
    validate,
    with_all_experiments,
)

EXPERIMENTS = ("first", "second")
CONFIG: dict[str, Any] = {
    "run": "main",
    "report": {"author": "A."},
    "claims": {"experiments": ["second"]},
    "training": {"epochs": 3, "rates": [0.1, 1], "kind": "plain", "models": {"small": {"width": 5}}},
}


@dataclass(frozen=True)
class Model:
    width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width == 13:
            raise ValueError("width: 13 is unlucky")


class Training(Strict):
    epochs: int
    rates: tuple[float, ...]
    kind: Literal["plain", "fancy"]
    models: dict[Literal["small", "large"], Model]


class Configuration(RunConfiguration):
    training: Training


def changed(path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[key] = value
    return config


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        validate(config, Configuration, EXPERIMENTS)
    return str(caught.value)


def test_a_good_configuration_comes_back_in_its_own_types():
    found = validate(CONFIG, Configuration, EXPERIMENTS)
    assert found.training.rates == (0.1, 1.0)
    assert found.training.models == {"small": Model(5)}
    assert (found.report.author, found.report.supervisor) == ("A.", "")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("trainin", {}, "trainin: unknown key 'trainin'; did you mean 'training'?"),
        ("training.zzz", 1, "training.zzz: unknown key 'zzz'; allowed: epochs, rates, kind, models"),
        ("training.models.small.widht", 1, "training.models.small.widht: unknown key 'widht'; did you mean 'width'?"),
        ("training.models.huge", {"width": 1}, "training.models.huge: unknown value 'huge'; allowed: small, large"),
        ("training.kind", "odd", "training.kind: unknown value 'odd'; allowed: plain, fancy"),
        (
            "training.kind",
            True,
            "training.kind: unknown value True; allowed: plain, fancy"
            " (in YAML, on, off, yes and no need quotation marks)",
        ),
        (
            "training.models.small.width",
            0,
            "training.models.small.width: input should be greater than or equal to 1, got 0",
        ),
        ("training.models.small.width", 13, "training.models.small.width: 13 is unlucky"),
        ("training.models.small", {}, "training.models.small.width: this key is missing"),
        (
            "training.epochs",
            1.5,
            "training.epochs: input should be a valid integer, got 1.5",
        ),
        (
            "training.rates",
            ["1e-3"],
            "training.rates.0: input should be a valid number, got '1e-3'"
            " (in YAML, write 1.0e-3 rather than 1e-3 and leave out quotation marks)",
        ),
        ("claims.experiments", ["third"], "claims.experiments.0: unknown value 'third'; allowed: first, second"),
        ("claims.experiments", ["first", "second", "first"], "claims.experiments: 'first' is there twice"),
        ("run", "", "run: string should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$', got ''"),
        ("run", "..", "run: string should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$', got '..'"),
    ],
)
def test_the_first_thing_wrong_is_one_line_with_its_key_and_what_is_allowed(path, value, message):
    assert refusal(changed(path, value)) == message


def test_a_missing_section_is_named():
    assert (
        refusal({key: value for key, value in CONFIG.items() if key != "training"}) == "training: this key is missing"
    )


def test_all_experiments_are_those_that_the_report_knows_in_its_order():
    config = with_all_experiments(changed("claims.experiments", "all"), EXPERIMENTS)
    assert config["claims"] == {"experiments": ["first", "second"]}
    assert validate(config, Configuration, EXPERIMENTS).claims.experiments == ["first", "second"]
    assert with_all_experiments(CONFIG, EXPERIMENTS) == CONFIG
    for broken in ({}, {"claims": None}, {"claims": ["all"]}):  # for the schema to say
        assert with_all_experiments(broken, EXPERIMENTS) == broken


REPORT = {
    "sections.yaml": "{title: {en: T}, languages: [en], sections: {one: 1, two: 2}}",
    "captions.yaml": """
        first_results: {kind: table, section: one, experiment: first, en: A table.}
        second_results: {kind: table, section: two, experiment: second, en: A table.}
    """,
    "labels.yaml": "{}",
    "claims.yaml": """
        better:
          section: two
          needs: second
          text: {en: It is better.}
          parts: [{kind: above, metric: second.gain, about: {en: the gain}}]
    """,
}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "report"
    folder.mkdir()
    for name, text in REPORT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(config: dict[str, Any], report: Path, check: Any = None) -> Any:
    return load_configuration(config, ["config.yaml", Path("presets/x.yaml").absolute()], report, Configuration, check)


def test_the_experiments_of_a_report_are_those_of_its_captions(report):
    assert load(changed("claims.experiments", "all"), report)["claims"]["experiments"] == ["first", "second"]


def test_the_process_ends_with_one_line_that_names_the_files(report):
    with pytest.raises(SystemExit) as stopped:
        load(changed("claims.experiments", ["frist"]), report)
    assert str(stopped.value) == (
        "config.yaml + presets/x.yaml: claims.experiments.0: unknown value 'frist'; allowed: first, second"
    )


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        ("# none yet", "expected captions by id, not nothing; for none write {}"),
        ("first_results: A table.", "first_results: expected kind, section and texts, not 'A table.'"),
        ("one: {kind: table}\none: {kind: table}", "line 2: 'one' is there twice"),
    ],
)
def test_captions_that_cannot_be_read_end_the_process_with_one_line(report, captions, message):
    (report / "captions.yaml").write_text(captions, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        load(CONFIG, report)
    assert str(stopped.value) == f"report/captions.yaml: {message}"


def test_so_it_does_where_the_reports_own_check_finds_something(report):
    def check(config: Any, checked: Configuration) -> None:
        if checked.training.epochs > len(config["training"]["rates"]):
            raise ConfigurationError("training.epochs: more than rates")

    with pytest.raises(SystemExit, match=r"^config\.yaml \+ presets/x\.yaml: training\.epochs: more than rates$"):
        load(CONFIG, report, check)
    assert load(changed("training.epochs", 2), report, check)["training"]["epochs"] == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("section: two", "section: three", "better.section: unknown section 'three'; allowed: one, two"),
        ("needs: second", "needs: third", "better.needs: unknown experiment 'third'; allowed: first, second"),
        ("{en: It is better.}", "{de: Es ist besser.}", "better.text: needs a text in en"),
        ("needs:", "need:", "better.need: unknown key"),
    ],
)
def test_a_claim_about_what_the_report_lacks_ends_the_process_with_one_line(report, old, new, message):
    path = report / "claims.yaml"
    assert list(load_claims(path, load_texts(report).outline, EXPERIMENTS)) == ["better"]
    path.write_text(REPORT["claims.yaml"].replace(old, new), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        load_claims(path, load_texts(report).outline, EXPERIMENTS)
    assert str(stopped.value) == f"report/claims.yaml: {message}"
