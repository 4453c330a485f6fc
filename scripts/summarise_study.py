"""Numbers and tables of a study that has a module in lib/studies."""

import pkgutil

from lib.experiments.arm_results import ArmResults
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(
    module: str,
    results: list[InputFile],
    settings: list[InputFile],
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    summarise = pkgutil.resolve_name(f"{module}:summarise")  # the module has its part in the rule's code stamp
    configured = {path.name.removeprefix("arm.").removesuffix(".json"): read_json(path) for path in settings}
    write_summary(summarise(ArmResults(results), configured), summary, tables)


if __name__ == "__main__":
    run_job(main)
