"""Shifted and augmented images are the images they are said to be."""

import numpy as np
import pytest
import torch

from lib.vision.compute import resolve
from lib.vision.config import Augmentation, ComputeConfig
from lib.vision.normalisation import Normalisation
from lib.vision.robustness import DIRECTIONS, predict_augmented, predict_shifted, shifted

COMPUTE = resolve(ComputeConfig(device="cpu", precision="float32", threads=1), "cnn")
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 3, 32, 32), dtype=np.uint8)
PLAIN = Normalisation((0.0,) * 3, (1.0,) * 3)


class Brightest(torch.nn.Module):
    """Says in which of four rows of eight pixels an image is brightest."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=(1, 3)).view(len(x), 4, 8).mean(dim=2)


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (0, -3), (5, 0), (-5, 0), (2, -7)])
def test_a_shift_moves_every_pixel_that_stays_inside(rows, columns):
    moved = shifted(IMAGES, rows, columns)
    assert moved.shape == IMAGES.shape
    inside = np.roll(IMAGES, (rows, columns), axis=(2, 3))
    top, bottom, left, right = max(rows, 0), min(rows, 0) or None, max(columns, 0), min(columns, 0) or None
    assert np.array_equal(moved[:, :, top:bottom, left:right], inside[:, :, top:bottom, left:right])


def test_the_border_is_a_reflection():
    assert np.array_equal(shifted(IMAGES, 0, 2)[..., :2], IMAGES[..., 2:0:-1])


def test_classes_follow_the_shift():
    image = np.zeros((1, 3, 32, 32), dtype=np.uint8)
    image[:, :, 8:16] = 255
    found = predict_shifted(Brightest(), image, [0, 8], PLAIN, COMPUTE)
    assert found.shape == (2, len(DIRECTIONS), 1)
    assert found[0].ravel().tolist() == [1, 1, 1, 1]
    assert dict(zip(DIRECTIONS, found[1, :, 0].tolist(), strict=True)) == {(0, 1): 1, (0, -1): 1, (1, 0): 2, (-1, 0): 0}


def test_without_augmentation_all_draws_are_the_same_and_with_it_they_repeat():
    none = predict_augmented(Brightest(), IMAGES, Augmentation(), 2, PLAIN, COMPUTE)
    assert np.array_equal(none[0], none[1])
    some = Augmentation(crop_padding=8, crop_border="zero", flip="random")
    many = np.repeat(IMAGES, 20, axis=0)
    first, again = (predict_augmented(Brightest(), many, some, 2, PLAIN, COMPUTE) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
