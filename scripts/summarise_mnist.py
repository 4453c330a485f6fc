"""Numbers and tables of section 2.6 (MLP baseline on MNIST)."""

from dataclasses import dataclass

import pandas as pd

from lib.report.summaries.mnist import summarise
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import runs_of
from lib.workflow.summaries import read_reference, write_summary

ARM = "mnist/seed{seed}"


@dataclass
class Arguments:
    datasets: InputFile
    architecture: InputFile
    trials: InputFile
    best: InputFile
    histories: list[InputFile]
    results: list[InputFile]
    predictions: list[InputFile]
    reference: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    facts = read_json(job.datasets)["mnist"]
    summary = summarise(
        architecture=read_json(job.architecture),
        trials=pd.read_csv(job.trials),
        best=read_json(job.best),
        histories={int(arm["seed"]): pd.read_csv(path) for arm, path in runs_of(job.histories, ARM)},
        results={int(arm["seed"]): read_json(path) for arm, path in runs_of(job.results, ARM)},
        predictions={int(arm["seed"]): load_arrays(path) for arm, path in runs_of(job.predictions, ARM)},
        class_names=facts["class_names"],
        reference=read_reference(job.reference, facts["is_sample"]),
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
