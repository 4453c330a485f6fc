"""The table of section 2.1, which describes the layers and depends on no result."""

from lib.summaries.network import summarise
from lib.workflow.job import OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(summary: OutputFile, tables: list[OutputFile]) -> None:
    write_summary(summarise(), summary, tables)


if __name__ == "__main__":
    run_job(main)
