"""Bundles carry trainings over whole; damaged and altered ones are refused."""

from __future__ import annotations

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
from lib.workflow.bundle_format import EXACT, BundleError
from lib.workflow.bundles import pack, read, unpack, verify
from lib.workflow.files import load_arrays, read_json, save_arrays
from lib.workflow.streams import join, split
from lib.workflow.trainings import FILES
from tests.workflow.made_up_run import ARMS, rewritten

ROOT = Path(__file__).parents[2]


def right(arrays: dict[str, np.ndarray], name: str) -> list[int]:
    """How many images of each class are recognised."""
    labels = arrays["labels"]
    return np.bincount(labels[arrays[name].argmax(axis=1) == labels], minlength=10).tolist()


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
        assert sorted(path.name for path in new.iterdir()) == sorted([*FILES, "test.npz", "shifts.npz"])
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


def test_trainings_that_an_arm_shares_are_packed_once(results, tmp_path):
    shared = results / "vision/short_cnn/seed0"
    shutil.copytree(results / "vision/cnn-rgb/seed0", shared)
    done = pack(results, tmp_path / "shared.zip", shared={"short_cnn"})
    assert done.left_out == ()
    assert {training.arm for training in done.trainings} == set(ARMS)


# Bundles that are not what they were


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


def test_the_core_needs_numpy_only():
    blocked = ("pandas", "pydantic", "psutil", "yaml", "torch", "filelock", "snakemake", "scipy")
    code = f"""
import sys
for name in {blocked!r}:
    sys.modules[name] = None
import lib.workflow.bundles
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
