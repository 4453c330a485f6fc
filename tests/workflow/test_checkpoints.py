"""A damaged checkpoint is noticed, and the one before it is used."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from lib.workflow.checkpoints import CheckpointFolder, checkpoint_key

ROOT = Path(__file__).parents[2]


def test_the_newest_state_comes_back(tmp_path):
    folder = CheckpointFolder(tmp_path / "run")
    assert folder.load() is None
    folder.save({"epoch": 1, "w": torch.arange(3), "a": np.ones(2)})
    folder.save({"epoch": 2, "w": torch.arange(4), "a": np.zeros(2)})
    state = folder.load()
    assert state["epoch"] == 2
    assert torch.equal(state["w"], torch.arange(4))
    assert (state["a"] == 0).all()


def test_a_training_in_numpy_does_without_pytorch():
    code = "import sys, scripts.train_mnist; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_checkpoint_that_goes_while_another_is_written_does_no_harm(tmp_path, monkeypatch):
    folder = CheckpointFolder(tmp_path / "run")
    monkeypatch.setattr(type(folder.newest), "exists", lambda path: True)  # until now
    folder.save({"epoch": 1})
    monkeypatch.undo()
    assert folder.load() == {"epoch": 1}


def test_a_cut_checkpoint_is_named_and_the_previous_one_is_used(tmp_path, caplog):
    folder = CheckpointFolder(tmp_path / "run")
    folder.save({"epoch": 1})
    folder.save({"epoch": 2})
    content = folder.newest.read_bytes()
    folder.newest.write_bytes(content[: len(content) // 2])
    with caplog.at_level(logging.WARNING):
        assert folder.load() == {"epoch": 1}
    assert str(folder.newest) in caplog.text


def test_altered_checkpoints_are_not_used(tmp_path):
    folder = CheckpointFolder(tmp_path / "run")
    folder.save({"epoch": 1})
    content = bytearray(folder.newest.read_bytes())
    content[-10] ^= 1
    folder.newest.write_bytes(content)
    assert folder.load() is None


def test_the_key_changes_with_every_file_and_value(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text("1")
    keys = {checkpoint_key(path, seed=0), checkpoint_key(path, seed=1)}
    path.write_text("2")
    keys.add(checkpoint_key(path, seed=0))
    assert len(keys) == 3
