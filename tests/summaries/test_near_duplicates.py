"""Accuracies with and without near-duplicates, against those reckoned by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib.experiments.arm_results import ArmResults
from tests.studies.arm_files import IMAGES, RIGHT, write_arm
from tests.summaries.made_up import made_near_duplicates


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> ArmResults:
    """Of 400 images five MLPs get the first 220 to 224 right, three CNNs the first 370 to 372."""
    folder = tmp_path_factory.mktemp("arms")
    for arm in ("mlp-rgb", "cnn-rgb"):
        write_arm(folder, arm, RIGHT[arm])
    return ArmResults(Path(folder).rglob("test.npz"))


def test_near_duplicates_are_counted_with_their_labels_and_mirror_images(results):
    found = made_near_duplicates(range(40), results).numbers
    counts = {key: found[f"near_duplicates.{key}"].value for key in ("images", "compared", "count", "mirrored")}
    assert counts == {"images": 400, "compared": 1000, "count": 40, "mirrored": 14}
    assert [found[f"near_duplicates.{key}"].value for key in ("same_label", "other_label")] == [39, 1]
    assert found["near_duplicates.share"].value == 0.1
    assert found["near_duplicates.highest"].value == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("near", "mlp", "cnn"),
    [
        (range(40), (222 - 40) / 360, (371 - 40) / 360),  # all models get these right
        (range(360, 400), 222 / 360, 360 / 360),  # no MLP gets any of these right, the CNNs 10 to 12
        ([], 222 / 400, 371 / 400),
    ],
)
def test_accuracies_without_them_are_those_of_the_other_images(results, near, mlp, cnn):
    summary = made_near_duplicates(near, results)
    for model, runs, everywhere, without in (("mlp", 5, 222 / 400, mlp), ("cnn", 3, 371 / 400, cnn)):
        numbers = {key: summary.numbers[f"near_duplicates.{key}.{model}"] for key in ("all", "without", "change")}
        assert numbers["all"].value == pytest.approx(everywhere)
        assert numbers["without"].value == pytest.approx(without)
        assert numbers["change"].value == pytest.approx(100 * (without - everywhere), abs=1e-9)
        assert {number.n for number in numbers.values()} == {runs}
    rows = summary.tables["near_duplicates_accuracy"].rows
    assert [row["change"] for row in rows] == pytest.approx([100 * (mlp - 222 / 400), 100 * (cnn - 371 / 400)])


def test_the_change_is_by_seed_and_has_the_variance_of_seeds_and_of_images(results):
    found = made_near_duplicates(range(40), results).numbers["near_duplicates.change.cnn"]
    by_seed = {str(s): 100 * ((330 + s) / 360 - (370 + s) / 400) for s in range(3)}
    assert found.runs == pytest.approx(by_seed)
    share = np.mean([np.arange(IMAGES) < right for right in (370, 371, 372)], axis=0)
    left = np.arange(IMAGES) >= 40
    # A ratio of means, linearised: (x - R y) / mean(y) with x the hits left and y the images left; less all hits.
    parts = (share * left - (331 / 360) * left) / 0.9 - share
    error = 100 * parts.std(ddof=1) / np.sqrt(IMAGES)
    assert found.image_error == pytest.approx(error, rel=1e-4)
    middle = np.mean(list(by_seed.values()))
    assert found.interval[0] < middle - 1.96 * error
    assert found.interval[1] > middle + 1.96 * error


def test_without_any_nothing_changes_and_nothing_is_uncertain(results):
    found = made_near_duplicates([], results).numbers
    assert found["near_duplicates.change.mlp"].interval == (0, 0)
    assert found["near_duplicates.image_error.cnn"].value == pytest.approx(0, abs=1e-9)
