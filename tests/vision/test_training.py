"""A training learns, repeats itself to the bit, and goes on after an interruption as if there had been none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lib.vision import steps
from lib.vision.compute import resolve
from lib.vision.config import Augmentation, ComputeConfig, ModelConfig, OptimizerConfig, Recipe
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.training import Images, loss_and_accuracy, predict, train
from lib.vision.weights import load_weights
from lib.workflow.checkpoints import CheckpointFolder

COMPUTE = resolve(ComputeConfig(device="cpu", precision="float32", threads=1), "cnn")
BATCH_NORMS = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
CNN = ModelConfig("cnn", (16,), 0.1, (8, 8), (0.0, 0.1))
MLP = ModelConfig("mlp", (32,), 0.1)


def images(n: int = 192, classes: int = 4) -> Images:
    """Noise with a bright bar whose place tells the class."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 80, (n + 64, 3, 32, 32), dtype=np.uint8)
    y = np.arange(n + 64) % classes
    for k in range(classes):
        x[y == k, :, :, 8 * k : 8 * k + 6] += 120
    return Images(x[:n], y[:n], x[n:], y[n:])


def recipe(epochs: int = 3, keep: str = "last", rate: float = 0.05, name: str = "sgd") -> Recipe:
    optimizer = OptimizerConfig(name, rate, nesterov=True, decay_all=False, schedule="triangular")
    return Recipe(epochs, 32, 0.1, keep, optimizer, Augmentation(1, "reflect"))


def test_it_learns_what_there_is_to_learn():
    result = train(images(), MLP, recipe(8), COMPUTE, seed=0)
    assert result.history[-1]["val_accuracy"] > 0.95
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"] / 2


class Watch:
    """Sees the model after each epoch; gives up at the ``limit``-th look."""

    def __init__(self, limit: int | None = None) -> None:
        self.looks, self.limit = 0, limit

    def __call__(self, model: torch.nn.Module, normalisation: Normalisation) -> list[dict[str, float]]:
        self.looks += 1
        if self.looks == self.limit:
            raise KeyboardInterrupt
        return [{"size": float(sum(p.detach().abs().sum() for p in model.parameters()))}]


@pytest.mark.parametrize(("model", "name"), [(MLP, "sgd"), (CNN, "muon")])
@pytest.mark.parametrize("keep", ["last", "best"])
def test_an_interrupted_training_ends_with_the_same_bits(tmp_path: Path, model, name, keep):
    own = (images(), model, recipe(keep=keep, name=name), COMPUTE)
    whole = train(*own, seed=1, observe=Watch())
    folder = CheckpointFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(*own, seed=1, checkpoints=folder, observe=Watch(limit=2))
    watch = Watch()
    resumed = train(*own, seed=1, checkpoints=folder, observe=watch)
    assert watch.looks == 2  # the finished first epoch is not repeated
    assert resumed.history == whole.history
    assert resumed.best_epoch == whole.best_epoch
    assert resumed.observations == whole.observations
    assert [row["epoch"] for row in whole.observations] == [1, 2, 3]
    assert np.array_equal(resumed.val_predictions, whole.val_predictions)
    assert all(np.array_equal(resumed.weights[key], whole.weights[key]) for key in whole.weights)


def test_images_are_small_until_their_part_of_the_epochs_is_over():
    growing = replace(recipe(10), small_sides=(16, 24), small_until=(0.2, 0.65))
    assert [growing.side(epoch) for epoch in range(10)] == [16] * 2 + [24] * 4 + [None] * 4
    assert recipe(10).side(0) is None


def test_a_training_that_begins_with_small_images_learns_and_repeats_itself():
    growing = replace(recipe(4), small_sides=(16,), small_until=(0.5,))
    first, again = (train(images(), CNN, growing, COMPUTE, seed=0) for _ in range(2))
    assert first.history == again.history
    assert first.history[0] != train(images(), CNN, recipe(4), COMPUTE, seed=0).history[0]
    assert first.history[-1]["val_accuracy"] > 0.95


def test_predictions_of_every_epoch_give_its_accuracy():
    data = images()
    result = train(data, MLP, recipe(), COMPUTE, seed=0)
    accuracies = (result.val_predictions == data.y_val).mean(axis=1)
    assert accuracies.tolist() == [row["val_accuracy"] for row in result.history]


def test_seeds_differ_and_repeat():
    first, again, other = (train(images(), MLP, recipe(1), COMPUTE, seed=seed) for seed in (0, 0, 1))
    assert first.history == again.history
    assert first.history != other.history


def test_the_best_validation_epoch_is_kept_on_request():
    result = train(images(), MLP, recipe(4, keep="best", rate=0.5), COMPUTE, seed=0)
    accuracies = [row["val_accuracy"] for row in result.history]
    assert result.best_epoch == 1 + accuracies.index(max(accuracies))


def test_weights_brought_back_give_the_same_scores():
    data = images()
    result = train(data, CNN, recipe(1), COMPUTE, seed=0)
    model = load_weights(build_model(3, CNN, seed=9), result.weights, COMPUTE)
    scores = predict(model, data.x_val, result.normalisation, COMPUTE)
    assert np.array_equal(scores, result.val_scores)
    mirrored = predict(model, data.x_val[..., ::-1].copy(), result.normalisation, COMPUTE)
    assert np.array_equal(predict(model, data.x_val, result.normalisation, COMPUTE, flip=True), mirrored)


def test_a_diverging_training_is_one_clear_error():
    with pytest.raises(FloatingPointError, match="not finite in epoch 1; try a lower learning rate"):
        train(images(), ModelConfig("mlp", (32,), 0.0, batchnorm=False), recipe(1, rate=1e30), COMPUTE, seed=0)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match=r"batch_size 32 is larger than the training set \(16 images\)"):
        train(images(16), MLP, recipe(1), COMPUTE, seed=0)


def test_normalisation_gives_mean_zero_and_variance_one():
    data = images().x_train
    normalisation = Normalisation.of(data)
    assert normalisation.mean == pytest.approx((data / 255).mean(axis=(0, 2, 3)), rel=1e-12)
    assert normalisation.std == pytest.approx((data / 255).std(axis=(0, 2, 3)), rel=1e-9)
    x = normalisation.apply(torch.from_numpy(data), COMPUTE.device)
    assert float(x.mean()) == pytest.approx(0, abs=1e-4)
    assert float(x.std()) == pytest.approx(1, abs=1e-4)


def test_loss_and_accuracy_agree_with_pytorch():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(50, 10)).astype(np.float32), rng.integers(0, 10, 50)
    found = loss_and_accuracy(scores, labels)
    expected = torch.nn.functional.cross_entropy(torch.from_numpy(scores).double(), torch.from_numpy(labels))
    assert found["loss"] == pytest.approx(float(expected), rel=1e-12)
    assert found["accuracy"] == (scores.argmax(1) == labels).mean()


def test_an_absent_device_is_named_with_those_that_are_there():
    absent = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(ValueError, match=rf"compute\.device: '{absent}' is not available.*cpu"):
        resolve(ComputeConfig(device=absent), "cnn")


def precise(epochs: int = 3) -> Recipe:
    return replace(recipe(epochs), precise_statistics=True)


@pytest.mark.parametrize("model", [MLP, CNN])
def test_precise_statistics_are_those_of_the_images_as_they_are(model):
    data = images()
    result = train(data, model, precise(), COMPUTE, seed=0)
    network = load_weights(build_model(3, model, seed=0), result.weights, COMPUTE)
    first = next(index for index, layer in enumerate(network.modules()) if isinstance(layer, BATCH_NORMS))
    norm = list(network.modules())[first]
    seen = []
    norm.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].detach()))
    network.eval()
    x = result.normalisation.apply(torch.from_numpy(data.x_train), COMPUTE.device)
    network(x.contiguous(memory_format=torch.channels_last))
    features = seen[0].transpose(0, 1).flatten(1)
    assert norm.running_mean.numpy() == pytest.approx(features.mean(1).numpy(), abs=1e-4)
    assert norm.running_var.numpy() == pytest.approx(features.var(1).numpy(), rel=1e-3)
    scores = predict(network, data.x_val, result.normalisation, COMPUTE)
    assert np.array_equal(scores, result.val_scores)


def test_precise_statistics_leave_the_training_as_it_is():
    data = images()
    plain = train(data, CNN, recipe(), COMPUTE, seed=0)
    other = train(data, CNN, precise(), COMPUTE, seed=0)
    for name, value in plain.weights.items():
        assert np.array_equal(value, other.weights[name]) is ("running" not in name and "num_batches" not in name)


def test_an_interrupted_training_with_precise_statistics_ends_with_the_same_bits(tmp_path: Path):
    own = (images(), CNN, precise(4), COMPUTE)
    whole = train(*own, seed=1)
    folder = CheckpointFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(*own, seed=1, checkpoints=folder, observe=Watch(limit=3))
    resumed = train(*own, seed=1, checkpoints=folder)
    assert resumed.history == whole.history
    assert all(np.array_equal(resumed.weights[key], whole.weights[key]) for key in whole.weights)


def test_the_last_epochs_are_free_of_rotation_shear_and_cutout():
    data = images()
    rough = replace(recipe(2), augmentation=Augmentation(1, "reflect", rotation=20, shear=0.2, cutout=8))
    smooth = replace(rough, augmentation=Augmentation(1, "reflect"))
    everywhere, nowhere, ending = (
        train(data, MLP, replace(r, plain_last=last), COMPUTE, seed=0).history
        for r, last in ((rough, 0), (smooth, 0), (rough, 1))
    )
    assert ending[0] == everywhere[0] != nowhere[0]
    assert ending[1] != everywhere[1]
    all_plain = train(data, MLP, replace(rough, plain_last=2), COMPUTE, seed=0).history
    assert all_plain == nowhere


class StandIn:
    """A graph that runs again what it has recorded, so that the logic of recorded steps can be tried without a GPU."""

    made: list["StandIn"] = []

    def __init__(self) -> None:
        self.warm = 0
        StandIn.made.append(self)

    def warm_up(self, run) -> None:
        for _ in range(steps.WARM_UP):
            run()
        self.warm += 1

    def record(self, run) -> None:
        self.replay = run


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(steps.RecordedStep, "graphs", StandIn)
    monkeypatch.setattr(StandIn, "made", [])
    return replace(COMPUTE, recorded=True)


ROUGH = Augmentation(2, "reflect", "random", rotation=15, shear=0.1, cutout=4)


@pytest.mark.parametrize(("model", "name"), [(MLP, "sgd"), (MLP, "adamw"), (CNN, "sgd"), (CNN, "muon")])
@pytest.mark.parametrize("n", [192, 320])  # fewer batches than one recording has, and some more
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_recorded_steps_have_the_bits_of_steps_run_anew(recorded, model, name, n, precision):
    own = replace(recipe(4, name=name), augmentation=ROUGH, plain_last=1, precise_statistics=True)
    both = (replace(compute, precision=precision) for compute in (COMPUTE, recorded))
    first, second = (train(images(n), model, own, compute, seed=0) for compute in both)
    assert first.history == second.history
    assert all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)


def test_each_kind_of_epoch_is_recorded_once(recorded):
    own = replace(recipe(8), augmentation=ROUGH, plain_last=2, small_sides=(16, 24), small_until=(0.25, 0.5))
    train(images(), CNN, own, recorded, seed=0)
    # Kinds: 16 pixels, 24 pixels, whole, whole and plain; six steps are one recording, eleven are two.
    assert len(StandIn.made) == 4
    train(images(352), CNN, own, recorded, seed=0)
    assert len(StandIn.made) == 4 + 8


def test_an_interrupted_training_of_recorded_steps_ends_with_the_same_bits(recorded, tmp_path: Path):
    own = (images(), CNN, recipe(name="muon"), recorded)
    whole = train(*own, seed=1)
    with pytest.raises(KeyboardInterrupt):
        train(*own, seed=1, checkpoints=CheckpointFolder(tmp_path), observe=Watch(limit=2))
    resumed = train(*own, seed=1, checkpoints=CheckpointFolder(tmp_path))
    assert resumed.history == whole.history
    assert all(np.array_equal(resumed.weights[key], whole.weights[key]) for key in whole.weights)


class SlowFolder:
    """Keeps states in memory; each time it takes as long as it is told, on a clock that it moves."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self.clock, self.seconds, self.saved = clock, seconds, []

    def load(self) -> None:
        return None

    def save(self, state) -> None:
        self.clock[0] += self.seconds
        self.saved.append(len(state["history"]))


@pytest.mark.parametrize(("epoch", "expected"), [(100.0, [1, 2, 3, 4, 5, 6]), (10.0, [1, 3, 5]), (0.1, [1])])
def test_checkpoints_take_at_most_a_twentieth_of_the_time(monkeypatch, epoch, expected):
    clock = [0.0]
    monkeypatch.setattr("lib.vision.training.time.monotonic", lambda: clock[0])
    folder = SlowFolder(clock, 1.0)

    def observe(*_: object) -> list[dict[str, float]]:
        clock[0] += epoch
        return []

    train(images(64), MLP, recipe(6), COMPUTE, seed=0, checkpoints=folder, observe=observe)
    assert folder.saved == expected


@pytest.mark.parametrize(("smoothing", "calls"), [(0.0, 1), (0.1, 2)])
def test_the_loss_is_computed_once_where_it_is_the_plain_one(monkeypatch, smoothing, calls):
    seen, whole = [], torch.nn.functional.cross_entropy
    monkeypatch.setattr(steps.functional, "cross_entropy", lambda *a, **k: (seen.append(1), whole(*a, **k))[1])
    train(images(64), MLP, replace(recipe(1), label_smoothing=smoothing), COMPUTE, seed=0)
    assert len(seen) == 2 * calls  # 64 images are two batches
