"""Numbers and tables of section 2.7 (MLP against CNN on CIFAR-10)."""

from dataclasses import dataclass

import pandas as pd

from lib.report.summaries.cifar import summarise
from lib.workflow.arms import by_arm
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.summaries import read_reference, write_summary


@dataclass
class Arguments:
    datasets: InputFile
    settings: InputFile
    mlp: InputFile
    cnn: InputFile
    histories: list[InputFile]
    trainings: list[InputFile]
    tests: list[InputFile]
    filters: InputFile
    thresholds: InputFile
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    facts = read_json(job.datasets)["cifar10"]
    settings = read_json(job.settings)
    summary = summarise(
        recipe=settings["recipe"],
        recipes=settings["recipes"],
        architectures={"mlp": read_json(job.mlp), "cnn": read_json(job.cnn)},
        histories=by_arm(job.histories, pd.read_csv, "{model}"),
        trainings=by_arm(job.trainings, read_json, "{model}"),
        tests=by_arm(job.tests, load_arrays, "{model}"),
        class_names=facts["class_names"],
        filters=pd.read_csv(job.filters),
        thresholds=read_json(job.thresholds),
        reference=read_reference(job.reference, facts["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
