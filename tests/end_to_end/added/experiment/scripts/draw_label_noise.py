"""Draw how fast true and drawn labels are learned."""

from dataclasses import dataclass

from lib.figures.label_noise import label_noise
from lib.workflow.figures import write_figure
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs


@dataclass
class Arguments:
    histories: list[InputFile]
    label_noise: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_figure(label_noise(read_runs(job.histories, "seed{seed}.csv")), job.label_noise)


if __name__ == "__main__":
    run_job(main)
