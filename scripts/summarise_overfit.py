"""Numbers and tables of section 2.4 (three layers against five)."""

from lib.experiments.paths import OVERFIT, OVERFIT_CNN
from lib.summaries.overfit import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs, runs_of
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    histories: list[InputFile],
    grids: list[InputFile],
    gradient_norms: list[InputFile],
    cnn: list[InputFile],
    settings: InputFile,
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    found = summarise(
        history=read_runs(histories, OVERFIT),
        grid=read_runs(grids, OVERFIT),
        gradient_norms=read_runs(gradient_norms, OVERFIT),
        cnn={int(run["seed"]): read_json(path) for run, path in runs_of(cnn, OVERFIT_CNN)},
        settings=read_json(settings),
        reference=read_reference(reference, read_json(datasets)["cifar10"]["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
