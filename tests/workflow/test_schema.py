"""A wrong configuration or claims file is one clear line, whatever report it belongs to."""

import copy
import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge

from lib.report.texts import load_texts
from lib.workflow.schema import (
    IN_OPTION,
    QUOTED_IN_OPTION,
    QUOTED_IN_YAML,
    ConfigurationError,
    RunConfiguration,
    Strict,
    load_claims,
    load_configuration,
    read_configuration,
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
        ("training", [1], "training: expected keys with values, got [1]"),
        ("training.models", "small", "training.models: expected keys with values, got 'small'"),
        ("training.models.small", 5, "training.models.small: expected keys with values, got 5"),
        ("training.rates", 0.1, "training.rates: expected a list, got 0.1"),
        ("claims.experiments", "first", "claims.experiments: expected a list, got 'first'"),
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
        *(
            ("run", name, f"run: string should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$', got {name!r}")
            for name in ("..", ".", "a/b", "/a", "-x", "a ", "~", "*")
        ),
        ("run", "a" * 101, f"run: string should have at most 100 characters, got {'a' * 101!r}"),
        ("run", 2026, f"run: input should be a valid string, got 2026{QUOTED_IN_YAML}"),
        ("run", datetime.date(2026, 11, 26), f"run: a date, 2026-11-26{QUOTED_IN_YAML}"),
        (
            "report.author",
            datetime.datetime(2026, 11, 26, 1),
            f"report.author: a date, 2026-11-26 01:00:00{QUOTED_IN_YAML}",
        ),
        (
            "training.rates",
            {0.1},
            "training.rates: unknown type set; allowed: texts, numbers, true, false, null, lists, keys with values",
        ),
        (
            "training.rates",
            [0.1, b"1"],
            "training.rates.1: unknown type bytes; allowed: texts, numbers, true, false, null, lists, keys with values",
        ),
        ("training", {1: 2}, f"training.1: a key must be a text{QUOTED_IN_YAML}"),
        ("training.rates", [float("inf")], "training.rates.0: input should be a finite number, got inf"),
        ("training.rates", [float("nan")], "training.rates.0: input should be a finite number, got nan"),
        *(
            ("report.author", name, f"report.author: a line end or another control character in {name!r}; leave it out")
            for name in ("A\0", "A\nB", "\x1b[31mA", "\ud800")
        ),
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
    folder = tmp_path / "own/report"
    folder.mkdir(parents=True)
    for name, text in REPORT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files of a configuration in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("presets").mkdir()
    for name in ("config.yaml", "presets/x.yaml"):
        Path(name).write_text("run: main\n", encoding="utf-8")


def load(config: dict[str, Any], report: Path, check: Any = None, option: Any = None) -> Any:
    files = ["config.yaml", Path("presets/x.yaml").absolute()]
    return load_configuration(config, files, report, Configuration, check, option)


def test_the_experiments_of_a_report_are_those_of_its_captions(report):
    assert load(changed("claims.experiments", "all"), report)["claims"]["experiments"] == ["first", "second"]


def test_the_process_ends_with_one_line_that_names_the_files(report):
    with pytest.raises(SystemExit) as stopped:
        load(changed("claims.experiments", ["frist"]), report)
    assert str(stopped.value) == (
        "config.yaml + presets/x.yaml: claims.experiments.0: unknown value 'frist'; allowed: first, second"
    )


@pytest.mark.parametrize(
    ("path", "value", "option", "message"),
    [
        (
            "training.epochs",
            "3",
            {"training": {"epochs": "3"}},
            f"--config or the profile's config: training.epochs: input should be a valid integer, got '3'{IN_OPTION}",
        ),
        (
            "training.rates",
            ["1"],
            {"training": {"rates": ["1"]}},
            f"--config or the profile's config: training.rates.0: input should be a valid number, got '1'{IN_OPTION}",
        ),
        (
            "run",
            1,
            {"run": 1},
            f"--config or the profile's config: run: input should be a valid string, got 1{QUOTED_IN_OPTION}",
        ),
        (
            "nope",
            1,
            {"nope": 1},
            "--config or the profile's config: nope: unknown key 'nope'; allowed: run, report, claims, training",
        ),
        (
            "training.kind",
            "odd",
            {"training": {"epochs": 3}},
            "config.yaml + presets/x.yaml + --config or the profile's config: training.kind: unknown value 'odd';"
            " allowed: plain, fancy",
        ),
    ],
)
def test_what_is_wrong_in_the_option_config_does_not_blame_the_files(report, path, value, option, message):
    with pytest.raises(SystemExit) as stopped:
        load(changed(path, value), report, option=option)
    assert str(stopped.value) == message


QUOTES = " use quotation marks"
BROKEN = [
    (b"run: main\nrun: x\n", "line 2: 'run' is there twice"),
    (b"report: {author: A., author: B.}\n", "line 1: 'author' is there twice"),
    ("report: {author: é}\n".encode("latin-1"), "not UTF-8: invalid continuation byte at byte 17; save it as UTF-8"),
    ("run: main\n".encode("utf-16"), "not UTF-8: invalid start byte at byte 0; save it as UTF-8"),
    (
        b"run: a\0b\n",
        'unacceptable character #x0000: control characters are not allowed in "<unicode string>", position 6',
    ),
    (b"run: [a\n", "line 2: did not find expected ',' or ']'"),
    *(
        (
            f"run: main\n{key}: {value}\n".encode(),
            f"line 2: not a valid {kind}; correct it, or, if it is a text,{QUOTES}",
        )
        for key, value, kind in (
            ("a", "2026-13-45", "timestamp"),
            ("a", "[2026-01-01T25:00:00Z]", "timestamp"),
            ("a", "!!timestamp x", "timestamp"),
            ("a", "!!int y", "int"),
            ("a", "!!int ''", "int"),
            ("a", "!!float y", "float"),
            ("!!bool maybe", "a", "bool"),
        )
    ),
    *(
        (f"run: main\na: {value}\n".encode(), "line 2: an alias inside of what it stands for; write out what is meant")
        for value in ("&a [*a]", "&a {b: *a}", "&a {b: [{c: *a}]}")
    ),
    (b"- run\n", "expected keys with values, such as run: main"),
    (b"", "expected keys with values, such as run: main"),
]


@pytest.mark.parametrize("name", ["config.yaml", "presets/x.yaml"])
@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_file_of_the_configuration_that_cannot_be_read_is_named(report, name, content, message):
    Path(name).write_bytes(content)
    for read in (read_configuration, lambda _: load(CONFIG, report)):
        with pytest.raises(SystemExit) as stopped:
            read(name)
        assert str(stopped.value) == f"{name}: {message}"


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
    assert str(stopped.value) == f"own/report/captions.yaml: {message}"


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
    assert str(stopped.value) == f"own/report/claims.yaml: {message}"
