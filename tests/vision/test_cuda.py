"""Training on a CUDA GPU: what the CPU's tests cannot see. Skipped, with the reason, where there is none."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lib.vision.augment import Augmenter
from lib.vision.compute import resolve
from lib.vision.config import Augmentation, ComputeConfig, ModelConfig, OptimizerConfig, Recipe
from lib.vision.training import Images, train
from lib.workflow.checkpoints import CheckpointFolder

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
CNN = ModelConfig("cnn", (32,), 0.1, (16, 16), (0.0, 0.1))


def images(n: int = 512) -> Images:
    """Noise with a bright bar whose place tells the class."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 80, (n + 128, 3, 32, 32), dtype=np.uint8)
    y = np.arange(n + 128) % 4
    for k in range(4):
        x[y == k, :, :, 8 * k : 8 * k + 6] += 120
    return Images(x[:n], y[:n], x[n:], y[n:])


def recipe(name: str = "sgd") -> Recipe:
    optimizer = OptimizerConfig(name, 0.05, nesterov=True, decay_all=False, schedule="triangular")
    return Recipe(4, 64, 0.1, "last", optimizer, Augmentation(2, "reflect", "alternating", cutout=4))


@pytest.mark.parametrize("name", ["sgd", "muon"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_two_trainings_have_the_same_bits(name, precision):
    compute = resolve(ComputeConfig(device="cuda", precision=precision), "cnn")
    first, second = (train(images(), CNN, recipe(name), compute, seed=0) for _ in range(2))
    assert first.history == second.history
    assert all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)
    assert first.history[-1]["val_accuracy"] > 0.9


def test_it_learns_what_the_cpu_learns():
    histories = [
        train(
            images(), CNN, recipe(), resolve(ComputeConfig(device=device, precision="float32"), "cnn"), seed=0
        ).history
        for device in ("cpu", "cuda")
    ]
    # The same batches and starting weights; dropout differs, as each device has a generator of its own.
    assert histories[0][0]["train_loss"] == pytest.approx(histories[1][0]["train_loss"], rel=0.1)


def test_an_interrupted_training_ends_with_the_same_bits(tmp_path: Path):
    compute = resolve(ComputeConfig(device="cuda"), "cnn")
    whole = train(images(), CNN, recipe(), compute, seed=1)
    seen = []

    def stop(*_: object) -> list[dict[str, float]]:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return []

    with pytest.raises(KeyboardInterrupt):
        train(images(), CNN, recipe(), compute, seed=1, checkpoints=CheckpointFolder(tmp_path), observe=stop)
    resumed = train(images(), CNN, recipe(), compute, seed=1, checkpoints=CheckpointFolder(tmp_path))
    assert resumed.history == whole.history
    assert all(np.array_equal(resumed.weights[key], whole.weights[key]) for key in whole.weights)


def test_the_images_lie_on_the_gpu_and_are_those_of_the_cpu():
    data = images().x_train
    batches = []
    for device in ("cpu", "cuda"):
        augmenter = Augmenter(data, Augmentation(2, "reflect", "random"), seed=0, device=torch.device(device))
        assert augmenter.images.device.type == device
        batches.append(augmenter.batch(torch.arange(64), 0, torch.Generator().manual_seed(0)).cpu())
    assert torch.equal(*batches)
