"""Taking places nothing that is damaged or was made with other settings, data or code, and keeps what is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lib.workflow.bundle_format import EVALUATIONS, BundleError
from lib.workflow.bundles import pack, read
from lib.workflow.files import read_json, stable_json
from lib.workflow.taking import Wanted, place, plan
from lib.workflow.trainings import FILES
from tests.workflow.made_up_run import ARMS, SPLIT, contents, made_up_inputs, rewritten, settings_of, write


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
            made = [(folder / name).stat().st_mtime_ns for name in FILES]
            assert inputs < min(made) and max(made) <= min((folder / n).stat().st_mtime_ns for n in ("test.npz",))
            assert "accepted_code" not in read_json(folder / "key.json")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    ids=["arm", "split"],
    argvalues=[
        (
            "arm.mlp-rgb",
            stable_json({**settings_of("mlp-rgb"), "training": {"epochs": 7, "batch_size": 20}}),
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
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert [note.split(":")[0] for note in notes] == ["left out, shifts.npz", "left out, test.npz"]
    assert "largest_shift is 2 there, but 9 here" in notes[0]
    shutil.rmtree(here.folder / "vision")
    take(bundle, here, accept_code=True)
    assert {path.name for path in folder.iterdir()} == {*FILES, "test.npz"}


def test_trainings_that_the_run_does_not_want_are_left_out(bundle, here):
    notes = take(bundle, Wanted(here.folder, {"cnn-rgb": 1, "other": 3}, "d1"))
    assert [path.parent.name for path in here.folder.glob("vision/*/seed*")] == ["cnn-rgb"]
    assert len(notes) == 1 and "cnn-rgb seed 1, mlp-rgb seed 0, mlp-rgb seed 1" in notes[0]


def test_finished_trainings_are_kept_unless_they_are_to_be_replaced(bundle, here):
    take(bundle, here)
    kept, torn = here.folder / "vision/cnn-rgb/seed0", here.folder / "vision/mlp-rgb/seed1"
    (kept / "history.csv").write_text("mine")
    (torn / "weights.npz").unlink()  # not finished
    measured = [here.folder / f"benchmarks/train_vision/{name}.tsv" for name in ("cnn-rgb/seed0", "mlp-rgb/seed1")]
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
