"""Bundles bring trainings over whole, and nothing that is damaged, altered or made with other settings."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lib.workflow import packed
from lib.workflow.bundle_format import EVALUATIONS, EXACT, TRAINING, BundleError
from lib.workflow.bundles import pack, read, unpack, verify
from lib.workflow.files import load_arrays, read_json, save_arrays, stable_json
from lib.workflow.streams import join, split
from lib.workflow.taking import Wanted, place, plan

ROOT = Path(__file__).parents[2]
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
    save_arrays(*(folder / "test.npz",), scores=scores(labels[1]), flipped_scores=scores(labels[1]), labels=labels[1])
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


def right(arrays: dict[str, np.ndarray], name: str) -> list[int]:
    """How many images of each class are recognised."""
    labels = arrays["labels"]
    return np.bincount(labels[arrays[name].argmax(axis=1) == labels], minlength=10).tolist()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return made_up_run(tmp_path / "there/paper", ARMS)


@pytest.fixture
def bundle(results: Path, tmp_path: Path) -> Path:
    pack(results, tmp_path / "bundle.zip")
    return tmp_path / "bundle.zip"


def test_the_same_results_give_the_same_bytes(results, bundle, tmp_path):
    shutil.copytree(results, tmp_path / "copy/paper")
    pack(tmp_path / "copy/paper", tmp_path / "again.zip")
    assert bundle.read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_trainings_come_back_with_the_same_decisions(results, bundle, tmp_path):
    found = read(bundle)
    assert [str(t) for t in found.trainings] == ["cnn-rgb seed 0", "cnn-rgb seed 1", "mlp-rgb seed 0", "mlp-rgb seed 1"]
    for training in found.trainings:
        old, new = results / training.folder, tmp_path / "new" / training.folder
        unpack(found, training, new)
        assert sorted(path.name for path in new.iterdir()) == sorted([*TRAINING, "test.npz", "shifts.npz"])
        for name in ("history.csv", "training.json"):
            assert (old / name).read_text() == (new / name).read_text()
        for name, arrays in (("validation.npz", ["scores"]), ("test.npz", ["scores", "flipped_scores"])):
            before, after = load_arrays(old / name), load_arrays(new / name)
            assert list(before) == list(after)
            for array in arrays:
                assert after[array].dtype == np.float32
                assert right(before, array) == right(after, array)
            assert (before["labels"] == after["labels"]).all()
            assert before["labels"].dtype == after["labels"].dtype
        before, after = load_arrays(old / "validation.npz"), load_arrays(new / "validation.npz")
        assert (before["predicted_by_epoch"] == after["predicted_by_epoch"]).all()
        assert (old / "shifts.npz").read_bytes() == (new / "shifts.npz").read_bytes()
        key = read_json(new / "key.json")
        rounding = key.pop("bundle")
        assert key == read_json(old / "key.json")
        assert rounding["has_weights"] == (training.seed == 0)


def test_filters_come_back_as_float32_and_empty_tables_as_empty(results, bundle, tmp_path):
    found = read(bundle)
    for training in found.trainings:
        unpack(found, training, tmp_path / training.folder)
        old = (results / training.folder / "filters.csv").read_text().splitlines()
        new = (tmp_path / training.folder / "filters.csv").read_text().splitlines()
        assert old[0] == new[0] and len(old) == len(new)
        for before, after in zip(old[1:], new[1:], strict=True):
            assert before.split(",")[:2] == after.split(",")[:2]
            assert [np.float32(cell or "nan") for cell in after.split(",")] == pytest.approx(
                [np.float32(cell or "nan") for cell in before.split(",")], rel=0, abs=0, nan_ok=True
            )


def test_weights_are_rounded_or_left_out_or_exact(results, tmp_path):
    pack(results, tmp_path / "all.zip", weights="all", weight_bits=8)
    pack(results, tmp_path / "exact.zip", weights="all", weight_bits=EXACT, score_bits=EXACT)
    pack(results, tmp_path / "none.zip", weights="none")
    old = load_arrays(results / "vision/cnn-rgb/seed1/weights.npz")
    for name in ("all", "exact", "none"):
        found = read(tmp_path / f"{name}.zip")
        training = next(t for t in found.trainings if str(t) == "cnn-rgb seed 1")
        unpack(found, training, tmp_path / name)
        new = load_arrays(tmp_path / name / "weights.npz")
        if name == "none":
            assert new == {}
            continue
        assert list(old) == list(new)
        assert all(old[k].dtype == new[k].dtype and old[k].shape == new[k].shape for k in old)
        assert (old["layers.0.bias"] == new["layers.0.bias"]).all()
        error = np.abs(old["layers.0.weight"] - new["layers.0.weight"]).max() / old["layers.0.weight"].std()
        assert error == 0 if name == "exact" else 0 < error < 2**-6
    for name in ("weights.npz", "test.npz", "validation.npz"):
        assert (results / f"vision/cnn-rgb/seed1/{name}").read_bytes() == (tmp_path / f"exact/{name}").read_bytes()


def test_weights_of_some_arms_only(results, tmp_path):
    done = pack(results, tmp_path / "some.zip", weight_arms=["mlp-rgb"])
    assert [t.has_weights for t in done.trainings] == [False, False, True, False]
    with pytest.raises(BundleError, match="has no arm 'mlp'; there are: cnn-rgb, mlp-rgb"):
        pack(results, tmp_path / "none.zip", weight_arms=["mlp"])
    assert not (tmp_path / "none.zip").exists()


@pytest.mark.parametrize("bits", [0, 3, 7, 10])
def test_no_decision_is_rounded_away(bits):
    rng = np.random.default_rng(bits)
    close = (rng.normal(0, 1e-3, (300, 10)) + 50).astype(np.float32)  # nearly equal
    wide = rng.normal(0, 300, (300, 10)).astype(np.float32)
    tied = np.zeros((5, 10), np.float32)
    first = np.concatenate([close, wide, tied])
    arrays = [first, first[:, ::-1].copy()]
    back = packed._unscores(split(join([packed.scores(arrays, bits)]))[0])
    assert (packed._decisions(arrays) == packed._decisions(back)).all()


def test_what_is_not_finished_or_out_of_date_is_left_out(results, tmp_path):
    (results / "vision/cnn-rgb/seed1/key.json").unlink()
    os.utime(results / "vision/mlp-rgb/seed0/test.npz", (5, 5))
    done = pack(results, tmp_path / "some.zip")
    assert [str(t) for t in done.trainings] == ["cnn-rgb seed 0", "mlp-rgb seed 0", "mlp-rgb seed 1"]
    assert ["key.json" in text or "test.npz" in text for text in done.left_out] == [True, True]
    assert "test.npz" not in done.trainings[1].files
    shutil.rmtree(results / "vision")
    with pytest.raises(BundleError, match="no finished training"):
        pack(results, tmp_path / "empty.zip")
    assert not (tmp_path / "empty.zip").exists()


def test_trainings_on_other_data_are_not_packed_together(results, tmp_path):
    path = results / "vision/mlp-rgb/seed0/test.npz"
    arrays = load_arrays(path)
    save_arrays(path, **{**arrays, "labels": arrays["labels"][::-1]})
    with pytest.raises(BundleError, match=r"mlp-rgb/seed0/test.npz: .*labels are not those of the other trainings"):
        pack(results, tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()


def test_pickled_arrays_are_refused(results, tmp_path):
    path = results / "vision/cnn-rgb/seed0/test.npz"
    with path.open("wb") as stream:
        np.savez(stream, scores=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BundleError, match=r"test\.npz: cannot be packed"):
        pack(results, tmp_path / "bundle.zip")


# Bundles that are not what they were


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


def refusal(path: Path) -> str:
    def use() -> None:
        found = read(path)
        for training in found.trainings:
            verify(found, training)

    with pytest.raises(BundleError) as caught:
        use()
    text = str(caught.value)
    assert "\n" not in text and str(path) in text
    return text


def test_damaged_cut_and_altered_bundles_are_refused_by_name(bundle, tmp_path):
    whole = bundle.read_bytes()
    member = "vision/cnn-rgb/seed0/history.csv"
    with zipfile.ZipFile(bundle) as archive:
        info = archive.getinfo(member)
    damaged = bytearray(whole)
    damaged[info.header_offset + 30 + len(member) + 20] ^= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(damaged)
    assert member in refusal(bad)
    bad.write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(bad)
    assert member in refusal(rewritten(bundle, bad, {member: b"other"}, sealed=False))
    assert "manifest.json" in refusal(rewritten(bundle, bad, {"manifest.json": b"{}"}, sealed=False))
    assert "manifest.json" in refusal(rewritten(bundle, bad, {"vision/more": b""}))
    # Even with its digest put right, a member that cannot be decoded is no reason for half a training.
    assert member in refusal(rewritten(bundle, bad, {member: b"other"}))


def test_every_cut_member_is_refused(bundle, tmp_path):
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if "seed0/" in name}
    for name, content in members.items():
        assert name in refusal(rewritten(bundle, tmp_path / "bad.zip", {name: content[:-1]}))


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "vision/../../x", "a\\b", "C:x", "vision//x"])
def test_paths_that_lead_elsewhere_are_refused(bundle, tmp_path, name):
    assert repr(name) in refusal(rewritten(bundle, tmp_path / "bad.zip", {name: b"x"}))


@pytest.mark.parametrize("arm", ["..", "../../x", "/tmp/x", "a/b", ""])
def test_arms_that_lead_elsewhere_are_refused(bundle, tmp_path, arm):
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["trainings"][0]["arm"] = arm
    bad = rewritten(bundle, tmp_path / "bad.zip", {"manifest.json": json.dumps(manifest).encode()})
    assert "manifest.json" in refusal(bad)


def test_a_later_format_is_refused(bundle, tmp_path):
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("manifest.json")) | {"format": 99}
    bad = rewritten(bundle, tmp_path / "bad.zip", {"manifest.json": json.dumps(manifest).encode()})
    assert "format 99" in refusal(bad)


# Taking


@pytest.fixture
def here(tmp_path: Path) -> Wanted:
    """A run that has been parsed and has made nothing yet."""
    folder = tmp_path / "here/paper"
    made_up_inputs(folder)
    return Wanted(folder, ARMS, "d1")


def take(bundle: Path, wanted: Wanted, **options: bool) -> list[str]:
    """Place a bundle's trainings; what was said about the others."""
    found = read(bundle)
    planned = plan(found, wanted, **options)
    place(found, wanted, planned.placements)
    return list(planned.notes)


def test_taken_trainings_are_newer_than_their_inputs_and_evaluations_not_older_than_them(bundle, here):
    assert take(bundle, here) == []
    inputs = max(path.stat().st_mtime_ns for path in (here.folder / "inputs").rglob("*") if path.is_file())
    for arm, seeds in ARMS.items():
        for seed in range(seeds):
            folder = here.folder / f"vision/{arm}/seed{seed}"
            made = [(folder / name).stat().st_mtime_ns for name in TRAINING]
            assert inputs < min(made) and max(made) <= min((folder / n).stat().st_mtime_ns for n in ("test.npz",))
            assert "accepted_code" not in read_json(folder / "key.json")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    ids=["arm", "split"],
    argvalues=[
        (
            *("arm.mlp-rgb", stable_json({**settings_of("mlp-rgb"), "training": {"epochs": 7, "batch_size": 20}})),
            "mlp-rgb seed 0: settings.training.epochs is 6 in the bundle, but 7 in",
        ),
        (
            "data.cifar10",
            stable_json({**SPLIT, "split_seed": 1}),
            "cnn-rgb seed 0: split.split_seed is 0 in the bundle, but 1",
        ),
    ],
)
def test_other_settings_are_refused_by_name(bundle, here, file, text, said):
    (here.folder / f"inputs/settings/{file}.json").write_text(text)
    before = contents(here.folder)
    with pytest.raises(BundleError) as caught:
        take(bundle, here, accept_code=True)
    assert said in str(caught.value)
    assert contents(here.folder) == before


@pytest.mark.parametrize(("name", "stated"), [("precision", "bfloat16"), ("device", "cpu")])
def test_another_device_or_precision_than_the_run_states_is_refused(bundle, here, name, stated):
    compute = {"device": "auto", "precision": "auto"}
    (here.folder / "inputs/settings/compute.json").write_text(stable_json(compute))
    assert take(bundle, here) == []
    (here.folder / "inputs/settings/compute.json").write_text(stable_json({**compute, name: stated}))
    with pytest.raises(BundleError, match=rf"cnn-rgb seed 0: {name} is '\w+' in the bundle, but '{stated}' in"):
        take(bundle, here, replace=True)


def test_trainings_that_an_arm_shares_are_packed_once(results, tmp_path):
    shared = results / "vision/short_cnn/seed0"
    shutil.copytree(results / "vision/cnn-rgb/seed0", shared)
    done = pack(results, tmp_path / "shared.zip", shared={"short_cnn"})
    assert done.left_out == ()
    assert {training.arm for training in done.trainings} == set(ARMS)


def test_a_second_packing_does_not_claim_the_bits_that_a_first_one_lost(bundle, here, tmp_path):
    take(bundle, here)
    again = pack(here.folder, tmp_path / "again.zip", score_bits=10, weight_bits=16)
    assert [training.bits for training in again.trainings] == [training.bits for training in read(bundle).trainings]
    assert not any("bundle" in training.key for training in again.trainings)


def test_evaluations_that_came_in_a_bundle_keep_what_made_them(bundle, here, tmp_path):
    for name in EVALUATIONS.values():
        write(here.folder / f"inputs/code/{name}.txt", "another digest\n")
    take(bundle, here, accept_code=True)
    again = pack(here.folder, tmp_path / "again.zip")
    assert [t.evaluations for t in again.trainings] == [t.evaluations for t in read(bundle).trainings]


def test_an_evaluation_that_was_lost_comes_back_with_its_training(bundle, here):
    take(bundle, here)
    lost = here.folder / "vision/mlp-rgb/seed0/test.npz"
    before = lost.read_bytes()
    lost.unlink()
    notes = take(bundle, here)
    assert lost.read_bytes() == before
    assert "mlp-rgb seed 0" not in notes[0]


def test_other_data_are_refused_by_name(bundle, here):
    before = contents(here.folder)
    with pytest.raises(BundleError, match="cnn-rgb seed 0: data is 'd1' in the bundle, but 'd2' in"):
        take(bundle, Wanted(here.folder, ARMS, "d2"))
    assert contents(here.folder) == before


def test_other_code_is_refused_unless_accepted_and_then_marked(bundle, here):
    (here.folder / "inputs/code/train_vision.txt").write_text("another  scripts.train_vision\n")
    before = contents(here.folder)
    with pytest.raises(BundleError, match="--accept-code"):
        take(bundle, here)
    assert contents(here.folder) == before
    take(bundle, here, accept_code=True)
    assert read_json(here.folder / "vision/mlp-rgb/seed1/key.json")["accepted_code"] is True
    pack(here.folder, here.folder / "again.zip")  # the mark travels on
    assert read(here.folder / "again.zip").trainings[0].key["accepted_code"] is True


def test_evaluations_of_other_code_or_settings_are_left_out(bundle, here):
    (here.folder / "inputs/code/evaluate_vision.txt").write_text("another  scripts.evaluate_vision\n")
    (here.folder / "inputs/settings/experiments.shifted_images.json").write_text('{"images": 200, "largest_shift": 9}')
    notes = take(bundle, here)
    folder = here.folder / "vision/cnn-rgb/seed0"
    assert {path.name for path in folder.iterdir()} == set(TRAINING)
    assert [note.split(":")[0] for note in notes] == ["left out, shifts.npz", "left out, test.npz"]
    assert "largest_shift is 2 there, but 9 here" in notes[0]
    shutil.rmtree(here.folder / "vision")
    take(bundle, here, accept_code=True)
    assert {path.name for path in folder.iterdir()} == {*TRAINING, "test.npz"}


def test_trainings_that_the_run_does_not_want_are_left_out(bundle, here):
    notes = take(bundle, Wanted(here.folder, {"cnn-rgb": 1, "other": 3}, "d1"))
    assert [path.parent.name for path in here.folder.glob("vision/*/seed*")] == ["cnn-rgb"]
    assert len(notes) == 1 and "cnn-rgb seed 1, mlp-rgb seed 0, mlp-rgb seed 1" in notes[0]


def test_finished_trainings_are_kept_unless_they_are_to_be_replaced(bundle, here):
    take(bundle, here)
    kept, torn = here.folder / "vision/cnn-rgb/seed0", here.folder / "vision/mlp-rgb/seed1"
    (kept / "history.csv").write_text("mine")
    (torn / "weights.npz").unlink()  # not finished
    measured = [
        here.folder / f"benchmarks/train_vision/vision/{name}.tsv" for name in ("cnn-rgb/seed0", "mlp-rgb/seed1")
    ]
    for path in measured:
        write(path, "s")
    assert "cnn-rgb seed 0" in take(bundle, here)[0]
    assert (kept / "history.csv").read_text() == "mine"
    assert (torn / "weights.npz").exists()
    # Snakemake takes the oldest of outputs and benchmark as the age of a training.
    assert [path.exists() for path in measured] == [True, False]
    assert take(bundle, here, replace=True) == []
    assert (kept / "history.csv").read_text() != "mine"


def test_one_member_that_cannot_be_decoded_places_nothing(bundle, here, tmp_path):
    bad = rewritten(bundle, tmp_path / "bad.zip", {"vision/mlp-rgb/seed1/shifts.npz": b"other"})
    before = contents(here.folder)
    with pytest.raises(BundleError, match=r"mlp-rgb/seed1/shifts\.npz"):
        take(bad, here)
    assert contents(here.folder) == before


def test_weights_that_did_not_come_along_are_named_when_they_are_needed(bundle, here):
    models = pytest.importorskip("lib.experiments.models")
    take(bundle, here)
    folder = here.folder / "vision/cnn-rgb/seed1"
    with pytest.raises(ValueError, match="the weights of cnn-rgb seed 1 did not come with the bundle"):
        models.load_model(folder / "settings.json", folder / "weights.npz", folder / "training.json", None)


def test_the_core_needs_numpy_only():
    blocked = ("pandas", "pydantic", "psutil", "yaml", "torch", "filelock", "snakemake", "scipy")
    code = f"""
import sys
for name in {blocked!r}:
    sys.modules[name] = None
import lib.workflow.bundles
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
