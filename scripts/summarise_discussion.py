"""Numbers of section 3 (discussion), which draws on the sections before it."""

from lib.report.summary import load
from lib.summaries.discussion import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(
    mnist: InputFile,
    cifar: InputFile,
    architectures: list[InputFile],
    summary: OutputFile,
) -> None:
    found = summarise(
        mnist=load(mnist),
        cifar=load(cifar),
        architectures={path.stem: read_json(path) for path in architectures},
    )
    write_summary(found, summary)


if __name__ == "__main__":
    run_job(main)
