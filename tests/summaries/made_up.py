"""Made-up results of the image sections, from which their summaries are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.experiments.arm_results import ArmResults
from lib.report.summary import Summary
from lib.summaries import cifar, discussion, environment, gray, mnist, near_duplicates
from lib.vision.filters import thresholds
from tests.studies import arm_files
from tests.studies.arm_files import CONFIG

RECIPES = CONFIG["cifar"]["recipes"]
CLASSES = ("airplane", "automobile", "bird", "cat")
SEEDS = {"mlp-rgb": [40, 44, 50], "mlp-gray": [50, 56], "cnn-rgb": [10], "cnn-gray": [14]}
LABELS = np.repeat(np.arange(4), 25)  # 25 images of each of 4 classes
REFERENCE = {
    "cifar.test_accuracy.mlp": 0.5571,
    "cifar.test_accuracy.cnn": 0.9279,
    "gray.test_accuracy.mlp": 0.4637,
    "gray.test_accuracy.cnn": 0.9028,
    "mnist.test_accuracy": 0.9805,
}


def made_scores(predicted: np.ndarray, classes: int = 4) -> np.ndarray:
    return np.eye(classes)[predicted] * 5.0


def made_test(wrong: int) -> dict[str, np.ndarray]:
    """A test result with that many mistakes, every one a class taken for the next."""
    predicted = LABELS.copy()
    predicted[:wrong] = (predicted[:wrong] + 1) % 4
    scores = made_scores(predicted)
    return {"scores": scores, "flipped_scores": scores, "labels": LABELS}


def made_history(*val: float, train: float = 0.7) -> pd.DataFrame:
    epochs = range(1, len(val) + 1)
    columns = {"learning_rate": 0.1, "train_loss": 1.25, "train_accuracy": train, "val_loss": 1.5}
    return pd.DataFrame([{"epoch": e, "val_accuracy": v, **columns} for e, v in zip(epochs, val, strict=True)])


def made_layer(kind: str, shape: Sequence[int], parameters: int, field: int, detail: str = "") -> dict[str, Any]:
    return {
        "name": f"features.{kind.lower()}",
        "kind": kind,
        "detail": detail,
        "output_shape": list(shape),
        "parameters": parameters,
        "receptive_field": field,
    }


def made_architectures() -> dict[str, dict[str, Any]]:
    arms = {}
    for color, channels in (("rgb", 3), ("gray", 1)):
        size = channels * 32 * 32
        hidden = size * 512 + 512
        mlp = [
            made_layer("Flatten", [size], 0, 32),
            made_layer("Linear", [512], hidden, 32),
            made_layer("ReLU", [512], 0, 32),
        ]
        kernels = 64 * channels * 9
        detail = f"{channels}, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False"
        cnn = [made_layer("Conv2d", [64, 32, 32], kernels, 3, detail), made_layer("MaxPool2d", [64, 16, 16], 0, 4)]
        cnn.append(made_layer("Linear", [4], 64 * 256 * 4 + 4, 32))
        for name, layers in (("mlp", mlp), ("cnn", cnn)):
            total = sum(layer["parameters"] for layer in layers)
            arms[f"{name}-{color}"] = {"layers": layers, "parameters": total, "input_shape": [channels, 32, 32]}
    return arms


def made_filters(kinds: Sequence[str]) -> pd.DataFrame:
    count = len(kinds)
    rates = [0.001 if kind == "dead" else 0.5 for kind in kinds]
    norms = np.linspace(0.5, 1.5, count)
    scores = {"edge_score": 0.4, "colour_score": 0.5}
    return pd.DataFrame({"filter": range(count), "weight_norm": norms, "firing_rate": rates, "kind": kinds, **scores})


def made_networks(edges: Sequence[int], colours: Sequence[int], *, filters: int = 64) -> pd.DataFrame:
    """Networks with so many filters of each kind after the last of two epochs, and none of either before it."""
    limits, rows = thresholds(3), []
    for seed, (edge, colour) in enumerate(zip(edges, colours, strict=True)):
        for epoch in (0, 3):
            number = np.arange(filters)
            above = {
                "edge_score": (number < edge) & (epoch > 0),
                "colour_score": (number >= filters - colour) & (epoch > 0),
            }
            scores = {name: np.where(found, 0.99, 0.01) for name, found in above.items()}
            rows.append(pd.DataFrame({"seed": seed, "epoch": epoch, "filter": number, "firing_rate": 0.5, **scores}))
    assert max(limits.edge, limits.colour or 0) < 0.99
    return pd.concat(rows)


def made_limits() -> dict[str, float | None]:
    limits = thresholds(3)
    return {"edge_threshold": limits.edge, "colour_threshold": limits.colour, "firing_threshold": limits.firing}


KINDS = ("edge", "edge", "colour", "edge and colour", "neither", "neither", "neither", "dead")


def made_cifar(
    wrong: Mapping[str, Sequence[int]], *, name: str = "compressed", kinds: Sequence[str] = KINDS, **more: Any
) -> Summary:
    models = ("mlp", "cnn")
    seeds = {model: range(len(wrong[model])) for model in models}
    epochs = 100 if name == "original" else 3
    val = np.linspace(0.4, 0.6, epochs)
    training = {"device": "cpu", "precision": "float32", "epochs": epochs, "images": 45000, "threads": 2}
    inputs: dict[str, Any] = {
        "recipe": dict.fromkeys(models, name),
        "recipes": RECIPES,
        "architectures": {model: made_architectures()[f"{model}-rgb"] for model in models},
        "histories": {m: {s: made_history(*val, train=more.pop("train", 0.7)) for s in seeds[m]} for m in models},
        "trainings": {m: {s: training | {"best_epoch": epochs} for s in seeds[m]} for m in models},
        "tests": {m: {s: made_test(wrong[m][s]) for s in seeds[m]} for m in models},
        "class_names": CLASSES,
        "filters": made_filters(kinds),
        "networks": made_networks([20, 15, 18], [12, 9, 11]),
        "thresholds": made_limits(),
        "reference": REFERENCE,
    }
    return cifar.summarise(**(inputs | more))


def made_near_duplicates(near: Sequence[int], results: ArmResults) -> Summary:
    """Of the images of ``tests.studies.arm_files``, ``near`` have a near-duplicate, the first of another label.

    Every third of all images resembles a mirror image.
    """
    labels, images = arm_files.LABELS, np.arange(arm_files.IMAGES)
    is_near = np.isin(images, near)
    found = {
        "near": is_near,
        "correlation": np.where(is_near, 0.99, 0.7).astype(np.float32),
        "mirrored": images % 3 == 0,
        "labels": labels,
        "nearest_labels": np.where(images == min(near, default=0), (labels + 1) % 4, labels),
        "compared": np.array(1000),
    }
    return near_duplicates.summarise(found, results)


def made_gray(wrong: Mapping[str, Sequence[int]], reference: dict[str, float] | None = REFERENCE) -> Summary:
    tests = {arm: {seed: made_test(count) for seed, count in enumerate(counts)} for arm, counts in wrong.items()}
    histories = {arm: {s: made_history(0.4, 0.6, 0.5) for s in runs} for arm, runs in tests.items()}
    return gray.summarise(architectures=made_architectures(), histories=histories, tests=tests, reference=reference)


def made_trials(count: int = 20, failed: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rates = 10 ** rng.uniform(-4, -2, count)
    table = pd.DataFrame(
        {
            "trial": np.arange(1, count + 1),
            "learning_rate": rates,
            "weight_scale": 10 ** rng.uniform(-2, -1, count),
            "regularisation": 10 ** rng.uniform(-4, -1, count),
            "keep_ratio": rng.uniform(0.7, 1, count),
            "val_accuracy": 0.9 + 0.02 * np.log10(rates),
            "best_epoch": 10,
        }
    )
    if failed:
        table.loc[0, "val_accuracy"] = np.nan
    return table


def made_mnist(
    wrong: Sequence[int],
    trials: pd.DataFrame | None = None,
    train: float = 0.99,
    first: int | None = None,
    without: Sequence[int] | None = None,
) -> Summary:
    """``wrong``: images wrong in each training; ``without`` the play-off, if not the same; ``first`` of the search."""
    trials = made_trials() if trials is None else trials
    layers = [
        {"name": "1", "input_size": 784, "output_size": 256, "activation": "ReLU", "weights": 200704, "biases": 256}
        | {"gamma_beta": 512, "parameters": 200960},
        {"name": "2", "input_size": 256, "output_size": 10, "activation": None, "weights": 2560, "biases": 10}
        | {"gamma_beta": 0, "parameters": 2570},
    ]
    accuracy = {"best_val_accuracy": 0.982, "final_val_accuracy": 0.981, "best_epoch": 18}
    history = pd.DataFrame({"epoch": [0, 1], "loss": [np.nan, 0.05], "train_accuracy": train, "val_accuracy": 0.981})
    runs = range(len(wrong))
    best = {str(key): value for key, value in trials.nlargest(1, "val_accuracy").iloc[0].items()}
    return mnist.summarise(
        architecture={"layers": layers, "total": 203530, "total_with_norm": 204042},
        trials=trials,
        best=best,
        searched=dict.fromkeys(runs, best if first is None else best | {"trial": first, "keep_ratio": 0.5}),
        histories=dict.fromkeys(runs, history),
        results={seed: accuracy | {"test_accuracy": 1 - wrong[seed] / 100} for seed in runs},
        predictions={seed: made_test(wrong[seed]) for seed in runs},
        choices={
            "no_playoff": dict(enumerate(map(made_test, wrong if without is None else without))),
            "published": dict(enumerate(map(made_test, wrong))),
        },
        class_names=("0", "1", "2", "3"),
        reference=REFERENCE,
    )


def made_discussion(mnist_part: Summary, cifar_part: Summary) -> Summary:
    return discussion.summarise(mnist=mnist_part, cifar=cifar_part, architectures=made_architectures())


TRAINED_ON = {
    "device": "cpu",
    "device_name": "AVX512",
    "precision": "bfloat16",
    "threads": 2,
    "torch": "2.9",
    "numpy": "2.0",
}


def made_environment(gpu: str | None, trainings: Sequence[Mapping[str, Any]] = ()) -> Summary:
    data = {name: {"digest": {"test": "b" * 64, "train": "a" * 64}} for name in ("cifar10", "mnist")}
    system = {"python": "3.11.9", "platform": "Linux", "processor": "any"}
    packages = {"torch": "2.1", "Jinja2": "3.1", "numpy": "2.0"}
    return environment.summarise(
        **system,
        gpu=gpu,
        packages=packages,
        data=data,
        trainings=trainings or [{**TRAINED_ON, "arm": "mlp-rgb"}],
    )
