"""Pages in both languages say the same, as far as a test can see: headings, commands, names, links, tables.

What the README says of the published report is what that report says.
"""

from __future__ import annotations

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGES = ("README.md", "docs/running.md")
TOOL = runpy.run_path(str(ROOT / "docs/readme.py"))


def text(name: str, language: str = "en") -> str:
    name = name if language == "en" else name.replace(".md", f".{language}.md")
    return (ROOT / name).read_text(encoding="utf-8")


# Links that lead each reader to the other's page or to a page in the reader's own language.
OWN = re.compile(r"(README|(docs/)?running)(\.zh)?\.md|docs/example/report\.(en|zh)\.md(#.*)?")
KINDS = {
    "levels of headings": lambda text: re.findall(r"^#+ ", text, re.MULTILINE),
    "commands": lambda text: [
        line.partition("#")[0].strip()
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ],
    "names and values": lambda text: Counter(re.findall(r"(?<!`)`([^`\n]+)`", text)),
    "links": lambda text: Counter(one for one in re.findall(r"\]\(([^)]*)\)", text) if not OWN.fullmatch(one)),
    "cells of the tables": lambda text: [line.count(" | ") for line in text.splitlines() if line.startswith("|")],
    "items": lambda text: len(re.findall(r"^- ", text, re.MULTILINE)),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same(kind: str, name: str) -> None:
    found = KINDS[kind](text(name))
    assert found or kind == "items"
    assert KINDS[kind](text(name, "zh")) == found


@pytest.mark.parametrize("name", PAGES)
def test_each_page_leads_to_the_other(name: str) -> None:
    own, other = Path(name).name, Path(name.replace(".md", ".zh.md")).name
    assert f"]({other})" in text(name) and f"]({own})" in text(name, "zh")


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_to_what_is_there(name: str) -> None:
    page = ROOT / name
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not link.startswith(("http:", "https:")):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_says_what_the_published_report_says(language: str) -> None:
    page = text("README.md", language)
    assert TOOL["renewed"](page, language) == page, "docs/readme.py writes it anew"


def test_what_the_report_found_is_taken_from_its_first_page() -> None:
    report = """## In brief

**How.** So.

**Three answers.**

1. The error is [1e-9](#x) {link}.
2. It gets 55.8%.

**Verdicts.** Of [27 claims](#claims), 9 are reproduced.

| Claim |
"""
    assert TOOL["found"](report, "docs/example/report.en.md") == [
        "1. The error is [1e-9](docs/example/report.en.md#x) {link}.",
        "2. It gets 55.8%.",
        "",
        "Of [27 claims](docs/example/report.en.md#claims), 9 are reproduced.",
    ]
