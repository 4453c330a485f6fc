"""Numbers and table of the search with equal budgets (section 2.5)."""

from dataclasses import dataclass

from lib.report.summaries.search import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs, runs_of
from lib.workflow.summaries import write_summary

RANKED = "search/{optimizer}/seed{seed}"


@dataclass
class Arguments:
    trials: list[InputFile]
    chosen: list[InputFile]
    losses: list[InputFile]
    epochs: list[InputFile]
    settings: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        trials=read_runs(job.trials, "search/{optimizer}/trials{seed}.csv"),
        chosen={
            str(values["optimizer"]): read_json(path)
            for values, path in runs_of(job.chosen, "search/{optimizer}/chosen.json")
        },
        losses=read_runs(job.losses, RANKED),
        epochs=read_runs(job.epochs, RANKED),
        target_loss=read_json(job.settings)["target_loss"],
    )
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
