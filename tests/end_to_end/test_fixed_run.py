"""What a run computes is fixed when it begins: nothing that is read, planned or refused beside it changes that."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from lib.workflow.forkserver import FORKSERVER
from lib.workflow.trainings import FILES
from tests.end_to_end.conftest import Project
from tests.end_to_end.contents import contents
from tests.end_to_end.test_interruptions import command, jobs_of

TRAINED = [f"results/test/vision/cnn-{color}/seed0" for color in ("rgb", "gray")]
# More of them, so that the run outlasts what is tried beside it on a busy machine too.
OTHERS = [f"results/test/vision/{arm}/seed0" for arm in ("short_cnn", "shuffled_cnn", "uncropped_cnn", "stepped_cnn")]
TARGETS = [f"{folder}/{name}" for folder in (*TRAINED, *OTHERS) for name in FILES]
TARGETS += ["results/test/sections/purpose.en.md"]
PURPOSE = "report/sections/purpose.en.md.j2"
EDITS = {  # of settings, code and texts; each changes what jobs compute or write
    "presets/test.yaml": (
        "          blocks: [4, 8, 8]\n          hidden: [16]\n",
        "          blocks: [4, 8, 8]\n          hidden: [17]\n",
    ),
    "lib/vision/normalisation.py": ('"""', 'RUINED = 1 / 0\n"""'),
    PURPOSE: ("## 1 Purpose", "## 1 Another purpose"),
}


@pytest.fixture
def project(pristine: Project, tmp_path: Path) -> Project:
    return pristine.copy(tmp_path / "project")


def edit(project: Project) -> dict[str, str]:
    """Edit a setting, code and a text; the texts as they were, by name."""
    kept = {name: (project.folder / name).read_text(encoding="utf-8") for name in EDITS}
    for name, (old, new) in EDITS.items():
        assert old in kept[name], name
        (project.folder / name).write_text(kept[name].replace(old, new, 1), encoding="utf-8")
    return kept


def test_edits_dry_runs_and_refused_starts_beside_a_run_change_nothing_of_it(project):
    before = contents(project.folder / "results/test")
    for name in TARGETS:
        (project.folder / name).unlink()
    # One core: the second training, and the page, begin when the edits have been made, and import their code then.
    run = subprocess.Popen(
        [word if word != "2" else "1" for word in command(*TARGETS)],
        cwd=project.folder,
        env={**os.environ, FORKSERVER: "off"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not jobs_of(run.pid, "train_vision") and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert run.poll() is None

    kept = edit(project)
    planned = project.snakemake("-n")
    assert planned.returncode == 0, planned.stdout[-2000:]
    assert "results/test: a run is at work here; this plan is of what it began with" in planned.stdout
    refused = project.snakemake("--forcerun", "render_purpose")
    assert refused.returncode != 0
    assert "another snakemake is at work in this folder" in refused.stdout
    assert run.poll() is None, "the run was over before the edits"
    while len(list((project.folder / "results/test/vision").glob("cnn-*/seed0/weights.npz"))) < 2:
        assert run.poll() is None, "the run failed"
        time.sleep(0.05)
    for name, text in kept.items():
        (project.folder / name).write_text(text, encoding="utf-8")
    assert run.wait(timeout=300) == 0
    assert project.snakemake().returncode == 0
    assert contents(project.folder / "results/test") == before
    assert project.would_run() == set()


def test_edits_that_stay_are_computed_by_the_next_run(project):
    edit(project)
    (project.folder / "lib/vision/normalisation.py").write_text(
        (project.folder / "lib/vision/normalisation.py").read_text(encoding="utf-8").replace("RUINED = 1 / 0\n", "")
    )
    rules = project.would_run()
    assert {"train_vision", "render_purpose"} <= rules
