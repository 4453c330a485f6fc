"""Draw the steps of Adam and of its printed order, and the networks they train."""

from dataclasses import dataclass

import pandas as pd

from lib.experiments.printed_adam import step_lengths
from lib.figures.optimizers import printed_adam
from lib.workflow.figures import write_figure
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs


@dataclass
class Arguments:
    real_histories: list[InputFile]
    printed_histories: list[InputFile]
    experiment: InputFile
    printed_adam: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    count = read_json(job.experiment)["steps"]
    histories = {"adam": job.real_histories, "adam_as_printed": job.printed_histories}
    lengths = {rule: step_lengths(rule, count) for rule in histories}
    parts = [read_runs(paths, "seed{seed}").assign(optimizer=rule) for rule, paths in histories.items()]
    write_figure(printed_adam(lengths, pd.concat(parts, ignore_index=True)), job.printed_adam)


if __name__ == "__main__":
    run_job(main)
