"""What Snakemake imports at every start, and in every job on a cluster."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project, copy_project

LEFT_OUT = "numpy,pandas,torch,torchvision,scipy,statsmodels,matplotlib,skimage,sklearn,mlxtend,httpx"

# Snakemake, or a plugin of it, may have imported some of them already.
SNAKEMAKE = """
import importlib.metadata
import sys
from snakemake.cli import main
from snakemake.workflow import Workflow

left_out = sys.argv.pop(1).split(",")
include, version = Workflow.include, importlib.metadata.version

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in left_out else self.finder.find_spec(name, path, target)

def version_of(package):
    if package in left_out:
        raise importlib.metadata.PackageNotFoundError(package)
    return version(package)

def in_an_environment_without_them(self, *arguments, **options):
    for name in [name for name in sys.modules if name.split(".")[0] in left_out]:
        del sys.modules[name]
    sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    importlib.metadata.version = version_of
    Workflow.include = include
    include(self, *arguments, **options)

Workflow.include = in_an_environment_without_them
Workflow.execute = lambda self, *_, **__: print("rules:", len(list(self.rules)))
main()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("start") / "project")


def started(folder: Path, *options: str) -> str:
    command = [sys.executable, "-c", SNAKEMAKE, LEFT_OUT, "--cores", "1", *options]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


@pytest.mark.parametrize("preset", ["test", "paper"])
def test_all_rules_are_read_without_the_packages_of_the_experiments(project, preset):
    said = started(project.folder, "--configfile", f"presets/{preset}.yaml", "--software-deployment-method", "conda")
    found = re.search(r"^rules: (\d+)$", said, re.MULTILINE)
    assert found is not None and int(found[1]) > 50, said


def test_a_package_that_jobs_will_not_find_is_named(project):
    said = started(project.folder, "--configfile", "presets/test.yaml")
    assert "is not installed where Snakemake runs; install requirements.txt" in said and "Traceback" not in said
