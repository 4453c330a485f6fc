"""One dry run after each edit of a module or a text: it lists what rests on it and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from lib.workflow.stamps import SourceTree
from tests.end_to_end.conftest import ROOT, Project
from tests.end_to_end.expected import MODULES, expected_after_edit, expected_after_text, files_of_the_report

EDIT = "\n\nCHANGED = 1\n"


@contextlib.contextmanager
def appended(finished: Project, name: str, text: str) -> Iterator[None]:
    path = finished.folder / name
    before = path.read_bytes()
    path.write_bytes(before + text.encode())
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_a_dry_run_after_an_edit_lists_what_rests_on_the_module(finished, edit, plan, module):
    name = str(SourceTree(ROOT).modules[module].relative_to(ROOT))
    with appended(finished, name, EDIT):
        assert finished.would_run() == expected_after_edit(plan, module)


@pytest.mark.long
@pytest.mark.parametrize("name", files_of_the_report())
def test_a_dry_run_after_another_text_lists_what_is_written_with_it(finished, edit, plan, name):
    comment = "\n/* changed */\n" if name.endswith(".css") else "\nchanged\n" if name.endswith(".j2") else None
    if comment is None:
        text = yaml.safe_load((finished.folder / name).read_text(encoding="utf-8"))
        old = (finished.folder / name).read_text(encoding="utf-8")
        edit(name, old, yaml.safe_dump(changed_words(text), allow_unicode=True, sort_keys=False))
        assert finished.would_run() == expected_after_text(plan, name)
        return
    with appended(finished, name, comment):
        assert finished.would_run() == expected_after_text(plan, name)


def changed_words(value: Any) -> Any:
    """The same nested value with every English text changed."""
    if isinstance(value, dict):
        return {k: f"{v} (changed)" if k == "en" and isinstance(v, str) else changed_words(v) for k, v in value.items()}
    return [changed_words(item) for item in value] if isinstance(value, list) else value
