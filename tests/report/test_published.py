"""The published example is whole and small enough; at a release, the texts and figure code that are here made it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lib.catalogue.published import FIGURE_CODE
from lib.workflow.made_with import made_with
from tests.report.prose import words

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/example"
PAGES = [f"report.{lang}.{kind}" for lang in ("zh", "en") for kind in ("md", "html")]
MEBIBYTE = 2**20


@pytest.mark.release  # what is published is made in hours, and not with every change
def test_it_was_made_with_the_present_texts_and_figure_code():
    then = json.loads((EXAMPLE / "made_with.json").read_text(encoding="utf-8"))
    now = made_with(ROOT, FIGURE_CODE)
    changed = sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))
    assert changed == [], "docs/example was made with others: run make report, then make publish"


@pytest.mark.parametrize("name", ["metrics.json", "claims.json", *PAGES])
def test_everything_is_there(name):
    assert (EXAMPLE / name).stat().st_size > 1000


def test_it_is_small_enough_to_be_cloned_by_everyone():
    sizes = {path.name: path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 15 * MEBIBYTE
    assert all(size <= 5 * MEBIBYTE for size in sizes.values())


@pytest.mark.parametrize("name", [page for page in PAGES if page.endswith(".md")])
def test_every_link_to_a_file_leads_to_one(name):
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    targets = {target.split("#")[0] for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)\s]+)", text)}
    assert any(target.startswith("figures/") for target in targets)
    assert [target for target in sorted(targets) if not (EXAMPLE / target).exists()] == []


def test_the_numbers_are_those_of_the_real_data():
    metrics = json.loads((EXAMPLE / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["datasets.samples.cifar10.test"]["value"] == 10_000


def test_its_body_is_read_in_twenty_minutes():
    text = (EXAMPLE / "report.en.md").read_text(encoding="utf-8")
    assert words(text[text.index("\n## 1 ") : text.index("\n## 4 ")]) <= 5500
