"""Targets: smoothed labels, mixed with what the network predicted in the epoch before."""

import pytest
import torch

from lib.vision.targets import Targets

LABELS = torch.tensor([0, 2, 1])
INDEX = torch.tensor([1, 2])


def make(self_distillation: float = 0.0, label_smoothing: float = 0.0) -> Targets:
    return Targets(
        LABELS,
        label_smoothing=label_smoothing,
        self_distillation=self_distillation,
        epochs=4,
        num_classes=3,
    )


def test_cross_entropy_with_smoothed_targets_is_pytorch_s_label_smoothing():
    scores = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = make(label_smoothing=0.2).of(torch.arange(3), 0).double()
    expected = torch.nn.functional.cross_entropy(scores, LABELS, label_smoothing=0.2)
    assert float(torch.nn.functional.cross_entropy(scores, targets)) == pytest.approx(float(expected), rel=1e-6)


def test_the_weight_of_the_own_predictions_grows_with_the_epochs():
    targets = make(self_distillation=0.8)
    scores = torch.tensor([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])
    targets.remember(INDEX, scores)
    probabilities = scores.softmax(1)
    label = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    for epoch, weight in ((0, 0.0), (1, 0.2), (3, 0.6)):
        assert torch.allclose(targets.of(INDEX, epoch), (1 - weight) * label + weight * probabilities, atol=1e-6)


def test_an_image_that_was_not_seen_keeps_its_smoothed_label():
    targets = make(self_distillation=0.8, label_smoothing=0.3)
    targets.remember(INDEX, torch.zeros(2, 3))
    assert torch.allclose(targets.of(torch.tensor([0]), 3), torch.tensor([[0.8, 0.1, 0.1]]))


def test_without_self_distillation_predictions_count_for_nothing():
    targets = make()
    targets.remember(INDEX, torch.tensor([[9.0, 0.0, 0.0], [9.0, 0.0, 0.0]]))
    assert torch.equal(targets.of(INDEX, 3), torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
