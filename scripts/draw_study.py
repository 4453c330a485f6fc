"""Draw the figures of a study that has a module in lib/studies."""

import pkgutil

from lib.experiments.arm_results import ArmResults
from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job


def main(module: str, results: list[InputFile], figures: list[OutputFile]) -> None:
    draw = pkgutil.resolve_name(f"{module}:draw")  # the module has its part in the rule's code stamp
    write_figures(draw(ArmResults(results)), figures)


if __name__ == "__main__":
    run_job(main)
