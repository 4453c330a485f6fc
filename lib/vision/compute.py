"""Device, precision and thread count of a training: resolved once, from the configuration alone."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

import torch

from lib.vision.config import ComputeConfig

TF32_CAPABILITY = (8, 0)


@dataclass(frozen=True)
class Compute:
    """What a training really runs on; ``recorded`` tells whether steps are replayed as CUDA graphs."""

    device: torch.device
    precision: str
    threads: int
    recorded: bool = False

    @property
    def dtype(self) -> torch.dtype:
        """The type in which matrix products run."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    @property
    def sums(self) -> torch.dtype:
        """The widest type in which this device adds up: Apple's GPUs have no float64."""
        return torch.float32 if self.device.type == "mps" else torch.float64

    @property
    def device_name(self) -> str:
        """What decides about the last bits: the name of the GPU, or the vector instructions of the processor."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return torch.backends.cpu.get_cpu_capability() if self.device.type == "cpu" else "Apple GPU"

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Context in which matrix products run in the chosen precision."""
        if self.precision == "bfloat16":
            return torch.autocast(self.device.type, dtype=self.dtype)
        return contextlib.nullcontext()

    @property
    def evaluation_batch(self) -> int:
        """Images that are evaluated at once; a GPU is kept busy by more."""
        return 2500 if self.device.type == "cuda" else 500


def resolve(config: ComputeConfig, kind: str) -> Compute:
    """Set the number of threads for a ``kind`` of model, pick the device and its precision, ask for determinism.

    Raises ValueError where the configuration asks for a device, or for a precision, that is not there.
    """
    threads = config.threads_of(kind)
    torch.set_num_threads(threads)
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    name = next(n for n in available if available[n]) if config.device == "auto" else config.device
    if not available.get(name, False):
        here = ", ".join(n for n in available if available[n])
        raise ValueError(f"compute.device: {name!r} is not available on this machine; available: auto, {here}")
    precision = config.precision
    if precision == "auto":
        precision = "bfloat16" if _has_fast_bfloat16(name) else "float32"
    if precision == "tf32" and (name != "cuda" or torch.cuda.get_device_capability() < TF32_CAPABILITY):
        raise ValueError(
            "compute.precision: 'tf32' needs an NVIDIA GPU of compute capability 8.0 or more; here: float32, bfloat16"
        )
    if name == "cuda":
        _ask_for_determinism("tf32" if precision == "tf32" else "ieee")
    return Compute(torch.device(name), precision, threads, name == "cuda" and config.graphs == "auto")


def _ask_for_determinism(products: str) -> None:
    """The same bits from run to run on CUDA, with float32 matrix products and convolutions as ``ieee`` or ``tf32``."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for it; read at its first product
    torch.backends.cudnn.benchmark = False  # kernels chosen by timing are others in the next run
    torch.backends.cudnn.deterministic = True
    torch.backends.cuda.matmul.fp32_precision = products
    torch.backends.cudnn.conv.fp32_precision = products  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(True)
    # It would fill every new tensor before it is written to: 200 more kernels in a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _has_fast_bfloat16(device: str) -> bool:
    # Emulation, on GPUs before Ampere and on old processors, is slower than float32: only real instructions count.
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
