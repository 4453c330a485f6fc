"""Draw test accuracy against the batch size whose statistics normalise the batch."""

from dataclasses import dataclass

from lib.figures.mnist import batch_statistics
from lib.workflow.figures import write_figure
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs

ARM = "batch_statistics/{normalization}/seed{seed}.csv"


@dataclass
class Arguments:
    accuracies: list[InputFile]
    batch_statistics: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_figure(batch_statistics(read_runs(job.accuracies, ARM)), job.batch_statistics)


if __name__ == "__main__":
    run_job(main)
