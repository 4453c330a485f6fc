"""Captions, reference values and bibliography are complete, in both languages."""

import re
from pathlib import Path

import pytest
import yaml

from lib.report.texts import LANGUAGES, SECTIONS, Texts, localised, read_captions

FIGURES = [
    "sample_grid_mnist",
    "sample_grid_cifar10",
    "gradient_steps",
    "overfit_curves",
    "overfit_grid",
    "overfit_gradient_norms",
    "optimizer_curves",
    "mnist_search",
    "mnist_curves",
    "mnist_confusion",
    "mnist_errors",
    "cifar_architectures",
    "cifar_curves",
    "cifar_bars",
    "cifar_per_class",
    "cifar_confusion",
    "cifar_filters",
    "cifar_feature_maps",
    "gray_samples",
    "gray_curves",
    "gray_bars",
]
# By experiment beyond the original's own: its figure and its table.
FURTHER = {
    "search_budget": ("search_budget_rates", "search_budget_results"),
    "printed_adam": ("printed_adam", "printed_adam_results"),
    "batch_statistics": ("batch_statistics", "batch_statistics_results"),
    "mlp_ceiling": ("mlp_ceiling_curves", "mlp_ceiling_results"),
    "rate_drops": ("rate_drops", "rate_drops_results"),
    "conv_init": ("conv_init_curves", "conv_init_results"),
    "augmented_validation": ("augmented_validation_bars", "augmented_validation_results"),
    "gray_three_channels": ("gray_three_channels_bars", "gray_three_channels_results"),
    "shuffled_pixels": ("shuffled_pixels_bars", "shuffled_pixels_results"),
    "shifted_images": ("shifted_images_curves", "shifted_images_results"),
    "filter_controls": ("filter_controls", "filter_controls_results"),
}
TABLES = [
    "data_splits",
    "data_statistics",
    "gradient_check",
    "gradient_layers",
    "overfit_results",
    "overfit_region",
    "optimizer_results",
    "mnist_architecture",
    "mnist_trials",
    "mnist_results",
    "cifar_layers",
    "cifar_results",
    "cifar_class_accuracy",
    "cifar_filter_kinds",
    "gray_results",
    "batchnorm_layernorm",
    "claims_verdicts",
]
SOURCES = [
    "kingma2015",
    "ioffe2015",
    "ba2016",
    "srivastava2014",
    "he2015",
    "simonyan2015",
    "lecun1998",
    "krizhevsky2009",
    "cs231n",
    "tieleman2012",
    "polyak1964",
    "sutskever2013",
    "lin2015",
    "bachmann2023",
    "jordan2024",
    "jordan_muon2024",
    "mehta2019",
    "dumoulin2016",
    "bergstra2012",
    "molder2021",
    "harris2020",
    "paszke2019",
    "glorot2010",
    "tan2021",
    "cubuk2020",
    "he2019",
    "wu2021",
    "smith2018",
    "szegedy2016",
    "devries2017",
    "frei1977",
]
PARAMETERS = ("W1", "W2", "W3", "b1", "b2", "b3")
REPORT = Path(__file__).resolve().parents[2] / "report"


def test_every_figure_and_table_of_the_report_has_a_caption(texts: Texts):
    own = {key: c for key, c in texts.captions.items() if c.experiment is None}
    assert {key for key, c in own.items() if c.kind == "figure"} == set(FIGURES)
    assert {key for key, c in own.items() if c.kind == "table"} == set(TABLES)


def test_every_further_experiment_has_a_figure_and_a_table(texts: Texts):
    assert set(FURTHER) == set(EXPERIMENTS)
    for experiment, (figure, table) in FURTHER.items():
        assert {k: c.kind for k, c in texts.captions.items() if c.experiment == experiment} == {
            figure: "figure",
            table: "table",
        }


def test_numbers_count_each_kind_through_the_report(texts: Texts):
    for kind, ids in (("figure", FIGURES), ("table", TABLES)):
        ids = [*ids, *FURTHER]
        numbers = [c.number for c in texts.captions.values() if c.kind == kind]
        assert numbers == list(range(1, len(ids) + 1))


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


def test_labels_keep_their_places_in_both_languages():
    raw = yaml.safe_load((REPORT / "labels.yaml").read_text(encoding="utf-8"))
    for key, entry in raw.items():
        places = [sorted(re.findall(r"\{(\w+)\}", entry[language])) for language in LANGUAGES]
        assert places[0] == places[1], key


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
    assert all(key.split(".")[0] in SECTIONS for key in values)


def test_the_second_mean_of_the_original_does_not_follow_from_its_rows(texts: Texts):
    for column, follows in (("plain", True), ("regularised", False)):
        rows = [texts.references[f"gradients.error.{column}.{name}"].low for name in PARAMETERS]
        mean = texts.references[f"gradients.mean_error.{column}"]
        assert (abs(sum(rows) / 6 - mean.low) < 0.02 * mean.low) == follows


def test_bibliography_is_complete_and_numbered(texts: Texts):
    assert set(texts.bibliography) == set(SOURCES)
    assert [source.number for source in texts.bibliography.values()] == list(range(1, len(SOURCES) + 1))
    assert all(source.url.startswith("https://") for source in texts.bibliography.values())


def test_localised_reaches_every_depth():
    value = [{"name": {"zh": "甲", "en": "A"}, "share": 0.5}, "plain"]
    assert localised(value, "zh") == [{"name": "甲", "share": 0.5}, "plain"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "movie"}, "x: kind must be figure or table"),
        ({"title": "T"}, "x: missing or unknown: title"),
        ({"section": "nowhere"}, "x: section 'nowhere' is unknown"),
    ],
)
def test_wrong_captions_are_named(change, message):
    entry = {"kind": "table", "section": "mnist", "zh": "表。", "en": "A table."}
    with pytest.raises(ValueError, match=message):
        read_captions({"x": entry | change})
