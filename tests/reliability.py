"""From the record of a test run (JUnit XML) to docs/reliability.md: what was tried, how often, and what happened."""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
AREAS = {
    "What a change reruns": (
        "end_to_end.test_invalidation",
        "end_to_end.test_dry_runs_of_sources",
        "end_to_end.test_dry_runs_of_settings",
        "end_to_end.test_pipeline",
        "workflow.test_stamps",
    ),
    "Interruptions": (
        "end_to_end.test_interruptions",
        "end_to_end.test_killed_downloads",
        "workflow.test_checkpoints",
        "workflow.test_files",
    ),
    "Same bytes": ("end_to_end.test_same_bytes",),
    "Downloads": ("data.test_fetch",),
    "Data files": ("data.test_formats", "data.test_dataset"),
    "Configuration": (
        "catalogue.test_broken_configurations",
        "catalogue.test_configuration",
        "catalogue.test_arms",
        "workflow.test_schema",
    ),
    "Resources": ("end_to_end.test_resources",),
    "Versions": ("versions.test_lowest_and_newest", "versions.test_requirements"),
}
TOLD = {"outcome": "Kill moments, one by one", "versions": "Versions, one by one"}  # what tests say of themselves


def cases(record: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    """Module (``end_to_end.test_pipeline``) and element of every test case."""
    for case in ElementTree.parse(record).getroot().iter("testcase"):
        yield case.get("classname", "").removeprefix("tests."), case


def outcome(case: ElementTree.Element) -> str:
    tags = {child.tag for child in case}
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def docstring(module: str) -> str:
    path = ROOT / "tests" / Path(*module.split(".")).with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0]


def table(record: Path) -> str:
    """The whole page, as Markdown."""
    found = list(cases(record))
    lines = [
        "# What was tried",
        "",
        "Written by `make test-long` from its own record. Each line is one file of tests; one with parameters counts",
        "once for each of them, and `test_broken_configurations` tries 1,000 broken configurations in one.",
        "",
        "| area | what must hold | tests | passed | failed | skipped | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for area, modules in AREAS.items():
        for module in modules:
            own = [case for name, case in found if name == module]
            if own:
                counts = [sum(outcome(case) == kind for case in own) for kind in ("passed", "failed", "skipped")]
                seconds = sum(float(case.get("time", 0)) for case in own)
                cells = (area, docstring(module), len(own), *counts, f"{seconds:.0f}")
                lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    for name, heading in TOLD.items():
        told = [
            f"- {outcome(case)}: {item.get('value')}"
            for _, case in found
            for item in case.iter("property")
            if item.get("name") == name
        ]
        if told:
            lines += ["", f"## {heading}", "", *told]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(table(source), encoding="utf-8")
