"""Optimiser and learning-rate schedule of a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from lib.vision.config import OptimizerConfig, OptimizerName, Schedule, check_choice
from lib.vision.muon import muon

LARGE = 1024  # numbers in a matrix from which on its update in one pass pays


def schedule_factor(config: OptimizerConfig, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Factor on the peak learning rate at ``step`` (0-based, counted over the whole training)."""
    check_choice("schedule", config.schedule, Schedule)
    if config.schedule == "multistep":
        epoch = step // steps_per_epoch
        return config.factor ** sum(epoch >= milestone for milestone in config.milestones)
    total = steps_per_epoch * epochs
    peak = max(1.0, config.peak_at * total)
    # Half a step of offset keeps the first and the last step above zero.
    return min((step + 0.5) / peak, (total - step - 0.5) / max(1.0, total - peak))


class Stepper:
    """All optimisers of one model, stepped together under one schedule; Muon multiplies matrices in ``dtype``.

    SGD and AdamW go through PyTorch's functional interface: classes such as :class:`torch.optim.SGD` import PyTorch's
    compiler, which takes as long as a small training. On CUDA the rates are tensors, so that a recorded step can be
    replayed with others, and all weights of a group are updated in one kernel.
    """

    def __init__(
        self,
        model: nn.Module,
        config: OptimizerConfig,
        steps_per_epoch: int,
        epochs: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        check_choice("optimiser", config.name, OptimizerName)
        self.config, self.steps_per_epoch, self.epochs, self.dtype = config, steps_per_epoch, epochs, dtype
        self.kernels: list[nn.Parameter] = []
        large: list[nn.Parameter] = []
        decayed: list[nn.Parameter] = []
        free: list[nn.Parameter] = []
        for parameter in model.parameters():
            if config.name == "muon" and parameter.ndim == 4:
                self.kernels.append(parameter)
            elif parameter.ndim == 2 and parameter.numel() >= LARGE and parameter.device.type == "cpu":
                large.append(parameter)
            elif parameter.ndim > 1 or config.decay_all:
                decayed.append(parameter)
            else:
                free.append(parameter)
        on_cuda = any(parameter.device.type == "cuda" for parameter in model.parameters())
        # Parameters, their weight decay, and whether one pass over the memory does all of their update.
        self.groups = [
            (large, config.weight_decay, True),
            (decayed, config.weight_decay, on_cuda),
            (free, 0.0, on_cuda),
        ]
        self.momenta = [[torch.zeros_like(parameter.data) for parameter in group] for group, _, _ in self.groups]
        # What AdamW keeps beside them: averages of squared gradients, and how many there were.
        adapted = [group if config.name == "adamw" else [] for group, _, _ in self.groups]
        self.squares = [[torch.zeros_like(parameter.data) for parameter in group] for group in adapted]
        self.counts = [[torch.zeros((), device=parameter.device) for parameter in group] for group in adapted]
        self.kernel_momenta = [torch.zeros_like(_as_matrix(kernel.data)) for kernel in self.kernels]

    def rates(self, step: int) -> tuple[float, float]:
        """The learning rates of SGD or AdamW, and of Muon, at ``step``."""
        factor = schedule_factor(self.config, step, self.steps_per_epoch, self.epochs)
        return self.config.learning_rate * factor, self.config.muon_learning_rate * factor

    @torch.no_grad()
    def step(self, rates: Sequence[float] | torch.Tensor) -> None:
        """One update of all weights from their gradients, which are then dropped; ``rates`` as :meth:`rates` gives."""
        for i, (parameters, weight_decay, fused) in enumerate(self.groups):
            if not parameters:
                continue
            gradients = [parameter.grad for parameter in parameters]
            if self.config.name == "adamw":
                adamw(
                    parameters,  # type: ignore[arg-type]
                    gradients,  # type: ignore[arg-type]
                    self.momenta[i],
                    self.squares[i],
                    [],
                    self.counts[i],
                    lr=torch.as_tensor(rates[0], dtype=torch.float32),  # as recorded steps have it
                    beta1=self.config.momentum,
                    beta2=self.config.beta2,
                    weight_decay=weight_decay,
                    eps=1e-8,
                    amsgrad=False,
                    maximize=False,
                    fused=True,
                )
            else:
                sgd(
                    parameters,  # type: ignore[arg-type]
                    gradients,  # type: ignore[arg-type]
                    self.momenta[i],  # type: ignore[arg-type]
                    lr=rates[0],
                    momentum=self.config.momentum,
                    weight_decay=weight_decay,
                    nesterov=self.config.nesterov,
                    dampening=0.0,
                    maximize=False,
                    fused=fused or None,
                )
            for parameter in parameters:
                parameter.grad = None
        directions: list[torch.Tensor] = []
        for kernel in self.kernels:
            assert kernel.grad is not None
            directions.append(_as_matrix(kernel.grad.contiguous(memory_format=_layout(kernel))))
            kernel.grad = None
        muon(
            [_as_matrix(kernel.data) for kernel in self.kernels],
            directions,
            self.kernel_momenta,
            lr=rates[1],
            momentum=self.config.muon_momentum,
            weight_decay=self.config.muon_weight_decay,
            dtype=self.dtype,
        )

    def state(self) -> list[torch.Tensor]:
        """Every tensor that a step changes beside the weights."""
        groups = (*self.momenta, *self.squares, *self.counts)
        return [*(value for group in groups for value in group), *self.kernel_momenta]

    def state_dict(self) -> dict[str, Any]:
        """State of every optimiser, for a checkpoint."""
        return {"state": self.state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` gave."""
        for value, saved in zip(self.state(), state["state"], strict=True):
            value.copy_(saved)


def _layout(kernel: torch.Tensor) -> torch.memory_format:
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _as_matrix(kernel: torch.Tensor) -> torch.Tensor:
    """A view (out, in * kh * kw) of a kernel (out, in, kh, kw) in either memory layout."""
    if _layout(kernel) == torch.channels_last:
        kernel = kernel.permute(0, 2, 3, 1)
    return kernel.view(len(kernel), -1)
