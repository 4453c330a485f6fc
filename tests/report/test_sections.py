"""Texts that are true of any outcome, the same in both languages."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from lib.summaries.controls import SUMMARIES

from lib.experiments.arm_results import ArmResults
from lib.report.formulas import to_mathml
from lib.report.markdown import parser
from lib.report.render import Context, render_section
from lib.report.summary import Column, Summary, Table
from lib.report.texts import Texts
from lib.summaries import runtime
from tests.report.arm_files import ARMS
from tests.report.conftest import ROOT, decided
from tests.report.made_up import (
    CONFIG,
    SEEDS,
    made_cifar,
    made_discussion,
    made_environment,
    made_gray,
    made_mnist,
    made_trials,
)

SECTIONS = (
    "overview",
    "mnist",
    "cifar",
    "gray",
    "discussion",
    "claims",
    "provenance",
    "environment",
    "runtime",
    "references",
)


def _experiments(kind: str) -> dict[str, Any]:
    """Summaries of the further experiments; on sample data the run leaves them all out."""
    return {} if kind == "sample" else dict(SUMMARIES)


def _config(kind: str) -> dict[str, Any]:
    return {**CONFIG, "claims": {"experiments": list(_experiments(kind))}}


def _summaries(kind: str, texts: Texts, results: ArmResults) -> dict[str, Summary]:
    """Results of several outcomes, so that every branch of a sentence is read at least once."""
    benchmarks = {"train": pd.DataFrame({"s": [10.0], "max_rss": [500.0]})}
    parts = {"runtime": runtime.summarise(benchmarks=benchmarks), "environment": made_environment("Some GPU")}
    if kind == "expected":
        many = [40, 44, 48]
        parts |= {
            "mnist": made_mnist([2, 3, 4]),
            "cifar": made_cifar({"mlp": many, "cnn": [10]}),
            "gray": made_gray(SEEDS),
        }
    elif kind == "swapped":
        arms = {"mlp-rgb": [10], "mlp-gray": [14], "cnn-rgb": [40, 44], "cnn-gray": [50, 56]}
        swapped = made_cifar({"mlp": [10], "cnn": [40, 44]}, name="original", kinds=["neither"] * 64, train=0.3)
        parts |= {
            "mnist": made_mnist([50], made_trials(failed=True), train=0.5),
            "cifar": swapped,
            "gray": made_gray(arms),
        }
    else:  # perfect and alike, without reference values, runs or records
        arms = {arm: [0] for arm in SEEDS}
        sample = made_cifar({"mlp": [0], "cnn": [0]}, reference=None)
        parts |= {"mnist": made_mnist([0], made_trials(3)), "cifar": sample, "gray": made_gray(arms, reference=None)}
        parts |= {"runtime": runtime.summarise(benchmarks={}), "environment": made_environment(None)}
    parts["discussion"] = made_discussion(parts["mnist"], parts["cifar"], parts["gray"])
    parts |= {name: summary(results, ARMS) for name, summary in _experiments(kind).items()}
    check = Summary(facts={"gradients.reference_means": [{"key": "plain", "follows": False}]})
    check.add("gradients.reference_mean_gap.plain", 0.02, "percent")
    parts["check"] = check
    parts["claims"] = decided(parts, texts, is_sample=kind == "sample", experiments=list(_experiments(kind)))
    parts["provenance"] = Summary(tables={"provenance": Table([Column("item", {"zh": "图", "en": "Figure"})], [])})
    return {name: Summary.from_json(part.to_json()) for name, part in parts.items()}


@pytest.fixture(params=["expected", "swapped", "sample"], scope="module")
def outcome(request: pytest.FixtureRequest, texts: Texts, results: ArmResults) -> Context:
    kind, rules = request.param, dict.fromkeys(texts.captions, "some_rule")
    summaries = _summaries(kind, texts, results)
    return Context(summaries, _config(kind), texts, rules, ROOT, is_sample=kind == "sample")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_section_renders_whatever_the_outcome(section: str, language: str, outcome: Context) -> None:
    template = ROOT / "report" / "sections" / f"{section}.{language}.md.j2"
    rendered = render_section(section, language, template, outcome)
    assert not re.search(r"\b(None|nan|inf|Undefined)\b|\{\{|\{%", rendered.text)
    tokens = parser().parse(rendered.text)
    assert [token.tag for token in tokens if token.type == "heading_open"][0] == "h2"
    for token in [child for block in tokens for child in (block, *(block.children or ()))]:
        if token.type in ("math_inline", "math_block"):
            to_mathml(token.content, block=token.type == "math_block")
    included = {None, *outcome.config["claims"]["experiments"]}
    captions = outcome.texts.captions.items()
    mine = [key for key, caption in captions if caption.section == section and caption.experiment in included]
    assert sorted(rendered.used.blocks) == sorted(mine)


@pytest.mark.parametrize("section", SECTIONS)
def test_both_languages_print_the_same_numbers(section: str, outcome: Context) -> None:
    used = []
    for language in ("zh", "en"):
        template = ROOT / "report" / "sections" / f"{section}.{language}.md.j2"
        record = render_section(section, language, template, outcome).used
        used.append({"numbers": set(record.numbers), "facts": set(record.facts), "settings": set(record.settings)})
    assert used[0] == used[1]


@pytest.mark.parametrize("section", [name for name in SECTIONS if name != "claims"])
def test_sample_data_are_compared_with_nothing(section: str, texts: Texts, results: ArmResults) -> None:
    rules = dict.fromkeys(texts.captions, "some_rule")
    context = Context(_summaries("sample", texts, results), _config("sample"), texts, rules, ROOT, is_sample=True)
    template = ROOT / "report" / "sections" / f"{section}.en.md.j2"
    lines = render_section(section, "en", template, context).text.splitlines()
    text = "\n".join(line for line in lines if not line.startswith(">"))  # the reason of a "not tested" may name one
    assert not re.search(r"reference value|not compared on", text, re.IGNORECASE)


def test_on_sample_data_no_claim_with_a_published_value_is_tested(texts: Texts, results: ArmResults) -> None:
    facts = _summaries("sample", texts, results)["claims"].facts
    entries = [facts[f"claims.entry.{key}"] for key in facts["claims.ids"]]
    assert {entry["verdict"] for entry in entries if entry["published"] is not None} == {"not tested"}
    assert len(entries) > 5


def test_the_text_turns_round_when_the_models_are_swapped(texts: Texts, results: ArmResults) -> None:
    rules = dict.fromkeys(texts.captions, "some_rule")
    found = {}
    for kind in ("expected", "swapped"):
        context = Context(_summaries(kind, texts, results), _config(kind), texts, rules, ROOT)
        template = ROOT / "report" / "sections" / "cifar.en.md.j2"
        found[kind] = render_section("cifar", "en", template, context).text
    assert "that the CNN is better is not explained" in found["expected"]
    assert "that the MLP is better is not explained" in found["swapped"]
    assert "has no sudden drop" in found["expected"]
    assert "After epoch 50 it drops" in found["swapped"]
