"""What the report says of the data sets is what the arrays hold."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lib.data.dataset import Dataset
from lib.data.splits import split
from lib.experiments.datasets import channel_statistics, image_deviations, sample_grid, summarise_dataset


@pytest.fixture
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    return Dataset(
        name="cifar10",
        x_train=rng.integers(0, 256, (60, 3, 5, 4), dtype=np.uint8),
        y_train=np.arange(60) % 10,
        x_test=rng.integers(0, 256, (20, 3, 5, 4), dtype=np.uint8),
        y_test=np.arange(20) % 10,
        class_names=tuple("abcdefghij"),
        source="noise",
        is_sample=True,
    )


def test_statistics_are_those_of_all_pixels_of_a_channel():
    images = np.zeros((2, 2, 1, 2), np.uint8)
    images[:, 1] = [[[0, 255]], [[0, 255]]]
    assert channel_statistics(images) == ([0.0, 0.5], [0.0, 0.5])


def test_statistics_agree_with_numpy(dataset):
    mean, std = channel_statistics(dataset.x_train)
    scaled = dataset.x_train / 255
    assert mean == pytest.approx(scaled.mean(axis=(0, 2, 3)), rel=1e-14)
    assert std == pytest.approx(scaled.std(axis=(0, 2, 3)), rel=1e-14)


def test_the_deviation_of_each_image_is_not_that_of_all_pixels(dataset):
    scaled = dataset.x_train / 255
    assert image_deviations(dataset.x_train) == pytest.approx(scaled.std(axis=(2, 3)).mean(axis=0), rel=1e-12)
    plain = np.repeat(np.array([0, 255], np.uint8), 12).reshape(2, 1, 4, 3)  # two plain images, black and white
    assert image_deviations(plain) == [0.0]
    assert channel_statistics(plain)[1] == [0.5]


def test_summary_reads_sizes_and_shapes_off_the_arrays(dataset):
    summary = summarise_dataset(dataset, split(dataset, 15, seed=0))
    assert summary["splits"] == {
        "train": {"samples": 45, "image_shape": [3, 5, 4], "label_shape": [45]},
        "validation": {"samples": 15, "image_shape": [3, 5, 4], "label_shape": [15]},
        "test": {"samples": 20, "image_shape": [3, 5, 4], "label_shape": [20]},
    }
    assert summary["class_names"] == list("abcdefghij")
    assert (summary["source"], summary["is_sample"]) == ("noise", True)
    parts = split(dataset, 15, seed=0)
    assert (summary["mean"], summary["std"]) == channel_statistics(parts.x_train)  # of what is trained on, and no more
    assert json.loads(json.dumps(summary)) == summary


def test_digest_does_not_depend_on_the_order_of_the_images(dataset):
    order = np.random.default_rng(1).permutation(60)
    shuffled = replace(dataset, x_train=dataset.x_train[order], y_train=dataset.y_train[order])
    before, after = (summarise_dataset(d, split(d, 15, seed=0)) for d in (dataset, shuffled))
    assert after["digest"] == before["digest"]
    altered = replace(dataset, y_train=(dataset.y_train + 1) % 10)
    changed = summarise_dataset(altered, split(altered, 15, seed=0))
    assert changed["digest"]["train"] != before["digest"]["train"]
    assert changed["digest"]["test"] == before["digest"]["test"]


def test_sample_grid_has_one_row_of_different_images_per_class(dataset):
    grid = sample_grid(dataset.x_train, dataset.y_train, per_class=4, seed=0)
    assert grid.shape == (10, 4, 3, 5, 4)
    assert grid.dtype == np.uint8
    for label, row in enumerate(grid):
        own = {image.tobytes() for image in dataset.x_train[dataset.y_train == label]}
        shown = {image.tobytes() for image in row}
        assert shown <= own
        assert len(shown) == 4
    np.testing.assert_array_equal(grid, sample_grid(dataset.x_train, dataset.y_train, 4, seed=0))
    assert not np.array_equal(grid, sample_grid(dataset.x_train, dataset.y_train, 4, seed=1))


def test_sample_grid_says_when_a_class_has_too_few_images(dataset):
    with pytest.raises(ValueError, match="cannot pick 7 of 6"):
        sample_grid(dataset.x_train, dataset.y_train, per_class=7, seed=0)
