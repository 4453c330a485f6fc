"""Scores tell edges, colours and noise apart, by thresholds that chance alone passes one time in twenty."""

import numpy as np
import pytest
import torch

from lib.vision import filters
from lib.vision.compute import resolve
from lib.vision.config import ComputeConfig, ModelConfig
from lib.vision.models import Cnn, build_model
from lib.vision.normalisation import Normalisation

COMPUTE = resolve(ComputeConfig(device="cpu", precision="float32", threads=1), "cnn")


def test_masks_are_orthonormal():
    flat = filters.EDGE_MASKS.reshape(4, 9)
    assert flat @ flat.T == pytest.approx(np.eye(4), abs=1e-12)
    assert flat.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)


def test_a_gradient_is_all_edge_and_no_colour():
    edge = np.tile(np.array([[1, 0, -1], [2**0.5, 0, -(2**0.5)], [1, 0, -1]]), (1, 3, 1, 1))
    assert filters.edge_score(edge) == pytest.approx([1])
    assert filters.colour_score(edge) == pytest.approx([0], abs=1e-12)


def test_an_opponent_blob_is_all_colour_and_no_edge():
    blob = np.zeros((1, 3, 3, 3))
    blob[0, 0], blob[0, 2] = 1, -1
    assert filters.colour_score(blob) == pytest.approx([1])
    assert filters.edge_score(blob) == pytest.approx([0], abs=1e-12)


def test_a_filter_of_zeros_scores_zero():
    assert filters.edge_score(np.zeros((1, 3, 3, 3)))[0] == 0
    assert filters.colour_score(np.zeros((1, 3, 3, 3)))[0] == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_random_filters_pass_a_threshold_one_time_in_twenty(channels):
    random = np.random.default_rng(0).normal(size=(20_000, channels, 3, 3))
    limits = filters.thresholds(channels)
    # 20,000 draws: the share 0.05 has a standard error of 0.0015.
    assert (filters.edge_score(random) > limits.edge).mean() == pytest.approx(0.05, abs=0.006)
    if channels == 3:
        assert limits.colour is not None
        assert (filters.colour_score(random) > limits.colour).mean() == pytest.approx(0.05, abs=0.006)
    else:
        assert limits.colour is None


def test_kinds_follow_the_thresholds():
    limits = filters.Thresholds(edge=0.5, colour=0.5, firing=0.01)
    kinds = filters.classify(
        np.array([0.9, 0.1, 0.9, 0.1, 0.9]),
        np.array([0.1, 0.9, 0.9, 0.1, 0.1]),
        np.array([0.5, 0.5, 0.5, 0.5, 0.001]),
        limits,
    )
    assert kinds == ["edge", "colour", "edge and colour", "neither", "dead"]


def test_firing_rates_and_maps_are_those_of_the_first_layer():
    model = build_model(3, ModelConfig("cnn", (8,), 0.0, (4, 4), (0.0, 0.0)), seed=0).eval()
    assert isinstance(model, Cnn)
    images = np.random.default_rng(0).integers(0, 256, (30, 3, 32, 32), dtype=np.uint8)
    normalisation = Normalisation.of(images)
    with torch.no_grad():
        model.features[1].bias[0] = -1e6  # the first unit never fires
        model.features[1].bias[1] = 1e6  # the second always does
        x = normalisation.apply(torch.from_numpy(images), COMPUTE.device)
        expected = model.features[:3](x)[3]
    rates = filters.firing_rates(model.features, images, normalisation, COMPUTE)
    assert rates[0] == 0
    assert rates[1] == 1
    assert 0 < rates[2] < 1
    maps = filters.feature_maps(model.features, images[3], normalisation, COMPUTE)
    assert maps == pytest.approx(expected.numpy(), rel=1e-4, abs=1e-4)
