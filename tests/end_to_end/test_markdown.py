"""The Markdown report as GitHub's own renderer reads it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from lib.report.texts import load_texts
from tests.end_to_end.conftest import ROOT, Project


class Parts(HTMLParser):
    """What a page shows and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.targets: set[str] = set()
        self.tables: list[list[int]] = []  # cells of each row
        self.heading: list[str] | None = None
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.images.append((found["src"], found.get("alt", "")))
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += 1
        elif re.fullmatch("h[1-6]", tag):
            self.heading = []
        self.targets |= {found["id"]} if "id" in found else set()

    def handle_endtag(self, tag: str) -> None:
        if self.heading is not None and re.fullmatch("h[1-6]", tag):
            self.targets.add(slug("".join(self.heading), self.targets))
            self.heading = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.heading is not None:
            self.heading.append(data)


def slug(heading: str, taken: set[str]) -> str:
    """GitHub's name of a heading: words in lower case, joined by hyphens, numbered where it was there before."""
    name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
    return next(one for one in (name, *(f"{name}-{i}" for i in range(1, 99))) if one not in taken)


@pytest.fixture(scope="module", params=["en", "zh"])
def parts(request: pytest.FixtureRequest, pristine: Project) -> tuple[Parts, Path]:
    path = pristine.folder / f"results/test/report/report.{request.param}.md"
    html = cmarkgfm.github_flavored_markdown_to_html(path.read_text(encoding="utf-8"), options=Options.CMARK_OPT_UNSAFE)
    return Parts(html), path.parent


def test_every_picture_is_shown_and_described(parts):
    page, folder = parts
    captions = load_texts(ROOT / "report").captions.values()
    shown = {Path(source).stem for source, _ in page.images}
    assert shown == {caption.id for caption in captions if caption.kind == "figure"}
    assert all((folder / source).is_file() and alt for source, alt in page.images)


def test_every_table_is_a_table(parts):
    page, _ = parts
    captions = load_texts(ROOT / "report").captions.values()
    assert len(page.tables) >= sum(caption.kind == "table" for caption in captions)
    assert all(len(set(rows)) == 1 and len(rows) > 1 for rows in page.tables)
    assert not re.search(r"\|\s*:?-{3}", "".join(page.text))


def test_every_link_has_a_target(parts):
    page, folder = parts
    within = [unquote(link[1:]) for link in page.links if link.startswith("#")]
    assert len(within) > 50
    assert [name for name in within if name not in page.targets] == []
    files = [link for link in page.links if ":" not in link and not link.startswith("#")]
    assert [link for link in files if not (folder / link.partition("#")[0]).is_file()] == []
