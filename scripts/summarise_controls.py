"""Numbers and table of one experiment that trains further models on CIFAR-10."""

from dataclasses import dataclass

from lib.experiments.arm_results import ArmResults
from lib.report.summaries.controls import SUMMARIES
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.summaries import write_summary


@dataclass
class Arguments:
    name: str
    arms: list[InputFile]
    settings: list[InputFile]
    summary: OutputFile
    tables: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    arms = {path.name.removeprefix("arm.").removesuffix(".json"): read_json(path) for path in job.settings}
    write_summary(SUMMARIES[job.name](ArmResults(job.arms), arms), job.summary, job.tables)


if __name__ == "__main__":
    run_job(main)
