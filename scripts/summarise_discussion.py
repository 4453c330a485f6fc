"""Numbers of section 3 (discussion), which draws on the sections before it."""

from dataclasses import dataclass

from lib.report.summaries.discussion import summarise
from lib.report.summary import load
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    mnist: InputFile
    cifar: InputFile
    gray: InputFile
    architectures: list[InputFile]
    summary: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    summary = summarise(
        mnist=load(job.mnist),
        cifar=load(job.cifar),
        gray=load(job.gray),
        architectures={path.stem: read_json(path) for path in job.architectures},
    )
    write_summary(summary, job.summary)


if __name__ == "__main__":
    run_job(main)
