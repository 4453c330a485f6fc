"""Numbers and tables of section 2.8 (the same on gray images)."""

from lib.experiments.arm_results import ArmResults
from lib.summaries.gray import summarise
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import read_reference, write_summary


def main(
    datasets: InputFile,
    architectures: list[InputFile],
    histories: list[InputFile],
    tests: list[InputFile],
    reference: InputFile,
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    results = ArmResults([*histories, *tests])
    found = summarise(
        architectures={path.stem: read_json(path) for path in architectures},
        histories=results.by_arm("history.csv"),
        tests=results.by_arm("test.npz"),
        reference=read_reference(reference, read_json(datasets)["cifar10"]["is_sample"]),
    )
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
