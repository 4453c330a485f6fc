"""The loop of most notebooks: torchvision's CIFAR10, PIL transforms, a DataLoader with two workers, float32."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import CIFAR10, VisionDataset

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def dataset(images: np.ndarray, labels: np.ndarray) -> CIFAR10:
    """torchvision's data set over arrays in memory: uint8 images (N, 3, 32, 32), labels (N,)."""
    transform = transforms.Compose(
        [
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    own = CIFAR10.__new__(CIFAR10)  # its constructor reads the archive; all that follows is torchvision's
    VisionDataset.__init__(own, root="", transform=transform)
    own.train = True
    own.data, own.targets = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels.tolist()
    return own


class NotebookLoop:
    """Trains ``model`` with SGD, momentum 0.9 and weight decay, as the original's recipe has it."""

    def __init__(self, model: nn.Module, images: np.ndarray, labels: np.ndarray, rate: float) -> None:
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)
        self.loader = DataLoader(
            dataset(images, labels), batch_size=128, shuffle=True, num_workers=2, persistent_workers=True
        )

    def epoch(self) -> None:
        self.model.train()
        correct = 0
        for x, y in self.loader:
            self.optimizer.zero_grad()
            scores = self.model(x)
            loss = nn.functional.cross_entropy(scores, y)
            loss.backward()
            self.optimizer.step()
            correct += (scores.argmax(1) == y).sum().item()
