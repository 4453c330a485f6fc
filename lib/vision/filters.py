"""What the first-layer filters look like, how often they fire, and feature maps of one image.

A filter's energy (sum of squares) is split twice. Its share in the *edge subspace* of Frei & Chen (1977, IEEE
Trans. Computers C-26(10), "Fast boundary detection") is the ``edge_score``; its share outside the mean over the
colour channels is the ``colour_score``. A filter drawn at random has Beta distributed shares, whose 95%
quantile is the threshold: a filter above it has more of that structure than chance gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lib.vision.compute import Compute
from lib.vision.firing import DEAD_FIRING_RATE
from lib.vision.models import Cnn
from lib.vision.normalisation import Normalisation

_ROOT = np.sqrt(2.0)
# Two isotropic gradients and two ripples: the four edge masks, each of unit norm.
EDGE_MASKS = (
    np.array(
        [
            [[1, _ROOT, 1], [0, 0, 0], [-1, -_ROOT, -1]],
            [[1, 0, -1], [_ROOT, 0, -_ROOT], [1, 0, -1]],
            [[0, -1, _ROOT], [1, 0, -1], [-_ROOT, 1, 0]],
            [[_ROOT, -1, 0], [-1, 0, 1], [0, 1, -_ROOT]],
        ]
    )
    / 8**0.5
)


@dataclass(frozen=True)
class Thresholds:
    """Scores above which a filter is called an edge detector or a colour selector; below the last one it is dead."""

    edge: float
    colour: float | None
    firing: float = DEAD_FIRING_RATE


def thresholds(channels: int, quantile: float = 0.95) -> Thresholds:
    """The thresholds for filters of (channels, 3, 3); there is no colour with one channel."""
    from scipy import special  # not at the top: a training on a bare machine does without

    # Energy shares of an isotropic Gaussian vector over subspaces of dimension a of a + b are Beta(a/2, b/2).
    edge = float(special.betaincinv(4 * channels / 2, 5 * channels / 2, quantile))
    colour = float(special.betaincinv(9 * (channels - 1) / 2, 9 / 2, quantile)) if channels > 1 else None
    return Thresholds(edge, colour)


def edge_score(filters: np.ndarray) -> np.ndarray:
    """Share of energy in the edge subspace, (F,), of filters (F, C, 3, 3); 0 where a filter is all zero."""
    projected = np.einsum("fcij,mij->fcm", filters.astype(np.float64), EDGE_MASKS)
    return _share((projected**2).sum(axis=(1, 2)), filters)


def colour_score(filters: np.ndarray) -> np.ndarray:
    """Share of energy that differs between colour channels, (F,), of filters (F, C, 3, 3)."""
    wide = filters.astype(np.float64)
    return _share(((wide - wide.mean(axis=1, keepdims=True)) ** 2).sum(axis=(1, 2, 3)), filters)


def _share(part: np.ndarray, filters: np.ndarray) -> np.ndarray:
    whole = (filters.astype(np.float64) ** 2).sum(axis=(1, 2, 3))
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


COLUMNS = ("filter", "weight_norm", "gamma", "beta", "edge_score", "colour_score", "firing_rate")


def first_layer(
    model: nn.Module, images: np.ndarray | torch.Tensor, normalisation: Normalisation, compute: Compute
) -> list[dict[str, float]]:
    """One row with :data:`COLUMNS` for each first-layer filter; none for a model without convolutions.

    ``gamma`` and ``beta`` are NaN without batch norm; ``firing_rate`` is measured on ``images`` (N, C, H, W).
    """
    if not isinstance(model, Cnn):
        return []
    kernels = next(layer for layer in model.features if isinstance(layer, nn.Conv2d)).weight.detach()
    array = kernels.float().cpu().numpy()
    norm = next((layer for layer in model.features if isinstance(layer, nn.BatchNorm2d)), None)
    missing = np.full(len(array), np.nan)
    gamma, beta = missing, missing
    if norm is not None:
        gamma, beta = (values.detach().float().cpu().numpy() for values in (norm.weight, norm.bias))
    table = (
        np.arange(len(array)),
        np.linalg.norm(array.reshape(len(array), -1).astype(np.float64), axis=1),
        gamma,
        beta,
        edge_score(array),
        colour_score(array),
        firing_rates(model.features, images, normalisation, compute),
    )
    return [dict(zip(COLUMNS, map(float, row), strict=True)) for row in zip(*table, strict=True)]


def classify(edge: np.ndarray, colour: np.ndarray, firing: np.ndarray, limits: Thresholds) -> list[str]:
    """One word per filter: dead, edge and colour, edge, colour or neither."""
    kinds = []
    for e, c, f in zip(edge, colour, firing, strict=True):
        is_edge, is_colour = e > limits.edge, limits.colour is not None and c > limits.colour
        if f < limits.firing:
            kinds.append("dead")
        elif is_edge and is_colour:
            kinds.append("edge and colour")
        else:
            kinds.append("edge" if is_edge else "colour" if is_colour else "neither")
    return kinds


@torch.no_grad()
def firing_rates(
    features: nn.Sequential, images: np.ndarray | torch.Tensor, normalisation: Normalisation, compute: Compute
) -> np.ndarray:
    """Share of positions and images (N, C, H, W) at which each first-layer unit is above zero after its ReLU."""
    first = features[: _relu_position(features) + 1].eval()
    counts: torch.Tensor | float = 0.0
    for batch in torch.as_tensor(images).split(compute.evaluation_batch):
        fires = first(normalisation.apply(batch, compute.device)) > 0
        counts = counts + fires.to(compute.sums).mean(dim=(2, 3)).sum(dim=0)
    return (counts / len(images)).cpu().numpy()  # type: ignore[union-attr]


@torch.no_grad()
def feature_maps(
    features: nn.Sequential, image: np.ndarray, normalisation: Normalisation, compute: Compute
) -> np.ndarray:
    """What the first layer's filters make of one uint8 image (C, H, W): (filters, H, W), after batch norm and ReLU."""
    layer = features[: _relu_position(features) + 1].eval()
    x = normalisation.apply(torch.from_numpy(image[None]), compute.device)
    return layer(x)[0].float().cpu().numpy()


def _relu_position(features: nn.Sequential) -> int:
    return next(i for i, layer in enumerate(features) if isinstance(layer, nn.ReLU))
