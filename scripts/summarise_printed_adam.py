"""Numbers and table of the printed Adam beside Adam (section 2.5)."""

from dataclasses import dataclass

from lib.report.summaries.printed_adam import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import runs_of
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    real_results: list[InputFile]
    printed_results: list[InputFile]
    experiment: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    accuracies = {
        rule: {int(run["seed"]): read_json(path)["test_accuracy"] for run, path in runs_of(paths, "seed{seed}")}
        for rule, paths in (("adam", job.real_results), ("adam_as_printed", job.printed_results))
    }
    summary = summarise(accuracies=accuracies, steps=read_json(job.experiment)["steps"])
    write_summary(summary, job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
