"""Choose one optimiser's learning rate from its search, for speed or for the end."""

import pandas as pd

from lib.experiments.search_budget import best_rate
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, run_job


def main(trials: list[InputFile], criterion: Wildcard[str], chosen: OutputFile) -> None:
    rate = best_rate(pd.concat([pd.read_csv(path) for path in trials]), criterion)
    with whole_files(chosen) as (target,):
        target.write_text(stable_json({"learning_rate": rate}), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
