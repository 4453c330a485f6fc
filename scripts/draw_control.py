"""Draw the figures of one experiment of lib/controls."""

import pkgutil

from lib.experiments.arm_results import ArmResults
from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job


def main(name: str, arms: list[InputFile], figures: list[OutputFile]) -> None:
    draw = pkgutil.resolve_name(f"lib.controls.{name}:draw")  # this module has its part in the rule's code stamp
    write_figures(draw(ArmResults(arms)), figures)


if __name__ == "__main__":
    run_job(main)
