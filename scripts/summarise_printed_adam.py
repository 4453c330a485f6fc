"""Numbers and table of the printed Adam beside Adam (section 2.5)."""

from lib.summaries.printed_adam import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import runs_of
from lib.workflow.summaries import write_summary


def main(
    real_results: list[InputFile],
    printed_results: list[InputFile],
    experiment: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    accuracies = {
        rule: {int(run["seed"]): read_json(path)["test_accuracy"] for run, path in runs_of(paths, "seed{seed}")}
        for rule, paths in (("adam", real_results), ("adam_as_printed", printed_results))
    }
    found = summarise(accuracies=accuracies, steps=read_json(experiment)["steps"])
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
