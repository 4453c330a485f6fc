"""Copy a finished report on the real data to a folder that can be committed, with its figures, numbers and verdicts."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lib.workflow.job import InputFile, parse_job, run_job


@dataclass
class Arguments:
    source: str
    pages: list[InputFile]
    figures: list[InputFile]
    metrics: InputFile
    claims: InputFile
    folder: Path


def main() -> None:
    job = parse_job(__doc__, Arguments)
    if job.source != "real":
        raise ValueError(
            f"data.source is {job.source!r}: only a run on the real data is published; take another preset"
        )
    figures = job.folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for file in [*job.pages, job.metrics, job.claims]:
        shutil.copyfile(file, job.folder / file.name)
    text = "".join(page.read_text(encoding="utf-8") for page in job.pages if page.suffix == ".md")
    for figure in job.figures:
        if f"figures/{figure.name}" in text:  # each figure is shown as vectors or as pixels, not as both
            shutil.copyfile(figure, figures / figure.name)


if __name__ == "__main__":
    run_job(main)
