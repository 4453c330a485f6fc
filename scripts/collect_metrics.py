"""Collect every number that the report prints, with unit, n, interval and source."""

from dataclasses import dataclass

from lib.report.metrics import collect, to_json
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    summaries: list[InputFile]
    texts: list[InputFile]
    metrics: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    metrics = collect({path.stem: load(path) for path in job.summaries}, load_texts(job.texts[0].parent).references)
    with whole_files(job.metrics) as (target,):
        target.write_text(to_json(metrics), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
