"""Draw the searched learning rates, and the optimisers at the rates they chose."""

from lib.experiments.paths import SEARCH_CHOSEN, SEARCH_RANKED, SEARCH_TRIALS
from lib.figures.search_budget import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs, runs_of


def main(trials: list[InputFile], chosen: list[InputFile], epochs: list[InputFile], figures: list[OutputFile]) -> None:
    rates = {
        (str(run["optimizer"]), str(run["criterion"])): float(read_json(path)["learning_rate"])
        for run, path in runs_of(chosen, SEARCH_CHOSEN)
    }
    write_figures(draw(read_runs(trials, SEARCH_TRIALS), rates, read_runs(epochs, SEARCH_RANKED)), figures)


if __name__ == "__main__":
    run_job(main)
