"""How long the report is, and what no sentence of it may say, whatever the outcome."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from lib.report.texts import load_texts
from tests.report.outcomes import OUTLINE, ROOT, Outcome
from tests.report.prose import captions, prose, words

BUDGET = yaml.safe_load((ROOT / "report/budget.yaml").read_text(encoding="utf-8"))
# Figures that show examples or a plan, where a caption needs no result.
PICTURES = {
    "sample_grid_mnist",
    "sample_grid_cifar10",
    "cifar_architectures",
    "cifar_feature_maps",
    "gray_samples",
    "mnist_errors",
}
BODY = [name for name, number in OUTLINE.sections.items() if number[0] in "123"]
APPENDICES = [name for name, number in OUTLINE.sections.items() if number.isalpha()]
# Signs of sentences that were put together from parts, and other habits.
FORBIDDEN = {
    "en": (
        r"by −",
        r"which is [^.]*, which is",
        r"\bless than by\b",
        r"\(a? ?negative (value )?(means|is)",
        r"a negative value is",
        r"p = (1\.0+|0\.0+)\b",
        r"interval —",
        r"\bgrey\b",
        r"\b(color|optimizer|normalization|regularization)s?\b",
        r"  +\S",
        r" [,.;:](?! ?/)",
        r"\b(\w+) \1\b(?<!that that)(?<!had had)",
    ),
    "zh": (
        r"[，。；：（] ",
        r" [，。；：）（]",
        r"[\u4e00-\u9fff] ?, ?[\u4e00-\u9fff]",
        r"[\u4e00-\u9fff]\(",
        r"\*\*[^*\n]+[。？！，：；]\*\*[^\s*。？！，：；]",  # Markdown does not close bold type between these
        r"p = (1\.0+|0\.0+)\b",
        r"区间为? —",
        r"(低|高|少|多|升|降|落后|领先)了? ?−",
        r"负值表示",
        r"摘要值|Dropout|dropout",
    ),
}


@pytest.mark.parametrize("section", BUDGET)
def test_a_section_is_no_longer_than_its_budget(section: str, outcomes: dict[str, Outcome]) -> None:
    assert words(outcomes["expected"].render(section, "en").text) <= BUDGET[section]


def test_the_body_is_read_in_twenty_minutes() -> None:
    assert set(BODY) | {"overview"} <= set(BUDGET)
    assert sum(BUDGET[section] for section in BODY) <= 5500


@pytest.mark.parametrize("language", OUTLINE.languages)
@pytest.mark.parametrize("section", [name for name in OUTLINE.sections if name != "references"])
def test_no_sentence_is_put_together_from_parts(section: str, language: str, outcome: Outcome) -> None:
    whole = outcome.render(section, language).text
    text = re.sub(r"`[^`]*`|\$[^$\n]*\$", "x", "\n".join([prose(whole), *captions(whole)]))
    found = [
        text[max(0, match.start() - 40) : match.end() + 30]
        for pattern in FORBIDDEN[language]
        for match in re.finditer(pattern, text)
    ]
    assert found == []


@pytest.mark.parametrize("language", OUTLINE.languages)
def test_a_caption_says_what_there_is_to_see(language: str, outcomes: dict[str, Outcome]) -> None:
    """Those of figures of results say it first; its numbers are in no caption of the texts."""
    for section in [name for name in OUTLINE.sections if name not in APPENDICES]:
        rendered = outcomes["expected"].render(section, language).text
        for key, caption in load_texts(ROOT / "report").captions.items():
            if (caption.kind, caption.section) == ("figure", section) and key not in PICTURES:
                [text] = [one for one in captions(rendered) if one.endswith(caption.text[language])]
                assert text != caption.text[language], key


@pytest.mark.parametrize("language", OUTLINE.languages)
def test_no_sentence_is_there_twice(language: str, outcome: Outcome) -> None:
    counts: Counter[str] = Counter()
    for section in OUTLINE.sections:
        if section in APPENDICES:
            continue
        text = prose(re.sub(r"^> .*$", "", outcome.render(section, language).text, flags=re.MULTILINE))  # no verdicts
        counts.update(s.strip() for s in re.split(r"(?<=[.!?])\s+|(?<=[。！？])", text) if len(s.strip()) > 40)
    assert [sentence for sentence, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("language", OUTLINE.languages)
def test_what_is_shown_is_mentioned_before(language: str, outcome: Outcome) -> None:
    captions = load_texts(ROOT / "report").captions
    early = []
    for section in OUTLINE.sections:
        if section in (*APPENDICES, "overview"):
            continue
        text = outcome.render(section, language).text
        for caption in captions.values():
            place = text.find(f'<a id="{caption.anchor}"></a>')
            if place >= 0 and f"(#{caption.anchor})" not in text[:place]:
                early.append(caption.id)
    assert early == []


def test_each_verdict_stands_once_in_the_body(outcomes: dict[str, Outcome]) -> None:
    counts: Counter[str] = Counter()
    for section in OUTLINE.sections:
        if section not in APPENDICES:
            text = outcomes["expected"].render(section, "en").text
            counts.update(re.findall(r"^> .*\]\(#claim-([\w-]+)\)", text, flags=re.MULTILINE))
    ids = outcomes["expected"].summaries["claims"].facts["claims.ids"]
    assert {key: counts[key] for key in ids} == dict.fromkeys(ids, 1)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It is higher by −0.08 points."),
        ("en", "The loss rises, p = 1.0000."),
        ("en", "Points lost (negative means gained)."),
        ("zh", "准确率降低 −0.08 个百分点。"),
        ("zh", "卷积网络(CNN)的准确率"),
    ],
)
def test_a_bad_sentence_is_found(language: str, sentence: str) -> None:
    assert any(re.search(pattern, sentence) for pattern in FORBIDDEN[language])
