"""A run with trainings that nobody has made, to be packed, and bundles of it with changes."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from lib.workflow.bundle_format import EVALUATIONS
from lib.workflow.files import save_arrays, stable_json

EPOCHS, IMAGES, TESTS, FILTERS = 6, 400, 700, 5
STAMPS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("train_vision", *EVALUATIONS.values())}
ARMS = {"cnn-rgb": 2, "mlp-rgb": 2}
SPLIT = {"validation": IMAGES, "split_seed": 0}


def settings_of(arm: str) -> dict:
    kind = arm.partition("-")[0]
    return {"color": "rgb", "model": {"kind": kind, "hidden": [8]}, "training": {"epochs": EPOCHS, "batch_size": 20}}


def made_up_inputs(results: Path) -> None:
    """The code stamps and settings of a run, long written."""
    for name in ("train_vision", *EVALUATIONS.values()):
        write(results / f"inputs/code/{name}.txt", f"{STAMPS[name]}  scripts.{name} and what it imports\n")
    sections = {f"arm.{arm}": settings_of(arm) for arm in ARMS}
    sections |= {"data.cifar10": SPLIT, "experiments.shifted_images": {"images": 200, "largest_shift": 2}}
    for name, section in sections.items():
        write(results / f"inputs/settings/{name}.json", stable_json(section))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1, 1))


def made_up_run(results: Path, arms: dict[str, int]) -> Path:
    """A run's folder with trainings that nobody has made, of so many seeds for each arm."""
    made_up_inputs(results)
    labels = np.random.default_rng(0).integers(0, 10, (2, TESTS))
    for arm, seeds in arms.items():
        for seed in range(seeds):
            _made_up_training(results / f"vision/{arm}/seed{seed}", arm, seed, labels)
    return results


def _made_up_training(folder: Path, arm: str, seed: int, labels: np.ndarray) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng([seed, *arm.encode()])

    def scores(truth: np.ndarray) -> np.ndarray:
        drawn = rng.normal(0, 2, (len(truth), 10))
        drawn[np.arange(len(truth)), truth] += 3
        return drawn.astype(np.float32)

    shape = {"cnn": (40, 12, 3, 3), "mlp": (80, 120)}[arm.partition("-")[0]]
    arrays = {
        "layers.0.weight": rng.normal(0, 0.1, shape).astype(np.float32),
        "layers.0.bias": rng.normal(0, 0.1, shape[0]).astype(np.float32),
        "layers.1.num_batches_tracked": np.array(120),
    }
    save_arrays(folder / "weights.npz", **arrays)
    rows = [f"{e},{0.1 * 0.3**e!r},{rng.random()!r},{int(rng.integers(99)) / 99!r}" for e in range(1, EPOCHS + 1)]
    (folder / "history.csv").write_text("\n".join(["epoch,learning_rate,val_loss,val_accuracy", *rows]) + "\n")
    facts = {"best_epoch": 3, "epochs": EPOCHS, "mean": [0.5, 0.25, 1 / 3], "std": [0.2, 0.1, 0.3]}
    (folder / "training.json").write_text(stable_json(facts))
    truth = labels[0, :IMAGES]
    predicted = np.stack([scores(truth).argmax(axis=1).astype(np.uint8) for _ in range(EPOCHS)])
    save_arrays(folder / "validation.npz", scores=scores(truth), labels=truth, predicted_by_epoch=predicted)
    header = "epoch,filter,weight_norm,gamma,beta,edge_score,colour_score,firing_rate"
    rows = [
        ",".join([str(e), f"{f}.0", *map(repr, rng.random(4).tolist()), "", repr(rng.random())])
        for e in range(1, EPOCHS + 1)
        for f in range(FILTERS)
    ]
    (folder / "filters.csv").write_text("\n".join([header, *(rows if arm.startswith("cnn") else [])]) + "\n")
    tested = {"scores": scores(labels[1]), "flipped_scores": scores(labels[1]), "labels": labels[1]}
    save_arrays(folder / "test.npz", **tested)
    moved = rng.integers(0, 10, (3, 4, 200)).astype(np.uint8)
    save_arrays(folder / "shifts.npz", predicted=moved, shifts=np.arange(3), labels=labels[1, :200])
    key = {"settings": settings_of(arm), "split": SPLIT, "code": STAMPS["train_vision"], "data": "d1", "seed": seed}
    key |= {"arm": arm, "device": "cuda", "device_name": "a card", "precision": "float32", "threads": None}
    key |= {"torch": "2.9.0", "numpy": "2.3.0"}
    (folder / "key.json").write_text(stable_json(key))
    newest = max(path.stat().st_mtime for path in folder.iterdir())
    for path in folder.iterdir():
        os.utime(path, (newest, newest))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rewritten(bundle: Path, target: Path, change: dict[str, bytes], sealed: bool = True) -> Path:
    """The bundle with some members changed or added; ``sealed``: with digests that are right again."""
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | change
        comment = archive.comment
    if sealed:
        manifest = json.loads(members["manifest.json"])
        manifest["members"] = {n: hashlib.sha256(c).hexdigest() for n, c in members.items() if n != "manifest.json"}
        members["manifest.json"] = json.dumps(manifest).encode()
        comment = hashlib.sha256(members["manifest.json"]).hexdigest().encode()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = comment
        for name, content in members.items():
            archive.writestr(name, content)
    return target
