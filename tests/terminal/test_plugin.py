"""The plugin in a run of Snakemake, as the Makefile names it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKFLOW = """
rule all:
    input: "sum.txt"
rule make_one:
    output: "out/{n}.txt"
    shell: "echo {wildcards.n} >{output}"
rule add:
    input: expand("out/{n}.txt", n=range(3))
    output: "sum.txt"
    log: "add.log"
    shell: "(cat {input} >{output}; echo added; exit $STATUS) >{log}"
"""


def run(folder, status=0):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--logger", "report"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib/terminal/plugin"), "STATUS": str(status)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_run_of_snakemake_shows_its_rules_what_fails_and_that_nothing_is_to_be_done(tmp_path):
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    code, lines = run(tmp_path, status=1)
    assert code != 0
    at = lines.index("Failed: add")
    assert lines[at + 1] == "  added"
    assert "add.log" in lines[at + 2]

    code, lines = run(tmp_path)
    assert code == 0
    shown = [line.split(",")[0] for line in lines if "%" in line]
    assert shown == [" 50%  add", "100%  all"]
    assert lines[-1].startswith("The whole log: .snakemake/log/")

    code, lines = run(tmp_path)
    assert (code, lines) == (0, ["Nothing to be done (all requested files are present and up to date)."])
