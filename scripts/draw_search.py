"""Draw the searched learning rates, and the optimisers at the rates they chose."""

from dataclasses import dataclass

from lib.figures.optimizers import search_rates
from lib.workflow.figures import write_figure
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs, runs_of


@dataclass
class Arguments:
    trials: list[InputFile]
    chosen: list[InputFile]
    epochs: list[InputFile]
    search_rates: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    chosen = {
        str(values["optimizer"]): float(read_json(path)["learning_rate"])
        for values, path in runs_of(job.chosen, "search/{optimizer}/chosen.json")
    }
    trials = read_runs(job.trials, "search/{optimizer}/trials{seed}.csv")
    epochs = read_runs(job.epochs, "search/{optimizer}/seed{seed}")
    write_figure(search_rates(trials, chosen, epochs), job.search_rates)


if __name__ == "__main__":
    run_job(main)
