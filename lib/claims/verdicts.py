"""From the parts of a claim to its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lib.claims.parts import Finding, Numbers, Outcome, adjusted, comparisons, describe, findings
from lib.claims.schema import AnyPart, Claim
from lib.report.statistics import holm

Verdict = Literal["reproduced", "not reproduced", "refined", "not tested"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Why a claim was not tested, or that it was.
Cause = Literal["tested", "sample data", "no experiment", "too few seeds", "undecided"]


@dataclass(frozen=True)
class PartResult:
    """One part of a claim: its outcome and the comparisons it rests on."""

    part: AnyPart
    outcome: Outcome
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Decision:
    """The verdict on a claim, and all that it rests on."""

    claim: Claim
    verdict: Verdict
    cause: Cause
    parts: tuple[PartResult, ...]

    @property
    def needed(self) -> int | None:
        """Seeds that would decide what is open; None where more seeds would not help or nothing is open."""
        open_findings = [
            finding
            for result in self.parts
            if result.outcome in ("unclear", "untestable") and not result.part.optional
            for finding in result.findings
            if finding.outcome in ("unclear", "untestable")
        ]
        known = [finding.needed for finding in open_findings if finding.needed is not None]
        return max(known) if known and len(known) == len(open_findings) else None


def decide(claim: Claim, numbers: Numbers, *, experiments: Sequence[str], is_sample: bool) -> Decision:
    """The verdict on ``claim`` from the run's ``numbers``.

    ``experiments`` are those of the run. On sample data nothing is compared with a published value. Raises
    :exc:`~lib.claims.parts.MissingNumber` if the claim names a number that no section gives although its experiment
    was run.
    """
    if claim.reference is not None and is_sample:
        return Decision(claim, "not tested", "sample data", ())
    if claim.needs is not None and claim.needs not in experiments:
        return Decision(claim, "not tested", "no experiment", ())
    family = max(1, sum(comparisons(part) for part in claim.parts))
    found = [findings(part, numbers, family) for part in claim.parts]
    tested = iter(holm([f.p for group in found for f in group if f.p is not None]))
    results = []
    for part, group in zip(claim.parts, found, strict=True):
        final = tuple(adjusted(finding, next(tested) if finding.p is not None else None) for finding in group)
        results.append(PartResult(part, _joined([finding.outcome for finding in final]), final))
    verdict, cause = _verdict(results)
    return Decision(claim, verdict, cause, tuple(results))


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a part that makes several comparisons: all must hold, one that fails is enough to fail."""
    order: tuple[Outcome, ...] = ("fails", "untestable", "unclear", "holds")
    return next(outcome for outcome in order if outcome in outcomes)


def _verdict(results: Sequence[PartResult]) -> tuple[Verdict, Cause]:
    if any(result.part.premise and result.outcome == "fails" for result in results):
        return "not reproduced", "tested"
    decided = [r for r in results if r.outcome in ("holds", "fails")]
    open_parts = [r for r in results if r.outcome not in ("holds", "fails")]
    needed = [r for r in open_parts if not r.part.optional]
    if needed or not decided:
        few = any(result.outcome == "untestable" for result in needed or open_parts)
        return "not tested", "too few seeds" if few else "undecided"
    if all(result.outcome == "fails" for result in decided):
        return "not reproduced", "tested"
    if open_parts or any(result.outcome == "fails" for result in decided):
        return "refined", "tested"
    return "reproduced", "tested"


def as_plain(decision: Decision, reason: Mapping[str, str]) -> dict[str, Any]:
    """What ``claims.json`` holds of one claim; ``reason`` by language."""
    claim = decision.claim
    first = next((finding for result in decision.parts for finding in result.findings), None)
    return {
        "section": claim.section,
        "text": dict(claim.text),
        "verdict": decision.verdict,
        "cause": decision.cause,
        "reason": dict(reason),
        "reference": None if claim.reference is None else claim.reference.model_dump(),
        "estimate": None if first is None else describe(first),
        "seeds_needed": decision.needed,
        "experiment": claim.needs,
        "parts": [
            {
                "about": dict(result.part.about),
                "kind": result.part.kind,
                "outcome": result.outcome,
                "optional": result.part.optional,
                "premise": result.part.premise,
                "comparisons": [describe(finding) for finding in result.findings],
            }
            for result in decision.parts
        ],
        "files": sorted({path for result in decision.parts for f in result.findings for path in f.sources}),
    }
