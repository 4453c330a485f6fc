"""Jobs share a machine's GPUs one by one; the devices are made up, and so are their names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.workflow import gpus

ROOT = Path(__file__).parents[2]
JOB = """
import os, sys
from lib.workflow.gpus import hold_gpu
hold_gpu(1)
print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.readline()
"""


def job(folder: Path, visible: str) -> subprocess.Popen[str]:
    """A process that takes a GPU, says which, and holds it until its input ends."""
    environment = {**os.environ, "TMPDIR": str(folder), "CUDA_VISIBLE_DEVICES": visible, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", JOB], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_each_job_sees_a_gpu_of_its_own_and_a_killed_one_gives_it_back(tmp_path):
    jobs = []
    try:
        for expected in ("3", "GPU-5a/1"):
            jobs.append(job(tmp_path, "3, GPU-5a/1"))
            assert jobs[-1].stdout.readline().strip() == expected
        third = job(tmp_path, "3, GPU-5a/1")
        jobs.append(third)
        with pytest.raises(subprocess.TimeoutExpired):
            third.wait(timeout=2)
        jobs[0].kill()
        assert third.stdout.readline().strip() == "3"
    finally:
        for process in jobs:
            process.kill()
            process.communicate()


def test_without_a_gpu_asked_for_or_there_nothing_is_held(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert gpus.hold_gpu(0) is None
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus.hold_gpu(1) is None


def test_without_the_variable_all_gpus_of_the_machine_are_there(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpus, "DEVICES", str(tmp_path))
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert gpus.visible_gpus() == ["0", "1"]
