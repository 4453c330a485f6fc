"""Describe a finished run for machines, as an RO-Crate: its pages, figures, tables, curves, numbers and verdicts.

The crate is the run's own folder (https://w3id.org/ro/crate); digests and sizes are of the files that lie there.
"""

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from lib.report.texts import load_texts
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job

CURVES = "history.csv"  # one row per epoch, of every training
SUMMARIES = {
    "metrics.json": "Every number that the report prints, by id, with unit, n, interval and source",
    "claims.json": "Every claim of the original report with its verdict, the reason and the files it rests on",
}


@dataclass
class Arguments:
    run: str
    texts: list[InputFile]
    pages: list[InputFile]
    figures: list[InputFile]
    tables: list[InputFile]
    metrics: InputFile
    claims: InputFile
    datasets: InputFile
    crate: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    folder = job.crate.parent
    captions = load_texts(job.texts[0].parent).captions
    sample = read_json(job.datasets)["cifar10"]["is_sample"]
    crate = ROCrate()
    crate.name = f"Run {job.run!r} of a lab report on multilayer perceptrons and convolutional networks"
    crate.description = (
        f"Results on {'sample data' if sample else 'MNIST and CIFAR-10'}, with the report made from them"
    )
    crate.license = "https://spdx.org/licenses/MIT"
    crate.root_dataset["creativeWorkStatus"] = "sample data" if sample else "real data"
    snakemake = crate.add(ContextEntity(crate, "https://snakemake.github.io", properties={
        "@type": "SoftwareApplication", "name": "Snakemake", "url": "https://snakemake.github.io"}))  # fmt: skip
    for path in [*job.pages, job.metrics, job.claims, *job.figures, *job.tables, *sorted(folder.rglob(CURVES))]:
        caption = captions.get(path.stem)
        described = caption.text["en"] if caption else SUMMARIES.get(path.name, "")
        properties = {**facts(path), **({"description": described} if described else {})}
        crate.add_file(path, dest_path=str(path.relative_to(folder)), properties=properties)["instrument"] = snakemake
    with whole_files(job.crate) as (target,):
        target.write_text(json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def facts(path: Path) -> dict[str, Any]:
    """Size in bytes, SHA-256 and media type of one file, in the vocabulary of schema.org."""
    content = path.read_bytes()
    return {
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encodingFormat": mimetypes.guess_type(path.name)[0] or "text/plain",
    }


if __name__ == "__main__":
    run_job(main)
