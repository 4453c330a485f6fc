"""How fast this machine trains, measured in some seconds on random images, so that a run's time is known before it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from lib.data.splits import Splits
from lib.experiments import mnist
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.vision.training import Images, train

EPOCHS = 3  # of a training on CIFAR-10, of which the first does not count
IMAGES = {"mlp": 6400, "cnn": 384}
GPU_TIMES = 20  # as many images on a GPU, whose steps are short
MNIST_IMAGES = 12_800


def images_per_second(arm: Arm, config: ComputeConfig) -> float:
    """Training on whole images, with as many validation images beside them as CIFAR-10 has: one for nine."""
    rng, compute = np.random.default_rng(0), resolve(config, arm.model.kind)
    size, channels = arm.training.batch_size, 1 if arm.color == "gray" else 3
    some = IMAGES[arm.model.kind] * (GPU_TIMES if compute.device.type == "cuda" else 1)
    count = size * max(3, some // size)
    x = rng.integers(0, 256, (count + count // 9, channels, 32, 32), dtype=np.uint8)
    y = rng.integers(0, 10, len(x))
    recipe = replace(
        arm.training, epochs=EPOCHS, plain_last=0, precise_statistics=False, small_sides=(), small_until=()
    )
    ends: list[float] = []

    def observe(*_: object) -> list[dict[str, float]]:
        ends.append(time.perf_counter())
        return []

    images = Images(x[:count], y[:count], x[count:], y[count:])
    train(images, arm.model, recipe, compute, seed=0, observe=observe)
    return count * (EPOCHS - 1) / (ends[-1] - ends[0])


def numpy_images_per_second(config: MnistTrainingConfig, threads: int) -> float:
    """Training the network of section 2.6, from scratch; the first training does not count."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (MNIST_IMAGES, 1, 28, 28), dtype=np.uint8)
    y = rng.integers(0, 10, len(x))
    some = slice(None, MNIST_IMAGES // 10)
    data = Splits(x, y, x[some], y[some], x[some], y[some])
    settings = {"learning_rate": 1e-3, "weight_scale": 0.03, "regularisation": 1e-3, "keep_ratio": 0.9}
    with threadpool_limits(threads):
        for _ in range(2):
            began = time.perf_counter()
            mnist.train(data, replace(config, epochs=1), settings, seed=0)
            spent = time.perf_counter() - began
    return MNIST_IMAGES / spent
