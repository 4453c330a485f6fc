"""Numbers and tables of section 2.3 (gradient check)."""

from dataclasses import dataclass

import pandas as pd

from lib.report.summaries.gradients import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs
from lib.workflow.summaries import read_reference, write_summary


@dataclass
class Arguments:
    datasets: InputFile
    check: InputFile
    layers: InputFile
    steps: list[InputFile]
    settings: InputFile
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        check=read_json(job.check),
        layers=pd.read_csv(job.layers, keep_default_na=False, na_values=["nan"]),
        steps=read_runs(job.steps, "seed{seed}.csv"),
        settings=read_json(job.settings),
        reference=read_reference(job.reference, read_json(job.datasets)["cifar10"]["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
