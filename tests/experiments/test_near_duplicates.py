"""Near-duplicates are found whatever their brightness and whichever way round, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from lib.data.dataset import Dataset
from lib.experiments import near_duplicates
from lib.experiments.near_duplicates import find, nearest

PLANTED = {
    0: 17,
    1: 700,
    2: 5,
    3: 1100,
}  # training image by test image: as it is, mirrored, brighter, pale and mirrored


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def dataset(rng: np.random.Generator, channels: int = 3) -> Dataset:
    """Random images, with :data:`PLANTED` near-duplicates among the first of the test images."""
    train = rng.integers(0, 200, (1200, channels, 32, 32), dtype=np.uint8)
    test = rng.integers(0, 200, (30, channels, 32, 32), dtype=np.uint8)
    test[0] = train[17]
    test[1] = train[700][..., ::-1]
    test[2] = train[5] + 55
    test[3] = np.round(0.5 * train[1100][..., ::-1] + 20)
    labels = [np.arange(len(images)) % 10 for images in (train, test)]
    return Dataset("cifar10", train, labels[0], test, labels[1], tuple("abcdefghij"), "made up", True)


@pytest.mark.parametrize("channels", [1, 3])
def test_planted_duplicates_are_found_and_nothing_else(rng, channels):
    data = dataset(rng, channels)
    found = find(data, np.arange(1200), 0.9)
    assert np.flatnonzero(found["near"]).tolist() == list(PLANTED)
    assert found["index"][:4].tolist() == list(PLANTED.values())
    assert found["mirrored"][:4].tolist() == [False, True, False, True]
    np.testing.assert_allclose(found["correlation"][:3], 1, atol=1e-7)
    assert found["nearest_labels"][:4].tolist() == [7, 0, 5, 0]
    assert found["compared"] == 1200


@pytest.mark.parametrize("step", [1, 51, 255])  # of the values: 255 leaves only black and white, and the largest sums
def test_correlations_are_those_of_numpy_as_far_as_float32_holds_them(rng, monkeypatch, step):
    monkeypatch.setattr(near_duplicates, "_BLOCK", 7)  # so that the best is not always in the first block
    train, test = (step * rng.integers(0, 255 // step + 1, (n, 3, 32, 32), dtype=np.uint8) for n in (40, 9))
    test[4] = train[11] // 2 + 60
    others = np.concatenate([train, train[..., ::-1]]).reshape(80, -1)
    expected = np.corrcoef(test.reshape(9, -1), others)[:9, 9:]
    found = nearest(test, train, np.arange(40))
    np.testing.assert_allclose(found["correlation"], expected.max(axis=1), rtol=1e-7)
    assert (found["index"] + 40 * found["mirrored"]).tolist() == expected.argmax(axis=1).tolist()


def test_images_that_are_not_trained_on_are_not_compared_with(rng):
    data = dataset(rng)
    found = find(data, np.setdiff1d(np.arange(1200), [5, 700]), 0.9)
    assert np.flatnonzero(found["near"]).tolist() == [0, 3]


def test_images_of_a_single_value_are_like_nothing(rng):
    train, test = (rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8) for count in (20, 3))
    train[4], test[1], test[2] = 77, 77, 0
    found = nearest(test, train, np.arange(20))
    assert found["correlation"][1:].tolist() == [0, 0]
    assert 0 < found["correlation"][0] < 0.2


def test_threads_change_no_bit(rng):
    images = rng.integers(0, 256, (900, 3, 32, 32), dtype=np.uint8)
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            results.append(nearest(images[:100], images, np.arange(100, 900)))
    one, two = results
    assert all(one[key].tobytes() == two[key].tobytes() for key in one)


def test_the_figure_gets_the_highest_pairs_and_those_around_the_threshold(rng):
    train = rng.integers(0, 256, (30, 3, 32, 32), dtype=np.uint8)
    noise = rng.normal(size=train.shape) * np.linspace(0, 150, 30)[:, None, None, None]
    test = np.clip(train + noise, 0, 255).astype(np.uint8)
    labels = np.zeros(30, np.int64)
    data = Dataset("cifar10", train, labels, test, labels, ("a",), "made up", True)
    found = find(data, np.arange(30), 0.75)
    ordered = np.argsort(-found["correlation"], kind="stable")
    count = int(found["near"].sum())
    assert 12 < count < 24
    assert found["highest"].tolist() == ordered[:6].tolist()
    assert found["above"].tolist() == ordered[count - 6 : count].tolist()
    assert found["below"].tolist() == ordered[count : count + 6].tolist()
    shown = np.concatenate([found["highest"], found["above"], found["below"]])
    np.testing.assert_array_equal(found["shown"], test[shown])
    np.testing.assert_array_equal(found["nearest_shown"], train[found["index"][shown]])


def test_a_mirrored_neighbour_is_shown_as_it_is_alike(rng):
    found = find(dataset(rng), np.arange(1200), 0.9)
    assert sorted(found["highest"].tolist()) == list(PLANTED)
    at = found["highest"].tolist().index(1)
    np.testing.assert_array_equal(found["nearest_shown"][at], found["shown"][at])


def test_without_any_near_duplicate_the_most_alike_are_shown(rng):
    data = dataset(rng)
    found = find(data, np.arange(300, 600), 0.9)
    assert not found["near"].any()
    assert found["highest"].tolist() == np.argsort(-found["correlation"], kind="stable")[:6].tolist()
    assert [len(found["above"]), len(found["below"])] == [0, 0]


def test_a_threshold_that_leaves_no_test_image_is_refused(rng):
    train = rng.integers(0, 256, (30, 3, 32, 32), dtype=np.uint8)
    labels = np.zeros(30, np.int64)
    data = Dataset("cifar10", train, labels, train[:5], labels[:5], ("a",), "made up", True)
    message = "^experiments.near_duplicates.threshold: 0.5 is reached by all 5 test images; take a higher one$"
    with pytest.raises(ValueError, match=message):
        find(data, np.arange(30), 0.5)
