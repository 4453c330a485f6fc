"""Texts that are true of any outcome, the same in both languages, from no more than their rules hand over."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lib.experiments.arm_results import ArmResults
from lib.report.formulas import to_mathml
from lib.report.markdown import parser
from tests.report.outcomes import CLAIMS, OUTLINE, Outcome
from tests.summaries.made_up import (
    made_cifar,
    made_near_duplicates,
)


@pytest.mark.parametrize("language", OUTLINE.languages)
@pytest.mark.parametrize("section", OUTLINE.sections)
def test_section_renders_whatever_the_outcome(section: str, language: str, outcome: Outcome) -> None:
    rendered = outcome.render(section, language)
    written = re.sub(r"```python\n.*?```", "", rendered.text, flags=re.DOTALL)  # listings may say None
    assert not re.search(r"\b(None|nan|inf|Undefined)\b|\{\{|\{%", written)
    tokens = parser().parse(rendered.text)
    level = "h3" if OUTLINE.sections[section].startswith("4.") else "h2"
    assert [token.tag for token in tokens if token.type == "heading_open"][0] == level
    for token in [child for block in tokens for child in (block, *(block.children or ()))]:
        if token.type in ("math_inline", "math_block"):
            to_mathml(token.content, block=token.type == "math_block")
    mine = [key for key, caption in outcome.run.report.texts.captions.items() if caption.section == section]
    assert sorted(rendered.used.blocks) == sorted(mine)


@pytest.mark.parametrize("section", OUTLINE.sections)
def test_both_languages_print_the_same_numbers(section: str, outcome: Outcome) -> None:
    used = []
    for language in OUTLINE.languages:
        record = outcome.render(section, language).used
        used.append({"numbers": set(record.numbers), "facts": set(record.facts), "settings": set(record.settings)})
    assert used[0] == used[1]


# The appendix of claims and the section that says how to read the report speak of reference values in any run.
@pytest.mark.parametrize("section", [name for name in OUTLINE.sections if name not in ("claims", "purpose")])
def test_sample_data_are_compared_with_nothing(section: str, outcomes: dict[str, Outcome]) -> None:
    lines = outcomes["sample"].render(section, "en").text.splitlines()
    text = "\n".join(line for line in lines if not line.startswith(">"))  # the reason of a "not tested" may name one
    assert not re.search(r"reference value|not compared on", text, re.IGNORECASE)


def test_on_sample_data_no_claim_with_a_published_value_is_tested(outcomes: dict[str, Outcome]) -> None:
    facts = outcomes["sample"].summaries["claims"].facts
    entries = [facts[f"claims.entry.{key}"] for key in facts["claims.ids"]]
    assert {entry["verdict"] for entry in entries if entry["published"] is not None} == {"not tested"}
    assert len(entries) == len(CLAIMS)


def test_the_text_turns_round_when_the_models_are_swapped(outcomes: dict[str, Outcome]) -> None:
    found = {kind: outcomes[kind].render("cifar", "en").text for kind in ("expected", "swapped")}
    assert "does not explain that the CNN is better" in found["expected"]
    assert "does not explain that the MLP is better" in found["swapped"]
    assert "no sudden drop" in found["expected"]
    assert "drops, the validation accuracy" in found["swapped"]
    assert "no sudden drop" not in found["swapped"]
    assert "drops, the validation accuracy" not in found["expected"]
    assert "shear and cutout are off" in found["expected"]
    assert "shear and cutout are off" not in found["swapped"]
    assert "trained by another recipe, `compressed`" in found["expected"]
    assert "follows that recipe for both models" in found["swapped"]


@pytest.mark.parametrize(
    ("language", "open_", "leads", "behind"),
    [
        ("en", "The interval includes zero, so there is no clear difference.", "the CNN leads by", "the MLP leads by"),
        ("zh", "区间包含零，差别并不明显。", "CNN 领先 ", "MLP 领先 "),
    ],
)
def test_a_lead_whose_interval_includes_zero_is_said_to_be_unclear(
    language: str, open_: str, leads: str, behind: str, outcomes: dict[str, Outcome]
) -> None:
    def text(mlp: list[int], cnn: list[int]) -> str:
        cifar = made_cifar({"mlp": mlp, "cnn": cnn})
        run = replace(outcomes["expected"], summaries=outcomes["expected"].summaries | {"cifar": cifar})
        return run.render("cifar", language).text

    clear, unclear, reverse = (
        text([40, 44, 48], [10, 12, 11]),
        text([20, 10, 30], [15, 25, 12]),
        text([1, 2, 3], [9] * 3),
    )
    assert (open_ in clear, open_ in unclear, open_ in reverse) == (False, True, False)
    assert leads in clear and behind not in clear
    assert behind in reverse and leads not in reverse


def test_the_text_turns_round_with_the_near_duplicates(outcomes: dict[str, Outcome], results: ArmResults) -> None:
    expected, swapped = (outcomes[kind] for kind in ("expected", "swapped"))
    assert (
        "Without the near-duplicates the test accuracy of the MLP falls"
        in expected.render("near_duplicates", "en").text
    )
    rises = "Without the near-duplicates the test accuracy of the MLP rises"
    assert rises in swapped.render("near_duplicates", "en").text
    none = replace(expected, summaries=expected.summaries | {"near_duplicates": made_near_duplicates([], results)})
    for language, sentence in (("en", "No test image reaches this threshold"), ("zh", "没有一幅测试图像达到该阈值")):
        text = none.render("near_duplicates", language).text
        assert sentence in text
        assert "Without the near-duplicates the" not in text


@pytest.mark.parametrize(
    ("key", "up", "down"),
    [
        ("rate_drops.jump.second", "across the first drop and rises by", "across the first drop and falls by"),
        ("rate_drops.fork", "points higher than with the rate held", "points lower than with the rate held"),
        ("conv_init.gain.plain", "without it He's initialisation is ahead by", "without it N(0, 0.01²) is ahead by"),
        ("mlp_ceiling.lead.recipe", "`compressed` recipe is ahead by", "`compressed` recipe is behind by"),
        (
            "augmented_validation.change.mlp",
            "the MLP, trained by the `compressed` recipe, gains",
            "the MLP, trained by the `compressed` recipe, loses",
        ),
        ("filter_controls.fewer.low_rate", "the lower rate leaves fewer", "the lower rate leaves more"),
        ("near_duplicates.change.cnn", "that of the CNN rises by", "that of the CNN falls by"),
    ],
)
def test_an_answer_turns_round_with_its_number(key: str, up: str, down: str, outcomes: dict[str, Outcome]) -> None:
    expected, section = outcomes["expected"], key.partition(".")[0]
    summary = expected.summaries[section]
    for value, interval in ((5.0, (4.0, 6.0)), (-5.0, (-6.0, -4.0)), (1.0, (-2.0, 4.0))):
        number = replace(summary.numbers[key], value=value, interval=interval)
        turned = replace(summary, numbers=summary.numbers | {key: number})
        outcome = replace(expected, summaries=expected.summaries | {section: turned})
        texts = {language: outcome.render(section, language).text for language in OUTLINE.languages}
        assert [sentence in texts["en"] for sentence in (up, down)] == [value == 5.0, value == -5.0]
    assert "no clear" in texts["en"] and "没有明显" in texts["zh"]


@pytest.mark.parametrize(
    ("judged", "en", "zh"),
    [
        ("over", "The CNN is overconfident", "CNN 置信度偏高"),
        ("under", "The CNN is underconfident", "CNN 置信度偏低"),
        ("open", "For the CNN there is no clear difference", "与准确率没有明显差别"),
    ],
)
def test_what_is_said_of_confidence_follows_its_gap(
    judged: str, en: str, zh: str, outcomes: dict[str, Outcome]
) -> None:
    expected = outcomes["expected"]
    summary = expected.summaries["calibration"]
    turned = replace(summary, facts=summary.facts | {"calibration.judged.cnn": judged})
    outcome = replace(expected, summaries=expected.summaries | {"calibration": turned})
    for language, sentence in (("en", en), ("zh", zh)):
        assert sentence in outcome.render("calibration", language).text


def test_the_text_turns_round_when_the_optimisers_are_swapped(outcomes: dict[str, Outcome]) -> None:
    found = {kind: outcomes[kind].render("optimizers", "en").text for kind in ("expected", "swapped")}
    assert "Adam comes first by loss" in found["expected"]
    assert "SGD comes first by loss" in found["swapped"]


def test_only_the_sure_lead_of_the_cnn_on_few_images_is_called_sure(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["expected"].summaries["overfit"].facts["overfit.cnn"] == {"three": "ahead", "five": "undecided"}
    assert "Only the lead over three layers is sure" in outcomes["expected"].render("overfit", "en").text
    assert "能确定的只是领先三层网络" in outcomes["expected"].render("overfit", "zh").text


def test_an_order_of_optimisers_is_told_only_as_far_as_it_is_sure(outcomes: dict[str, Outcome]) -> None:
    text = outcomes["expected"].render("optimizers", "en").text
    assert "In the first epoch, the loss does not settle an order." in text
    assert "**Loss of the last epoch:** Adam, then RMSProp, then SGD with momentum, then SGD" in text
    assert ":** SGD with momentum, RMSProp and Adam, then SGD" in text
