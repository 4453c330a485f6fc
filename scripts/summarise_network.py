"""The table of section 2.1, which describes the layers and depends on no result."""

from dataclasses import dataclass

from lib.report.summaries.network import summarise
from lib.workflow.job import OutputFile, parse_job, run_job
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_summary(summarise(), job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
