"""Two runs side by side, as Markdown and as a page."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from lib.report.comparison import Comparison
from lib.report.html import to_html
from lib.report.markdown import Document, to_markdown
from lib.report.numbers import format_p, format_spread
from lib.report.texts import ENGLISH, load_texts


def write(found: Comparison, folder: Path, texts: Path) -> None:
    """``comparison.md`` and ``comparison.html``, whose figures are those of both runs; ``texts`` is the folder of the
    report's texts."""
    folder.mkdir(parents=True, exist_ok=True)
    words = load_texts(texts).labels[ENGLISH]
    pages = texts / "pages"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pages), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"p_value": format_p, "path": lambda path: os.path.relpath(path, folder)}
    body = environment.get_template("comparison.md.j2").render(found=found, spread=_spread)
    document = Document(ENGLISH, "Two runs side by side", (), None, body)
    css = "\n".join((texts / name).read_text(encoding="utf-8") for name in ("style.css", "math.css"))
    page = (pages / "page.html.j2").read_text(encoding="utf-8")
    (folder / "comparison.md").write_text(to_markdown(document, words), encoding="utf-8")
    html = to_html(document, words, css=css, page=page, folder=folder)
    (folder / "comparison.html").write_text(html, encoding="utf-8")


def _spread(number: Mapping[str, Any], unit: str) -> str:
    return format_spread(number["value"], number.get("spread"), unit) + (
        f" (n = {number['n']})" if "n" in number else ""
    )
