"""Optimiser and learning-rate schedule of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim.sgd import sgd


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
    """All optimisers of one model, stepped together under one schedule.

    SGD goes through PyTorch's functional interface: the class :class:`torch.optim.SGD` imports PyTorch's compiler,
    which takes as long as a small training.
    """

    def __init__(self, model: nn.Module, config: OptimizerConfig, steps_per_epoch: int, epochs: int) -> None:
        if config.name not in ("sgd", "muon"):
            raise ValueError(f"unknown optimiser {config.name!r}; allowed: sgd, muon")
        self.config, self.steps_per_epoch, self.epochs = config, steps_per_epoch, epochs
        matrices: list[nn.Parameter] = []
        decayed: list[nn.Parameter] = []
        free: list[nn.Parameter] = []
        for parameter in model.parameters():
            if config.name == "muon" and parameter.ndim == 4:
                matrices.append(parameter)
            elif parameter.ndim > 1 or config.decay_all:
                decayed.append(parameter)
            else:
                free.append(parameter)
        self.groups = [(decayed, config.weight_decay), (free, 0.0)]
        self.momenta: list[list[torch.Tensor | None]] = [[None] * len(parameters) for parameters, _ in self.groups]
        self.views: list[tuple[nn.Parameter, nn.Parameter]] = []
        self.muon: torch.optim.Muon | None = None
        if matrices:
            # Muon is defined for matrices: give it each kernel as (out, in * 3 * 3), sharing the kernel's memory.
            self.views = [(kernel, nn.Parameter(_as_matrix(kernel.data))) for kernel in matrices]
            self.muon = torch.optim.Muon(
                [view for _, view in self.views],
                lr=config.muon_learning_rate,
                momentum=config.muon_momentum,
                weight_decay=config.muon_weight_decay,
                nesterov=True,
            )

    def learning_rate(self, step: int) -> float:
        """The SGD learning rate at ``step``."""
        return self.config.learning_rate * schedule_factor(self.config, step, self.steps_per_epoch, self.epochs)

    @torch.no_grad()
    def step(self, step: int) -> None:
        """One update of all weights from their gradients, which are then dropped."""
        for (parameters, weight_decay), momenta in zip(self.groups, self.momenta, strict=True):
            gradients = [parameter.grad for parameter in parameters]
            sgd(
                *(parameters, gradients, momenta),  # type: ignore[arg-type]
                lr=self.learning_rate(step),
                momentum=self.config.momentum,
                weight_decay=weight_decay,
                nesterov=self.config.nesterov,
                dampening=0.0,
                maximize=False,
            )
            for parameter in parameters:
                parameter.grad = None
        if self.muon is not None:
            for kernel, view in self.views:
                assert kernel.grad is not None
                view.grad = _as_matrix(kernel.grad.contiguous(memory_format=_layout(kernel)))
                kernel.grad = None
            factor = schedule_factor(self.config, step, self.steps_per_epoch, self.epochs)
            self.muon.param_groups[0]["lr"] = self.config.muon_learning_rate * factor
            self.muon.step()
            self.muon.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        """State of every optimiser, for a checkpoint."""
        return {"momenta": self.momenta, "muon": self.muon.state_dict() if self.muon is not None else None}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` gave."""
        for (parameters, _), saved, momenta in zip(self.groups, state["momenta"], self.momenta, strict=True):
            for i, (parameter, momentum) in enumerate(zip(parameters, saved, strict=True)):
                momenta[i] = momentum if momentum is None else momentum.to(parameter.device)
        if self.muon is not None:
            self.muon.load_state_dict(state["muon"])


def _layout(kernel: torch.Tensor) -> torch.memory_format:
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _as_matrix(kernel: torch.Tensor) -> torch.Tensor:
    """A view (out, in * kh * kw) of a kernel (out, in, kh, kw) in either memory layout."""
    if _layout(kernel) == torch.channels_last:
        kernel = kernel.permute(0, 2, 3, 1)
    return kernel.view(len(kernel), -1)
