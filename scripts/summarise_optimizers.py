"""Numbers and tables of section 2.5 (optimisers)."""

from dataclasses import dataclass

from lib.report.summaries.optimizers import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs
from lib.workflow.summaries import read_reference, write_summary

ARM = "optimizers/{optimizer}/seed{seed}"


@dataclass
class Arguments:
    datasets: InputFile
    losses: list[InputFile]
    epochs: list[InputFile]
    settings: InputFile
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        losses=read_runs(job.losses, ARM),
        epochs=read_runs(job.epochs, ARM),
        settings=read_json(job.settings),
        reference=read_reference(job.reference, read_json(job.datasets)["cifar10"]["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
