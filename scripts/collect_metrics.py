"""Collect every number of the summaries, printed or not, those of their tables, and the runs behind them."""

from lib.report.metrics import collect, runs_to_csv, to_json
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job


def main(summaries: list[InputFile], texts: list[InputFile], metrics: OutputFile, runs: OutputFile) -> None:
    known = {path.stem: load(path) for path in summaries}
    found = collect(known, load_texts(texts[0].parent).references)
    with whole_files(metrics, runs) as (target, table):
        target.write_text(to_json(found), encoding="utf-8")
        table.write_text(runs_to_csv(known), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
