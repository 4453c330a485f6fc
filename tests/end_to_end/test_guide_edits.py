"""What test_extending adds finds its place and is valid: seconds, where those tests take many minutes."""

from __future__ import annotations

from tests.end_to_end import test_extending as extending
from tests.end_to_end.conftest import copy_project


def test_edits_of_the_guide_together_are_a_valid_workflow(tmp_path):
    project = copy_project(tmp_path / "project")
    for name, edit in vars(extending).items():
        if name.startswith("add_"):
            edit(project)
    done = project.snakemake("-n")
    assert done.returncode == 0, done.stdout[-3000:]
