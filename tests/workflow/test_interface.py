"""The signature of a script's main is its rule's interface."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.utils import format as filled_in

from lib.workflow.interface import Scripts, arguments_of

ROOT = Path(__file__).parents[2]
SCRIPT = """
def main(
    data: InputFile,
    parts: list[InputFile],
    seed: Wildcard[int],
    gpu: Resource[int],
    kind_of_thing: str,
    *,
    table: OutputFile,
) -> None: ...
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for package in ("own", "given/scripts"):
        (tmp_path / package).mkdir(parents=True)
    (tmp_path / "given/scripts/some.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def scripts(folder: Path) -> Scripts:
    return Scripts(folder, ("own", "given.scripts"))


def test_the_command_names_every_argument_where_the_rule_has_it(scripts):
    assert scripts.run("some") == (
        "python -m given.scripts.some --data {input.data:q} --parts {input.parts:q} --seed {wildcards.seed:q}"
        " --gpu {resources.gpu:q} --kind-of-thing={params.kind_of_thing:q} --table {output.table:q} > {log:q} 2>&1"
    )
    assert scripts.inputs("some") == ["data", "parts"]


def test_a_rule_made_in_a_loop_has_its_own_command_when_the_loop_is_over(scripts, folder):
    text = SCRIPT.replace("    gpu: Resource[int],\n", "")
    (folder / "given/scripts/some.py").write_text(text, encoding="utf-8")
    commands = [scripts.command("some", kind_of_thing=kind) for kind in ("first", "second")]
    files = SimpleNamespace(data="a.npz", parts=["b.csv", "c.csv"]), SimpleNamespace(table="d.csv")
    said = [command(SimpleNamespace(seed="3"), *files) for command in commands]
    assert said[0] == (
        "python -m given.scripts.some --data a.npz --parts b.csv c.csv --seed 3 --kind-of-thing=first --table d.csv"
    )
    assert said[1] == said[0].replace("first", "second")


def test_a_script_is_taken_from_the_first_package_that_has_it(scripts, folder):
    assert scripts.module("some") == "given.scripts.some"
    (folder / "own/some.py").write_text("def main(only: InputFile) -> None: ...\n", encoding="utf-8")
    assert scripts.module("some") == "own.some"
    assert scripts.run("some") == "python -m own.some --only {input.only:q} > {log:q} 2>&1"


def test_a_missing_script_is_named_with_where_it_was_looked_for(scripts):
    with pytest.raises(ValueError, match=r"^there is no script gone\.py in own or given\.scripts$"):
        scripts.run("gone")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def other(): ...\n", "no function main, so its rule cannot know what it reads and writes"),
        ("def main(data: InputFile, seed): ...\n", "main: seed has no type, which says what it is to the rule"),
        ("def main(data: InputFile, *, seed=0): ...\n", "main: seed has no type, which says what it is to the rule"),
    ],
)
def test_a_script_whose_interface_cannot_be_read_is_named(tmp_path, text, message):
    script = tmp_path / "some.py"
    script.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as error:
        arguments_of(script)
    assert str(error.value) == f"{script}: {message}"


JOB = """
from lib.workflow.job import InputFile, OutputFile, Wildcard, run_job

def main(parts: list[InputFile], kind_of_thing: str, *, seed: Wildcard[int], table: OutputFile) -> None:
    table.write_text(f"{[part.name for part in parts]} {kind_of_thing} {seed + 1}")

if __name__ == "__main__":
    run_job(main)
"""


def test_the_script_takes_the_command_that_its_signature_gives(scripts, folder):
    """Also where a file's name has a space, and a text begins with a dash."""
    (folder / "own/job.py").write_text(JOB, encoding="utf-8")
    for name in ("a", "b c"):
        (folder / name).touch()
    places = {
        "input": SimpleNamespace(parts=["a", "b c"]),
        "wildcards": SimpleNamespace(seed="3"),
        "output": SimpleNamespace(table="table"),
    }
    params = SimpleNamespace(kind_of_thing="-x y")
    formatted = filled_in(scripts.run("job"), **places, params=params, log="log")
    made = scripts.command("job", kind_of_thing="-x y")(**places)
    for command in (formatted, made):
        (folder / "table").unlink(missing_ok=True)
        command = command.replace("python", sys.executable, 1)
        subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        assert (folder / "table").read_text() == "['a', 'b c'] -x y 4"


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("draw_*.py")), ids=lambda path: path.stem)
def test_scripts_that_draw_read_files_and_make_figures_and_nothing_else(script):
    arguments = arguments_of(script)
    assert [name for name, place in arguments.items() if place == "output"] == ["figures"]
    assert not {"wildcards", "resources"} & set(arguments.values())


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("summarise_*.py")), ids=lambda path: path.stem)
def test_scripts_that_summarise_make_a_summary_and_its_tables(script):
    outputs = [name for name, place in arguments_of(script).items() if place == "output"]
    assert outputs in (["summary", "tables"], ["summary"])
