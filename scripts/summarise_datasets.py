"""Numbers and tables of section 2.2 (data sets)."""

from dataclasses import dataclass

from lib.report.summaries.datasets import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    datasets: InputFile
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_summary(summarise(summary=read_json(job.datasets)), job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
