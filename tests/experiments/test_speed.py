"""How fast this machine trains: each measurement is of a real training."""

from lib.catalogue.presets import load_preset
from lib.experiments import speed
from lib.experiments.config.mnist import MnistTrainingConfig
from lib.vision.config import ComputeConfig, arm_of


def test_a_larger_network_is_slower(monkeypatch):
    monkeypatch.setattr(speed, "IMAGES", {"mlp": 640})  # and batches of 128
    recipe = load_preset("main")["cifar"]["recipes"]["original"]["mlp"]
    compute = ComputeConfig(device="cpu", threads=1)
    rates = []
    for hidden in ([8], [2048, 2048]):
        arm = arm_of({"color": "rgb", **recipe, "model": {**recipe["model"], "hidden": hidden}})
        rates.append(speed.images_per_second(arm, compute))
    assert rates[0] > 1.5 * rates[1] > 0


def test_the_network_from_scratch_is_measured(monkeypatch):
    monkeypatch.setattr(speed, "MNIST_IMAGES", 640)
    assert speed.numpy_images_per_second(MnistTrainingConfig((8,), 20, 64, 0.95), threads=1) > 100
