"""Part (b) of the kit: train the arms of a run, seed by seed, arms in turn, until a deadline.

``python -m benchmarks.gpu.train --data FOLDER --out FOLDER --seconds 480`` joins the pieces of CIFAR-10 in ``--data``,
trains and tests what no bundle named by ``--have`` has yet, and leaves a bundle and train.json. It stops by itself: no
training begins that would not end in time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import queue
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.check import machine
from benchmarks.gpu.pieces import join
from benchmarks.gpu.settings import Settings
from lib.data.dataset import Dataset, load_dataset, save_dataset
from lib.data.splits import SplitConfig, split_by
from lib.vision.arm import facts_of, in_color, score_test_set, train_arm, training_images
from lib.vision.compute import Compute, resolve
from lib.vision.config import Arm, ComputeConfig, arm_of
from lib.vision.filters import COLUMNS
from lib.vision.models import build_model
from lib.vision.robustness import predict_augmented, predict_shifted
from lib.vision.saving import save_training
from lib.vision.training import Images, TrainingResult
from lib.vision.weights import load_weights
from lib.workflow import bundles
from lib.workflow.files import save_arrays, stable_json, whole_files
from lib.workflow.trainings import FILES, key_of

MARGIN = 1.1  # a training is begun if this many times what it will take fits into the time left
Job = tuple[str, int]
Cache = dict[tuple[str, int | None], Images]  # by colours and number


def train_one(
    settings: Settings, dataset: Dataset, compute: Compute, job: Job, folder: Path, cache: Cache
) -> dict[str, Any]:
    """Train, test and evaluate one arm and seed; its files go to ``folder``. Returns a row of the table."""
    name, seed = job
    arm = settings.arm(name)
    started = time.perf_counter()
    if (seen := (arm.color, arm.images)) not in cache:  # sorting the splits out and turning them gray takes a second
        cache[seen] = training_images(split_by(dataset, SplitConfig(**settings.split)), arm)
    images = cache[seen]
    began = time.perf_counter()
    result = train_arm(images, arm, compute, seed=seed)
    trained = time.perf_counter()
    facts = facts_of(result, arm, images, compute)
    key = key_of(
        *(settings.arms[name], settings.split, facts, torch.__version__),
        arm=name,
        seed=seed,
        code=settings.code["train_vision"],
        data=settings.data,
    )
    target = folder / "vision" / name / f"seed{seed}"
    save_training(result, images.y_val, COLUMNS, facts, key, [target / file for file in FILES])
    test = evaluate(settings, dataset, images.x_val, images.y_val, result, arm, name, compute, target)
    return {
        "arm": name,
        "seed": seed,
        "seconds": {
            "images": began - started,
            "training": trained - began,
            "evaluations": time.perf_counter() - trained,
        },
        "best_epoch": result.best_epoch,
        "validation_accuracy": result.history[result.best_epoch - 1]["val_accuracy"],
        "test_accuracy": float((test["scores"].argmax(axis=1) == test["labels"]).mean()),
    }


def evaluate(
    settings: Settings,
    dataset: Dataset,
    x_val: Any,
    y_val: Any,
    result: TrainingResult,
    arm: Arm,
    name: str,
    compute: Compute,
    target: Path,
) -> Mapping[str, Any]:
    """Write what the workflow's evaluations of this arm would; returns the scores on the test set."""
    model = build_model(len(result.normalisation.mean), arm.model, seed=0)
    model = load_weights(model, result.weights, compute)
    own = (result.normalisation, compute)
    arrays = {"test.npz": score_test_set(model, dataset, arm.color, *own)}
    if name in settings.evaluations["shifts.npz"]:
        count, largest = (settings.experiments["shifted_images"][key] for key in ("images", "largest_shift"))
        shifts = list(range(largest + 1))
        predicted = predict_shifted(model, in_color(dataset.x_test[:count], arm.color), shifts, *own)
        arrays["shifts.npz"] = {"predicted": predicted, "shifts": shifts, "labels": dataset.y_test[:count]}
    if name in settings.evaluations["augmented.npz"]:
        original = arm_of(settings.experiments["original"][arm.model.kind]).training.augmentation
        draws = settings.experiments["augmented_validation"]["draws"]
        predicted = predict_augmented(model, x_val, original, draws, *own)
        arrays["augmented.npz"] = {"predicted": predicted, "labels": y_val}
    for file, content in arrays.items():
        with whole_files(target / file) as (path,):
            save_arrays(path, **content)
    return arrays["test.npz"]


def work(number: int, settings_file: Path, data: Path, device: str, out: Path, jobs: Any, done: Any) -> None:
    """One of the processes side by side: job after job until there is none."""
    settings, dataset = Settings.read(settings_file), load_dataset(data)
    config = ComputeConfig(**{**settings.compute, "device": device})
    cache: Cache = {}
    while (job := jobs.get()) is not None:
        try:
            compute = resolve(config, settings.arm(job[0]).model.kind)
            done.put((number, job, train_one(settings, dataset, compute, job, out, cache)))
        except Exception as error:  # the others go on; the table says what happened
            done.put((number, job, {"arm": job[0], "seed": job[1], "failed": f"{type(error).__name__}: {error}"}))


def run(options: argparse.Namespace, settings: Settings, data: Path, folder: Path, have: set[Job]) -> dict[str, Any]:
    """Hand out jobs until the deadline; returns the table."""
    deadline = options.started + options.seconds
    todo = [job for job in settings.jobs(options.arms) if job not in have]
    context = mp.get_context("spawn")
    done: Any = context.Queue()
    inboxes = [context.Queue() for _ in range(options.side_by_side)]
    processes = [
        context.Process(target=work, args=(i, options.settings, data, options.device, folder, inboxes[i], done))
        for i in range(options.side_by_side)
    ]
    for process in processes:
        process.start()
    rows: list[dict[str, Any]] = []
    longest: dict[str, float] = {}
    busy: dict[int, tuple[Job, float]] = {}

    def next_job() -> Job | None:
        left = deadline - time.monotonic() - options.reserve
        # The longest of its kind had as many beside it as there can be; with fewer a training takes less.
        alone = (len(busy) + 2) / (options.side_by_side + 1)
        for job in todo:
            if MARGIN * min(1.0, alone) * longest.get(settings.arm(job[0]).model.kind, 0.0) < left:
                todo.remove(job)
                return job
        return None

    for i, inbox in enumerate(inboxes):
        if (job := next_job()) is not None:
            busy[i] = (job, time.monotonic())
        inbox.put(job)
    while busy and time.monotonic() < deadline - options.reserve:
        try:
            number, job, row = done.get(timeout=1.0)
        except queue.Empty:
            for i, (job, _) in [pair for pair in busy.items() if not processes[pair[0]].is_alive()]:
                rows.append({"arm": job[0], "seed": job[1], "failed": f"exit status {processes[i].exitcode}"})
                del busy[i]
            continue
        kind = settings.arm(job[0]).model.kind
        longest[kind] = max(longest.get(kind, 0.0), time.monotonic() - busy[number][1])
        rows.append(row)
        print(f"{time.monotonic() - options.started:6.1f} s  {json.dumps(row)}", flush=True)
        del busy[number]
        following = next_job()
        if following is not None:
            busy[number] = (following, time.monotonic())
        inboxes[number].put(following)
    for process in processes:
        process.join(timeout=0.5 if busy else 5.0)
        process.kill()
    return {"trainings": rows, "left": len(todo) + len(busy)}


def joined(options: argparse.Namespace, settings: Settings, folder: Path) -> Path:
    """The prepared data: that of ``--data`` itself, or joined from the pieces in that folder.

    Raises ValueError where they are not those that the settings are for.
    """
    dataset = load_dataset(options.data) if options.data.is_file() else join(options.data)
    if dataset.digest() != settings.data:
        raise ValueError(f"{options.data}: the data's digest is {dataset.digest()}, expected {settings.data}")
    path = folder / "cifar10.npz"
    save_dataset(path, dataset)
    return path


def note_inputs(settings: Settings, folder: Path) -> None:
    """Code stamps and settings where the workflow has them: the bundle says what evaluations were made with."""
    sections = {f"experiments.{name}": value for name, value in settings.experiments.items() if name != "original"}
    sections |= {f"cifar.recipes.original.{kind}": arm for kind, arm in settings.experiments["original"].items()}
    for name in ("code", "settings"):
        (folder / "inputs" / name).mkdir(parents=True)
    for script, digest in settings.code.items():
        (folder / f"inputs/code/{script}.txt").write_text(digest + "\n", encoding="utf-8")
    for name, value in sections.items():
        (folder / f"inputs/settings/{name}.json").write_text(stable_json(value), encoding="utf-8")


def unpacked(paths: Sequence[Path], folder: Path) -> set[Job]:
    """The trainings of earlier bundles, put where new ones will lie."""
    have = set()
    for path in paths:
        bundle = bundles.read(path)
        for training in bundle.trainings:
            bundles.unpack(bundle, training, folder / training.folder)
            have.add((training.arm, training.seed))
    return have


def main() -> None:
    started = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the pieces, or a prepared .npz")
    parser.add_argument("--out", type=Path, required=True, help="folder for the bundle and train.json")
    parser.add_argument("--settings", type=Path, default=Path("trainings.json"), help="what to train (trainings.json)")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try the kit without a GPU")
    parser.add_argument("--seconds", type=float, default=480, help="from the start of this command to its end")
    parser.add_argument("--reserve", type=float, default=20, help="of these, for packing")
    parser.add_argument("--side-by-side", type=int, default=2, help="trainings at a time (2)")
    parser.add_argument("--arms", nargs="*", default=[], help="train these only, in this order")
    parser.add_argument("--have", type=Path, nargs="*", default=[], help="bundles of earlier calls")
    parser.add_argument("--by-arm", action="store_true", help="a bundle for each arm, hardly rounded")
    options = parser.parse_args()
    options.started = started
    if options.side_by_side < 1:
        parser.error(f"--side-by-side: {options.side_by_side}; at least 1")
    if options.seconds <= options.reserve:
        parser.error(f"--seconds: {options.seconds:g}; more than --reserve, {options.reserve:g}")
    try:
        train_all(options)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


def train_all(options: argparse.Namespace) -> None:
    """What the command does, with its options."""
    started, settings = options.started, Settings.read(options.settings)
    if unknown := [arm for arm in options.arms if arm not in settings.arms]:
        raise ValueError(f"--arms: no arm {unknown[0]!r}; there are: {', '.join(settings.arms)}")
    resolve(ComputeConfig(**{**settings.compute, "device": options.device}), "cnn")  # is it there at all?
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / settings.run
        folder.mkdir()
        note_inputs(settings, folder)
        have = unpacked(options.have, folder)
        data = joined(options, settings, folder)
        print(f"{time.monotonic() - started:6.1f} s  the data are here", flush=True)
        result = {"machine": machine(), "run": settings.run, "side_by_side": options.side_by_side}
        result |= run(options, settings, data, folder, have)
        result["seconds"] = time.monotonic() - started
        failed = [row for row in result["trainings"] if "failed" in row]
        if len(have) + len(result["trainings"]) > len(failed):
            result["bundles"] = pack(options, settings, folder)
        result["seconds_with_packing"] = time.monotonic() - started
        (options.out / "train.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    made = len(result["trainings"]) - len(failed)
    print(f"{result['seconds_with_packing']:.0f} s, {made} trainings, {len(failed)} failed, {result['left']} left")
    if failed:
        raise SystemExit(f"error: {failed[0]['arm']} seed {failed[0]['seed']}: {failed[0]['failed']}")
    if not result["trainings"] and result["left"] and not have:
        raise SystemExit(f"error: no training ended in {options.seconds:g} s; give it more --seconds")


def pack(options: argparse.Namespace, settings: Settings, folder: Path) -> dict[str, int]:
    """The finished trainings as one bundle, or as one for each arm; bytes by name."""
    if not options.by_arm:
        return _packed(folder, options.out / f"{settings.run}.zip", {})
    parts = []
    for arm in sorted(path.name for path in (folder / "vision").glob("*")):
        part = folder / "parts" / arm / settings.run
        (part / "vision").mkdir(parents=True)
        os.symlink(folder / "vision" / arm, part / "vision" / arm)
        os.symlink(folder / "inputs", part / "inputs")
        parts.append((part, options.out / f"{settings.run}.{arm}.zip", {"score_bits": 10, "weight_bits": 11}))
    with ProcessPoolExecutor(mp_context=mp.get_context("spawn")) as pool:
        sizes = pool.map(_packed, *zip(*parts, strict=True))
    return {name: size for part in sizes for name, size in part.items()}


def _packed(folder: Path, target: Path, bits: dict[str, int]) -> dict[str, int]:
    return {target.name: bundles.pack(folder, target, **bits).size}


if __name__ == "__main__":
    main()
