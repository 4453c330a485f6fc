"""Training on CIFAR-10: images per second beside the usual notebook loop, and the share of the processor's peak.

Random images: their content costs no time. Both networks as the recipe ``compressed`` has them, on whole images, batch
128, two threads; epochs of the two loops take turns. The pipeline trains two MLPs side by side with a thread each, so
that is measured too.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import ROUNDS, output, peak
from benchmarks.notebook_loop import NotebookLoop
from lib.catalogue.presets import load_preset
from lib.vision.compute import resolve
from lib.vision.config import ArmConfig, ComputeConfig, arm_of
from lib.vision.models import build_model
from lib.vision.training import Images, train

IMAGES = {"cnn": 128 * 20, "mlp": 128 * 100}
PEAK_SIZE = 2048
CIFAR10_IMAGES = 50_000  # to train with and to validate


def arm(kind: str) -> ArmConfig:
    """The arm of ``config.yaml`` without what the other loop lacks beside its steps: small images, statistics anew."""
    own = arm_of({"color": "rgb", **load_preset("main")["cifar"]["recipes"]["compressed"][kind]})
    whole = replace(
        own.training, epochs=ROUNDS + 1, plain_last=0, precise_statistics=False, small_sides=(), small_until=()
    )
    return replace(own, training=whole)


def images(kind: str) -> Images:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (IMAGES[kind] + 128, 3, 32, 32), dtype=np.uint8)
    y = rng.integers(0, 10, len(x))
    return Images(x[128:], y[128:], x[:128], y[:128])


def epochs(kind: str, threads: int, beside: NotebookLoop | None = None) -> dict[str, list[float]]:
    """Seconds of each epoch but the first, here and, in turns, in the loop ``beside``."""
    compute = resolve(ComputeConfig(device="cpu", threads=threads, mlp_threads=threads), kind)
    seconds: dict[str, list[float]] = {"project": [], "notebook": []}
    started = time.perf_counter()

    def observe(*_: object) -> list[dict[str, float]]:
        nonlocal started
        seconds["project"].append(time.perf_counter() - started)
        if beside is not None:
            started = time.perf_counter()
            beside.epoch()
            seconds["notebook"].append(time.perf_counter() - started)
        started = time.perf_counter()
        return []

    own = arm(kind)
    train(images(kind), own.model, own.training, compute, seed=0, observe=observe)
    return {name: values[1:] for name, values in seconds.items()}


def pair_of_mlps() -> list[float]:
    """Seconds of each epoch of the slower one of two MLPs side by side, one thread each."""
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        both = [work.result()["project"] for work in [pool.submit(epochs, "mlp", 1) for _ in range(2)]]
    return [max(values) for values in zip(*both, strict=True)]


def flops_per_step(kind: str, side: int = 32) -> int:
    """Floating-point operations of one batch, forward and backward, as PyTorch counts them."""
    model = build_model(3, arm(kind).model, seed=0)
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(128, 3, side, side)).sum().backward()
    return counter.get_total_flops()


def flops_of_recipe() -> int:
    """Those of all steps of one training of the CNN."""
    settings = load_preset("main")
    recipe = arm_of({"color": "rgb", **settings["cifar"]["recipes"]["compressed"]["cnn"]}).training
    epochs_by_side = Counter(recipe.side(epoch) or 32 for epoch in range(recipe.epochs))
    steps = (CIFAR10_IMAGES - settings["data"]["cifar10"]["validation"]) // recipe.batch_size
    return sum(steps * count * flops_per_step("cnn", side) for side, count in epochs_by_side.items())


def matrix_peak(dtype: torch.dtype) -> float:
    """GFLOP/s of a large product in that precision."""
    a = torch.rand(PEAK_SIZE, PEAK_SIZE).to(dtype)
    return peak(lambda: a @ a, PEAK_SIZE)


def main() -> None:
    compute = resolve(ComputeConfig(device="cpu", threads=2, mlp_threads=2), "cnn")
    result: dict[str, Any] = {
        "precision": compute.precision,
        "peak_gflops_per_second": matrix_peak(compute.dtype),
        "peak_float32_gflops_per_second": matrix_peak(torch.float32),
        "images": IMAGES,
    }
    for kind, rate in (("cnn", 0.1), ("mlp", 0.01)):
        data = images(kind)
        loop = NotebookLoop(build_model(3, arm(kind).model, seed=0), data.x_train, data.y_train, rate)
        result[kind] = {"seconds": epochs(kind, 2, loop), "flops_per_step": flops_per_step(kind)}
    result["cnn"] |= {"flops_of_recipe": flops_of_recipe()}
    result["mlp_pair_seconds"] = pair_of_mlps()
    output(result)


if __name__ == "__main__":
    main()
