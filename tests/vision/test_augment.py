"""Augmented images are shifted, mirrored and cut as the configuration says, and nothing else."""

import numpy as np
import pytest
import torch
from torchvision.transforms import functional

from lib.vision.augment import Cropper, cut, draw_batch, draw_epoch, first_flips, shrink, warp
from lib.vision.config import Augmentation

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 3, 32, 32), dtype=np.uint8)
INDEX = torch.arange(40)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def augmented(config: Augmentation, epoch: int = 0) -> torch.Tensor:
    """All images, cropped and mirrored."""
    draws = draw_batch(config, INDEX, first_flips(40, 0), 32, epoch, True, generator())
    return Cropper(IMAGES, config)(draws)


def test_without_augmentation_the_images_come_back():
    batch = augmented(Augmentation())
    assert np.array_equal(batch.numpy(), IMAGES)
    assert batch.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("border", "mode"), [("zero", "constant"), ("reflect", "reflect")])
def test_every_crop_is_a_window_of_the_padded_image(border, mode):
    batch = augmented(Augmentation(crop_padding=2, crop_border=border))
    padded = np.pad(IMAGES, ((0, 0), (0, 0), (2, 2), (2, 2)), mode=mode)
    corners = set()
    for image, source in zip(batch.numpy(), padded, strict=True):
        windows = [
            (i, j) for i in range(5) for j in range(5) if np.array_equal(image, source[:, i : i + 32, j : j + 32])
        ]
        assert len(windows) == 1
        corners.update(windows)
    assert len(corners) > 10


def test_flips_are_mirror_images():
    batch = augmented(Augmentation(flip="random"))
    mirrored = functional.hflip(torch.from_numpy(IMAGES))
    same = [torch.equal(a, torch.from_numpy(b)) for a, b in zip(batch, IMAGES, strict=True)]
    flipped = [torch.equal(a, b) for a, b in zip(batch, mirrored, strict=True)]
    assert all(a != b for a, b in zip(same, flipped, strict=True))
    assert 5 < sum(flipped) < 35


def test_alternating_flips_show_every_image_both_ways_in_two_epochs():
    first, second, third = (augmented(Augmentation(flip="alternating"), epoch) for epoch in range(3))
    assert torch.equal(first.flip(3), second)
    assert torch.equal(first, third)


def warped(images: torch.Tensor, **settings: float) -> torch.Tensor:
    index = torch.arange(len(images))
    draws = draw_batch(Augmentation(**settings), index, index > 0, 32, 0, False, generator())
    return warp(images.clone(), draws)


def line(n: int, vertical: bool) -> torch.Tensor:
    image = torch.zeros(n, 1, 32, 32)
    image[..., 14:18] = 1
    return image if vertical else image.transpose(2, 3).contiguous()


def slopes(images: torch.Tensor) -> torch.Tensor:
    """Horizontal shift of a vertical line, in pixels per row, near the centre of each image (n, 1, 32, 32)."""
    columns = torch.arange(32.0)
    centres = (images[:, 0] * columns).sum(2) / images[:, 0].sum(2)
    return (centres[:, 20] - centres[:, 11]) / 9


def test_half_of_the_images_are_turned_and_slanted():
    images = torch.from_numpy(IMAGES).float()
    changed = (warped(images, rotation=15, shear=0.1) != images).any(dim=(1, 2, 3))
    assert int(changed.sum()) == 20
    assert torch.equal(warped(images), images)


def test_rotations_stay_within_their_angle_and_go_both_ways():
    angles = torch.rad2deg(torch.atan(slopes(warped(line(400, vertical=True), rotation=20))))
    assert float(angles.abs().max()) == pytest.approx(20, abs=1.5)
    assert float(angles.min()) < -15
    assert float(angles.max()) > 15
    radius = torch.hypot(*torch.meshgrid(torch.arange(32) - 15.5, torch.arange(32) - 15.5, indexing="ij"))
    rings = torch.cos(radius / 4).expand(40, 1, 32, 32)
    inside = radius < 15
    assert torch.allclose(warped(rings, rotation=180)[..., inside], rings[..., inside], atol=0.03)


def test_shears_move_rows_by_at_most_their_slope():
    found = slopes(warped(line(400, vertical=True), shear=0.3))
    assert float(found.abs().max()) == pytest.approx(0.3, abs=0.02)
    assert float(found.min()) < -0.25 < 0.25 < float(found.max())
    rows = line(40, vertical=False)
    assert torch.allclose(warped(rows, shear=0.3), rows, atol=1e-5)


def test_nothing_dark_comes_in_at_the_border():
    assert torch.allclose(warped(torch.ones(40, 3, 32, 32), rotation=45, shear=0.5), torch.ones(()))


def test_cutout_sets_one_square_to_zero():
    index = torch.arange(200)
    draws = draw_batch(Augmentation(cutout=8), index, index > 0, 32, 0, False, generator())
    images = cut(torch.ones(200, 3, 32, 32), draws, 8)
    holes = images[:, 0] == 0
    assert torch.equal(images[:, 0], images[:, 2])
    assert holes.any(dim=(1, 2)).all()
    rows, columns = holes.any(dim=2).sum(dim=1), holes.any(dim=1).sum(dim=1)
    assert torch.equal(holes.sum(dim=(1, 2)), rows * columns)
    assert int(rows.max()) == int(columns.max()) == 8
    assert int(rows.min()) < 8  # squares may stand over the edge


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="unknown flip 'vertical'; allowed: none, random, alternating"):
        Cropper(IMAGES, Augmentation(flip="vertical"))
    with pytest.raises(ValueError, match="unknown crop border 'wrap'; allowed: zero, reflect"):
        Cropper(IMAGES, Augmentation(crop_border="wrap"))


def test_an_epoch_draws_batch_after_batch_each_image_at_most_once_and_a_plain_one_neither_turns_nor_cuts():
    config = Augmentation(4, "zero", "random", rotation=15, shear=0.1, cutout=8)
    own = {"batch_size": 16, "epoch": 3, "generator": generator()}
    epoch = draw_epoch(config, first_flips(40, 0), 32, plain=False, **own)
    assert epoch.index.shape == (2, 16)
    assert len(set(epoch.index.flatten().tolist())) == 32
    again = generator()
    order = torch.randperm(40, generator=again)
    for i in range(2):
        batch = draw_batch(config, order[16 * i : 16 * i + 16], first_flips(40, 0), 32, 3, False, again)
        assert all(torch.equal(a, b) for a, b in zip(vars(epoch[i]).values(), vars(batch).values(), strict=True))
    plain = draw_epoch(config, first_flips(40, 0), 32, plain=True, **own | {"generator": generator()})
    assert plain.changes() == []
    assert torch.equal(plain.index, epoch.index)
    assert not torch.equal(plain.offsets[1], epoch.offsets[1])  # drawn in turn: what is not drawn moves what follows


def test_a_whole_epoch_is_cut_out_as_batch_by_batch():
    config = Augmentation(4, "reflect", "random")
    draws = draw_epoch(config, first_flips(40, 0), 32, batch_size=16, epoch=0, plain=True, generator=generator())
    crop = Cropper(IMAGES, config)
    whole = crop(draws.flat()).split(16)
    assert all(torch.equal(crop(draws[i]), whole[i]) for i in range(2))
    assert all(batch.is_contiguous(memory_format=torch.channels_last) for batch in whole)


def test_shrinking_averages_what_it_puts_together():
    whole = torch.from_numpy(IMAGES).float()
    small = shrink(whole, 16)
    assert small.shape == (40, 3, 16, 16)
    slope = torch.arange(32.0).expand(1, 1, 32, 32)  # away from the border, linear interpolation keeps a linear slope
    assert torch.allclose(shrink(slope, 16)[0, 0, 5, 1:-1], torch.arange(2.5, 29, 2), atol=1e-4)
    checkers = 255.0 * ((torch.arange(32)[:, None] + torch.arange(32)) % 2).expand(1, 1, 32, 32)
    assert torch.allclose(shrink(checkers, 16)[..., 1:-1, 1:-1], torch.tensor(127.5), atol=1e-3)  # no aliases
    assert shrink(whole, None) is whole
