"""Join the verdicts of all sections, in the order of the claims file."""

from typing import Any

from lib.claims.schema import parse_claims
from lib.claims.summary import overview
from lib.report.texts import load_texts
from lib.workflow.files import read_json, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(
    claims: InputFile,
    decisions: list[InputFile],
    texts: list[InputFile],
    all: OutputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    found: dict[str, Any] = {}
    for path in decisions:
        found |= read_json(path)
    ordered = {key: found[key] for key in parse_claims(claims.read_text(encoding="utf-8"), claims.name)}
    with whole_files(all) as (target,):
        target.write_text(stable_json(ordered), encoding="utf-8")
    write_summary(overview(ordered, load_texts(texts[0].parent).labels), summary, tables)


if __name__ == "__main__":
    run_job(main)
