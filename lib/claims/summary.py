"""Verdicts for the templates: the texts of every claim, how many verdicts of each kind, and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.claims.robustness import changed
from lib.claims.sentences import reference_text
from lib.claims.verdicts import VERDICTS
from lib.report.numbers import DASH
from lib.report.summary import Column, Summary, Table

Decisions = Mapping[str, Mapping[str, Any]]  # as in claims.json, by id
Labels = Mapping[str, Mapping[str, str]]
_SOURCE = ("claims.json",)


def section_summary(decisions: Decisions, labels: Labels) -> Summary:
    """Facts ``claims.entry.ID``, what the templates print of each claim."""
    summary = Summary()
    for key, decision in decisions.items():
        summary.facts[f"claims.entry.{key}"] = _entry(decision, labels)
    return summary


def overview(decisions: Decisions, labels: Labels) -> Summary:
    """All of them, with ``claims.ids`` in the order given, the number of each verdict, and the table of verdicts."""
    summary = section_summary(decisions, labels)
    summary.facts["claims.ids"] = list(decisions)
    verdicts = [decision["verdict"] for decision in decisions.values()]
    summary.add("claims.count", len(verdicts), "count", source=_SOURCE)
    summary.add("claims.tested", sum(v != "not tested" for v in verdicts), "count", source=_SOURCE)
    for rule, keys in changed(decisions).items():
        summary.add(f"claims.changed.{rule}", len(keys), "count", source=_SOURCE)
        summary.facts[f"claims.changed.{rule}"] = keys
    summary.facts["claims.untested"] = [key for key in decisions if decisions[key]["verdict"] == "not tested"]
    lacks = {key: decisions[key]["lacks"] for key in summary.facts["claims.untested"]}
    summary.facts["claims.untested_for"] = {
        reason: [key for key in lacks if lacks[key] == reason] for reason in dict.fromkeys(lacks.values())
    }
    for verdict in VERDICTS:
        summary.add(_label(verdict).replace("verdict_", "claims."), verdicts.count(verdict), "count", source=_SOURCE)
    entries = [summary.facts[f"claims.entry.{key}"] for key in decisions]
    summary.tables["claims_verdicts"] = Table(
        [
            Column(key, {language: words[f"claim_{key}"] for language, words in labels.items()})
            for key in ("text", "reference", "word")
        ],
        [{key: entry[key] for key in ("text", "reference", "word")} for entry in entries],
        _SOURCE,
    )
    return summary


def _entry(decision: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    published = decision["reference"]
    return {
        "text": decision["text"],
        "section": decision["section"],
        "shown": decision["shown"],
        "verdict": decision["verdict"],
        "word": {language: labels[language][_label(decision["verdict"])] for language in labels},
        "kind": decision["verdict"].replace(" ", "-"),
        "lacks": decision["lacks"],
        "ruled_out": any(c["outcome"] == "fails" for part in decision["parts"] for c in part["comparisons"]),
        "brief": decision["brief"],
        "sentence": decision["sentence"],
        "deciding": decision["deciding"],
        "statistics": decision["statistics"],
        "reference": {language: reference_text(published, labels[language]) or DASH for language in labels},
        "published": None if published is None else published["source"],
    }


def _label(verdict: str) -> str:
    """The key of a verdict in report/labels.yaml."""
    return "verdict_" + verdict.replace(" ", "_")
