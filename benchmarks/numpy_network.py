"""The MNIST network: ``lib.nn`` beside PyTorch eager and a textbook's NumPy, one thread, float32."""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from torch import nn

from benchmarks.measure import alternated, output, peak
from benchmarks.textbook import Textbook
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.solver import Solver

HIDDEN, BATCH, IMAGES, RATE, KEEP, REG = (256, 128, 64), 256, 55_000, 1e-3, 0.9, 1e-4
SIZES = [784, *HIDDEN, 10]
STEPS = 60  # of an epoch's 214: the epoch's time is in proportion
PEAK_SIZE = 1024


def ours(x: np.ndarray, y: np.ndarray):
    network = FullyConnectedNet(
        HIDDEN,
        input_dim=784,
        dropout_keep_ratio=KEEP,
        normalization="batchnorm",
        reg=REG,
        weight_scale=0.05,
        dtype=np.float32,
        seed=np.random.default_rng(0),
    )
    data = {"X_train": x, "y_train": y, "X_val": x[:BATCH], "y_val": y[:BATCH]}
    options = {"update_rule": "adam", "optim_config": {"learning_rate": RATE}, "batch_size": BATCH, "seed": 0}
    solver = Solver(network, data, **options, verbose=False)
    batches = solver._batches()[:STEPS]

    def run() -> None:
        for indices in batches:
            solver._step(indices)

    return run, solver


def eager(x: np.ndarray, y: np.ndarray):
    layers: list[nn.Module] = []
    for inputs, outputs in zip(SIZES[:-1], SIZES[1:-1], strict=False):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(), nn.Dropout(1 - KEEP)]
    network = nn.Sequential(*layers, nn.Linear(SIZES[-2], SIZES[-1]))
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, weight_decay=REG)
    images, labels = torch.from_numpy(x), torch.from_numpy(y)

    def run() -> None:
        order = torch.randperm(len(images))
        for i in range(STEPS):
            index = order[i * BATCH : (i + 1) * BATCH]
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[index]), labels[index]).backward()
            optimizer.step()

    return run


def textbook(x: np.ndarray, y: np.ndarray, dtype: type):
    network = Textbook(SIZES, KEEP, REG, dtype, seed=0)
    rng = np.random.default_rng(0)

    def run() -> None:
        order = rng.permutation(len(x))
        for i in range(STEPS):
            index = order[i * BATCH : (i + 1) * BATCH]
            network.step(x[index], y[index], RATE)

    return run


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.random((IMAGES, 784), dtype=np.float32)
    y = rng.integers(0, 10, IMAGES)
    torch.set_num_threads(1)
    with threadpool_limits(1):
        step, solver = ours(x, y)
        runs = {
            "lib_nn": step,
            "pytorch": eager(x, y),
            "textbook_float32": textbook(x, y, np.float32),
            "textbook_float64": textbook(x, y, np.float64),
        }
        seconds = alternated(runs)
        tracemalloc.start()
        weights, gradients = solver.model.params, solver.model.loss(x[:BATCH], y[:BATCH])[1]
        base, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for name, w in weights.items():
            solver.update_rule(w, gradients[name], solver.optim_configs[name], out=w)
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        square = rng.random((PEAK_SIZE, PEAK_SIZE), dtype=np.float32)
        products = 6 * BATCH * sum(a * b for a, b in zip(SIZES, SIZES[1:], strict=False)) - 2 * BATCH * 784 * HIDDEN[0]
        output(
            {
                "seconds_per_epoch": {
                    name: [value * (IMAGES // BATCH) / STEPS for value in values] for name, values in seconds.items()
                },
                "gflops_per_second": products * STEPS / min(seconds["lib_nn"]) / 1e9,
                "peak_gflops_per_second": peak(lambda: square @ square, PEAK_SIZE),
                "optimiser_bytes": top - base,
                "parameter_bytes": sum(w.nbytes for w in weights.values()),
                "blas": [
                    {key: info.get(key) for key in ("internal_api", "version", "architecture")}
                    for info in threadpool_info()
                    if info.get("user_api") == "blas"
                ],
                "core_type_pin": os.environ.get("OPENBLAS_CORETYPE"),
            }
        )


if __name__ == "__main__":
    main()
