"""Made-up results of the sections from the data sets to the optimisers, from which their summaries are made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.report.summary import Summary
from lib.summaries import batch_statistics, gradients, optimizers, overfit, printed_adam, search_budget


def made_data(is_sample: bool = False) -> dict[str, Any]:
    def part(samples: int, shape: list[int]) -> dict[str, Any]:
        return {"samples": samples, "image_shape": shape, "label_shape": [samples]}

    def data(shape: list[int], sizes: tuple[int, int, int]) -> dict[str, Any]:
        channels = shape[0]
        return {
            "source": "sample: patches" if is_sample else "official",
            "is_sample": is_sample,
            "digest": {"train": "0123456789abcdef" * 4, "test": "f" * 64},
            "class_names": [str(i) for i in range(10)],
            "splits": {name: part(n, shape) for name, n in zip(("train", "validation", "test"), sizes, strict=True)},
            "mean": [0.1 * (i + 1) for i in range(channels)],
            "std": [0.2] * channels,
            **(
                {"image_std": [0.2, 0.19, 0.2], "all_values": [0.47, 0.25], "luma": [0.48, 0.24]}
                if channels == 3
                else {}
            ),
        }

    return {"mnist": data([1, 28, 28], (55, 5, 10)), "cifar10": data([3, 32, 32], (45, 6, 11))}


PARAMETERS = ("W1", "W2", "W3", "b1", "b2", "b3")
PLAIN = (1e-7, 4e-6, 2e-7, 5e-9, 2e-9, 5e-11)
REGULARISED = (1e-8, 6e-8, 3e-7, 1e-8, 1e-9, 2e-10)
GRADIENT_SETTINGS = {"check": {"input_size": 3, "hidden": [4], "classes": 5, "weight_scale": 0.5}}
# The errors as the original report printed them, with the means that it printed below them.
PRINTED = {
    "plain": (1.48e-7, 2.21e-5, 3.53e-7, 5.38e-9, 2.09e-9, 5.80e-11),
    "regularised": (1.14e-8, 6.87e-8, 3.48e-8, 1.48e-8, 1.72e-9, 1.80e-10),
}


def printed_references(means: dict[str, float]) -> dict[str, Any]:
    values: dict[str, Any] = {"gradients.loss.plain": 2.3005, "gradients.loss.regularised": 7.0521}
    for key, rows in PRINTED.items():
        values |= {f"gradients.error.{key}.{p}": e for p, e in zip(PARAMETERS, rows, strict=True)}
        values[f"gradients.mean_error.{key}"] = means[key]
    return values


def made_check(plain: tuple[float, ...] = PLAIN, regularised: tuple[float, ...] = REGULARISED) -> dict[str, Any]:
    columns = [
        {
            "regularisation": strength,
            "initial_loss": loss,
            "squared_weights": 8.0,
            "score_range": 0.2,
            "errors": dict(zip(PARAMETERS, errors, strict=True)),
            "mean_error": float(np.mean(errors)),
        }
        for strength, loss, errors in ((0, 1.6, plain), (2, 10.0, regularised))
    ]
    return {"step": 1e-5, "columns": columns}


def made_layers() -> pd.DataFrame:
    rows = [
        ("affine", "", np.nan, np.nan, "x", 1e-9, 1e-15),
        ("affine", "", np.nan, np.nan, "w", 3e-9, 2e-15),
        ("dropout", "", 0.7, np.nan, "x", 1e-10, 0.0),
        ("network", "none", 1.0, 0.0, "W1", 1e-7, 1e-14),
        ("network", "none", 1.0, 0.0, "b1", 5e-7, 1e-15),
        ("network", "batchnorm", 0.7, 0.0, "W1", 2e-6, 3e-14),
        ("network", "batchnorm", 0.7, 0.0, "gamma1", 1e-8, 9e-14),
    ]
    names = [
        "subject",
        "normalization",
        "keep_ratio",
        "regularisation",
        "quantity",
        "numerical_error",
        "autograd_error",
    ]
    return pd.DataFrame(rows, columns=names)


def made_steps(factor: dict[str, float], seeds: int = 4) -> pd.DataFrame:
    """Rounding falls as 1 / h up to 1e-5, truncation grows as h^2 from there; ``factor`` is the penalty's."""
    rows = []
    for seed, strength, step, group in itertools.product(
        range(seeds), (0.0, 10.0), 10.0 ** np.arange(-8, -1), ("weights", "biases")
    ):
        error = max(1e-15 / step, (step / 1e-5) ** 2 * 1e-10) * 1.1**seed
        error *= factor[group] if strength else 1
        rows.append((seed, strength, step, group, error, 100 * error))
    names = ["seed", "regularisation", "step", "group", "absolute_error", "relative_error"]
    return pd.DataFrame(rows, columns=names)


def made_gradients(**changes: Any) -> Summary:
    inputs: dict[str, Any] = {
        "check": made_check(),
        "layers": made_layers(),
        "steps": made_steps({"weights": 0.5, "biases": 3.0}),
        "settings": GRADIENT_SETTINGS,
    }
    return gradients.summarise(**(inputs | changes))


SCALES = (1e-3, 1e-2, 1e-1, 1.0)
RATES = (1e-4, 1e-2, 1.0)
OVERFIT_SETTINGS = {
    "training": {"validation_images": 100},
    "cnn": {"learning_rate": 0.01},
    "networks": {
        "three": {"hidden": [50, 50], "weight_scale": 0.03, "learning_rate": 4e-3},
        "five": {"hidden": [50] * 4, "weight_scale": 0.08, "learning_rate": 3e-3},
    },
}


def made_grid(works: dict[tuple[float, float], float]) -> pd.DataFrame:
    """A run's grid; ``works`` gives the accuracies that are not 0.5, by (weight scale, learning rate)."""
    rows = [(s, r, works.get((s, r), 0.5)) for s in SCALES for r in RATES]
    return pd.DataFrame(rows, columns=["weight_scale", "learning_rate", "train_accuracy"])


WIDE = {(1e-2, 1e-2): 1.0, (1e-1, 1e-2): 1.0, (1e-1, 1e-4): 1.0, (1.0, 1.0): np.nan}
NARROW = {(1e-1, 1e-4): 1.0}


def made_learning(accuracies: dict[str, tuple[float, ...]], last_train: float = 1.0) -> pd.DataFrame:
    rows = []
    for network_name, values in accuracies.items():
        for seed, val in enumerate(values):
            rows.append((network_name, seed, 0, np.nan, 0.1, 0.1))
            rows.append((network_name, seed, 1, 1.0, 0.6, 0.5))
            rows.append((network_name, seed, 2, 0.2 + 0.1 * seed, last_train, val))
    names = ["network", "seed", "epoch", "loss", "train_accuracy", "val_accuracy"]
    return pd.DataFrame(rows, columns=names)


def made_norms(powers: dict[str, float], seeds: int = 2) -> pd.DataFrame:
    rows = [
        (name, seed, scale, layer, (1 + seed) * scale**power, 1.0)
        for name, power in powers.items()
        for seed in range(seeds)
        for scale in SCALES
        for layer in (1, 2)
    ]
    names = ["network", "seed", "weight_scale", "layer", "gradient_norm", "activation_std"]
    return pd.DataFrame(rows, columns=names)


def made_grids(regions: dict[str, list[dict[tuple[float, float], float]]]) -> pd.DataFrame:
    return pd.concat(
        made_grid(works).assign(network=name, seed=seed)
        for name, runs in regions.items()
        for seed, works in enumerate(runs)
    )


def made_cnn(*accuracies: float, train: float = 1.0) -> dict[int, dict[str, float]]:
    return {
        seed: {"train_accuracy": train, "val_accuracy": accuracy, "perfect_from": 9 + seed}
        for seed, accuracy in enumerate(accuracies)
    }


def made_overfit(**changes: Any) -> Summary:
    inputs: dict[str, Any] = {
        "history": made_learning({"three": (0.15, 0.17), "five": (0.14, 0.12)}),
        "grid": made_grids({"three": [WIDE, WIDE, WIDE], "five": [NARROW, NARROW, NARROW]}),
        "gradient_norms": made_norms({"three": 2, "five": 4}),
        "cnn": made_cnn(0.25, 0.27, 0.3),
        "settings": OVERFIT_SETTINGS,
    }
    return overfit.summarise(**(inputs | changes))


RATES_OF_OPTIMIZERS = {"sgd": 5e-3, "sgd_momentum": 5e-3, "rmsprop": 1e-4, "adam": 1e-3, "adam_as_printed": 1e-3}
TARGET_LOSSES = [1.8, 1.5, 1.3]
OPTIMIZER_SETTINGS = {
    "target_losses": TARGET_LOSSES,
    "runs": {name: {"learning_rate": rate} for name, rate in RATES_OF_OPTIMIZERS.items()},
}


def made_runs(finals: dict[str, float], seeds: int = 3) -> dict[str, pd.DataFrame]:
    """Two epochs of two iterations each; a final of 0.4 means loss 0.6 and 0.8 in the last epoch."""
    losses, epochs = [], []
    for name, seed in itertools.product(finals, range(seeds)):
        val = finals[name] + 0.01 * seed
        for i, loss in enumerate((2.0, 1.5, 1 - finals[name], 1.2 - finals[name]), start=1):
            losses.append((name, seed, i, loss))
        for epoch, accuracy in enumerate((0.9, val + 0.05, val)):  # the first is before training
            epochs.append((name, seed, epoch, accuracy, accuracy))
    return {
        "losses": pd.DataFrame(losses, columns=["optimizer", "seed", "iteration", "loss"]),
        "epochs": pd.DataFrame(epochs, columns=["optimizer", "seed", "epoch", "train_accuracy", "val_accuracy"]),
    }


def made_optimizers(finals: dict[str, float], seeds: int = 3, **more: Any) -> Summary:
    published = {f"optimizers.learning_rate.{name}": rate for name, rate in RATES_OF_OPTIMIZERS.items()}
    runs = made_runs(finals, seeds)
    return optimizers.summarise(**{**runs, "settings": OPTIMIZER_SETTINGS, "published": published, **more})


def made_search_budget(chosen: dict[str, float], seeds: int = 3, early: dict[str, float] | None = None) -> Summary:
    """Every search finds 0.01 best for the end and 0.1 for speed; at the rates chosen, the first optimiser comes first.

    ``chosen`` are the rates for the end, ``early`` those for speed. For speed the order is the other way round.
    """
    rates = {1e-3: (2.2, 0.2), 1e-2: (2.1, 0.4), 1e-1: (2.0, 0.3), 1.0: (np.nan, 0.1)}
    rows = [(name, seed, rate, *found) for name in chosen for seed in (0, 1) for rate, found in rates.items()]
    ranked = {"end": list(chosen), "speed": list(reversed(chosen))}
    runs = {
        criterion: made_runs({name: 0.4 - 0.1 * place for place, name in enumerate(names)}, seeds)
        for criterion, names in ranked.items()
    }
    return search_budget.summarise(
        trials=pd.DataFrame(rows, columns=["optimizer", "seed", "learning_rate", "first_epoch_loss", "val_accuracy"]),
        chosen={(name, "end"): rate for name, rate in chosen.items()}
        | {(name, "speed"): rate for name, rate in (early or dict.fromkeys(chosen, 1e-1)).items()},
        **{
            table: pd.concat(found[table].assign(criterion=criterion) for criterion, found in runs.items())
            for table in ("losses", "epochs")
        },
        target_losses=TARGET_LOSSES,
    )


def made_printed_adam(adam: Sequence[float], as_printed: Sequence[float]) -> Summary:
    """From test accuracies by seed."""
    accuracies = {"adam": dict(enumerate(adam)), "adam_as_printed": dict(enumerate(as_printed))}
    return printed_adam.summarise(accuracies=accuracies, steps=50)


def made_batch_statistics(batch: Mapping[Any, float], layer: Mapping[Any, float], seeds: int = 1) -> Summary:
    """From the accuracies of either normalisation by size of the test batch, and with ``running`` statistics."""
    rows = [
        (
            name,
            seed,
            "running" if size == "running" else "batch",
            1000 if size == "running" else size,
            value,
            round(1000 * max(by_size["running"] - value, 0)),
            round(1000 * max(value - by_size["running"], 0)),
        )
        for name, by_size in (("batchnorm", batch), ("layernorm", layer))
        for seed in range(seeds)
        for size, value in by_size.items()
    ]
    columns = ["normalization", "seed", "statistics", "batch_size", "accuracy", "lost", "gained"]
    return batch_statistics.summarise(pd.DataFrame(rows, columns=columns))
