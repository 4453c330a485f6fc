"""Why a claim has its verdict, in words built from its numbers (``claim_*`` in report/labels.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.claims.parts import Finding
from lib.claims.schema import Dominates
from lib.claims.verdicts import Decision, PartResult
from lib.report.numbers import format_number
from lib.report.texts import localised

Labels = Mapping[str, str]


def reason(decision: Decision, labels: Labels, language: str) -> str:
    """One or more sentences in Markdown."""
    if decision.cause == "sample data":
        return labels["claim_sample_data"]
    if decision.cause == "no experiment":
        return labels["claim_no_experiment"].format(experiment=decision.claim.needs)
    sentences = [_part(result, labels, language) for result in decision.parts]
    told = {
        finding.needed for result in decision.parts for finding in result.findings if finding.outcome == "untestable"
    }
    if decision.cause == "too few seeds" and decision.needed is not None and decision.needed not in told:
        sentences.append(labels["claim_needs_seeds"].format(needed=decision.needed))
    return labels["claim_between"].join(sentences)


def reference_text(published: Mapping[str, Any] | None, labels: Labels) -> str | None:
    """The published value of a claim as it is printed; None where there is none."""
    if published is None:
        return None
    values = published["value"] if isinstance(published["value"], list) else [published["value"]]
    separator = "–" if published["range"] else labels["list_separator"]
    return separator.join(format_number(value, published["unit"]) for value in values)


def _part(result: PartResult, labels: Labels, language: str) -> str:
    about = localised(dict(result.part.about), language)
    if isinstance(result.part, Dominates):
        text = _dominates(result, labels)
    else:
        (finding,) = result.findings
        text = _finding(finding, labels)
    sentence = labels["claim_part"].format(about=about, text=text)
    return sentence[0].upper() + sentence[1:]


def _dominates(result: PartResult, labels: Labels) -> str:
    """How many comparisons hold, and those that do not; all too few seeds are told once.

    An arm or a metric without a label is called by its name.
    """
    assert isinstance(result.part, Dominates)
    if all(finding.outcome == "untestable" for finding in result.findings):
        return _finding(result.findings[0], labels)
    metrics = [metric for metric in result.part.metrics for _ in result.part.first for _ in result.part.second]
    others = [
        labels["claim_pair"].format(
            first=labels.get(f"claim_arm_{finding.arms[0]}", finding.arms[0]),
            second=labels.get(f"claim_arm_{finding.arms[1]}", finding.arms[1]),
            metric=labels.get(f"claim_metric_{_last(metric)}", _last(metric)),
            text=_finding(finding, labels),
        )
        for metric, finding in zip(metrics, result.findings, strict=True)
        if finding.outcome != "holds" and finding.arms is not None
    ]
    count = len(result.findings)
    key = "claim_all_hold" if not others else "claim_some_hold"
    return labels[key].format(
        count=count, holding=count - len(others), others=labels["claim_pair_separator"].join(others)
    )


def _last(metric: str) -> str:
    return metric.rpartition(".")[2]


def _finding(finding: Finding, labels: Labels) -> str:
    if finding.outcome == "untestable":
        key = "claim_too_few" if finding.needed is not None and finding.needed > finding.n else "claim_unknown"
        return labels[key].format(n=finding.n, needed=finding.needed)
    values = _values(finding, labels)
    test = finding.test.removesuffix("_images")
    if test == "predicts" and isinstance(finding.target, tuple):
        test = "predicts_range"
    if finding.outcome == "unclear":
        outcome = labels["claim_unclear" if finding.needed is None else "claim_unclear_needs"]
    elif test in ("above", "below") and finding.outcome == "fails" and finding.margin:
        outcome = labels[f"claim_{test}_fails_margin"]
    else:
        outcome = labels[f"claim_{test}_{finding.outcome}"]
    if finding.estimate is None:
        return outcome.format(**values)
    return labels[_form(finding)].format(**values, p_text=_p(finding, labels)) + outcome.format(**values)


def _form(finding: Finding) -> str:
    if finding.test == "predicts":
        return "claim_estimate_prediction"
    if finding.test.endswith("_images"):
        return "claim_estimate_images"
    if finding.test.startswith("each_") and finding.n > 1:
        return "claim_estimate_runs"
    return "claim_estimate_interval" if finding.low is not None and finding.n > 1 else "claim_estimate_one"


def _values(finding: Finding, labels: Labels) -> dict[str, Any]:
    def with_unit(value: float | None) -> str:
        text = format_number(value, finding.unit)
        return labels["points"].format(value=text) if finding.unit == "points" else text

    target = finding.target if isinstance(finding.target, tuple) else (finding.target,)
    return {
        "estimate": with_unit(finding.estimate),
        "low": format_number(finding.low, finding.unit),
        "high": format_number(finding.high, finding.unit),
        "target": "–".join(format_number(value, finding.unit, _digits(value, finding.unit)) for value in target),
        "margin": with_unit(finding.margin),
        "n": finding.n,
        "needed": finding.needed,
    }


def _p(finding: Finding, labels: Labels) -> str:
    p = finding.p if finding.p_adjusted is None else finding.p_adjusted
    if p is None:
        return ""
    small = 1e-4
    key = "claim_p_below" if p < small else "claim_p"
    return labels[key].format(p=format_number(small if p < small else p, "plain", 4))


def _digits(value: float, unit: str) -> int | None:
    """A limit of zero is printed without decimals."""
    return 0 if value == 0 and unit != "error" else None
