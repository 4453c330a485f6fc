"""Numbers and table of the near-duplicates (section 2.7)."""

from lib.experiments.arm_results import ArmResults
from lib.summaries.near_duplicates import summarise
from lib.workflow.files import load_arrays
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(nearest: InputFile, tests: list[InputFile], summary: OutputFile, tables: list[OutputFile]) -> None:
    write_summary(summarise(load_arrays(nearest), ArmResults(tests)), summary, tables)


if __name__ == "__main__":
    run_job(main)
