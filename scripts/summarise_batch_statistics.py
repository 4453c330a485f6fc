"""Numbers and table of the experiment with batch statistics (section 2.6)."""

from lib.experiments.paths import BATCH_STATISTICS
from lib.summaries.batch_statistics import summarise
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs
from lib.workflow.summaries import write_summary


def main(accuracies: list[InputFile], summary: OutputFile, tables: list[OutputFile]) -> None:
    write_summary(summarise(read_runs(accuracies, BATCH_STATISTICS)), summary, tables)


if __name__ == "__main__":
    run_job(main)
