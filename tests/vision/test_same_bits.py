"""The training loop against the plainest one: batch by batch, every random number drawn where it is needed."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch.nn import functional

from lib.vision.compute import Compute, resolve
from lib.vision.config import ArmConfig, ComputeConfig, arm_of
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.optimizers import Stepper
from lib.vision.training import Images, epoch_seed, train

SIZE = 32


def images(n: int = 200) -> Images:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 256, (n + 40, 3, SIZE, SIZE), dtype=np.uint8), rng.integers(0, 10, n + 40)
    return Images(x[:n], y[:n], x[n:], y[n:])


def plainly(data: Images, arm: ArmConfig, compute: Compute, seed: int) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Training loss of every epoch and the last weights of a training without validation."""
    recipe, config, size = arm.training, arm.training.augmentation, arm.training.batch_size
    model = build_model(3, arm.model, seed=seed).to(memory_format=torch.channels_last)
    per_epoch = len(data.x_train) // size
    stepper = Stepper(model, recipe.optimizer, per_epoch, recipe.epochs, compute.dtype)
    normalisation = Normalisation.of(data.x_train)
    first = torch.rand(len(data.x_train), generator=torch.Generator().manual_seed(seed)) < 0.5
    pad, mode = config.crop_padding, {"zero": "constant", "reflect": "reflect"}[config.crop_border]
    padded = np.pad(data.x_train, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode=mode)
    losses = []
    for epoch in range(recipe.epochs):
        generator = torch.Generator().manual_seed(epoch_seed(seed, epoch))
        torch.manual_seed(epoch_seed(seed, epoch) + 1)
        order = torch.randperm(len(data.x_train), generator=generator)
        model.train()
        total = 0.0
        for i in range(per_epoch):
            index = order[i * size : (i + 1) * size]
            offsets = torch.randint(0, 2 * pad + 1, (size, 2), generator=generator)
            flips = first[index] ^ bool(epoch % 2)
            if config.flip == "random":
                flips = torch.rand(size, generator=generator) < 0.5
            batch = [padded[k, :, r : r + SIZE, c : c + SIZE] for k, (r, c) in zip(index, offsets, strict=True)]
            batch = [image[:, :, ::-1] if flip else image for image, flip in zip(batch, flips, strict=True)]
            x = torch.from_numpy(np.stack(batch)).contiguous(memory_format=torch.channels_last)
            x = normalisation.apply(x, compute.device)
            if epoch < recipe.epochs - recipe.plain_last:
                x = changed(x, arm, generator)
            if side := recipe.side(epoch):
                x = functional.interpolate(x, (side, side), mode="bilinear", align_corners=False, antialias=True)
                x = x.contiguous(memory_format=torch.channels_last)
            y = torch.from_numpy(data.y_train[index.numpy()])
            with compute.autocast():
                scores = model(x)
            scores = scores.float()
            functional.cross_entropy(scores, y, label_smoothing=recipe.label_smoothing).backward()
            stepper.step(stepper.rates(epoch * per_epoch + i))
            total += float(functional.cross_entropy(scores.detach(), y)) * size
        losses.append(total / (per_epoch * size))
    return losses, {name: value.clone() for name, value in model.named_parameters()}


def changed(x: torch.Tensor, arm: ArmConfig, generator: torch.Generator) -> torch.Tensor:
    """Half of the images turned and slanted, a square cut out of each."""
    config = arm.training.augmentation
    if config.rotation or config.shear:
        half = torch.randperm(len(x), generator=generator)[: len(x) // 2]
        spread = 2 * torch.rand(2, len(half), generator=generator) - 1
        angle, slant = spread[0] * math.radians(config.rotation), spread[1] * config.shear
        cos, sin, zero = angle.cos(), angle.sin(), torch.zeros(len(half))
        theta = torch.stack((cos, cos * slant - sin, zero, sin, sin * slant + cos, zero), dim=1).view(-1, 2, 3)
        grid = functional.affine_grid(theta, [len(half), *x.shape[1:]], align_corners=False)
        x[half] = functional.grid_sample(x[half], grid, padding_mode="reflection", align_corners=False)
    if config.cutout:
        corners = torch.randint(1 - config.cutout, SIZE, (len(x), 2), generator=generator)
        for image, (row, column) in zip(x, corners.tolist(), strict=True):
            rows = slice(max(row, 0), max(row + config.cutout, 0))
            image[:, rows, max(column, 0) : max(column + config.cutout, 0)] = 0
    return x


def small(recipe: str, kind: str) -> ArmConfig:
    """A recipe of ``config.yaml`` with smaller networks, smaller batches and four epochs."""
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    arm = arm_of(config["cifar"]["recipes"][recipe][kind])
    model = replace(arm.model, hidden=(24,), blocks=tuple(8 for _ in arm.model.blocks))
    optimizer = replace(arm.training.optimizer, milestones=(1, 2))
    own = {"small_until": (0.25, 0.5), "plain_last": 1} if arm.training.small_sides else {}
    training = replace(arm.training, epochs=4, batch_size=32, optimizer=optimizer, precise_statistics=False, **own)
    return ArmConfig(model, replace(training, keep="last"))


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
@pytest.mark.parametrize("recipe", ["original", "compressed"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loop_has_the_bits_of_the_plainest_one(recipe, kind, precision):
    compute = resolve(ComputeConfig(device="cpu", precision=precision, threads=1), "cnn")
    arm, data = small(recipe, kind), images()
    losses, weights = plainly(data, arm, compute, seed=3)
    result = train(data, arm.model, arm.training, compute, seed=3)
    assert [row["train_loss"] for row in result.history] == losses
    assert all(np.array_equal(result.weights[name], value.detach().numpy()) for name, value in weights.items())
