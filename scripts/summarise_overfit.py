"""Numbers and tables of section 2.4 (three layers against five)."""

from dataclasses import dataclass

from lib.report.summaries.overfit import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs
from lib.workflow.summaries import read_reference, write_summary

ARM = "overfit/{network}/seed{seed}"


@dataclass
class Arguments:
    datasets: InputFile
    histories: list[InputFile]
    grids: list[InputFile]
    gradient_norms: list[InputFile]
    settings: InputFile
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        history=read_runs(job.histories, ARM),
        grid=read_runs(job.grids, ARM),
        gradient_norms=read_runs(job.gradient_norms, ARM),
        settings=read_json(job.settings),
        reference=read_reference(job.reference, read_json(job.datasets)["cifar10"]["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
