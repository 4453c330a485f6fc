"""Captions, labels, reference values and bibliography are complete, in all languages, and say what is there."""

import re
from typing import Any

import pytest

from lib.report.needs import Needs, joined, needs_of
from lib.report.texts import (
    Caption,
    Outline,
    Texts,
    experiments_of,
    load_texts,
    localised,
    read_captions,
    read_labels,
    read_outline,
    read_yaml,
)
from tests.report.conftest import ROOT

PARAMETERS = ("W1", "W2", "W3", "b1", "b2", "b3")
REPORT = ROOT / "report"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in (REPORT / "sections").glob("*.md.j2")}
MODULES = {path.stem for path in (ROOT / "lib/studies").glob("[!_]*.py")}
SCRIPTS = {path.stem for path in (ROOT / "scripts").glob("*.py")}


def printed(section: str, language: str) -> Needs:
    name = f"{section}.{language}.md.j2"
    return needs_of(TEMPLATES[name], name)


def study(caption: Caption) -> str:
    """What its figure or table is made with: an experiment, or else its section."""
    return caption.experiment or caption.section


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
        name = "study" if study(caption) in MODULES else study(caption)
        assert f"{verb}_{name}" in SCRIPTS or caption.section == "claims", caption.id


def test_every_script_that_draws_has_figures_to_draw(texts: Texts):
    drawn = {study(caption) for caption in texts.captions.values() if caption.kind == "figure"}
    assert {name.removeprefix("draw_") for name in SCRIPTS if name.startswith("draw_")} <= {"study", *drawn}


def test_every_experiment_has_a_figure_and_a_table_and_is_spoken_of_in_their_section(texts: Texts):
    experiments = experiments_of(read_yaml(REPORT / "captions.yaml"))
    assert set(MODULES) < set(experiments)
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
            # 100% is the definition of the success region, not a result
            allowed = text.replace("100%", "")
            assert not re.search(r"\d\s*%|0\.\d|10\^", allowed), caption.id


def test_labels_keep_their_places_in_every_language():
    for key, entry in read_yaml(REPORT / "labels.yaml").items():
        places = {tuple(sorted(re.findall(r"\{(\w+)\}", text))) for text in entry.values()}
        assert len(places) == 1, key


def test_reference_values_of_the_original(texts: Texts):
    values = {key: reference.value for key, reference in texts.references.items()}
    assert values["gradients.loss.plain"] == 2.3005
    assert values["gradients.error.regularised.b3"] == 1.80e-10
    assert values["overfit.val_accuracy"] == [0.14, 0.17]
    assert values["optimizers.val_accuracy.sgd"] == 0.319
    assert values["mnist.parameters"] == 242762
    assert values["gray.val_accuracy.cnn"] == 0.9048
    assert texts.references["optimizers.val_accuracy.sgd"].text() == "31.9%"
    assert texts.references["overfit.val_accuracy"].text() == "14%–17%"
    assert texts.references["gradients.error.plain.b3"].text() == r"$5.80 \times 10^{-11}$"
    assert all(key.split(".")[0] in texts.outline.sections for key in values)


def test_the_second_mean_of_the_original_does_not_follow_from_its_rows(texts: Texts):
    for column, follows in (("plain", True), ("regularised", False)):
        rows = [texts.references[f"gradients.error.{column}.{name}"].low for name in PARAMETERS]
        mean = texts.references[f"gradients.mean_error.{column}"]
        assert (abs(sum(rows) / 6 - mean.low) < 0.02 * mean.low) == follows


def test_every_source_that_is_cited_is_in_the_bibliography_which_is_numbered(texts: Texts):
    cited = {
        key
        for text in TEMPLATES.values()
        for call in re.findall(r"\bcite\(([^)]*)\)", text)
        for key in re.findall(r'"(\w+)"', call)
    }
    assert len(cited) > 20
    assert cited <= set(texts.bibliography)
    sources = texts.bibliography.values()
    assert [source.number for source in sources] == list(range(1, len(sources) + 1))
    assert all(source.url.startswith("https://") for source in sources)


def test_localised_reaches_every_depth():
    value = [{"name": {"zh": "甲", "en": "A"}, "share": 0.5}, "plain"]
    assert localised(value, "zh") == [{"name": "甲", "share": 0.5}, "plain"]
    assert localised({"first": 1, "en": "A"}, "zh") == {"first": 1, "en": "A"}  # not a text by language


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
        ({"sections": None}, "sections: missing or unknown: sections"),
        ({"section": {"first": 1}}, "sections: missing or unknown: section"),
        ({"languages": ["zh"]}, "sections: languages: en is missing"),
        ({"volatile": ["runtime"]}, "sections: volatile: unknown section 'runtime'; allowed: first, second, notes"),
        ({"title": {"en": "A report"}}, "sections: title: missing or unknown: zh"),
        ({"title": {"en": "A report", "zh": "报告", "de": "Bericht"}}, "sections: title: missing or unknown: de"),
    ],
)
def test_a_wrong_outline_is_named(change, message):
    raw = {key: value for key, value in {**OUTLINE, **change}.items() if value is not None}
    with pytest.raises(ValueError) as error:
        read_outline(raw)
    assert str(error.value).startswith(message)


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "movie"}, "captions: x: kind must be figure or table, not 'movie'"),
        ({"title": "T"}, "captions: x: missing or unknown: title"),
        ({"zh": None}, "captions: x: missing or unknown: zh"),
        ({"section": "nowhere"}, "captions: x: section 'nowhere' is unknown or out of order"),
        ({"section": "first"}, "captions: x: section 'first' is unknown or out of order"),
        ({"kind": "figure"}, "captions: x: missing or unknown: alt, format"),
        (
            {"kind": "figure", "format": "gif", "alt": {"zh": "图。", "en": "A."}},
            "captions: x: format must be svg or png, and alt has a text in zh, en",
        ),
    ],
)
def test_wrong_captions_are_named(outline, change, message):
    entry = {"kind": "table", "section": "second", "zh": "表。", "en": "A table."}
    changed = {key: value for key, value in {**entry, **change}.items() if value is not None}
    with pytest.raises(ValueError) as error:
        read_captions({"before": entry, "x": changed}, outline)
    assert str(error.value) == message


def test_a_label_without_one_of_the_languages_is_named(outline):
    with pytest.raises(ValueError, match="labels: yes: needs a text in zh and in en"):
        read_labels({"yes": {"en": "yes"}}, outline)


def test_a_report_without_reference_values_and_bibliography_has_none(tmp_path):
    (tmp_path / "sections.yaml").write_text("{title: {en: T}, languages: [en], sections: {only: 1}}", encoding="utf-8")
    (tmp_path / "captions.yaml").write_text("{}", encoding="utf-8")
    (tmp_path / "labels.yaml").write_text("{}", encoding="utf-8")
    texts = load_texts(tmp_path)
    assert (texts.references, texts.bibliography, texts.labels) == ({}, {}, {"en": {"title": "T"}})
