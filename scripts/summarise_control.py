"""Numbers and tables of one experiment of lib/controls."""

import pkgutil

from lib.experiments.arm_results import ArmResults
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(
    name: str,
    arms: list[InputFile],
    settings: list[InputFile],
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    # This module has its part in the rule's code stamp.
    summarise = pkgutil.resolve_name(f"lib.controls.{name}:summarise")
    configured = {path.name.removeprefix("arm.").removesuffix(".json"): read_json(path) for path in settings}
    write_summary(summarise(ArmResults(arms), configured), summary, tables)


if __name__ == "__main__":
    run_job(main)
