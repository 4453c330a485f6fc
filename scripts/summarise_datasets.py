"""Numbers and tables of section 2.2 (data sets)."""

from lib.summaries.datasets import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(datasets: InputFile, summary: OutputFile, tables: list[OutputFile]) -> None:
    write_summary(summarise(summary=read_json(datasets)), summary, tables)


if __name__ == "__main__":
    run_job(main)
