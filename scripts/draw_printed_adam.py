"""Draw the steps of Adam and of its printed order, and the networks they train."""

import pandas as pd

from lib.experiments.printed_adam import step_lengths
from lib.figures.printed_adam import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(
    real_histories: list[InputFile],
    printed_histories: list[InputFile],
    experiment: InputFile,
    figures: list[OutputFile],
) -> None:
    count = read_json(experiment)["steps"]
    histories = {"adam": real_histories, "adam_as_printed": printed_histories}
    lengths = {rule: step_lengths(rule, count) for rule in histories}
    parts = [read_runs(paths, "seed{seed}").assign(optimizer=rule) for rule, paths in histories.items()]
    write_figures(draw(lengths, pd.concat(parts, ignore_index=True)), figures)


if __name__ == "__main__":
    run_job(main)
