"""Read the benchmark files of a run's jobs: run time and peak memory of every rule."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from lib.report.provenance import trace
from lib.summaries.runtime import summarise
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job


def main(after: list[InputFile], catalogue: InputFile, summary: OutputFile) -> None:
    rules = read_json(catalogue)
    jobs = {(step.rule, step.benchmark) for path in after for step in trace(str(path), rules).steps if step.benchmark}
    by_rule = defaultdict(list)
    for rule, benchmark in sorted(jobs):
        if Path(benchmark).is_file():  # a training that was taken from a bundle has none
            by_rule[rule].append(pd.read_csv(benchmark, sep="\t"))
    found = summarise(benchmarks={rule: pd.concat(tables) for rule, tables in by_rule.items()})
    with whole_files(summary) as (target,):
        target.write_text(found.to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
