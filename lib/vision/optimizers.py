"""Optimiser and learning-rate schedule of a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class OptimizerConfig:
    """How the weights move.

    ``name``: ``sgd`` (momentum for all weights) or ``muon`` (orthogonalised momentum for convolution kernels,
    SGD for the rest). ``learning_rate`` is SGD's peak, ``muon_learning_rate`` Muon's, both scaled by the same
    schedule: ``multistep`` multiplies by ``factor`` after each epoch of ``milestones``; ``triangular`` rises
    linearly until the fraction ``peak_at`` of all steps and falls linearly to zero.
    """

    name: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 5e-4
    decay_all: bool = True
    schedule: str = "multistep"
    milestones: tuple[int, ...] = ()
    factor: float = 0.1
    peak_at: float = 0.2
    muon_learning_rate: float = 0.02
    muon_momentum: float = 0.9
    muon_weight_decay: float = 0.0


def schedule_factor(config: OptimizerConfig, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Factor on the peak learning rate at ``step`` (0-based, counted over the whole training)."""
    if config.schedule == "multistep":
        epoch = step // steps_per_epoch
        return config.factor ** sum(epoch >= milestone for milestone in config.milestones)
    if config.schedule == "triangular":
        total = steps_per_epoch * epochs
        peak = max(1.0, config.peak_at * total)
        # Half a step of offset keeps the first and the last step above zero.
        return min((step + 0.5) / peak, (total - step - 0.5) / max(1.0, total - peak))
    raise ValueError(f"unknown schedule {config.schedule!r}; allowed: multistep, triangular")


class Stepper:
    """All optimisers of one model, stepped together under one schedule."""

    def __init__(self, model: nn.Module, config: OptimizerConfig, steps_per_epoch: int, epochs: int) -> None:
        if config.name not in ("sgd", "muon"):
            raise ValueError(f"unknown optimiser {config.name!r}; allowed: sgd, muon")
        self.config, self.steps_per_epoch, self.epochs = config, steps_per_epoch, epochs
        matrices, decayed, free = [], [], []
        for parameter in model.parameters():
            if config.name == "muon" and parameter.ndim == 4:
                matrices.append(parameter)
            elif parameter.ndim > 1 or config.decay_all:
                decayed.append(parameter)
            else:
                free.append(parameter)
        groups = [{"params": decayed, "weight_decay": config.weight_decay}]
        if free:
            groups.append({"params": free, "weight_decay": 0.0})
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.nesterov)
        ]
        self.peaks = [config.learning_rate]
        self.views: list[tuple[nn.Parameter, nn.Parameter]] = []
        if matrices:
            # Muon is defined for matrices: give it each kernel as (out, in * 3 * 3), sharing the kernel's memory.
            self.views = [(kernel, nn.Parameter(_as_matrix(kernel.data))) for kernel in matrices]
            self.optimizers.append(
                torch.optim.Muon(
                    [view for _, view in self.views],
                    lr=config.muon_learning_rate,
                    momentum=config.muon_momentum,
                    weight_decay=config.muon_weight_decay,
                    nesterov=True,
                )
            )
            self.peaks.append(config.muon_learning_rate)

    def learning_rate(self, step: int) -> float:
        """The SGD learning rate at ``step``."""
        return self.config.learning_rate * schedule_factor(self.config, step, self.steps_per_epoch, self.epochs)

    def step(self, step: int) -> None:
        """One update of all weights from their gradients, which are then dropped."""
        factor = schedule_factor(self.config, step, self.steps_per_epoch, self.epochs)
        for kernel, view in self.views:
            assert kernel.grad is not None
            view.grad = _as_matrix(kernel.grad.contiguous(memory_format=_layout(kernel)))
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        for kernel, _ in self.views:
            kernel.grad = None

    def state_dict(self) -> list[dict[str, object]]:
        """State of every optimiser, for a checkpoint."""
        return [optimizer.state_dict() for optimizer in self.optimizers]

    def load_state_dict(self, states: Iterator[dict[str, object]] | list[dict[str, object]]) -> None:
        """Restore what :meth:`state_dict` gave."""
        for optimizer, state in zip(self.optimizers, states, strict=True):
            optimizer.load_state_dict(state)


def _layout(kernel: torch.Tensor) -> torch.memory_format:
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _as_matrix(kernel: torch.Tensor) -> torch.Tensor:
    """A view (out, in * kh * kw) of a kernel (out, in, kh, kw) in either memory layout."""
    if _layout(kernel) == torch.channels_last:
        kernel = kernel.permute(0, 2, 3, 1)
    return kernel.view(len(kernel), -1)
