"""Numbers and table of the experiment with batch statistics (section 2.6)."""

from dataclasses import dataclass

from lib.report.summaries.batch_statistics import summarise
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs
from lib.workflow.summaries import write_summary

ARM = "batch_statistics/{normalization}/seed{seed}.csv"


@dataclass
class Arguments:
    accuracies: list[InputFile]
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_summary(summarise(read_runs(job.accuracies, ARM)), job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
