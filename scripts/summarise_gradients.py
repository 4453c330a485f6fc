"""Numbers and tables of section 2.3 (gradient check)."""

import pandas as pd

from lib.experiments.paths import GRADIENT_STEPS
from lib.summaries.gradients import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    check: InputFile,
    layers: InputFile,
    steps: list[InputFile],
    settings: InputFile,
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    found = summarise(
        check=read_json(check),
        layers=pd.read_csv(layers, keep_default_na=False, na_values=["nan"]),
        steps=read_runs(steps, GRADIENT_STEPS),
        settings=read_json(settings),
        reference=read_reference(reference, read_json(datasets)["cifar10"]["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
