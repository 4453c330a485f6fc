"""Give the claims of one section their verdicts, from the numbers of the summaries that they rest on."""

from dataclasses import dataclass

from lib.claims.reasons import reason
from lib.claims.schema import parse_claims
from lib.claims.summary import section_summary
from lib.claims.verdicts import as_plain, decide
from lib.report.summary import Number, load
from lib.report.texts import LANGUAGES, load_texts
from lib.workflow.files import read_json, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, parse_job, run_job


@dataclass
class Arguments:
    section: Wildcard[str]
    claims: InputFile
    settings: InputFile
    summaries: list[InputFile]
    texts: list[InputFile]
    datasets: InputFile
    decisions: OutputFile
    summary: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    experiments = read_json(job.settings)["experiments"]
    is_sample = read_json(job.datasets)["cifar10"]["is_sample"]
    labels = load_texts(job.texts[0].parent).labels
    numbers: dict[str, Number] = {}
    for path in job.summaries:
        numbers |= load(path).numbers
    decisions = {}
    for key, claim in parse_claims(job.claims.read_text(encoding="utf-8"), job.claims.name).items():
        if claim.section == job.section:
            decision = decide(claim, numbers, experiments=experiments, is_sample=is_sample)
            decisions[key] = as_plain(decision, {lang: reason(decision, labels[lang], lang) for lang in LANGUAGES})
    with whole_files(job.decisions, job.summary) as (plain, summary):
        plain.write_text(stable_json(decisions), encoding="utf-8")
        summary.write_text(section_summary(decisions, labels).to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
