"""Draw loss and accuracies of all optimisers."""

from dataclasses import dataclass

from lib.figures.optimizers import optimizer_curves
from lib.workflow.figures import write_figure
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs

ARM = "optimizers/{optimizer}/seed{seed}"


@dataclass
class Arguments:
    losses: list[InputFile]
    epochs: list[InputFile]
    optimizer_curves: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    figure = optimizer_curves(read_runs(job.losses, ARM), read_runs(job.epochs, ARM))
    write_figure(figure, job.optimizer_curves)


if __name__ == "__main__":
    run_job(main)
