"""A script's arguments are its rule's interface."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lib.workflow import interface

SCRIPT = """
from dataclasses import dataclass

@dataclass
class Arguments:
    data: InputFile
    parts: list[InputFile]
    seed: Wildcard[int]
    gpu: Resource[int]
    kind_of_thing: str
    table: OutputFile
"""


@pytest.fixture
def scripts(monkeypatch, tmp_path: Path) -> Path:
    (tmp_path / "some.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "none.py").write_text("def main(): ...\n", encoding="utf-8")
    monkeypatch.setattr(interface, "SCRIPTS", tmp_path)
    return tmp_path


def test_the_command_names_every_argument_where_the_rule_has_it(scripts):
    assert interface.run_script("some") == (
        "python -m scripts.some --data {input.data} --parts {input.parts} --seed {wildcards.seed}"
        " --gpu {resources.gpu} --kind-of-thing {params.kind_of_thing} --table {output.table} > {log} 2>&1"
    )
    assert interface.inputs_of("some") == ["data", "parts"]


def test_a_rule_made_in_a_loop_has_its_own_command_when_the_loop_is_over(scripts):
    (scripts / "some.py").write_text(SCRIPT.replace("    gpu: Resource[int]\n", ""), encoding="utf-8")
    commands = [interface.command_of("some", kind_of_thing=kind) for kind in ("first", "second")]
    files = SimpleNamespace(data="a.npz", parts=["b.csv", "c.csv"]), SimpleNamespace(table="d.csv")
    said = [command(SimpleNamespace(seed="3"), *files) for command in commands]
    assert said[0] == (
        "python -m scripts.some --data a.npz --parts b.csv c.csv --seed 3 --kind-of-thing first --table d.csv"
    )
    assert said[1] == said[0].replace("first", "second")


def test_a_script_without_arguments_is_named(scripts):
    with pytest.raises(ValueError, match=r"none\.py: no class Arguments"):
        interface.run_script("none")


@pytest.mark.parametrize(
    "script", sorted((Path(__file__).parents[2] / "scripts").glob("draw_*.py")), ids=lambda p: p.stem
)
def test_scripts_that_draw_make_figures_and_nothing_else(script):
    places = interface.arguments_of(script)
    assert "output" in places.values()
    assert not {"wildcards", "resources"} & set(places.values())
