"""Which summaries a section of the report needs: those whose numbers, facts, tables or verdicts its templates print."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lib.claims.schema import Claim, metrics_of
from lib.workflow.run import Run

APPENDICES = ("claims", "environment", "runtime")  # their summaries are made of the others


def studies_in(run: Run, studies: Collection[str]) -> list[str]:
    """The studies that are sections of the report or experiments of this run."""
    return [
        name
        for name in studies
        if name in run.section("claims.experiments")
        or (name in run.report.texts.outline.sections and name not in run.report.known_experiments)
    ]


def check_claims(run: Run, studies: Collection[str], claims: Mapping[str, Claim]) -> None:
    """End the process with one line where a claim rests on a study that the run should have and has not."""
    known, experiments = studies_in(run, studies), run.section("claims.experiments")
    for name, claim in claims.items():
        if claim.needs is not None and claim.needs not in experiments:
            continue
        for study in (metric.split(".")[0] for part in claim.parts for metric in metrics_of(part)):
            if study not in known:
                allowed = ", ".join(known)
                raise SystemExit(f"{run.report.folder}/claims.yaml: {name}: no study {study!r}; allowed: {allowed}")


def summaries_printed(run: Run, section: str, studies: Collection[str], claims: Mapping[str, Claim]) -> list[str]:
    """Names of the summaries that a section needs, sorted.

    Ids of numbers and facts begin with the name of their summary, a table belongs to the study of its caption, and
    verdicts are those of a claim's own section.
    """
    needs = run.report.needs(section)
    captions = {table: run.report.texts.captions.get(table) for table in needs.tables}
    named = {*needs.groups, *(c.study if c else t.split("_")[0] for t, c in captions.items())}
    found = named & {*studies_in(run, studies), *APPENDICES}
    if "claims" not in found:
        found |= {f"claims_{claims[claim].section}" for claim in needs.claims if claim in claims}
    return sorted(found)
