"""A network leaves the project as safetensors and comes back as it was."""

import json

import numpy as np
import torch
from safetensors import safe_open

from lib.vision.arm import in_color
from lib.vision.compute import Compute
from lib.vision.config import Arm, ModelConfig, Recipe
from lib.vision.exported import load, save
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.training import predict

CNN = ModelConfig("cnn", (16,), 0.5, (4, 8, 8), (0.1, 0.1, 0.1))
CLASSES = [f"class {number}" for number in range(10)]


def test_a_network_scores_images_as_before(tmp_path):
    arm = Arm(CNN, Recipe(1, 8), color="gray")
    model = build_model(1, CNN, seed=3).eval()
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
    gray = in_color(images, "gray")
    normalisation = Normalisation.of(gray)
    expected = predict(model, torch.from_numpy(gray), normalisation, Compute(torch.device("cpu"), "float32", 1))
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    save(tmp_path / "a.safetensors", weights, arm, normalisation, CLASSES)
    save(tmp_path / "b.safetensors", weights, arm, normalisation, CLASSES)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()

    network = load(tmp_path / "a.safetensors")
    x = network.normalisation.apply(torch.from_numpy(in_color(images, network.color)), torch.device("cpu"))
    with torch.no_grad():
        np.testing.assert_allclose(network.model(x).numpy(), expected, rtol=1e-4, atol=1e-5)
    assert network.classes == tuple(CLASSES)


def test_other_programs_can_read_it(tmp_path):
    weights = {name: value.numpy() for name, value in build_model(3, CNN, seed=0).state_dict().items()}
    normalisation = Normalisation((0.5,) * 3, (0.25,) * 3)
    save(tmp_path / "a.safetensors", weights, Arm(CNN, Recipe(1, 8)), normalisation, CLASSES)
    with safe_open(tmp_path / "a.safetensors", framework="np") as file:
        assert set(file.keys()) == set(weights)
        assert json.loads(file.metadata()["about"])["mean"] == [0.5, 0.5, 0.5]
