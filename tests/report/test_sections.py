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
    assert "that the CNN is better is not explained" in found["expected"]
    assert "that the MLP is better is not explained" in found["swapped"]
    assert "has no sudden drop" in found["expected"]
    assert "After epoch 50 it drops" in found["swapped"]


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
