"""Weights as plain arrays, and back into a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from lib.vision.compute import Compute

M = TypeVar("M", bound=nn.Module)


def load_weights(model: M, weights: Mapping[str, np.ndarray], compute: Compute) -> M:
    """``model`` on the device with ``weights``, which must fit it exactly; ready for evaluation."""
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    model = model.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.eval()
