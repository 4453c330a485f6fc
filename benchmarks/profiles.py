"""Where the time goes: of a PyTorch step by its profiler, of a NumPy step by cProfile, of a dry run by py-spy.

Operations are put together by what they are for. Their times are those in which the main thread waits for them, so
that they add up to the time of the step.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch.profiler import ProfilerActivity, profile

from benchmarks.cifar import arm, images
from benchmarks.measure import output
from benchmarks.numpy_network import IMAGES, ours
from lib.vision.compute import resolve
from lib.vision.config import ComputeConfig
from lib.vision.training import train

ROOT = Path(__file__).parents[1]
STEPS = {"cnn": 20, "mlp": 100}
# What an operation is for, by the first pattern that its name has.
PURPOSES = {
    "products and convolutions": r"mkldnn_conv|conv|addmm|aten::mm$|aten::matmul|linear",
    "batch norm": r"batch_norm",
    "pooling, ReLU, dropout": r"pool|relu|threshold|dropout|aten::random_|bernoulli|clamp_min",
    "augmentation": r"aten::index$|grid_sampler|affine_grid|aten::randint|aten::where|aten::flip",
    "changing type or layout": r"aten::copy_|aten::_to_copy|aten::contiguous|aten::clone|reorder",
    "loss": r"log_softmax|nll_loss|cross_entropy|argmax|aten::eq$",
}
REST = "optimiser and the rest"
DRAWING = ("aten::random_", "aten::bernoulli_", "aten::randperm", "aten::uniform_")  # random numbers
# Parts of a dry run, by the first pattern that one of the functions on the stack has.
PARTS = {
    "this project's code stamps": r"lib/workflow/stamps\.py",
    "importing what the Snakefile needs": r"<module> \(Snakefile",
    "importing Snakemake and its plugins": r"_find_and_load|PluginRegistry",
    "reading the rules": r"Workflow\.include",
    "building the graph, comparing file times": r"DAG\.|dag\.py",
}
# Layers of lib.nn and the beginning of their functions' names; that of an update rule is its wrapper's.
LAYERS = {name: name for name in ("affine", "batchnorm", "relu", "dropout", "softmax")} | {"adam": "update"}


def step(kind: str) -> dict[str, object]:
    """Share of each purpose in the time of a step, and the operations that take most."""
    compute = resolve(ComputeConfig(device="cpu", threads=2, mlp_threads=2), kind)
    own, data = arm(kind), images(kind)
    short = replace(data, x_train=data.x_train[: 128 * STEPS[kind]], y_train=data.y_train[: 128 * STEPS[kind]])
    recipe = replace(own.training, epochs=1)
    train(short, own.model, recipe, compute, seed=0)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        train(short, own.model, recipe, compute, seed=0)
    times = Counter({event.key: event.self_cpu_time_total for event in seen.key_averages()})
    purposes: Counter[str] = Counter()
    for name, microseconds in times.items():
        purposes[next((p for p, pattern in PURPOSES.items() if re.search(pattern, name)), REST)] += microseconds
    total = sum(times.values())
    return {
        "milliseconds": total / 1000 / STEPS[kind],
        "purposes": {name: value / total for name, value in purposes.most_common()},
        "operations": {name: value / total for name, value in times.most_common(12)},
        "random": sum(times[name] for name in DRAWING) / total,
    }


def numpy_step() -> dict[str, float]:
    """Share of each layer of ``lib.nn``, both passes, and of the update in the time of a step; one thread."""
    rng = np.random.default_rng(0)
    with threadpool_limits(1):
        run, _ = ours(rng.random((IMAGES, 784), dtype=np.float32), rng.integers(0, 10, IMAGES))
        run()
        recorder = cProfile.Profile()
        recorder.runcall(run)
    found = pstats.Stats(recorder).get_stats_profile()
    shares = dict.fromkeys(LAYERS, 0.0)
    for name, function in found.func_profiles.items():
        if layer := next((layer for layer, own in LAYERS.items() if name.startswith(own)), None):
            shares[layer] += function.cumtime / found.total_tt
    return {**shares, "the rest": 1 - sum(shares.values())}


def dry_run(folder: Path) -> dict[str, float]:
    """Share of each part in the time of a dry run of the finished ``main`` in ``folder``."""
    with tempfile.TemporaryDirectory() as scratch:
        stacks = Path(scratch) / "stacks.txt"
        recorder = [Path(sys.executable).parent / "py-spy", "record", "--rate", "200", "--format", "raw"]
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "-n"]
        subprocess.run(
            [*recorder, "--output", stacks, "--", *command], cwd=folder, check=True, capture_output=True, text=True
        )
        parts: Counter[str] = Counter()
        for line in stacks.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            parts[next((p for p, pattern in PARTS.items() if re.search(pattern, stack)), "the rest")] += int(count)
    total = sum(parts.values())
    return {name: count / total for name, count in parts.most_common()}


def main() -> None:
    torch.set_num_threads(2)
    result: dict[str, object] = {"steps": {kind: step(kind) for kind in ("cnn", "mlp")}, "numpy": numpy_step()}
    if (ROOT / "results/main/report/report.en.html").exists():
        result["dry_run"] = dry_run(ROOT)
    output(result)


if __name__ == "__main__":
    main()
