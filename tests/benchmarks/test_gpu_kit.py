"""The kit for a GPU machine, tried where there is none: from the pieces of the data to a bundle, with nothing but
PyTorch, NumPy and what the kit itself brings."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks import run as benchmarks_run
from benchmarks.gpu import check, kit, pieces
from lib.data.dataset import Dataset, save_dataset
from lib.data.digest import image_order, ordered_digest
from lib.workflow import bundles

# What a machine with PyTorch and NumPy need not have.
ABSENT = (
    "annotated_types filelock httpx jinja2 matplotlib mlxtend pandas psutil pydantic pytest _pytest scipy skimage"
    " sklearn snakemake statsmodels tenacity threadpoolctl yaml PIL"
)
BLOCK = f"""
import importlib.machinery, sys

class Bare(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split(".")[0] in {ABSENT.split()!r}:
            path = path or ["."]  # the kit's own packages lie in its folder
        return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Bare
"""


def made_up(n: int = 400, n_test: int = 200) -> Dataset:
    """Small images whose brightness tells the class, in the order of their digests."""
    rng = np.random.default_rng(0)
    parts = []
    for count in (n, n_test):
        y = rng.integers(0, 10, count)
        x = (rng.integers(0, 40, (count, 3, 32, 32)) + 20 * y[:, None, None, None]).astype(np.uint8)
        order = image_order(x, y)
        parts += [x[order], y[order].astype(np.int64)]
    return Dataset("cifar10", *parts, tuple("abcdefghij"), "made up", True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Path:
    """A folder as it is on the GPU machine, with the kit unpacked and the pieces beside it."""
    folder = tmp_path_factory.mktemp("machine")
    dataset, here = made_up(), tmp_path_factory.mktemp("here")
    save_dataset(here / "cifar10.npz", dataset)
    content = {
        "train": ordered_digest(dataset.x_train, dataset.y_train),
        "test": ordered_digest(dataset.x_test, dataset.y_test),
    }
    pieces.split(dataset, folder / "pieces", 2, effort=3, expected=content)
    kit.settings_of("test", here / "cifar10.npz", {"data": {"cifar10": {"validation": 100}}}).write(here / "settings")
    kit.write(here / "train.zip", here / "settings", None)
    with zipfile.ZipFile(here / "train.zip") as archive:
        archive.extractall(folder)
    (folder / "sitecustomize.py").write_text(BLOCK)
    return folder


def run(folder: Path, part: str, *options: str) -> str:
    command = [sys.executable, "-m", f"benchmarks.gpu.{part}", "--device", "cpu", *options]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder), "PATH": ""}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_machine_is_bare(machine):
    code = "import pydantic"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=machine, capture_output=True, check=False, env={"PYTHONPATH": str(machine)}
    )
    assert b"No module named 'pydantic'" in done.stderr


@pytest.fixture(scope="module")
def checked(machine) -> tuple[str, dict]:
    """What the check says and leaves."""
    tiny = ("--images", "256", "--epochs", "2", "--precisions", "float32", "--counts", "1", "2")
    said = run(machine, "check", "--out", "checked", *tiny)
    return said, json.loads((machine / "checked/check.json").read_text())


def test_check_measures_and_compares(checked):
    said, result = checked
    assert result["tests"]["status"] == 0
    for kind in ("cnn", "mlp"):
        rows = result[kind]["rows"]
        assert rows["float32 eager"]["digest"] == rows["float32 recorded"]["digest"]
        runs = result["side_by_side"][kind]
        assert len({row["digest"] for row in [*runs["1"], *runs["2"]]}) == 1
        assert f"{kind} float32 recorded" in said


def test_training_stops_at_the_deadline_goes_on_from_a_bundle_and_leaves_all_results(machine, checked):
    own = ("--data", "pieces", "--reserve", "0", "--side-by-side", "1")
    arms = ("mlp-rgb", "mlp-gray", "cnn-rgb")
    run(machine, "train", "--out", "first", *own, "--seconds", "60", "--arms", arms[0])
    run(machine, "train", "--out", "none", *own, "--seconds", "0.5", "--arms", *arms, "--have", "first/test.zip")
    assert json.loads((machine / "none/train.json").read_text())["left"] == 2
    run(machine, "train", "--out", "second", *own, "--seconds", "120", "--arms", *arms, "--have", "first/test.zip")
    table = json.loads((machine / "second/train.json").read_text())
    assert {row["arm"] for row in table["trainings"]} == set(arms[1:])
    bundle = bundles.read(machine / "second/test.zip")
    assert {training.arm for training in bundle.trainings} == set(arms)
    for training in bundle.trainings:
        assert set(training.evaluations) >= {"test.npz"}
        assert training.key["device"] == "cpu"
        assert all(origin["code"] for origin in training.evaluations.values())
        test = bundles.decode(bundle, training, "test.npz")
        accuracy = float((test["scores"].argmax(axis=1) == test["labels"]).mean())
        rows = [row["test_accuracy"] for row in table["trainings"] if row["arm"] == training.arm]
        assert rows in ([], [pytest.approx(accuracy)])
    found = benchmarks_run.on_gpu(checked[1], table)  # what docs/benchmarks.md says of it
    assert found["same_bits"]
    assert found["same_beside"] == {"cnn": 3, "mlp": 3}
    assert {arm["name"] for arm in found["arms"]} == set(arms[1:])


def test_an_arm_of_few_images_leaves_the_others_theirs(machine):
    own = ("--data", "pieces", "--reserve", "0", "--side-by-side", "1", "--seconds", "120")
    run(machine, "train", "--out", "few", *own, "--arms", "short_cnn", "cnn-rgb")
    bundle = bundles.read(machine / "few/test.zip")
    assert {training.arm: training.facts["images"] for training in bundle.trainings} == {
        "short_cnn": 200,
        "cnn-rgb": 300,
    }


def test_a_worker_that_cannot_work_is_one_line_and_the_table_is_there(machine):
    command = [sys.executable, "-m", "benchmarks.gpu.train", "--device", "mps", "--data", "pieces", "--out", "broken"]
    done = subprocess.run(
        [*command, "--arms", "mlp-rgb", "--seconds", "60", "--reserve", "0"],
        cwd=machine,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(machine)},
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("error: compute.device: 'mps' is not available")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_piece_is_named_before_anything_is_trained(machine):
    (machine / "some").mkdir()
    (machine / "some/cifar10.0.piece").write_bytes((machine / "pieces/cifar10.0.piece").read_bytes())
    command = [sys.executable, "-m", "benchmarks.gpu.train", "--device", "cpu", "--data", "some", "--out", "third"]
    done = subprocess.run(
        command, cwd=machine, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(machine)}
    )
    assert done.returncode != 0
    assert done.stderr.strip() == "error: cifar10.1.piece: missing, of 2 pieces"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--arms", "nope"), "error: --arms: no arm 'nope'; there are: mlp-rgb, mlp-gray, cnn-rgb, cnn-gray"),
        (("--side-by-side", "0"), "--side-by-side: 0; at least 1"),
        (("--seconds", "5"), "--seconds: 5; more than --reserve, 20"),
        (("--settings", "nope.json"), "nope.json"),
        (("--have", "pieces/cifar10.0.piece"), "error: pieces/cifar10.0.piece: not a bundle"),
    ],
)
def test_wrong_options_are_one_line(machine, options, said):
    own = ["--device", "cpu", "--data", "pieces", "--out", "wrong", *options]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu.train", *own],
        cwd=machine,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(machine)},
    )
    assert done.returncode != 0
    assert said in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_check_whose_results_differ_fails():
    rows = {"bfloat16 eager": {"digest": "a"}, "bfloat16 recorded": {"digest": "b"}}
    result = {"cnn": {"rows": rows}, "mlp": {"failed": "exit status 1"}, "tests": {"status": 1}}
    result["side_by_side"] = {"cnn": {"1": [{"digest": "a"}], "2": [{"digest": "a"}, {"digest": "c"}]}}
    assert check.faults(result) == [
        "the tests on CUDA failed",
        "cnn, bfloat16 recorded: other results than eager",
        "cnn: trainings side by side differ",
        "mlp: not measured",
    ]
    same = {"cnn": {"rows": {"bfloat16 eager": {"digest": "a"}, "bfloat16 recorded": {"digest": "a"}}}}
    assert check.faults(same) == []
