"""Part (a) of the kit: is a GPU's training fast, exact and the same from run to run? Some minutes on an H100.

``python -m benchmarks.gpu.check --out FOLDER`` leaves check.json there. Random images: their content costs no time, and
epochs are as long as CIFAR-10's. Each part runs in a process of its own, one after the other, so that nothing is
measured beside anything else, but for the trainings that are to run side by side.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.gpu.settings import Settings
from lib.vision.compute import Compute, resolve
from lib.vision.config import Arm, ComputeConfig, Precision
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.optimizers import Stepper
from lib.vision.steps import RecordedStep, Step
from lib.vision.training import Feed, Images, TrainingResult, train

KINDS = {"cnn": "cnn-rgb", "mlp": "mlp-rgb"}
PRECISIONS = tuple(name for name in get_args(Precision) if name != "auto")
STEPS = ("tests", "speed", "beside")
SIDE_BY_SIDE = (1, 2, 4)
PROFILED = 16  # steps
PEAK_SIZE = 8192


def images(n: int) -> Images:
    """As many random images as CIFAR-10 has for training, and a ninth of that for validation."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n + n // 9, 3, 32, 32), dtype=np.uint8)
    y = rng.integers(0, 10, len(x))
    return Images(x[:n], y[:n], x[n:], y[n:])


def short(arm: Arm, epochs: int) -> Arm:
    """The arm's first epochs."""
    return Settings.changed(arm, epochs=epochs, milestones=tuple(range(1, epochs)))


def digest(result: TrainingResult) -> str:
    """sha256 of the history, the weights and the scores of a training."""
    state = hashlib.sha256(json.dumps(result.history).encode())
    for name in sorted(result.weights):
        state.update(name.encode() + np.ascontiguousarray(result.weights[name]).tobytes())
    state.update(result.val_scores.tobytes())
    return state.hexdigest()


def timed(data: Images, arm: Arm, compute: Compute) -> dict[str, Any]:
    """Seconds of each epoch, validation included, and the digest of a training of some epochs."""
    ends = [time.perf_counter()]

    def observe(*_: object) -> list[dict[str, float]]:
        ends.append(time.perf_counter())
        return []

    result = train(data, arm.model, arm.training, compute, seed=0, observe=observe)
    return {"seconds": [b - a for a, b in zip(ends, ends[1:], strict=False)], "digest": digest(result)}


def flops_per_step(arm: Arm) -> int:
    """Floating-point operations of one batch, forward and backward, as PyTorch counts them."""
    channels = 1 if arm.color == "gray" else 3
    model = build_model(channels, arm.model, seed=0).to("meta")
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(arm.training.batch_size, channels, 32, 32, device="meta")).sum().backward()
    return int(counter.get_total_flops())


def matrix_peak(compute: Compute) -> float:
    """FLOP/s of a large product of random matrices: the best of five."""
    size = PEAK_SIZE if compute.device.type == "cuda" else 256
    a, b = (torch.rand(size, size, device=compute.device, dtype=compute.dtype) for _ in range(2))
    best = float("inf")
    for _ in range(6):
        _wait(compute)
        start = time.perf_counter()
        a @ b
        _wait(compute)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best


def kernels(data: Images, arm: Arm, compute: Compute) -> tuple[float, list[list[object]]]:
    """Kernels per step, and the largest by their microseconds per step; 0 and none without CUDA."""
    if compute.device.type != "cuda":
        return 0.0, []
    from torch.profiler import ProfilerActivity, profile

    run = _stepping(data, arm, compute)
    run()
    _wait(compute)
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        run()
        _wait(compute)
    found = [event for event in profiler.key_averages() if event.self_device_time_total > 0]
    largest = sorted(found, key=lambda event: -event.self_device_time_total)[:25]
    rows: list[list[object]] = [
        [event.key[:110], event.count / PROFILED, event.self_device_time_total / PROFILED] for event in largest
    ]
    return sum(event.count for event in found) / PROFILED, rows


def _stepping(data: Images, arm: Arm, compute: Compute) -> Callable[[], None]:
    """:data:`PROFILED` steps of a training, again and again on its first batches."""
    normalisation = Normalisation.of(data.x_train)
    model = build_model(data.x_train.shape[1], arm.model, seed=0)
    model = model.to(compute.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    stepper = Stepper(model, arm.training.optimizer, PROFILED, 1, compute.dtype)
    step = (RecordedStep if compute.recorded else Step)(model, stepper, normalisation, arm.training, compute)
    feed = Feed(data, arm.training, compute, seed=0)
    rates = [stepper.rates(0)] * PROFILED
    return lambda: list(step.epoch(feed, 0, rates, None)) and None


def _wait(compute: Compute) -> None:
    if compute.device.type == "cuda":
        torch.cuda.synchronize()


def speed(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Every precision, eager and recorded, of one kind of model."""
    data, kind = images(options.images), options.kind
    arm = short(settings.arm(KINDS[kind]), options.epochs)
    rows: dict[str, Any] = {}
    for precision in options.precisions:
        for mode, graphs in (("eager", "off"), ("recorded", "auto")):
            compute = resolve(ComputeConfig(device=options.device, precision=precision, graphs=graphs), kind)
            row = timed(data, arm, compute)
            row["images_per_second"] = options.images / float(np.median(row["seconds"][1:]))
            if graphs == "off" or precision == "bfloat16":
                row["kernels_per_step"], row["largest_kernels"] = kernels(data, arm, compute)
            row["peak"] = rows[f"{precision} eager"]["peak"] if graphs == "auto" else matrix_peak(compute)
            row["flops_per_second"] = flops_per_step(arm) * row["images_per_second"] / arm.training.batch_size
            rows[f"{precision} {mode}"] = row
            if compute.device.type == "cuda":
                row["peak_memory_mib"] = torch.cuda.max_memory_allocated() / 2**20
                torch.cuda.reset_peak_memory_stats()
    return {"flops_per_step": flops_per_step(arm), "rows": rows}


def alone(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """One training of some epochs, in the last of the precisions."""
    compute = resolve(ComputeConfig(device=options.device, precision=options.precisions[-1]), options.kind)
    row = timed(images(options.images), short(settings.arm(KINDS[options.kind]), options.epochs), compute)
    return row | {"precision": compute.precision}


def machine() -> dict[str, Any]:
    """What it was measured on."""
    here = {"torch": torch.__version__, "numpy": np.__version__, "cores": os.cpu_count()}
    here["multi_process_service"] = "CUDA_MPS_PIPE_DIRECTORY" in os.environ
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        here |= {"gpu": properties.name, "memory_gib": properties.total_memory / 2**30, "cuda": torch.version.cuda}
        here |= {"cudnn": torch.backends.cudnn.version()}
    return here


PARTS = {"speed": speed, "alone": alone}


def _start(options: argparse.Namespace, part: str, **changes: object) -> subprocess.Popen[str]:
    own = {**vars(options), "part": part, **changes}
    names = ("part", "kind", "images", "epochs", "device", "settings")
    arguments = [text for name in names for text in (f"--{name}", str(own[name]))]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gpu.check", *arguments, "--precisions", *own["precisions"]],
        stdout=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> Any:
    answer, _ = process.communicate()
    try:
        return json.loads(answer.splitlines()[-1])
    except (IndexError, ValueError):
        return {"failed": f"exit status {process.returncode}"}


def cuda_tests() -> dict[str, Any]:
    """What pytest says of the CUDA tests."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-rfs", "-p", "no:cacheprovider", "tests/vision/test_cuda.py"]
    own = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    tail = done.stdout.splitlines()[-12:] if done.returncode == 0 else done.stdout.splitlines()[-80:]
    return {"status": done.returncode, "seconds": time.perf_counter() - started, "said": tail}


def table(result: Mapping[str, Any]) -> str:
    """The measurements as lines to read."""
    lines = [json.dumps(result["machine"])]
    if tests := result.get("tests"):
        lines.append("CUDA tests: " + "\n".join(tests["said"][-60 if tests["status"] else -1 :]))
    for kind in KINDS:
        if "failed" in result.get(kind, {}):
            lines.append(f"{kind}: {result[kind]['failed']}")
        for name, row in result.get(kind, {}).get("rows", {}).items():
            lines.append(
                f"{kind} {name:18} {row['images_per_second']:9,.0f} images/s, median epoch"
                f" {np.median(row['seconds'][1:]):.3f} s, {row['flops_per_second'] / row['peak']:.1%} of"
                f" {row['peak'] / 1e12:.0f} TFLOP/s, {row.get('kernels_per_step', 0):.0f} kernels, {row['digest'][:12]}"
            )
    for kind, runs in result.get("side_by_side", {}).items():
        for count, rows in runs.items():
            medians = [np.median(row["seconds"][1:]) if "seconds" in row else float("nan") for row in rows]
            digests = {row.get("digest", "failed")[:12] for row in rows}
            lines.append(f"{kind}: {count} side by side, epochs of {np.round(medians, 3).tolist()} s, {digests}")
    return "\n".join(lines)


def faults(result: Mapping[str, Any]) -> list[str]:
    """What a GPU must not be used with: tests or measurements that failed, results that should be the same."""
    found = ["the tests on CUDA failed"] if result.get("tests", {}).get("status") else []
    for kind in KINDS:
        if "failed" in result.get(kind, {}):
            found.append(f"{kind}: not measured")
        rows = result.get(kind, {}).get("rows", {})
        for name, row in rows.items():
            if row["digest"] != rows[f"{name.split()[0]} eager"]["digest"]:
                found.append(f"{kind}, {name}: other results than eager")
        runs = [run for runs in result.get("side_by_side", {}).get(kind, {}).values() for run in runs]
        if len({run.get("digest") for run in runs}) > 1:
            found.append(f"{kind}: trainings side by side differ")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for check.json")
    parser.add_argument("--settings", type=Path, default=Path("trainings.json"), help="the models (trainings.json)")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try the kit without a GPU")
    parser.add_argument("--images", type=int, default=45_000, help="in an epoch (45,000)")
    parser.add_argument("--epochs", type=int, default=4, help="of each training (4)")
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), help="all of them by default")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=STEPS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="side by side")
    parser.add_argument("--counts", nargs="+", type=int, default=SIDE_BY_SIDE, help="side by side")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=KINDS, default="cnn", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options, Settings.read(options.settings))))
        return
    if options.out is None:
        parser.error("--out: a folder for check.json is needed")
    try:
        Settings.read(options.settings)
        resolve(ComputeConfig(device=options.device), "cnn")
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    result: dict[str, Any] = {"machine": machine()}
    if "tests" in options.only:
        result["tests"] = cuda_tests()
    for kind in KINDS if "speed" in options.only else ():
        result[kind] = _answer(_start(options, "speed", kind=kind))
        (options.out / "check.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    result["side_by_side"] = {}
    for kind in options.kinds if "beside" in options.only else ():
        runs = result["side_by_side"][kind] = {}
        for count in options.counts:
            beside = [_start(options, "alone", kind=kind) for _ in range(count)]
            runs[str(count)] = [_answer(process) for process in beside]
    result["seconds"] = time.perf_counter() - started
    (options.out / "check.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{table(result)}\n{result['seconds']:.0f} s in all")
    if wrong := faults(result):
        raise SystemExit("error: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
