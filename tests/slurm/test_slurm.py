"""The workflow on a real Slurm gives what it gives on one machine, though a job and the node's daemon are killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.conftest import ROOT, Project, copy_project
from tests.end_to_end.contents import contents
from tests.slurm.cluster import Cluster

pytestmark = pytest.mark.slurm
OF_THIS_CLUSTER = ["--slurm-no-account", "--slurm-status-command", "squeue"]
OF_THIS_CLUSTER += ["--default-resources", "slurm_partition=main"]
SOON = ["--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10"]
STUDIES = 200
PROCESSORS = 2
MEASURED = ROOT / ".pytest_cache/slurm.json"  # docs/benchmarks.md takes it from there


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    own = Cluster(tmp_path_factory.mktemp("slurm"), cpus=PROCESSORS)
    try:
        own.start()
        yield own
    finally:
        own.stop()


def start(project: Project, cluster: Cluster, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "snakemake", "--profile", str(ROOT / "profiles/slurm"), *OF_THIS_CLUSTER, *SOON]
    log = (project.folder / "slurm.log").open("w")
    return subprocess.Popen(
        [*command, "--configfile", "presets/test.yaml", *arguments],
        cwd=project.folder,
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], project: Project, seconds: float) -> None:
    code = process.wait(timeout=seconds)
    assert code == 0, (project.folder / "slurm.log").read_text()[-5000:]


def wait_for(cluster: Cluster, process: subprocess.Popen[str], rule: str) -> str:
    """The id of a running job of one rule."""
    while process.poll() is None:
        for number, comment in cluster.running():
            if rule in comment:
                return number
        time.sleep(0.2)
    raise AssertionError(f"the workflow ended before a job of {rule} was seen running")


def test_the_test_preset_ends_with_the_same_bytes_though_a_job_and_the_node_daemon_are_killed(cluster, tmp_path):
    local = copy_project(tmp_path / "local/project")
    done = local.snakemake()
    assert done.returncode == 0, done.stdout[-5000:]

    spread = copy_project(tmp_path / "spread/project")
    process = start(spread, cluster)
    killed = wait_for(cluster, process, "train_vision")
    cluster.ask("scancel", "--signal=KILL", "--full", killed)
    wait_for(cluster, process, "overfit")
    cluster.kill_node()
    time.sleep(5)
    cluster.start_node()
    finish(process, spread, 3600)

    assert "Trying to restart" in (spread.folder / "slurm.log").read_text()
    first, second = (contents(project.folder / "results/test") for project in (local, spread))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_many_small_jobs_go_through(cluster, tmp_path):
    targets = [f"results/test/gradients/steps/seed{seed}.csv" for seed in range(STUDIES)]
    seconds = {}
    for where in ("local", "slurm"):
        project = copy_project(tmp_path / where / "project")
        (project.folder / "presets/test.yaml").write_text(more_seeds(project.folder / "presets/test.yaml"))
        began = time.monotonic()
        if where == "local":
            done = project.snakemake("--", *targets)
            assert done.returncode == 0, done.stdout[-5000:]
        else:
            finish(start(project, cluster, "--jobs", str(STUDIES), "--", *targets), project, 3600)
        seconds[where] = time.monotonic() - began
        assert all((project.folder / target).stat().st_size for target in targets)
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps({"jobs": STUDIES, "processors": PROCESSORS, "seconds": seconds}))
    overhead = (seconds["slurm"] - seconds["local"]) / STUDIES
    print(f"\n{STUDIES} jobs: {seconds}; Slurm adds {overhead:.2f} s to each on {PROCESSORS} processors")


def more_seeds(preset: Path) -> str:
    config = yaml.safe_load(preset.read_text(encoding="utf-8"))
    config["seeds"]["gradients"] = STUDIES
    return yaml.safe_dump(config, sort_keys=False)
