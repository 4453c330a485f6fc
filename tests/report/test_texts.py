"""Captions, labels, reference values and bibliography are complete, in all languages, and say what is there."""

import itertools
import re
from typing import Any

import pytest

from lib.catalogue.experiments import controls
from lib.report.needs import Needs, joined, needs_of
from lib.report.tables import pipe_table
from lib.report.texts import (
    Outline,
    Texts,
    experiments_of,
    load_texts,
    localised,
    read_bibliography,
    read_captions,
    read_labels,
    read_outline,
    read_recorded,
    read_references,
)
from lib.report.yaml_files import read_yaml
from tests.report.conftest import ROOT

PARAMETERS = ("W1", "W2", "W3", "b1", "b2", "b3")
REPORT = ROOT / "report"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in (REPORT / "sections").glob("*.md.j2")}
MODULES = {path.stem for path in (ROOT / "lib/studies").glob("[!_]*.py")}
SCRIPTS = {path.stem for path in (ROOT / "scripts").glob("*.py")}


def printed(section: str, language: str) -> Needs:
    name = f"{section}.{language}.md.j2"
    return needs_of(TEMPLATES[name], name)


def test_every_section_has_a_template_in_every_language_and_no_template_is_left_over(texts: Texts):
    names = {f"{section}.{lang}.md.j2" for section in texts.outline.sections for lang in texts.outline.languages}
    assert set(TEMPLATES) == names


def test_every_caption_is_printed_in_its_own_section_in_every_language(texts: Texts):
    for language in texts.outline.languages:
        for section in texts.outline.sections:
            needs = printed(section, language)
            mine = {key for key, caption in texts.captions.items() if caption.section == section}
            assert mine <= {*needs.figures, *needs.tables}, (section, language)


def test_every_figure_and_table_has_a_script_that_makes_it(texts: Texts):
    for caption in texts.captions.values():
        verb = "draw" if caption.kind == "figure" else "summarise"
        name = "study" if caption.study in MODULES else caption.study
        assert f"{verb}_{name}" in SCRIPTS or caption.section == "claims", caption.id


def test_every_script_that_draws_has_figures_to_draw(texts: Texts):
    drawn = {caption.study for caption in texts.captions.values() if caption.kind == "figure"}
    assert {name.removeprefix("draw_") for name in SCRIPTS if name.startswith("draw_")} <= {"study", *drawn}


def test_every_experiment_has_a_figure_and_a_table_and_is_spoken_of_in_their_section(texts: Texts):
    experiments = experiments_of(read_yaml(REPORT / "captions.yaml"))
    assert set(controls()) < set(experiments)
    for experiment in experiments:
        own = [caption for caption in texts.captions.values() if caption.experiment == experiment]
        assert {caption.kind for caption in own} == {"figure", "table"}
        (section,) = {caption.section for caption in own}
        for language in texts.outline.languages:
            assert experiment in printed(section, language).experiments


def test_a_template_asks_only_for_experiments_claims_modules_and_settings_that_exist(texts: Texts):
    needs = joined(printed(s, language) for s in texts.outline.sections for language in texts.outline.languages)
    assert set(needs.experiments) <= set(experiments_of(read_yaml(REPORT / "captions.yaml")))
    assert set(needs.claims) <= set(read_yaml(REPORT / "claims.yaml"))
    assert set(needs.settings) <= set(read_yaml(ROOT / "config.yaml"))
    assert all((ROOT / module.replace(".", "/")).with_suffix(".py").is_file() for module in needs.modules)


def test_every_claim_has_its_verdict_in_its_section(texts: Texts):
    for key, claim in read_yaml(REPORT / "claims.yaml").items():
        for language in texts.outline.languages:
            assert key in printed(claim["section"], language).claims


def test_numbers_count_each_kind_through_the_report(texts: Texts):
    for kind in ("figure", "table"):
        numbers = [caption.number for caption in texts.captions.values() if caption.kind == kind]
        assert numbers == list(range(1, len(numbers) + 1))
    order = list(texts.outline.sections)
    places = [order.index(caption.section) for caption in texts.captions.values()]
    assert places == sorted(places)


def test_captions_are_in_the_language_they_claim(texts: Texts):
    for caption in texts.captions.values():
        for texts_by_language in (caption.text, caption.alt):
            assert set(texts_by_language) in ({"zh", "en"}, set())
            chinese, english = texts_by_language.get("zh", "图。"), texts_by_language.get("en", "A.")
            assert re.search(r"[\u4e00-\u9fff]", chinese), caption.id
            assert chinese.endswith("。"), caption.id
            assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", english), caption.id
            assert english.endswith("."), caption.id


def test_captions_hold_no_results(texts: Texts):
    for caption in texts.captions.values():
        for text in (*caption.text.values(), *caption.alt.values()):
            # 100% is the definition of the success region and 95% the level of an interval, not a result
            allowed = re.sub(r"100%|95%(?= interval| 区间)", "", text)
            assert not re.search(r"\d\s*%|0\.\d|10\^", allowed), caption.id


def test_labels_keep_their_places_in_every_language():
    for key, entry in read_yaml(REPORT / "labels.yaml").items():
        places = {tuple(sorted(re.findall(r"\{(\w+)\}", text))) for text in entry.values()}
        assert len(places) == 1, key


def test_reference_values_of_the_original(texts: Texts):
    values = {key: reference.value for key, reference in texts.references.items()}
    assert values["gradients.loss.plain"] == 2.3005
    assert values["gradients.error.regularised.b3"] == 1.80e-10
    assert (values["overfit.val_accuracy.three"], values["overfit.val_accuracy.five"]) == (0.167, 0.131)
    assert values["optimizers.val_accuracy.sgd"] == 0.319
    assert values["mnist.parameters"] == 242762
    assert values["gray.val_accuracy.cnn"] == 0.9048
    assert texts.references["optimizers.val_accuracy.sgd"].text() == "31.9%"
    assert texts.references["overfit.val_accuracy.three"].text() == "16.7%"
    assert texts.references["gradients.error.plain.b3"].text() == r"$5.80 \times 10^{-11}$"
    studies = {*texts.outline.sections, *(caption.experiment for caption in texts.captions.values())}
    assert all(key.split(".")[0] in studies for key in values)


def test_the_second_mean_of_the_original_does_not_follow_from_its_rows(texts: Texts):
    for column, follows in (("plain", True), ("regularised", False)):
        rows = [texts.references[f"gradients.error.{column}.{name}"].low for name in PARAMETERS]
        mean = texts.references[f"gradients.mean_error.{column}"]
        assert (abs(sum(rows) / 6 - mean.low) < 0.02 * mean.low) == follows


def test_every_source_that_is_cited_is_in_the_bibliography_which_is_numbered(texts: Texts):
    def cited(language: str) -> list[str]:
        whole = "".join(TEMPLATES[f"{section}.{language}.md.j2"] for section in texts.outline.sections)
        keys = (re.findall(r'"(\w+)"', call) for call in re.findall(r"\bcite\(([^)]*)\)", whole))
        return list(dict.fromkeys(itertools.chain.from_iterable(keys)))

    assert cited("en") == list(texts.bibliography)  # numbers rise through the report
    assert set(cited("zh")) == set(texts.bibliography)
    sources = texts.bibliography.values()
    assert [source.number for source in sources] == list(range(1, len(sources) + 1))
    assert all(source.url.startswith("https://") for source in sources)


def test_localised_reaches_every_depth():
    value = [{"name": {"zh": "甲", "en": "A"}, "share": 0.5}, "plain"]
    assert localised(value, "zh") == [{"name": "甲", "share": 0.5}, "plain"]
    assert localised({"first": 1, "en": "A"}, "zh") == {"first": 1, "en": "A"}  # not a text by language


QUOTED = " (in YAML, a number needs quotation marks)"
ALT = {"zh": "图。", "en": "A."}
OUTLINE: dict[str, Any] = {
    "title": {"en": "A report", "zh": "报告"},
    "languages": ["zh", "en"],
    "unfinished": ["fr"],
    "sections": {"first": 1, "second": "2.1", "notes": "A"},
    "volatile": ["notes"],
}


def test_the_outline_has_sections_in_order_with_numbers_as_text():
    outline = read_outline(OUTLINE)
    assert outline.sections == {"first": "1", "second": "2.1", "notes": "A"}
    assert list(outline.sections) == ["first", "second", "notes"]
    assert (outline.complete, outline.languages) == (("zh", "en"), ("zh", "en", "fr"))
    assert outline.volatile == ("notes",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sections": None}, "missing: sections"),
        ({"section": {"first": 1}}, "unknown key 'section'; did you mean 'sections'?"),
        ({"languages": ["zh"]}, "languages: en is missing; it stands in for what another language lacks"),
        ({"languages": "en"}, "languages: expected a list such as [en], not 'en'"),
        (
            {"languages": ["en", False]},
            "languages: expected names, such as [en], not false (in YAML, on, off, yes and no need quotation marks)",
        ),
        ({"languages": ["en", "en"]}, "languages: 'en' is there twice"),
        (
            {"languages": ["en", "eng"]},
            "languages: 'eng' is no code of a language: two small letters, such as en",
        ),
        ({"unfinished": ["zh"]}, "unfinished: zh is among the languages that have every text"),
        ({"sections": ["first"]}, "sections: expected numbers of headings by section, not a list"),
        ({"sections": {}}, "sections: a report needs one at least"),
        ({"sections": {"first": [1]}}, "sections: first: expected the number of its heading, not a list"),
        ({"sections": {"first": ""}}, "sections: first: expected the number of its heading, not ''"),
        ({"volatile": ["runtime"]}, "volatile: unknown section 'runtime'; allowed: first, second, notes"),
        ({"volatile": "notes"}, "volatile: expected a list such as [runtime], not 'notes'"),
        ({"title": "Hello"}, "title: expected a text in zh and in en, not 'Hello'"),
        ({"title": {"en": "A report"}}, "title: missing: zh"),
        (
            {"title": {"en": 5, "zh": "报告"}},
            f"title: en: expected a text, not 5{QUOTED}",
        ),
        ({"title": {"en": "A", "zh": "报告", "de": "B"}}, "title: unknown key 'de'; allowed: zh, en, fr"),
    ],
)
def test_a_wrong_outline_is_named(change, message):
    raw = {key: value for key, value in {**OUTLINE, **change}.items() if value is not None}
    with pytest.raises(ValueError) as error:
        read_outline(raw)
    assert str(error.value) == f"sections.yaml: {message}"


def test_english_stands_in_for_what_an_unfinished_language_lacks():
    outline = read_outline(OUTLINE)
    texts = {"zh": "图。", "en": "A figure."}
    entry = {"kind": "figure", "section": "first", "format": "svg", **texts, "alt": {**texts, "fr": "Une figure."}}
    caption = read_captions({"x": entry}, outline)["x"]
    assert (caption.text["fr"], caption.alt["fr"]) == ("A figure.", "Une figure.")
    labels = read_labels({"yes": {"zh": "是", "en": "yes", "fr": "oui"}, "no": {"zh": "否", "en": "no"}}, outline)
    assert labels["fr"] == {"title": "A report", "yes": "oui", "no": "no"}
    assert localised({"zh": "甲", "en": "A"}, "fr") == "A"


@pytest.fixture
def outline() -> Outline:
    return read_outline(OUTLINE)


def test_captions_are_numbered_in_the_order_of_their_sections(outline):
    table = {"kind": "table", "zh": "表。", "en": "A table."}
    places = {"late": "second", "early": "first", "appended": "first", "last": "notes"}
    captions = read_captions({key: {**table, "section": section} for key, section in places.items()}, outline)
    assert {key: caption.number for key, caption in captions.items()} == {
        "early": 1,
        "appended": 2,
        "late": 3,
        "last": 4,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "movie"}, "kind must be figure or table, not 'movie'"),
        ({"kind": ["figure"]}, "kind must be figure or table, not a list"),
        ({"title": "T"}, "unknown key 'title'; allowed: kind, section, zh, en, experiment, study, fr"),
        ({"sektion": "second"}, "unknown key 'sektion'; did you mean 'section'?"),
        ({"zh": None}, "missing: zh"),
        ({"en": 5}, f"en: expected a text, not 5{QUOTED}"),
        ({"en": ["A."]}, "en: expected a text, not a list"),
        ({"experiment": ["one"]}, "experiment: expected a text, not a list"),
        ({False: "Nei."}, "a key must be a text, not false (in YAML, on, off, yes and no need quotation marks)"),
        ({"section": "nowhere"}, "unknown section 'nowhere'; allowed: first, second, notes"),
        ({"section": "secnd"}, "unknown section 'secnd'; did you mean 'second'?"),
        ({"kind": "figure"}, "missing: format, alt"),
        ({"kind": "figure", "format": "gif", "alt": ALT}, "format must be svg or png, not 'gif'"),
        ({"kind": "figure", "format": "svg", "alt": {"en": "A."}}, "alt: missing: zh"),
        ({"kind": "figure", "format": "svg", "alt": "A."}, "alt: expected a text in zh and in en, not 'A.'"),
    ],
)
def test_wrong_captions_are_named(outline, change, message):
    entry = {"kind": "table", "section": "second", "zh": "表。", "en": "A table."}
    changed = {key: value for key, value in {**entry, **change}.items() if value is not None}
    with pytest.raises(ValueError) as error:
        read_captions({"before": entry, "x": changed}, outline)
    assert str(error.value) == f"captions.yaml: x: {message}"


@pytest.mark.parametrize("read", [lambda raw, outline: experiments_of(raw), read_captions])
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "captions.yaml: expected captions by id, not nothing; for none write {}"),
        (["x"], "captions.yaml: expected captions by id, not a list"),
        ({"x": "A table."}, "captions.yaml: x: expected kind, section and texts, not 'A table.'"),
    ],
)
def test_captions_of_another_shape_are_named_wherever_they_are_read(outline, read, raw, message):
    with pytest.raises(ValueError) as error:
        read(raw, outline)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "expected labels by key, not nothing; for none write {}"),
        ({"back": {"en": "back"}}, "back: missing: zh"),
        ({"back": "back"}, "back: expected a text in zh and in en, not 'back'"),
        (
            {"back": {"en": "back", "zh": 1}},
            f"back: zh: expected a text, not 1{QUOTED}",
        ),
        ({True: {}}, "a key must be a text, not true (in YAML, on, off, yes and no need quotation marks)"),
    ],
)
def test_a_wrong_label_is_named(outline, raw, message):
    with pytest.raises(ValueError) as error:
        read_labels(raw, outline)
    assert str(error.value) == f"labels.yaml: {message}"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (["x"], "expected sources by key, not a list"),
        ({"ba2016": "Ba, J."}, "ba2016: expected text and url, not 'Ba, J.'"),
        ({"ba2016": {"url": "https://x.org"}}, "ba2016: missing: text"),
        ({"ba2016": {"text": "Ba, J.", "url": None}}, "ba2016: url: expected a text, not nothing"),
        ({"ba2016": {"text": "Ba, J.", "link": "x"}}, "ba2016: unknown key 'link'; allowed: text, url"),
    ],
)
def test_a_wrong_source_is_named(raw, message):
    with pytest.raises(ValueError) as error:
        read_bibliography(raw)
    assert str(error.value) == f"references.yaml: {message}"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (0.5, "expected value and unit, not 0.5"),
        ({"value": 1, "unit": "loss", "digit": 2}, "unknown key 'digit'; did you mean 'digits'?"),
        ({"value": 1, "low": 0, "unit": "loss"}, "needs either value or both low and high"),
        ({"low": 0, "unit": "loss"}, "needs either value or both low and high"),
        ({"low": 2, "high": 1, "unit": "loss"}, "low 2 is above high 1"),
        ({"value": "much", "unit": "loss"}, "value: expected a number, not 'much'"),
        ({"value": [1, 2], "unit": "loss"}, "value: expected a number, not [1, 2]"),
        ({"value": 1, "unit": "loss", "digits": 1.5}, "digits: expected a whole number from 0, not 1.5"),
        ({"value": 1, "unit": "loss", "exact": "so"}, "exact: expected true or false, not 'so'"),
    ],
)
def test_a_wrong_reference_value_is_named(entry, message):
    with pytest.raises(ValueError) as error:
        read_references({"x.loss": entry})
    assert str(error.value) == f"reference_values.yaml: x.loss: {message}"


@pytest.mark.parametrize("empty", [False, True])
def test_a_report_without_reference_values_and_bibliography_or_with_empty_files_has_none(tmp_path, empty):
    for name in ("reference_values", "references") if empty else ():
        (tmp_path / f"{name}.yaml").write_text("# none yet\n", encoding="utf-8")
    (tmp_path / "sections.yaml").write_text("{title: {en: T}, languages: [en], sections: {only: 1}}", encoding="utf-8")
    (tmp_path / "captions.yaml").write_text("{}", encoding="utf-8")
    (tmp_path / "labels.yaml").write_text("{}", encoding="utf-8")
    texts = load_texts(tmp_path)
    assert (texts.references, texts.bibliography, texts.labels) == ({}, {}, {"en": {"title": "T"}})


COLUMNS = {"name": {"zh": "名称", "en": "Name"}, "value": {"zh": "值", "en": "Value", "unit": "percent", "digits": 1}}


def test_recorded_tables_have_columns_with_units(outline):
    table = read_recorded({"trials": {"columns": COLUMNS, "rows": [{"name": "one", "value": 0.5}]}}, outline)["trials"]
    assert [(column.key, column.unit, column.digits) for column in table.columns] == [
        ("name", "text", None),
        ("value", "percent", 1),
    ]
    assert pipe_table(table, "en", {}).splitlines()[-1] == "| one | 50.0% |"
    assert read_recorded({}, outline) == {}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"columns": COLUMNS}, "missing: rows"),
        ({"columns": COLUMNS, "rows": [{"nam": "one"}]}, "row 1: unknown key 'nam'; did you mean 'name'?"),
        ({"columns": {"name": {"en": "Name"}}, "rows": []}, "columns: name: missing: zh"),
        (
            {"columns": {"name": {**ALT, "unit": "miles"}}, "rows": []},
            "columns: name: column 'name': unknown unit 'miles'",
        ),
    ],
)
def test_a_wrong_recorded_table_is_named(outline, entry, message):
    with pytest.raises(ValueError) as error:
        read_recorded({"trials": entry}, outline)
    assert str(error.value).startswith(f"recorded.yaml: trials: {message}")
