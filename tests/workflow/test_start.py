"""What Snakemake imports at every start, and in every job on a cluster."""

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.conftest import copy_project

SNAKEMAKE = """
import sys
from snakemake.cli import main
from snakemake.workflow import Workflow
before = set(sys.modules)
Workflow.execute = lambda self, *_, **__: print(len(list(self.rules)), *set(sys.modules) - before)
main()
"""


def test_reading_all_rules_imports_nothing_that_takes_as_long_as_all_the_rest(tmp_path: Path):
    project = copy_project(tmp_path)
    command = [sys.executable, "-c", SNAKEMAKE, "--cores", "1", "--configfile", "presets/test.yaml"]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    assert done.stdout, done.stderr[-3000:]
    rules, *imported = done.stdout.split()
    assert int(rules) > 50
    assert "lib.catalogue.configuration" in imported
    assert not {"torch", "torchvision", "scipy", "matplotlib", "sklearn", "pandas"} & set(imported)
