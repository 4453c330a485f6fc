"""Templates are parsed once each, and again where their text has changed or what was remembered cannot be used."""

import json
import re
from pathlib import Path

import pytest

from lib.report.needs import Needs
from lib.workflow import templates
from lib.workflow.templates import Templates

TEXT, OTHER = '{{ num("mnist.accuracy") }}', '{{ figure("gray_bars") }}'


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "some.zh.md.j2", tmp_path / "some.en.md.j2"]
    for path, text in zip(found, (TEXT, OTHER), strict=True):
        path.write_text(text, encoding="utf-8")
    return found


@pytest.fixture
def memory(tmp_path: Path, paths) -> Path:
    """A file in which both templates are remembered."""
    remember = tmp_path / "kept/templates.json"
    first = Templates(remember)
    first.needs(paths)
    first.save()
    return remember


@pytest.fixture
def parsed(monkeypatch) -> list[str]:
    """Names of the templates that are parsed from here on."""
    names: list[str] = []

    def needs_of(text: str, name: str) -> Needs:
        names.append(Path(name).name)
        return real(text, name)

    real = templates.needs_of
    monkeypatch.setattr(templates, "needs_of", needs_of)
    return names


def test_what_is_remembered_is_not_parsed_again(memory, paths, parsed):
    assert Templates(memory).needs(paths) == Needs(groups=("mnist",), figures=("gray_bars",))
    assert parsed == []


def test_a_template_whose_text_has_changed_is_parsed_again_and_the_others_are_not(memory, paths, parsed):
    paths[0].write_text('{{ num("cifar.accuracy") }}', encoding="utf-8")
    assert Templates(memory).needs(paths) == Needs(groups=("cifar",), figures=("gray_bars",))
    assert parsed == ["some.zh.md.j2"]


def test_a_template_is_known_by_its_text_wherever_it_lies(memory, paths, parsed, tmp_path):
    moved = paths[0].rename(tmp_path / "moved.md.j2")
    assert Templates(memory).needs([moved]) == Needs(groups=("mnist",))
    assert parsed == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"made_by": 1}', "other", "kinds", "ids"])
def test_a_damaged_or_foreign_memory_is_not_used(memory, paths, parsed, damage):
    expected = Templates(memory).needs(paths)
    text = memory.read_text(encoding="utf-8").replace("mnist", "wrong")  # what must not be taken over
    if damage == "other":  # made by another version of what reads templates
        text = re.sub(r'"made_by": "[^"]*"', '"made_by": "another"', text)
    elif damage == "kinds":
        text = text.replace('"groups"', '"groupings"')
    elif damage == "ids":
        text = json.dumps({**json.loads(text), "entries": dict.fromkeys(json.loads(text)["entries"])})
    else:
        text = damage
    memory.write_text(text, encoding="utf-8")
    assert Templates(memory).needs(paths) == expected
    assert parsed == ["some.zh.md.j2", "some.en.md.j2"]


def test_what_is_remembered_is_written_again_only_when_it_changes(memory, paths):
    before = memory.stat().st_mtime_ns
    again = Templates(memory)
    again.needs(paths)
    again.save()
    assert memory.stat().st_mtime_ns == before


@pytest.mark.parametrize(("folder", "shown"), [("", "some.en.md.j2"), ("..", "{name}/some.en.md.j2")])
def test_a_template_that_cannot_be_read_ends_the_process_with_one_line(paths, tmp_path, monkeypatch, folder, shown):
    monkeypatch.chdir(tmp_path / folder)
    paths[1].write_text("{{ num('x' }}", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        Templates(tmp_path / "none.json").needs(paths)
    expected = re.escape(shown.format(name=tmp_path.name))
    assert re.fullmatch(f"{expected}: line 1: .+", str(stopped.value))
