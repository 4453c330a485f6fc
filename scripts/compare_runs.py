"""Whether two finished runs agree: ``python -m scripts.compare_runs A B``, each a run's folder or a published one.

Writes both side by side, as Markdown and as a page, and ends with exit code 1 where they do not agree. With ``--brief``
it says so in one line, and ends with 0.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import jinja2

from lib.report.comparison import Comparison, compare, read_run
from lib.report.html import to_html
from lib.report.markdown import Document, to_markdown
from lib.report.numbers import format_p, format_spread
from lib.report.texts import load_texts

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "report/pages"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="results/<run>, or a folder such as docs/example")
    parser.add_argument("second", type=Path, help="the other one")
    parser.add_argument("--brief", action="store_true", help="one line, and no files")
    parser.add_argument("--folder", type=Path, default=Path("build/compare"), help="where the page goes")
    given = parser.parse_args()
    try:
        found = compare(read_run(given.first), read_run(given.second))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(found.line())
    if given.brief:
        return 0
    write(found, given.folder)
    print(f"Side by side: {given.folder}/comparison.html")
    return 0 if found.agree else 1


def write(found: Comparison, folder: Path) -> None:
    """``comparison.md`` and ``comparison.html``, whose figures are those of both runs."""
    folder.mkdir(parents=True, exist_ok=True)
    words = load_texts(ROOT / "report").labels["en"]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"p_value": format_p, "path": lambda path: os.path.relpath(path, folder)}
    body = environment.get_template("comparison.md.j2").render(found=found, spread=_spread)
    document = Document("en", "Two runs side by side", (), None, body)
    css = "\n".join((ROOT / "report" / name).read_text(encoding="utf-8") for name in ("style.css", "math.css"))
    page = (PAGES / "page.html.j2").read_text(encoding="utf-8")
    (folder / "comparison.md").write_text(to_markdown(document, words), encoding="utf-8")
    html = to_html(document, words, css=css, page=page, folder=folder)
    (folder / "comparison.html").write_text(html, encoding="utf-8")


def _spread(number: dict[str, float], unit: str) -> str:
    return format_spread(number["value"], number.get("spread"), unit) + (
        f" (n = {number['n']})" if "n" in number else ""
    )


if __name__ == "__main__":
    sys.exit(main())
