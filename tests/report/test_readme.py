"""The two READMEs say the same, as far as a test can see: headings, commands, names, links, tables."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.report.outcomes import ROOT

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
# Links that lead each reader to the other's page or to a page in the reader's own language.
OWN = re.compile(r"README(\.zh)?\.md|docs/example/report\.(en|zh)\.md")
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


@pytest.mark.parametrize("kind", KINDS)
def test_both_readmes_have_the_same(kind: str) -> None:
    found = KINDS[kind](ENGLISH)
    assert found
    assert KINDS[kind](CHINESE) == found


def test_each_readme_leads_to_the_other() -> None:
    assert "](README.zh.md)" in ENGLISH and "](README.md)" in CHINESE
