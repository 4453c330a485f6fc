"""Device, precision and thread count of a training: resolved once, from the configuration alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import torch

from lib.vision.config import ComputeConfig


@dataclass(frozen=True)
class Compute:
    """What a training really runs on."""

    device: torch.device
    precision: str
    threads: int

    @property
    def dtype(self) -> torch.dtype:
        """The type in which matrix products run."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Context in which matrix products run in the chosen precision."""
        if self.precision == "bfloat16":
            return torch.autocast(self.device.type, dtype=self.dtype)
        return contextlib.nullcontext()


def resolve(config: ComputeConfig, kind: str) -> Compute:
    """Set the number of threads for a ``kind`` of model, pick the device and its precision, ask for determinism.

    Raises ValueError where the configuration asks for a device that is not there.
    """
    threads = config.threads_of(kind)
    torch.set_num_threads(threads)
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    name = next(n for n in available if available[n]) if config.device == "auto" else config.device
    if not available.get(name, False):
        here = ", ".join(n for n in available if available[n])
        raise ValueError(f"compute.device: {name!r} is not available on this machine; available: auto, {here}")
    if name == "cuda":
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
        # Only warn: the backward pass of the pooling of small images has no deterministic form on CUDA.
        torch.use_deterministic_algorithms(True, warn_only=True)
    precision = config.precision
    if precision == "auto":
        precision = "bfloat16" if _has_fast_bfloat16(name) else "float32"
    return Compute(torch.device(name), precision, threads)


def _has_fast_bfloat16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported()
    # oneDNN emulates bfloat16 on older processors, slower than float32: only the real instructions count.
    return device == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
