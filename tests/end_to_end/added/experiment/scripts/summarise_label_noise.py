"""Numbers and table of section 2.9 (drawn labels)."""

from dataclasses import dataclass

from lib.summaries.label_noise import summarise
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    histories: list[InputFile]
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    write_summary(summarise(read_runs(job.histories, "seed{seed}.csv")), job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
