"""Choose one optimiser's learning rate by the mean validation accuracy of its search."""

from dataclasses import dataclass

import pandas as pd

from lib.experiments.search import best_rate
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    trials: list[InputFile]
    chosen: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    rate = best_rate(pd.concat([pd.read_csv(path) for path in job.trials]))
    with whole_files(job.chosen) as (target,):
        target.write_text(stable_json({"learning_rate": rate}), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
