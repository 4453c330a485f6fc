"""Copy a finished report on the real data to a folder that can be committed: pages, figures, numbers, verdicts."""

import re
import shutil
from typing import Any

from lib.report.render import SOURCES
from lib.workflow.files import read_json, stable_json
from lib.workflow.job import InputFile, OutputFile, run_job


def main(
    pages: list[InputFile],
    figures: list[InputFile],
    tables: list[InputFile],
    metrics: InputFile,
    claims: InputFile,
    made_with: InputFile,
    configuration: InputFile,
    folder: OutputFile,
) -> None:
    for name in ("figures", "tables"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = {page.name: published(page.read_text(encoding="utf-8")) for page in pages}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in [claims, made_with, configuration]:
        shutil.copyfile(file, folder / file.name)
    (folder / metrics.name).write_text(stable_json(without_seeds(read_json(metrics))), encoding="utf-8")
    for table in tables:
        shutil.copyfile(table, folder / "tables" / table.name)
    shown = "".join(text for name, text in texts.items() if name.endswith(".md"))
    for figure in figures:
        name = figure.as_posix().rpartition("/report/")[2]
        if f"]({name})" in shown:  # each figure is shown as vectors or as pixels, not as both
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(figure, folder / name)


def without_seeds(metrics: dict[str, Any]) -> dict[str, Any]:
    """Metrics whose sources name the files of all seeds at once, ``seed*``: hundreds of names are most of the file."""
    return {
        key: metric | {"source": sorted({re.sub(r"\bseed\d+", "seed*", path) for path in metric["source"]})}
        for key, metric in metrics.items()
    }


def published(page: str) -> str:
    """The page with the links that lead out of its folder as they are from ``docs/example/``."""
    links = r'(\]\(|href=")'
    page = re.sub(f"{links}{re.escape(SOURCES)}", r"\1../../", page)
    return re.sub(f"{links}\\.\\./(tables/|configuration)", r"\1\2", page)


if __name__ == "__main__":
    run_job(main)
