"""From the parts of a claim to its verdict."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from lib.claims.parts import Finding, Numbers, Outcome, findings
from lib.claims.schema import AnyPart, Claim, Dose
from lib.report.statistics import ALPHA, adjusted

Verdict = Literal["reproduced", "partly", "contradicted", "inconclusive", "not tested"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# What a claim that was not tested lacks.
Lack = Literal["real data", "experiment", "training", "seeds"]


@dataclass(frozen=True)
class PartResult:
    """One part of a claim: its outcome and the comparisons it rests on."""

    part: AnyPart
    outcome: Outcome
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Decision:
    """The verdict on a claim, and all that it rests on.

    ``lacks`` says what a claim that was not tested lacks, None if it was; ``trained`` are the trainings that are not
    what the claim asks for, and how they were made. The parts are then what this run's own trainings say.
    """

    claim: Claim
    verdict: Verdict
    parts: tuple[PartResult, ...]
    lacks: Lack | None = None
    trained: Mapping[str, Dose | None] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """The comparisons of all parts."""
        return [finding for result in self.parts for finding in result.findings]

    @property
    def needed(self) -> int | None:
        """Seeds that would settle what is open; None where more seeds would not help or nothing is open."""
        unsettled = [finding for finding in self.findings if not finding.settled]
        known = [finding.needed for finding in unsettled if finding.needed is not None]
        return max(known) if known and len(known) == len(unsettled) else None


def decide(
    claim: Claim,
    numbers: Numbers,
    *,
    experiments: Sequence[str] = (),
    doses: Mapping[str, Dose] | None = None,
    is_sample: bool = False,
    margins: float = 1.0,
) -> Decision:
    """The verdict on ``claim`` from the run's ``numbers``.

    Parameters
    ----------
    experiments : those of the run
    doses : how its trainings are made, by the names that claims call them
    is_sample : on sample data nothing is compared with a published value, nor said of a training that a claim asks for
    margins : every margin of the claim is taken so many times

    Raises :exc:`~lib.claims.parts.MissingNumber` if the claim names a number that no section gives although its
    experiment was run.
    """
    if is_sample and (claim.reference is not None or claim.evidence):
        return Decision(claim, "not tested", (), "real data")
    if claim.needs is not None and claim.needs not in experiments:
        return Decision(claim, "not tested", (), "experiment")
    found = [findings(part, numbers, margins) for part in claim.parts]
    parts = tuple(
        PartResult(part, joined([finding.outcome for finding in group]), tuple(group))
        for part, group in zip(claim.parts, _failures_adjusted(found), strict=True)
    )
    made = {name: (doses or {}).get(name) for name in claim.evidence}
    others = {name: got for name, got in made.items() if got is None or not got.meets(claim.evidence[name])}
    if others:
        return Decision(claim, "not tested", parts, "training", others)
    verdict = combined([(finding.outcome, result.part.premise) for result in parts for finding in result.findings])
    return Decision(claim, verdict, parts, "seeds" if verdict == "not tested" else None)


def combined(comparisons: Iterable[tuple[Outcome, bool]]) -> Verdict:
    """The verdict from the outcome of every comparison and whether the part that makes it is a premise.

    Where every way to settle the open ones gives the same verdict, that is it. Else the claim is inconclusive, or not
    tested if too few seeds were run to test one of them at all.
    """
    # What counts is whether all, some or none hold: of those that are alike, more than two add nothing.
    few = [alike for alike, count in Counter(comparisons).items() for _ in range(min(count, 2))]
    ways = [(True, False) if outcome in ("open", "untestable") else (outcome == "holds",) for outcome, _ in few]
    verdicts = {_settled(holds, [premise for _, premise in few]) for holds in itertools.product(*ways)}
    if len(verdicts) == 1:
        return verdicts.pop()
    return "not tested" if any(outcome == "untestable" for outcome, _ in few) else "inconclusive"


def _settled(holds: Sequence[bool], premises: Sequence[bool]) -> Verdict:
    if all(holds):
        return "reproduced"
    refuted = any(premise and not held for held, premise in zip(holds, premises, strict=True))
    return "contradicted" if refuted or not any(holds) else "partly"


def _failures_adjusted(found: Sequence[Sequence[Finding]]) -> Iterable[list[Finding]]:
    """All comparisons of a claim; those that fail no more after Holm's adjustment are open.

    A claim holds where all of its comparisons do, each at 5% (intersection-union test: Berger 1982, Technometrics
    24:295-300), but one of many that fails by chance must not contradict it.
    """
    every = [finding for group in found for finding in group]
    tested = [finding for finding in every if finding.p is not None]
    # Those on the claimed side do not fail; they count among the tests all the same.
    ps = adjusted([finding.p if finding.outcome == "fails" else 1.0 for finding in tested])  # type: ignore[misc]
    by_id = {id(finding): p for finding, p in zip(tested, ps, strict=True)}
    for group in found:
        yield [_adjusted(finding, by_id.get(id(finding))) for finding in group]


def _adjusted(finding: Finding, p: float | None) -> Finding:
    if p is None or finding.outcome != "fails":
        return finding
    return replace(finding, p_adjusted=p, outcome="fails" if p < ALPHA else "open")


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a part that makes several comparisons: all must hold, one that fails is enough to fail."""
    order: tuple[Outcome, ...] = ("fails", "untestable", "open", "holds")
    return next(outcome for outcome in order if outcome in outcomes)
