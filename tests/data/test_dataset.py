"""Prepared data: kept whole, split without overlap, gray as torchvision makes it, sampled without leaks."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest
import torch
from torchvision.transforms.functional import rgb_to_grayscale

from lib.data import sample
from lib.data.dataset import Dataset, load_dataset, save_dataset
from lib.data.digest import content_digest, image_order
from lib.data.gray import to_gray
from lib.data.splits import SplitConfig, pick, split, split_by
from lib.data.stored import stored_digest


@pytest.fixture
def small() -> Dataset:
    rng = np.random.default_rng(5)
    return Dataset(
        name="cifar10",
        x_train=rng.integers(0, 256, (30, 3, 8, 8), dtype=np.uint8),
        y_train=np.arange(30) % 10,
        x_test=rng.integers(0, 256, (10, 3, 8, 8), dtype=np.uint8),
        y_test=np.arange(10),
        class_names=tuple("abcdefghij"),
        source="CIFAR-10",
        is_sample=False,
    )


def test_digest_does_not_depend_on_the_order(small):
    order = np.random.default_rng(0).permutation(30)
    assert content_digest(small.x_train, small.y_train) == content_digest(small.x_train[order], small.y_train[order])


def test_digest_is_that_of_the_sorted_records(small):
    records = [bytes([y]) + x.tobytes() for x, y in zip(small.x_train, small.y_train.tolist(), strict=True)]
    records.sort(key=lambda record: hashlib.sha256(record[1:]).digest())
    assert content_digest(small.x_train, small.y_train) == hashlib.sha256(b"".join(records)).hexdigest()


def test_equal_images_are_ordered_by_label():
    images, labels = np.zeros((3, 1, 2, 2), np.uint8), np.array([2, 0, 1])
    assert image_order(images, labels).tolist() == [1, 2, 0]


def test_digest_refuses_what_is_not_bytes(small):
    with pytest.raises(ValueError, match="uint8"):
        content_digest(small.x_train / 255, small.y_train)
    with pytest.raises(ValueError, match="30 images need as many labels"):
        content_digest(small.x_train, small.y_train[:-1])


def test_data_set_survives_its_file_with_the_same_bytes_each_time(small, tmp_path):
    save_dataset(tmp_path / "a.npz", small)
    save_dataset(tmp_path / "sub" / "b.npz", load_dataset(tmp_path / "a.npz"))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "sub" / "b.npz").read_bytes()
    loaded = load_dataset(tmp_path / "a.npz")
    assert dataclasses.replace(loaded, x_train=0, y_train=0, x_test=0, y_test=0) == dataclasses.replace(
        small, x_train=0, y_train=0, x_test=0, y_test=0
    )
    for key in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(loaded, key), getattr(small, key))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "sub"]


def test_its_digest_is_read_without_its_arrays(small, tmp_path):
    path = tmp_path / "a.npz"
    assert stored_digest(path) is None
    save_dataset(path, small)
    assert stored_digest(path) == small.digest()
    path.write_bytes(path.read_bytes()[:-100])
    assert stored_digest(path) is None


def test_interrupted_write_leaves_the_old_file(small, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    save_dataset(path, small)
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(KeyboardInterrupt):
        save_dataset(path, small)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("key", ["x_train", "y_train", "x_test", "y_test", "source", "is_sample", "class_names"])
def test_altered_content_is_found_out(small, tmp_path, key):
    path = tmp_path / "a.npz"
    save_dataset(path, small)
    with np.load(path) as stored:
        values = dict(stored)
    if values[key].dtype.kind == "U":
        values[key] = np.char.add(values[key], "!")
    elif values[key].dtype.kind == "b":
        values[key] = ~values[key]
    else:
        values[key].flat[-1] += 1
    np.savez(path, **values)
    with pytest.raises(ValueError) as failure:
        load_dataset(path)
    assert str(path) in str(failure.value) and small.digest() in str(failure.value)


def test_damaged_files_are_one_clear_line(small, tmp_path):
    path = tmp_path / "a.npz"
    save_dataset(path, small)
    whole = path.read_bytes()
    np.savez(tmp_path / "part.npz", x_train=small.x_train)
    np.save(tmp_path / "lone.npy", small.x_train)
    flipped = bytearray(whole)
    flipped[1000] ^= 1
    contents = {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"hello", "flip": bytes(flipped)}
    for content in [
        *contents.values(),
        *((tmp_path / name).read_bytes() for name in ("part.npz", "lone.npy")),
    ]:
        path.write_bytes(content)
        with pytest.raises(ValueError) as failure:
            load_dataset(path)
        assert str(failure.value).startswith(f"{path}: ") and "\n" not in str(failure.value)
    with pytest.raises(FileNotFoundError):
        load_dataset(tmp_path / "none.npz")


def numbered(n: int) -> Dataset:
    """A data set whose images and labels are their own number."""
    x = np.arange(n, dtype=np.uint8).reshape(n, 1, 1, 1)
    return Dataset("mnist", x, np.arange(n), x[:2], np.arange(2), ("a",), "numbers", True)


def test_mnist_holds_out_the_end_of_the_official_order():
    parts = split(numbered(12), 2)
    assert parts.y_train.tolist() == list(range(10)) and parts.y_val.tolist() == [10, 11]
    assert len(parts.x_test) == 2


def test_seeded_split_is_disjoint_complete_and_repeatable():
    parts, again, other = (split(numbered(200), 50, seed) for seed in (3, 3, 4))
    assert len(parts.y_val) == 50
    assert sorted([*parts.y_train.tolist(), *parts.y_val.tolist()]) == list(range(200))
    np.testing.assert_array_equal(parts.y_val, again.y_val)
    assert set(parts.y_val.tolist()) != set(other.y_val.tolist())
    np.testing.assert_array_equal(parts.x_train[:, 0, 0, 0], parts.y_train)
    np.testing.assert_array_equal(parts.x_val[:, 0, 0, 0], parts.y_val)


def test_configured_split_is_the_split_of_its_seed():
    for seed in (None, 3):
        found = split_by(numbered(30), SplitConfig(validation=4, split_seed=seed))
        np.testing.assert_array_equal(found.y_val, split(numbered(30), 4, seed).y_val)


@pytest.mark.parametrize("validation", [0, -1, 12, 13])
def test_impossible_validation_size_is_refused(validation):
    with pytest.raises(ValueError, match=f"{validation} validation samples of 12; allowed: 1 to 11"):
        split(numbered(12), validation, seed=1)


def test_pick_takes_different_samples_with_their_labels():
    data = numbered(100)
    x, y = pick(data.x_train, data.y_train, 40, np.random.default_rng(0))
    assert len(set(y.tolist())) == 40
    np.testing.assert_array_equal(x[:, 0, 0, 0], y)
    legacy = [pick(data.x_train, data.y_train, 5, np.random.RandomState(1))[1] for _ in range(2)]
    np.testing.assert_array_equal(*legacy)
    for n in (0, 101):
        with pytest.raises(ValueError, match="allowed: 1 to 100"):
            pick(data.x_train, data.y_train, n, np.random.default_rng(0))


def test_gray_equals_torchvision_for_every_colour():
    """All 16.7 million of them: an off-by-one in the rounding would hide in a random sample."""
    green, blue = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    for red in range(256):
        image = np.stack([np.full_like(green, red), green, blue])[None]
        np.testing.assert_array_equal(to_gray(image), rgb_to_grayscale(torch.from_numpy(image)).numpy())


def test_gray_of_many_images_equals_torchvision():
    """More images than are converted at a time."""
    images = np.random.default_rng(2).integers(0, 256, (5000, 3, 4, 4), dtype=np.uint8)
    np.testing.assert_array_equal(to_gray(images), rgb_to_grayscale(torch.from_numpy(images)).numpy())


@pytest.mark.parametrize(
    "images", [np.zeros((2, 1, 4, 4), np.uint8), np.zeros((2, 3, 4, 4)), np.zeros((3, 4, 4), np.uint8)]
)
def test_gray_refuses_other_images(images):
    with pytest.raises(ValueError, match=r"\(N, 3, H, W\)"):
        to_gray(images)


@pytest.fixture(scope="module")
def patches() -> Dataset:
    return sample.sample_cifar10()


def test_sample_patches_have_the_shape_of_cifar10(patches):
    assert patches.x_train.shape == (3000, 3, 32, 32) and patches.x_test.shape == (600, 3, 32, 32)
    assert np.bincount(patches.y_train).tolist() == [300] * 10 and np.bincount(patches.y_test).tolist() == [60] * 10
    assert patches.x_train.dtype == np.uint8 and len(set(patches.class_names)) == 10
    assert patches.is_sample and patches.source.startswith("sample: ")


def test_sample_patches_differ_and_show_something(patches):
    images = np.concatenate([patches.x_train, patches.x_test])
    assert len({image.tobytes() for image in images}) == len(images)
    assert images.reshape(len(images), -1).std(axis=1).min() > 1


def test_sample_classes_can_be_told_apart(patches):
    """By the nearest class mean of their colours alone, on the held-out regions: far above chance."""

    def colours(images):
        return np.concatenate([images.mean(axis=(2, 3)), images.std(axis=(2, 3))], axis=1)

    centres = np.stack([colours(patches.x_train[patches.y_train == k]).mean(axis=0) for k in range(10)])
    distance = ((colours(patches.x_test)[:, None] - centres) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == patches.y_test).mean() > 0.4


def test_sample_train_and_test_patches_share_no_pixel(monkeypatch):
    """Photographs whose pixels say which region they are in: no patch may mix the two, at any scale."""
    rng = np.random.default_rng(0)

    def marked(photograph):
        height, width = {"cat": (300, 451), "retina": (1411, 1411)}.get(photograph.name, (400, 600))
        pixels = rng.integers(0, 50, (height, width, 3), dtype=np.uint8)
        pixels[sample.held_out_region(height, width)] += 200
        return pixels

    monkeypatch.setattr(sample, "read_photograph", marked)
    data = sample.sample_cifar10()
    assert data.x_train.max() < 50 and data.x_test.min() >= 200


def test_scaled_patch_is_the_mean_of_its_area():
    pixels = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    patch = sample.cut(pixels, np.array([3, 5]), 2)
    oracle = torch.nn.functional.avg_pool2d(torch.from_numpy(pixels[3:67, 5:69]).permute(2, 0, 1).double(), 2)
    assert np.abs(patch - oracle.numpy()).max() <= 0.5
    np.testing.assert_array_equal(sample.cut(pixels, np.array([3, 5]), 1), pixels[3:35, 5:37].transpose(2, 0, 1))


def test_photograph_with_too_few_places_is_refused():
    pixels = np.zeros((100, 100, 3), np.uint8)
    with pytest.raises(ValueError, match="only 0 places for 3 patches at scale 1"):
        sample.cut_patches(pixels, np.ones((100, 100), bool), 6, np.random.default_rng(0))


def test_sample_is_always_the_same(patches):
    assert sample.sample_cifar10().digest() == patches.digest()


def test_sample_digits_are_split_evenly_without_overlap():
    digits = sample.sample_mnist()
    assert digits.x_train.shape == (4500, 1, 28, 28) and digits.x_test.shape == (500, 1, 28, 28)
    assert np.bincount(digits.y_test).tolist() == [50] * 10
    train = {image.tobytes() for image in digits.x_train}
    assert not any(image.tobytes() in train for image in digits.x_test)
    assert digits.x_train.max() == 255 and digits.is_sample
