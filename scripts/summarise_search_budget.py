"""Numbers and table of the search with equal budgets (section 2.5)."""

from lib.experiments.paths import SEARCH_CHOSEN, SEARCH_RANKED, SEARCH_TRIALS
from lib.summaries.search_budget import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs, runs_of
from lib.workflow.summaries import write_summary


def main(
    trials: list[InputFile],
    chosen: list[InputFile],
    losses: list[InputFile],
    epochs: list[InputFile],
    settings: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    found = summarise(
        trials=read_runs(trials, SEARCH_TRIALS),
        chosen={
            (str(run["optimizer"]), str(run["criterion"])): read_json(path)["learning_rate"]
            for run, path in runs_of(chosen, SEARCH_CHOSEN)
        },
        losses=read_runs(losses, SEARCH_RANKED),
        epochs=read_runs(epochs, SEARCH_RANKED),
        target_losses=read_json(settings)["target_losses"],
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
