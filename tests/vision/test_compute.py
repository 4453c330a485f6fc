"""What a configuration resolves to on machines that are not here: their devices are made up."""

import os

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lib.vision.arm import train_arm
from lib.vision.compute import Compute, resolve
from lib.vision.config import ArmConfig, ComputeConfig, ModelConfig, Recipe
from lib.vision.training import Images


@pytest.fixture
def gpu(monkeypatch):
    """A CUDA GPU of some capability as far as PyTorch tells; every flag that is set is put back afterwards."""

    def made(capability: tuple[int, int] = (9, 0)) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
        monkeypatch.setattr(
            torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or capability[0] >= 8
        )

    flags = (torch.backends.cuda.matmul, "fp32_precision"), (torch.backends.cudnn.conv, "fp32_precision")
    flags += (torch.backends.cudnn, "benchmark"), (torch.backends.cudnn, "deterministic")
    flags += ((torch.utils.deterministic, "fill_uninitialized_memory"),)
    before = [getattr(where, name) for where, name in flags]
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    yield made
    for (where, name), value in zip(flags, before, strict=True):
        setattr(where, name, value)
    torch.use_deterministic_algorithms(False)
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


@pytest.mark.parametrize(("precision", "products"), [("float32", "ieee"), ("tf32", "tf32"), ("bfloat16", "ieee")])
def test_float32_products_on_cuda_are_what_the_precision_says(gpu, precision, products):
    gpu()
    assert resolve(ComputeConfig(device="cuda", precision=precision), "cnn").precision == precision
    assert torch.backends.cuda.matmul.fp32_precision == products
    assert torch.backends.cudnn.conv.fp32_precision == products


def test_trainings_on_cuda_are_deterministic_and_fill_no_memory_for_it(gpu):
    gpu()
    resolve(ComputeConfig(device="cuda"), "cnn")
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.utils.deterministic.fill_uninitialized_memory
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), "float32"), ((8, 0), "bfloat16")])
def test_emulated_bfloat16_does_not_count(gpu, capability, expected):
    gpu(capability)
    assert resolve(ComputeConfig(device="cuda"), "cnn").precision == expected


def test_tf32_is_refused_where_there_is_none(gpu):
    message = "compute.precision: 'tf32' needs an NVIDIA GPU of compute capability 8.0 or more"
    with pytest.raises(ValueError, match=message):
        resolve(ComputeConfig(device="cpu", precision="tf32"), "cnn")
    gpu((7, 5))
    with pytest.raises(ValueError, match=message):
        resolve(ComputeConfig(device="cuda", precision="tf32"), "cnn")


@pytest.mark.parametrize(("graphs", "recorded"), [("auto", True), ("off", False)])
def test_steps_are_recorded_on_cuda_alone(gpu, graphs, recorded):
    assert not resolve(ComputeConfig(device="cpu", graphs=graphs), "cnn").recorded
    gpu()
    assert resolve(ComputeConfig(device="cuda", graphs=graphs), "cnn").recorded is recorded


def test_apples_gpus_which_have_no_float64_add_up_in_float32(monkeypatch):
    assert Compute(torch.device("mps"), "float32", 1).sums == torch.float32
    compute = Compute(torch.device("cpu"), "float32", 1)
    assert compute.sums == torch.float64
    monkeypatch.setattr(Compute, "sums", torch.float32)
    made = {"torch.float64": 0}

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            found = func(*args, **(kwargs or {}))
            made["torch.float64"] += isinstance(found, torch.Tensor) and found.dtype == torch.float64
            return found

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 3, 32, 32), dtype=np.uint8), np.arange(40) % 10
    model = ModelConfig("cnn", (8,), 0.0, (4,), (0.0,))
    with Watch():
        train_arm(Images(x[:32], y[:32], x[32:], y[32:]), ArmConfig(model, Recipe(1, 16)), compute, seed=0)
    assert made == {"torch.float64": 0}
