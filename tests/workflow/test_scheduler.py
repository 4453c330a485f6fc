"""What this workflow sets inside Snakemake is there in the version that is installed, and a missing one is told."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake

from lib.workflow.scheduler import lift_rate_limit, limit

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SNAKEFILE = """
from lib.workflow.scheduler import lift_rate_limit, limit

limit(workflow, "gpu", 2)
limit(workflow, "card", 0)

onstart:
    before = workflow.scheduler.job_rate_limiter
    lift_rate_limit(workflow)
    after = workflow.scheduler.job_rate_limiter
    print("gpu:", workflow.scheduler.global_resources["gpu"], "card" in workflow.global_resources)
    print("limiter:", before is None, after is None)

rule all:
    output:
        touch("done"),
    resources:
        gpu=1,
"""


def snakemake_says(folder: Path, *options: str) -> str:
    (folder / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *options]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / "done").is_file()
    assert " has no " not in done.stderr
    return done.stdout


def test_they_are_set_in_the_snakemake_that_is_installed(tmp_path):
    said = snakemake_says(tmp_path)
    assert "gpu: 2 False" in said
    assert "limiter: False True" in said


MADE_AGAIN = """
from pathlib import Path
from lib.workflow.kept_times import keep_time
from lib.workflow.scheduler import ask_again

def same_time(wildcards):
    if Path("data").exists():
        keep_time(Path("data"), Path("data").read_text(), Path("note"))
        ask_again(workflow)
    return []

rule all:
    input: "drawn"

checkpoint prepare:
    input: "code"
    output: "data"
    shell: "echo '# prepared' ; cp content data"

rule train:
    input: "data", same_time
    output: "trained"
    shell: "echo '# trained' ; cp data trained"

rule draw:
    input: "trained"
    output: "drawn"
    shell: "echo '# drawn' ; cp trained drawn"
"""


def test_data_made_again_with_the_same_bytes_rerun_nothing_and_others_everything(tmp_path):
    def jobs() -> list[str]:
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "--max-checksum-file-size", "0"]
        done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return [line.removeprefix("# ") for line in done.stdout.splitlines() if line.startswith("# ")]

    (tmp_path / "Snakefile").write_text(MADE_AGAIN, encoding="utf-8")
    everything = ["prepared", "trained", "drawn"]
    for code, (content, expected) in enumerate((("a", everything), ("a", ["prepared"]), ("b", everything))):
        (tmp_path / "content").write_text(content)
        (tmp_path / "code").write_text(f"version {code}")
        assert jobs() == expected


def test_what_the_user_says_of_a_resource_goes_before(tmp_path):
    assert "gpu: 5 False" in snakemake_says(tmp_path, "--resources", "gpu=5")


HOOKS = """
from lib.workflow.scheduler import to_be_made, want_hooks

want_hooks(workflow)

onstart:
    print("to be made:", *to_be_made(workflow))

rule all:
    output:
        touch("done"),
"""


def test_a_run_without_hooks_is_refused(tmp_path):
    (tmp_path / "Snakefile").write_text(HOOKS, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    for option, status, told in (("--no-hooks", 1, "--no-hooks: others could"), ("-q", 0, "to be made: done")):
        done = subprocess.run([*command, option], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == status, done.stderr[-3000:]
        assert told in done.stdout + done.stderr and "Traceback" not in done.stderr
        assert (tmp_path / "done").is_file() is (status == 0)


class Workflow(SimpleNamespace):
    """As much of Snakemake's as is looked at; ``inner`` is what a version may have renamed."""

    def __init__(self, nodes: int | None = None, is_main_process: bool = True, **inner: Any) -> None:
        super().__init__(is_main_process=is_main_process, resource_settings=SimpleNamespace(nodes=nodes), **inner)


@pytest.mark.parametrize("other", [{"nodes": 3}, {"is_main_process": False}])
def test_a_cluster_and_the_process_of_a_single_job_have_no_limit(other):
    workflow = Workflow(**other, global_resources={})
    limit(workflow, "gpu", 2)
    assert workflow.global_resources == {}


def test_a_snakemake_without_one_of_them_goes_on_and_a_line_says_so(capsys):
    limit(Workflow(), "gpu", 2)
    lift_rate_limit(Workflow(scheduler=SimpleNamespace()))
    assert capsys.readouterr().err.splitlines() == [
        f"Snakemake {snakemake.__version__} has no Workflow.global_resources: jobs wait for a gpu with a core in hand",
        f"Snakemake {snakemake.__version__} has no SimpleNamespace.job_rate_limiter: it takes a quarter of a core",
    ]
