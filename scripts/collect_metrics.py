"""Collect every number of the summaries, printed or not, and those of their tables."""

from lib.report.metrics import collect, to_json
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job


def main(summaries: list[InputFile], texts: list[InputFile], metrics: OutputFile) -> None:
    found = collect({path.stem: load(path) for path in summaries}, load_texts(texts[0].parent).references)
    with whole_files(metrics) as (target,):
        target.write_text(to_json(found), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
