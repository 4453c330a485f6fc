"""Numbers of the experiments on CIFAR-10 from small made-up result files, and the verdicts that rest on them."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lib.catalogue.experiments import controls
from lib.claims.schema import parse_claims
from lib.claims.verdicts import decide
from lib.experiments.arm_results import ArmResults
from lib.report.figures import png_bytes
from lib.report.summary import Summary
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from lib.studies import calibration
from tests.studies.arm_files import ARMS, CLASSES, IMAGES, LABELS, ROOT, write_arm, write_arms

CAPTIONS = read_yaml(ROOT / "report/captions.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_arms(tmp_path_factory.mktemp("arms"))


def module(experiment: str) -> ModuleType:
    found: ModuleType = pkgutil.resolve_name(f"lib.studies.{experiment}")
    return found


def results(folder: Path, experiment: str) -> ArmResults:
    """What its rules hand over: the files that its module names, of the arms that it names, and nothing else."""
    needed = controls()[experiment]
    return ArmResults(path for arm in needed.arms for file in needed.files for path in folder.rglob(f"{arm}/*/{file}"))


def summarise(folder: Path, experiment: str) -> Summary:
    configured = {arm: ARMS[arm] for arm in controls()[experiment].arms}
    summary: Summary = module(experiment).summarise(results(folder, experiment), configured)
    return summary


def values(summary: Summary) -> Mapping[str, float]:
    return {key: number.value for key, number in summary.numbers.items()}


def captioned(experiment: str, kind: str) -> set[str]:
    return {key for key, c in CAPTIONS.items() if c["kind"] == kind and c.get("experiment") == experiment}


def test_every_module_is_an_experiment_of_the_captions():
    assert set(controls()) <= set(experiments_of(CAPTIONS))


@pytest.mark.parametrize("experiment", controls())
def test_the_files_that_a_module_names_give_the_tables_that_have_captions(folder, experiment):
    summary = summarise(folder, experiment)
    assert set(summary.tables) == captioned(experiment, "table")
    assert {key.partition(".")[0] for key in summary.numbers} == {experiment}
    assert Summary.from_json(summary.to_json()).numbers == summary.numbers


@pytest.mark.parametrize("experiment", controls())
def test_they_give_the_figures_that_have_captions_in_the_same_bytes_each_time(folder, experiment):
    figures, again = (module(experiment).draw(results(folder, experiment)) for _ in range(2))
    assert set(figures) == captioned(experiment, "figure")
    assert {name: png_bytes(figure) for name, figure in figures.items()} == {
        name: png_bytes(figure) for name, figure in again.items()
    }


def test_differences_are_points_of_the_same_seeds(folder):
    found = summarise(folder, "gray_three_channels")
    assert values(found)["gray_three_channels.gain"] == pytest.approx(-100 * 1 / IMAGES)
    assert values(found)["gray_three_channels.still_lost"] == pytest.approx(100 * 41 / IMAGES)
    assert found.numbers["gray_three_channels.gain"].n == 5
    assert found.facts["gray_three_channels.direction"] == {"gain": "down", "still_lost": "up"}
    assert [row["inputs"] for row in found.tables["gray_three_channels_results"].rows] == [3072, 1024, 3072]


def test_a_difference_comes_with_its_error_over_the_images(folder):
    drop = summarise(folder, "shuffled_pixels").numbers["shuffled_pixels.drop.cnn"]
    assert drop.n == 3
    assert drop.value == pytest.approx(100 * 120 / IMAGES)
    # 120 images right in order alone, none shuffled alone: p = 0.3, variance p (1 - p) / N.
    assert drop.image_error == pytest.approx(100 * np.sqrt(0.3 * 0.7 / (IMAGES - 1)), rel=1e-2)


def test_columns_of_the_shuffled_table_subtract_where_seeds_differ(tmp_path):
    write_arms(tmp_path)
    shutil.rmtree(tmp_path / "vision" / "shuffled_mlp" / "seed2")
    row, _ = summarise(tmp_path, "shuffled_pixels").tables["shuffled_pixels_results"].rows
    assert row["n"] == 4
    assert row["drop"] == pytest.approx(100 * (row["ordered"] - row["shuffled"]))


def test_an_accuracy_is_compared_with_guessing(folder):
    found = summarise(folder, "conv_init").numbers
    assert found["conv_init.over_guessing.he.plain"].value == pytest.approx(100 * (201 / IMAGES - 1 / CLASSES))
    low, high = found["conv_init.over_guessing.normal.plain"].interval
    assert low < 0 < high


def test_jumps_are_those_across_the_milestones(folder):
    found = values(summarise(folder, "rate_drops"))
    assert found["rate_drops.jump.first"] == pytest.approx(100 * 42 / IMAGES)
    assert found["rate_drops.jump.second"] == pytest.approx(100 * 42 / IMAGES)
    assert found["rate_drops.usual_change"] == pytest.approx(100 * 2 / IMAGES)
    assert found["rate_drops.excess.first"] == pytest.approx(100 * 40 / IMAGES)


def test_the_drop_is_compared_with_the_same_training_at_the_old_rate(folder):
    found = values(summarise(folder, "rate_drops"))
    assert found["rate_drops.fork"] == pytest.approx(100 * 40 / IMAGES)
    assert found["rate_drops.fork_epochs"] == 2  # until the second drop


def test_a_rise_that_comes_without_the_drop_as_well_is_none_of_its_own(folder, tmp_path):
    assert verdict(folder, "lr-drop-jump") == "reproduced"
    write_arms(tmp_path)
    shutil.rmtree(tmp_path / "vision/held_cnn")
    write_arm(tmp_path, "held_cnn", 200, climb=20)
    assert verdict(tmp_path, "lr-drop-jump") == "contradicted"


def test_augmented_images_are_compared_with_clean_ones_and_with_the_test_set(folder):
    found = summarise(folder, "augmented_validation")
    assert values(found)["augmented_validation.change.mlp"] == pytest.approx(-100 * 20 / IMAGES)
    assert values(found)["augmented_validation.augmented_less_test.cnn"] == pytest.approx(-100 * 20 / IMAGES)
    assert found.numbers["augmented_validation.change.cnn"].image_error > 0


def test_a_shift_costs_what_its_images_say(folder):
    found = values(summarise(folder, "shifted_images"))
    assert found["shifted_images.drop.cnn.uncropped"] == pytest.approx(100 * 4 / IMAGES)
    assert found["shifted_images.drop.mlp.cropped"] == pytest.approx(100 * 16 / IMAGES)
    assert found["shifted_images.mlp_less_cnn.cropped"] == pytest.approx(100 * 12 / IMAGES)
    assert found["shifted_images.far_drop.cnn.cropped"] == pytest.approx(100 * 8 / IMAGES)


def test_dead_filters_are_counted_after_the_last_epoch(folder):
    found = values(summarise(folder, "filter_controls"))
    assert [found[f"filter_controls.dead.{name}"] for name in ("base", "low_rate", "no_decay")] == [3, 0, 3]
    assert found["filter_controls.dead_at_first.base"] == 0
    assert found["filter_controls.fewer.low_rate"] == 3
    assert found["filter_controls.fewer.no_decay"] == 0


def write_tests(folder: Path, arm: str, runs: list[np.ndarray], confidence: float) -> None:
    """In place of the arm's: one run for each array of which images are right, all of that confidence, 4 classes."""
    shutil.rmtree(folder / "vision" / arm)
    wrong = (LABELS + 1) % CLASSES
    for seed, right in enumerate(runs):
        scores = np.log((1 - confidence) / (confidence * (CLASSES - 1))) * np.ones((IMAGES, CLASSES))
        scores[np.arange(IMAGES), np.where(right, LABELS, wrong)] = 0
        here = folder / "vision" / arm / f"seed{seed}"
        here.mkdir(parents=True)
        np.savez(here / "test.npz", scores=scores, labels=LABELS)


def test_gaps_of_two_bins_do_not_cancel_in_the_calibration_error():
    confidence, right = np.array([0.9, 0.9, 0.5, 0.5]), np.array([True, False, True, True])
    assert calibration.calibration_errors(confidence, right).mean() == pytest.approx((0.4 + 0.5) / 2)
    assert (confidence - right).mean() == pytest.approx(-0.05)


def test_a_calibrated_model_has_no_calibration_error():
    confidence = np.repeat([0.6, 0.9], 10)
    right = np.r_[np.arange(10) < 6, np.arange(10) < 9]
    assert calibration.calibration_errors(confidence, right).mean() == pytest.approx(0)


def test_bins_of_confidence_hold_their_upper_end():
    assert list(calibration.bins_of(np.array([0.0, 1 / 15, 0.07, 14 / 15, 0.94, 1.0]))) == [0, 0, 1, 13, 14, 14]


@pytest.mark.parametrize(("confidence", "judged"), [(0.9, "over"), (0.5, "under"), (0.7, "open")])
def test_confidence_is_judged_against_accuracy(tmp_path, confidence, judged):
    write_arms(tmp_path)
    write_tests(tmp_path, "cnn-rgb", [np.arange(IMAGES) < right for right in (272, 280, 288)], confidence)
    found = summarise(tmp_path, "calibration")
    assert values(found)["calibration.confidence.cnn"] == pytest.approx(confidence)
    assert values(found)["calibration.gap.cnn"] == pytest.approx(100 * (confidence - 0.7), abs=1e-9)
    assert found.numbers["calibration.ece.cnn"].runs["0"] == pytest.approx(abs(confidence - 272 / IMAGES))
    assert found.facts["calibration.judged.cnn"] == judged


def test_endless_seeds_leave_the_error_that_all_runs_share(tmp_path):
    write_arms(tmp_path)
    half = np.arange(IMAGES) < IMAGES / 2
    write_tests(tmp_path, "mlp-rgb", [half, half], 0.5)
    write_tests(tmp_path, "cnn-rgb", [half, ~half], 0.5)
    write_tests(tmp_path, "cnn-gray", [half], 0.5)
    found = summarise(tmp_path, "calibration")
    error = 100 * np.sqrt(0.25 / (IMAGES - 1))
    same, _, opposite, single = found.tables["calibration_variance"].rows
    assert (same["error"], same["seeds"], same["share"]) == pytest.approx((error, 0, 1))
    assert (same["half"], same["floor"]) == pytest.approx((1.96 * error, 1.96 * error), rel=1e-3)
    assert opposite["floor"] == 0
    assert "half" not in single and single["error"] == pytest.approx(error)
    assert "calibration.floor.cnn.gray" not in found.numbers


def test_the_smoothing_of_the_labels_is_that_of_the_arm(folder):
    smoothed = ARMS["cnn-rgb"]["training"]["label_smoothing"]
    assert "label_smoothing" not in ARMS["mlp-rgb"]["training"]  # the original's recipe has none
    found = values(summarise(folder, "calibration"))
    assert found["calibration.target.cnn"] == pytest.approx(1 - smoothed * (1 - 1 / CLASSES))
    assert (found["calibration.label_smoothing.mlp"], found["calibration.target.mlp"]) == (0, 1)


BETTER_MLPS = ("wide_mlp", "compressed_mlp", "adam_mlp", "deep_mlp")


def verdict(folder: Path, claim: str) -> str:
    claims = parse_claims((ROOT / "report/claims.yaml").read_text(encoding="utf-8"), "claims.yaml")
    experiment = claims[claim].needs
    assert experiment is not None
    numbers = summarise(folder, experiment).numbers
    return decide(claims[claim], numbers, experiments=[experiment], doses=claims[claim].evidence).verdict


@pytest.mark.parametrize(
    ("claim", "arms", "before", "after"),
    [
        ("mlp-ceiling", dict.fromkeys(BETTER_MLPS, 200), "contradicted", "reproduced"),
        ("mlp-ceiling", dict.fromkeys(BETTER_MLPS[1:], 200), "contradicted", "contradicted"),
        ("conv-needs-he", {"normal_cnn": 300, "plain_normal_cnn": 230}, "partly", "contradicted"),
        ("spatial-structure", {"short_cnn": 180, "shuffled_cnn": 300}, "reproduced", "partly"),
        ("gray-input-size", {"gray3_mlp": 220}, "contradicted", "reproduced"),
    ],
)
def test_other_results_turn_the_verdict_round(folder, tmp_path, claim, arms, before, after):
    write_arms(tmp_path, arms)
    assert verdict(folder, claim) == before
    assert verdict(tmp_path, claim) == after


def test_dead_filters_need_dead_filters(folder, tmp_path):
    assert verdict(folder, "dead-filters") == "reproduced"
    write_arms(tmp_path, dead={})
    assert verdict(tmp_path, "dead-filters") == "contradicted"
