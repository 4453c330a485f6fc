"""Numbers and tables of section 2.7 (MLP against CNN on CIFAR-10)."""

import pandas as pd

from lib.experiments.arm_results import ArmResults
from lib.summaries.cifar import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    settings: InputFile,
    mlp: InputFile,
    cnn: InputFile,
    histories: list[InputFile],
    trainings: list[InputFile],
    tests: list[InputFile],
    filters: InputFile,
    networks: list[InputFile],
    thresholds: InputFile,
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    facts = read_json(datasets)["cifar10"]
    config = read_json(settings)
    results = ArmResults([*histories, *trainings, *tests])
    epochs, trained, tested = (
        {arm.removesuffix("-rgb"): runs for arm, runs in results.by_arm(name).items()}
        for name in ("history.csv", "training.json", "test.npz")
    )
    found = summarise(
        recipe=config["recipe"],
        recipes=config["recipes"],
        architectures={"mlp": read_json(mlp), "cnn": read_json(cnn)},
        histories=epochs,
        trainings=trained,
        tests=tested,
        class_names=facts["class_names"],
        filters=pd.read_csv(filters),
        networks=ArmResults(networks).table("filters.csv", "cnn-rgb"),
        thresholds=read_json(thresholds),
        reference=read_reference(reference, facts["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
