"""Numbers and tables of section 2.5 (optimisers)."""

from lib.experiments.paths import OPTIMIZER
from lib.summaries.optimizers import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    losses: list[InputFile],
    epochs: list[InputFile],
    settings: InputFile,
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    found = summarise(
        losses=read_runs(losses, OPTIMIZER),
        epochs=read_runs(epochs, OPTIMIZER),
        settings=read_json(settings),
        published=read_reference(reference),
        reference=read_reference(reference, read_json(datasets)["cifar10"]["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
