"""Numbers and tables of section 2.6 (MLP baseline on MNIST)."""

import pandas as pd

from lib.experiments.paths import MNIST, MNIST_SEARCH, MNIST_VARIANT
from lib.summaries.mnist import CHOICES, summarise
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import runs_of
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    architecture: InputFile,
    trials: InputFile,
    best: InputFile,
    searched: list[InputFile],
    histories: list[InputFile],
    results: list[InputFile],
    predictions: list[InputFile],
    choices: list[InputFile],
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    facts, others = read_json(datasets)["mnist"], list(runs_of(choices, MNIST_VARIANT))
    found = summarise(
        architecture=read_json(architecture),
        trials=pd.read_csv(trials),
        best=read_json(best),
        searched={int(run["seed"]): read_json(path) for run, path in runs_of(searched, MNIST_SEARCH)},
        histories={int(arm["seed"]): pd.read_csv(path) for arm, path in runs_of(histories, MNIST)},
        results={int(arm["seed"]): read_json(path) for arm, path in runs_of(results, MNIST)},
        predictions={int(arm["seed"]): load_arrays(path) for arm, path in runs_of(predictions, MNIST)},
        choices={
            name: {int(run["seed"]): load_arrays(path) for run, path in others if run["variant"] == name}
            for name in CHOICES
        },
        class_names=facts["class_names"],
        reference=read_reference(reference, facts["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
