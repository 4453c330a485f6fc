"""Numbers and tables of section 2.8 (the same on gray images)."""

from dataclasses import dataclass

import pandas as pd

from lib.report.summaries.gray import summarise
from lib.workflow.arms import by_arm
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.summaries import read_reference, write_summary


@dataclass
class Arguments:
    datasets: InputFile
    architectures: list[InputFile]
    histories: list[InputFile]
    tests: list[InputFile]
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        architectures={path.stem: read_json(path) for path in job.architectures},
        histories=by_arm(job.histories, pd.read_csv, "{model}-{color}"),
        tests=by_arm(job.tests, load_arrays, "{model}-{color}"),
        reference=read_reference(job.reference, read_json(job.datasets)["cifar10"]["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
