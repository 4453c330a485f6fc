"""Training on a CUDA GPU: what the CPU's tests cannot see. Skipped, with the reason, where there is none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lib.vision.augment import Cropper, draw_epoch, first_flips
from lib.vision.compute import resolve
from lib.vision.config import Augmentation, ComputeConfig, ModelConfig, OptimizerConfig, Recipe
from lib.vision.training import Images, TrainingResult, train
from lib.workflow.checkpoints import CheckpointFolder

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
CNN = ModelConfig("cnn", (32,), 0.1, (16, 16), (0.0, 0.1))
MLP = ModelConfig("mlp", (64, 32), 0.2)
ROUGH = Augmentation(2, "reflect", "random", rotation=15, shear=0.1, cutout=4)


def images(n: int = 704) -> Images:
    """Noise with a bright bar whose place tells the class; eleven batches, so that two recordings take turns."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 80, (n + 128, 3, 32, 32), dtype=np.uint8)
    y = np.arange(n + 128) % 4
    for k in range(4):
        x[y == k, :, :, 8 * k : 8 * k + 6] += 120
    return Images(x[:n], y[:n], x[n:], y[n:])


def recipe(name: str = "sgd", augmentation: Augmentation | None = None) -> Recipe:
    """Without flips by default: a mirrored bar is another class's."""
    optimizer = OptimizerConfig(name, 0.05, nesterov=True, decay_all=False, schedule="triangular")
    return Recipe(4, 64, 0.1, "last", optimizer, augmentation or Augmentation(1, "reflect"))


def on_cuda(precision: str = "float32", graphs: str = "auto"):
    return resolve(ComputeConfig(device="cuda", precision=precision, graphs=graphs), "cnn")


def same(first: TrainingResult, second: TrainingResult) -> bool:
    assert first.history == second.history
    assert np.array_equal(first.val_scores, second.val_scores)
    return all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)


PRECISIONS = [
    "float32",
    pytest.param(
        "bfloat16",
        marks=pytest.mark.skipif(
            not torch.cuda.is_available() or not torch.cuda.is_bf16_supported(including_emulation=False),
            reason="needs a GPU with bfloat16",
        ),
    ),
]


@pytest.mark.parametrize(("model", "name"), [(MLP, "sgd"), (MLP, "adamw"), (CNN, "sgd"), (CNN, "muon")])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_recorded_steps_have_the_bits_of_steps_run_anew(model, name, precision):
    own = recipe(name, ROUGH)
    own = replace(own, plain_last=1, precise_statistics=True)
    recorded, again, eager = (
        train(images(), model, own, on_cuda(precision, graphs), seed=0) for graphs in ("auto", "auto", "off")
    )
    assert same(recorded, again)
    assert same(recorded, eager)


def test_recorded_steps_on_growing_images_have_the_bits_of_steps_run_anew():
    own = replace(recipe("muon", ROUGH), small_sides=(16, 24), small_until=(0.25, 0.5), plain_last=1)
    assert same(*(train(images(), CNN, own, on_cuda("float32", graphs), seed=0) for graphs in ("auto", "off")))


@pytest.mark.parametrize("model", [MLP, CNN])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_it_learns_what_there_is_to_learn(model, precision):
    result = train(images(), model, replace(recipe(), epochs=8), on_cuda(precision), seed=0)
    # The bars hardly overlap after crops of one pixel; guessing gives a quarter.
    assert result.history[-1]["val_accuracy"] > 0.9


def test_it_learns_what_the_cpu_learns():
    cpu = resolve(ComputeConfig(device="cpu", precision="float32"), "cnn")
    without = replace(CNN, block_dropout=(0.0, 0.0), hidden_dropout=0.0)  # each device has a generator of its own
    histories = [train(images(), without, recipe(), compute, seed=0).history for compute in (cpu, on_cuda())]
    # The same batches and starting weights: the first epoch differs by the order of float32 sums alone.
    assert histories[0][0]["train_loss"] == pytest.approx(histories[1][0]["train_loss"], rel=1e-2)


@pytest.mark.parametrize("graphs", ["auto", "off"])
def test_an_interrupted_training_ends_with_the_same_bits(tmp_path: Path, graphs):
    compute = on_cuda(graphs=graphs)
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
    assert same(resumed, whole)


def test_the_images_lie_on_the_gpu_and_are_those_of_the_cpu():
    data, config = images().x_train, Augmentation(2, "reflect", "random")
    draws = draw_epoch(
        *(config, first_flips(len(data), 0), 32),
        batch_size=64,
        epoch=0,
        plain=True,
        generator=torch.Generator().manual_seed(0),
    )
    cut = []
    for name in ("cpu", "cuda"):
        crop = Cropper(data, config, device=torch.device(name))
        assert crop.crops.device.type == name
        cut.append(crop(draws.flat().to(torch.device(name))).cpu())
    assert torch.equal(*cut)


def test_float32_products_are_float32_and_tf32_only_where_asked_for():
    a, b = torch.rand(2, 512, 512, dtype=torch.float64, device="cuda").unbind()
    errors = {}
    for precision in ("float32", "tf32") if torch.cuda.get_device_capability() >= (8, 0) else ("float32",):
        on_cuda(precision)
        errors[precision] = float(((a.float() @ b.float()).double() / (a @ b) - 1).abs().max())
    on_cuda("float32")
    assert errors["float32"] < 1e-5  # TF32 keeps 10 bits of the mantissa: about 1e-3 a factor, less in the sum
    assert errors.get("tf32", 1.0) > 1e-5
