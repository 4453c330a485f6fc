"""What ``claims.json`` holds of claims: their verdicts in plain values, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.claims.parts import MissingNumber, Numbers, describe
from lib.claims.schema import Claim
from lib.claims.sentences import brief, deciding, sentence, statistics
from lib.claims.verdicts import Decision, Verdict, decide

# The verdicts under other rules, beside the one given: with every margin halved and doubled.
MARGINS = {"halved": 0.5, "doubled": 2.0}


def record(
    claims: Mapping[str, Claim], numbers: Numbers, labels: Mapping[str, Mapping[str, str]], **run: Any
) -> dict[str, dict[str, Any]]:
    """All of ``claims`` decided from the run's ``numbers``, by id.

    ``labels`` are report/labels.yaml by language; ``run`` is what :func:`~lib.claims.verdicts.decide` asks of the run.
    Raises :exc:`~lib.claims.parts.MissingNumber` with the id of the claim.
    """
    found = {}
    for key, claim in claims.items():
        try:
            decision = decide(claim, numbers, **run)
            otherwise = {name: decide(claim, numbers, margins=m, **run).verdict for name, m in MARGINS.items()}
        except MissingNumber as error:
            raise MissingNumber(f"{key}: {error}") from None
        words = {
            tell.__name__: {language: tell(decision, labels[language], language) for language in labels}
            for tell in (brief, sentence, deciding, statistics)
        }
        in_run = claim.needs is None or claim.needs in run.get("experiments", ())
        found[key] = _plain(decision, otherwise) | {"shown": claim.shown if in_run else None} | words
    return found


def _plain(decision: Decision, otherwise: Mapping[str, Verdict]) -> dict[str, Any]:
    claim = decision.claim
    return {
        "section": claim.section,
        "text": dict(claim.text),
        "verdict": decision.verdict,
        "lacks": decision.lacks,
        "otherwise": dict(otherwise),
        "reference": None if claim.reference is None else claim.reference.model_dump(),
        "seeds_needed": decision.needed,
        "experiment": claim.needs,
        "evidence": {name: dose.model_dump() for name, dose in claim.evidence.items()},
        "parts": [
            {
                "about": dict(result.part.about),
                "kind": result.part.kind,
                "outcome": result.outcome,
                "premise": result.part.premise,
                "comparisons": [describe(finding) for finding in result.findings],
            }
            for result in decision.parts
        ],
        "files": sorted({path for result in decision.parts for f in result.findings for path in f.sources}),
    }
