"""Read all benchmark files: run time and peak memory of every rule."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.report.summaries.runtime import summarise
from lib.workflow.files import whole_files
from lib.workflow.job import OutputFile, parse_job, run_job


@dataclass
class Arguments:
    folders: list[Path]
    summary: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    by_rule = defaultdict(list)
    for folder in job.folders:
        for path in sorted(folder.rglob("*.tsv")):
            rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
            by_rule[rule].append(pd.read_csv(path, sep="\t"))
    summary = summarise(benchmarks={rule: pd.concat(tables) for rule, tables in by_rule.items()})
    with whole_files(job.summary) as (target,):
        target.write_text(summary.to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
