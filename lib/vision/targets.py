"""What a network is taught for each image: its label, smoothed, and in part what it predicted itself before."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class Targets:
    """Target probabilities of the training images; labels (N,), int64, on the training's device.

    ``label_smoothing`` of the probability is spread evenly over the classes (Szegedy et al. 2016, arXiv:1512.00567).
    ``self_distillation`` is the weight that the network's own predictions of the epoch before get at the end; it grows
    with the epochs from 0 (progressive self-knowledge distillation; Kim et al. 2021, arXiv:2006.12000).
    """

    def __init__(
        self, labels: Tensor, *, label_smoothing: float, self_distillation: float, epochs: int, num_classes: int = 10
    ) -> None:
        exact = functional.one_hot(labels, num_classes).float()
        self.smoothed = torch.lerp(exact, torch.full_like(exact, 1 / num_classes), label_smoothing)
        self.predicted = self.smoothed.clone()  # images that an epoch left out keep what they had
        self.self_distillation, self.epochs = self_distillation, epochs

    def of(self, index: Tensor, epoch: int) -> Tensor:
        """Probabilities (n, num_classes) for the images ``index`` (n,) in ``epoch`` (0-based)."""
        weight = self.self_distillation * epoch / self.epochs
        return torch.lerp(self.smoothed[index], self.predicted[index], weight)

    @torch.no_grad()
    def remember(self, index: Tensor, scores: Tensor) -> None:
        """Keep what the network predicted, from its scores (n, num_classes), for the next epoch."""
        if self.self_distillation:
            self.predicted[index] = scores.softmax(dim=1)
