"""Muon: momentum, made orthogonal before each step (Jordan et al. 2024, kellerjordan.github.io/posts/muon).

:class:`torch.optim.Muon` always multiplies in bfloat16, which processors without it emulate hundreds of times more
slowly than float32. Here the caller says in which precision; in bfloat16 the results are those of PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic, chosen for a steep slope at zero
ITERATIONS = 5


def orthogonalised(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """About U V^T of the matrix (M, N) = U S V^T, by Newton-Schulz iterations in ``dtype``; same shape.

    Five of these iterations bring singular values near one, not to it.
    """
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(dtype, copy=True)
    x = x.T if tall else x
    x.div_(x.norm().clamp(min=1e-7))  # the largest singular value is at most one
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


@torch.no_grad()
def muon(
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    momenta: Sequence[Tensor],
    *,
    lr: float | Tensor,
    momentum: float,
    weight_decay: float,
    dtype: torch.dtype,
) -> None:
    """One step with Nesterov's momentum; ``weights`` and ``momenta``, matrices (M, N), are changed in place."""
    for weight, gradient, average in zip(weights, gradients, momenta, strict=True):
        average.lerp_(gradient, 1 - momentum)
        step = orthogonalised(gradient.lerp(average, momentum), dtype)
        weight.mul_(1 - lr * weight_decay)
        scale = math.sqrt(max(1.0, len(weight) / weight.shape[1]))
        if isinstance(lr, Tensor):
            weight.addcmul_(step.to(weight.dtype), lr, value=-scale)
        else:
            weight.add_(step, alpha=-lr * scale)
