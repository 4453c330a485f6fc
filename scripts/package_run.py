"""Describe a finished run for machines, as an RO-Crate: its pages, figures, tables, curves, numbers and verdicts.

The crate is the run's own folder (https://w3id.org/ro/crate); digests and sizes are of the files that lie there.
"""

import hashlib
import json
import mimetypes
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from lib.report.texts import load_texts
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import made_from_samples

SUMMARIES = {
    "metrics.json": "Every number that the report prints, by id, with unit, n, interval and source",
    "claims.json": "Every claim of the original report with its verdict, the reason and the files it rests on",
}


def main(
    run: str,
    texts: list[InputFile],
    pages: list[InputFile],
    figures: list[InputFile],
    tables: list[InputFile],
    metrics: InputFile,
    claims: InputFile,
    curves: list[InputFile],
    datasets: list[InputFile],
    crate: OutputFile,
) -> None:
    folder = crate.parent
    captions = load_texts(texts[0].parent).captions
    sample = made_from_samples(datasets)
    described = ROCrate()
    described.name = f"Run {run!r} of a lab report on multilayer perceptrons and convolutional networks"
    described.description = (
        f"Results on {'sample data' if sample else 'MNIST and CIFAR-10'}, with the report made from them"
    )
    described.license = "https://spdx.org/licenses/MIT"
    described.root_dataset["creativeWorkStatus"] = "sample data" if sample else "real data"
    snakemake = described.add(ContextEntity(described, "https://snakemake.github.io", properties={
        "@type": "SoftwareApplication", "name": "Snakemake", "url": "https://snakemake.github.io"}))  # fmt: skip
    for path in [*pages, metrics, claims, *figures, *tables, *curves]:
        caption = captions.get(path.stem)
        text = caption.text["en"] if caption else SUMMARIES.get(path.name, "")
        properties = {**facts(path), **({"description": text} if text else {})}
        described.add_file(path, dest_path=str(path.relative_to(folder)), properties=properties)["instrument"] = (
            snakemake
        )
    with whole_files(crate) as (target,):
        target.write_text(
            json.dumps(described.metadata.generate(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


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
