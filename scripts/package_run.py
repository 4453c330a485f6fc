"""Describe a finished run for machines: its pages, figures, tables, measurements, numbers and verdicts."""

import json

from lib.report.crate import crate_of
from lib.report.texts import load_texts
from lib.report.yaml_files import read_yaml
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import made_from_samples


def main(
    run: str,
    texts: list[InputFile],
    pages: list[InputFile],
    figures: list[InputFile],
    tables: list[InputFile],
    metrics: InputFile,
    claims: InputFile,
    measured: list[InputFile],
    datasets: list[InputFile],
    workflow: InputFile,
    citation: InputFile,
    snakemake: InputFile,
    crate: OutputFile,
) -> None:
    metadata = crate_of(
        run,
        crate.parent,
        [*pages, metrics, claims, *figures, *tables, *measured],
        workflow,
        words=load_texts(texts[0].parent),
        cited=read_yaml(citation),
        snakemake=snakemake.read_text(encoding="utf-8").strip(),
        what="sample data" if made_from_samples(datasets) else "real data",
    )
    with whole_files(crate) as (target,):
        target.write_text(json.dumps(metadata, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
