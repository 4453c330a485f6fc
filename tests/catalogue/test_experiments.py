"""Which experiments train further models, with which arms, stands in their modules alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from lib.catalogue import experiments
from lib.catalogue.arms import resolve_arms
from lib.catalogue.experiments import Control, controls
from lib.report.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
MODULE = '''"""An experiment."""
raise RuntimeError("importing this module is an error")
ARMS = {"plain": {"he": "first_cnn", "normal": "second_cnn"}, "usual": "cnn-rgb", "again": "first_cnn"}
FILES = ("test.npz", "history.csv")
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(experiments, "STUDIES", tmp_path)
    controls.cache_clear()
    yield tmp_path
    controls.cache_clear()


def test_arms_and_files_are_read_without_importing_anything(folder):
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "mine.py").write_text(MODULE, encoding="utf-8")
    assert controls() == {"mine": Control(("first_cnn", "second_cnn", "cnn-rgb"), ("test.npz", "history.csv"))}


@pytest.mark.parametrize(("missing", "there"), [("ARMS", "FILES"), ("FILES", "ARMS")])
def test_a_module_with_one_of_the_two_is_named_with_what_it_needs(folder, missing, there):
    (folder / "mine.py").write_text(MODULE.replace(f"\n{missing} =", "\nother ="), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"mine\.py: {there} alone; needed: ARMS and FILES, or neither"):
        controls()


def test_a_study_without_arms_is_no_control_experiment(folder):
    (folder / "mine.py").write_text('"""A study of something else."""\n', encoding="utf-8")
    assert controls() == {}


def test_every_arm_of_every_experiment_is_one_that_the_configuration_trains():
    arms = resolve_arms(read_yaml(ROOT / "config.yaml"))
    assert len(controls()) > 5
    for name, control in controls().items():
        assert control.arms and control.files, name
        assert set(control.arms) <= set(arms), name


def test_every_further_arm_is_there_for_an_experiment_or_as_the_base_of_one():
    own = read_yaml(ROOT / "config.yaml")["arms"]
    used = {arm for control in controls().values() for arm in control.arms}
    used |= {own[arm]["base"] for arm in own}
    assert set(own) <= used


def test_what_the_rules_ask_of_them_does_not_import_pytorch_or_matplotlib():
    code = "import sys; from lib.catalogue.experiments import controls; controls(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"torch", "matplotlib", "scipy", "lib.studies"} & loaded
