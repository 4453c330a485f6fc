"""Jobs share a machine's GPUs one by one; the devices are made up, and so are their names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.catalogue.arms import Arms
from lib.report.yaml_files import read_yaml
from lib.workflow import gpus
from tests.end_to_end.conftest import Project, copy_project

ROOT = Path(__file__).parents[2]
JOB = """
import os, sys
from lib.workflow import gpus
gpus.DEVICES = sys.argv[1]
gpus.built_for_cuda = lambda: True
gpus.hold_gpu(1)
print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.readline()
"""
SNAKEMAKE = """
import os, sys
from lib.workflow import gpus
gpus.DEVICES = sys.argv.pop(1)
from snakemake.cli import main
from snakemake.workflow import Workflow
def execute(self, *_, **__):
    gpu = self.global_resources.get("gpu")
    count = getattr(gpu, "value", gpu)  # older versions of Snakemake have the number itself
    print("gpu:", count, "on each:", os.environ["TRAININGS_PER_GPU"])
Workflow.execute = execute
main()
"""


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch, tmp_path):
    """Two GPUs, a folder for locks, a PyTorch with CUDA, and none of what a cluster or a workflow sets."""
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "TRAININGS_PER_GPU"):
        monkeypatch.setenv(name, "")  # so that it is put right again whatever a test does to it
        monkeypatch.delenv(name)
    monkeypatch.setattr(gpus, "DEVICES", str(devices(tmp_path / "dev", "nvidia0", "nvidia1")))
    monkeypatch.setattr(gpus, "built_for_cuda", lambda: True)
    monkeypatch.setattr(gpus, "_held", held := [])
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
    yield
    for lock in held:
        lock.release()


def devices(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in (*names, "nvidiactl", "nvidia-uvm"):
        (folder / name).touch()
    return folder


@pytest.fixture
def start(tmp_path):
    """Starts processes that take a GPU, say which, and hold it until they are killed."""
    jobs: list[subprocess.Popen[str]] = []
    four = devices(tmp_path / "four", "nvidia0", "nvidia1", "nvidia2", "nvidia3")

    def job(visible: str, **more: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": visible}
        command = [sys.executable, "-c", JOB, str(four)]
        pipe = subprocess.PIPE
        jobs.append(subprocess.Popen(command, env=environment | more, stdin=pipe, stdout=pipe, text=True))
        return jobs[-1]

    yield job
    for process in jobs:
        process.kill()
        process.communicate()


def waits(job: subprocess.Popen[str]) -> bool:
    try:
        job.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return True
    return False


def takes(job: subprocess.Popen[str]) -> str:
    return job.stdout.readline().strip()


def test_each_job_sees_a_gpu_of_its_own_and_a_killed_one_gives_it_back(start):
    first = start("3, GPU-5a/1")
    assert takes(first) == "3"
    assert takes(start("3, GPU-5a/1")) == "GPU-5a/1"
    third = start("3, GPU-5a/1")
    assert waits(third)
    first.kill()
    assert takes(third) == "3"


def test_several_trainings_share_a_gpu_once_every_gpu_has_one(start):
    assert [takes(start("0,1", TRAININGS_PER_GPU="2")) for _ in range(4)] == ["0", "1", "0", "1"]
    assert waits(start("0,1", TRAININGS_PER_GPU="2"))


def test_a_slurm_job_shares_the_gpus_that_it_was_given_among_its_own_processes(start):
    assert takes(start("0,1", SLURM_JOB_ID="7")) == "0"
    assert takes(start("0,1", SLURM_JOB_ID="7")) == "1"
    assert takes(start("0,1", SLURM_JOB_ID="8")) == "0"  # another one of the same number


def test_a_slurm_job_with_one_gpu_has_it_to_itself(monkeypatch, tmp_path):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert gpus.hold_gpu(1) is None
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert list(tmp_path.rglob("*.lock")) == []


def test_users_do_not_open_each_others_locks(monkeypatch, tmp_path):
    for user in (1001, 1002):
        monkeypatch.setattr(os, "getuid", lambda user=user: user)
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
        assert gpus.hold_gpu(1) == "0"
    folders = [path.parent for path in tmp_path.rglob("*.lock")]
    assert sorted(folder.name for folder in folders) == ["gpus-of-1001", "gpus-of-1002"]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_without_a_gpu_asked_for_or_there_nothing_is_held(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert gpus.hold_gpu(0) is None
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus.hold_gpu(1) is None


def test_a_pytorch_without_cuda_holds_nothing(monkeypatch):
    monkeypatch.setattr(gpus, "built_for_cuda", lambda: False)
    assert gpus.hold_gpu(1) is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_without_the_variable_all_gpus_of_the_machine_are_there():
    assert gpus.visible_gpus() == ["0", "1"]


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ("1", ["1"]),
        ("1, 0", ["1", "0"]),
        ("-1", []),
        ("NoDevFiles", []),
        ("none", []),
        ("2", []),
        ("1,2,0", ["1"]),  # the list ends at the first that is not there
        ("0,-1,1", ["0"]),
        ("0,0", []),
        ("", []),
        ("GPU-8932f937,MIG-5c", ["GPU-8932f937", "MIG-5c"]),
    ],
)
def test_the_variable_counts_as_cuda_reads_it(monkeypatch, visible, names):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.visible_gpus() == names


@pytest.mark.parametrize("visible", ["0", "GPU-8932f937"])
def test_on_a_machine_without_a_gpu_the_variable_names_none(monkeypatch, tmp_path, visible):
    monkeypatch.setattr(gpus, "DEVICES", str(devices(tmp_path / "none")))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.visible_gpus() == []


def test_windows_has_one_device_for_its_linux(monkeypatch, tmp_path):
    monkeypatch.setattr(gpus, "DEVICES", str(devices(tmp_path / "wsl", "dxg")))
    assert gpus.visible_gpus() == ["0"]


@pytest.mark.parametrize(
    ("line", "built"),
    [
        ("cuda: Optional[str] = '13.0'", True),
        ("cuda = '12.1'", True),
        ("cuda: Optional[str] = None", False),
        ("cuda = None", False),
        (None, True),  # in doubt
    ],
)
def test_the_build_of_pytorch_is_found_without_importing_it(monkeypatch, tmp_path, line, built):
    monkeypatch.undo()
    package = tmp_path / "packages/torch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported')\n", encoding="utf-8")
    if line:
        version = f"from typing import Optional\n__version__ = '2.9'\n{line}\nhip: Optional[str] = None\n"
        (package / "version.py").write_text(version, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(package.parent)
    assert gpus.built_for_cuda() is built


def test_without_pytorch_in_snakemakes_own_environment_trainings_ask_for_a_gpu_all_the_same(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(gpus.importlib.util, "find_spec", lambda name: None)
    assert gpus.built_for_cuda()


@pytest.mark.parametrize(
    ("device", "built", "asked"), [("auto", True, 1), ("auto", False, 0), ("cuda", False, 1), ("cpu", True, 0)]
)
def test_trainings_ask_for_a_gpu_that_pytorch_can_use(monkeypatch, device, built, asked):
    monkeypatch.setattr(gpus, "built_for_cuda", lambda: built)
    config = read_yaml(ROOT / "config.yaml")
    assert Arms({**config, "compute": {**config["compute"], "device": device}}).gpus == asked


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("gpus") / "project")


@pytest.mark.parametrize(
    ("names", "options", "expected"),
    [
        (("nvidia0", "nvidia1"), (), "4"),
        (("nvidia0", "nvidia1"), ("--resources", "gpu=1"), "1"),
        (("nvidia0", "nvidia1"), ("--executor", "slurm", "--jobs", "9"), None),
        ((), (), None),
    ],
    ids=["here", "told", "cluster", "none"],
)
def test_snakemake_starts_as_many_trainings_as_the_gpus_take(project, tmp_path, names, options, expected):
    (tmp_path / "two.yaml").write_text("machine: { trainings_per_gpu: 2 }\n", encoding="utf-8")
    files = ("--configfile", "presets/test.yaml", str(tmp_path / "two.yaml"))
    command = [sys.executable, "-c", SNAKEMAKE, str(devices(tmp_path / "seen", *names)), "--cores", "16"]
    done = subprocess.run([*command, *files, *options], cwd=project.folder, capture_output=True, text=True)
    assert done.stdout.startswith("gpu: "), done.stderr[-3000:]
    assert done.stdout.strip() == f"gpu: {expected} on each: 2"
