"""Section 2.7: MLP against CNN on CIFAR-10."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.experiments.paths import ARM, run_files
from lib.report.statistics import binomial_standard_error, estimate, image_error, mean_error
from lib.report.summary import Column, Summary, Table
from lib.summaries import recipe as recipes_in_words
from lib.summaries.classification import (
    accuracy,
    both,
    class_accuracies,
    class_label,
    flip_average,
    most_confused,
    share_right,
    total_confusion,
)
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_gap
from lib.summaries.filters import add_filters

MODELS = {"mlp": "MLP", "cnn": "CNN"}
# Layers that change neither shape nor receptive field and have no parameters.
_LEFT_OUT = ("ReLU", "Dropout")
_KINDS = {
    "Conv2d": both("卷积", "convolution"),
    "BatchNorm2d": both("批归一化", "batch norm"),
    "BatchNorm1d": both("批归一化", "batch norm"),
    "MaxPool2d": both("最大池化", "max-pooling"),
    "Flatten": both("展平", "flattening"),
    "Linear": both("全连接", "linear"),
}

Runs = Mapping[int, Mapping[str, np.ndarray]]


def summarise(
    *,
    recipe: Mapping[str, str],
    recipes: Mapping[str, Mapping[str, Any]],
    architectures: Mapping[str, Mapping[str, Any]],
    histories: Mapping[str, Mapping[int, pd.DataFrame]],
    trainings: Mapping[str, Mapping[int, Mapping[str, Any]]],
    tests: Mapping[str, Runs],
    class_names: Sequence[str],
    filters: pd.DataFrame,
    networks: pd.DataFrame,
    thresholds: Mapping[str, float | None],
    reference: Mapping[str, float] | None = None,
) -> Summary:
    """Numbers, tables and facts of the section; mappings go by model (``mlp``, ``cnn``), then by seed.

    Parameters
    ----------
    recipe, recipes : ``cifar.recipe``, the name for each model, and ``cifar.recipes`` of the configuration
    architectures : vision/architecture/{model}-rgb.json
    histories, trainings, tests : history.csv, training.json and test.npz of each run in colour; the last has
        ``scores`` and ``flipped_scores`` (N, C) and ``labels`` (N,)
    class_names : names of the C classes
    filters, thresholds : vision/filters.csv, and the limits ``edge_threshold``, ``colour_threshold``,
        ``firing_threshold`` that sorted it
    networks : filters.csv of every CNN in colour, with the column ``seed``
    reference : reference values by number id; none of them on sample data
    """
    reference = reference or {}
    summary = Summary()
    for model in MODELS:
        arms = {name: recipes[name][model] for name in ("original", recipe[model])}
        _recipe(summary, model, arms["original"], arms[recipe[model]], trainings[model])
        _curves(summary, model, histories[model], reference)
        _test(summary, model, tests[model], reference)
        _drops(summary, model, arms[recipe[model]], histories[model], reference)
        _plain_last(summary, model, arms[recipe[model]], histories[model])
    summary.facts["cifar.recipe"] = dict(recipe)
    summary.facts["cifar.muon"] = [model for model in MODELS if summary.facts["cifar.optimizer"][model] == "muon"]
    _layers(summary, architectures)
    _results(summary, histories, tests, reference)
    _classes(summary, tests, class_names)
    add_filters(summary, filters, networks, thresholds, channels=architectures["cnn"]["input_shape"][0])
    return summary


def _files(model: str, name: str, seeds: Mapping[int, Any]) -> tuple[str, ...]:
    return run_files(ARM, seeds, name, arm=f"{model}-rgb")


def _recipe(
    summary: Summary,
    model: str,
    original: Mapping[str, Any],
    run: Mapping[str, Any],
    trainings: Mapping[int, Mapping[str, Any]],
) -> None:
    rows = recipes_in_words.comparison(original, run)
    full = recipes_in_words.with_defaults(run)
    facts = {
        "recipe_rows": rows,
        "changes": [row for row in rows if row["differs"]],
        "schedule": full["optimizer"]["schedule"],
        "optimizer": full["optimizer"]["name"],
        "keep": full["training"]["keep"],
        "augmented": _augments(full["augmentation"]),
        "label_smoothing": full["training"]["label_smoothing"] > 0,
        "alternating": full["augmentation"]["flip"] == "alternating",
        "cutout": full["augmentation"]["cutout"] > 0,
        "warped": full["augmentation"]["rotation"] > 0 or full["augmentation"]["shear"] > 0,
        "plain_last": full["training"]["plain_last"] > 0
        and any(full["augmentation"][kind] > 0 for kind in ("rotation", "shear", "cutout")),
        "precise_statistics": full["training"]["precise_statistics"],
        "small_images": bool(full["training"]["small_sides"]),
        "batchnorm": full["model"]["batchnorm"],
        "he": full["model"]["conv_init"] == "he",
        "same_layers": recipes_in_words.same_layers(original, run),
        "devices": sorted({str(training["device"]) for training in trainings.values()}),
        "precisions": sorted({str(training["precision"]) for training in trainings.values()}),
    }
    for name, value in facts.items():
        summary.facts.setdefault(f"cifar.{name}", {})[model] = value
    source = _files(model, "training.json", trainings)
    for name in ("epochs", "images", "threads"):
        values = {seed: training[name] for seed, training in trainings.items()}
        summary.add_runs(f"cifar.{name}.{model}", values, "count", source=source)


def _augments(augmentation: Mapping[str, Any]) -> bool:
    kinds = ("crop_padding", "rotation", "shear", "cutout")
    return any(augmentation[kind] for kind in kinds) or augmentation["flip"] != "none"


def _curves(
    summary: Summary, model: str, histories: Mapping[int, pd.DataFrame], reference: Mapping[str, float]
) -> None:
    source = _files(model, "history.csv", histories)
    key = f"cifar.val_accuracy.{model}"
    values = {seed: float(h["val_accuracy"].max()) for seed, h in histories.items()}
    summary.add_runs(key, values, "percent", source=source, reference=reference.get(key))
    last = {seed: h.iloc[-1] for seed, h in histories.items()}
    for name, column, unit in (
        ("last_val_accuracy", "val_accuracy", "percent"),
        ("train_accuracy", "train_accuracy", "percent"),
        ("train_loss", "train_loss", "loss"),
    ):
        values = {seed: float(row[column]) for seed, row in last.items()}
        summary.add_runs(f"cifar.{name}.{model}", values, unit, source=source)
    gaps = {seed: 100 * float(row["train_accuracy"] - row["val_accuracy"]) for seed, row in last.items()}
    summary.add_runs(f"cifar.train_minus_val.{model}", gaps, "points", source=source)


def _test(summary: Summary, model: str, tests: Runs, reference: Mapping[str, float]) -> None:
    source = _files(model, "test.npz", tests)
    key = f"cifar.test_accuracy.{model}"
    plain = pd.Series({seed: accuracy(t["scores"], t["labels"]) for seed, t in tests.items()})
    averaged = pd.Series(
        {seed: accuracy(flip_average(t["scores"], t["flipped_scores"]), t["labels"]) for seed, t in tests.items()}
    )
    error = image_error([share_right(tests, tests)])
    summary.add_runs(key, plain, "percent", source=source, reference=reference.get(key), image_error=error)
    summary.add_runs(f"cifar.test_accuracy_flip.{model}", averaged, "percent", source=source)
    gains = 100 * (averaged - plain)
    summary.add_runs(f"cifar.flip_gain.{model}", gains, "points", source=source)
    samples = len(next(iter(tests.values()))["labels"])
    error = 100 * binomial_standard_error(float(plain.mean()), samples)
    summary.add(f"cifar.test_standard_error.{model}", error, "points", n=len(tests), source=source)
    summary.add(f"cifar.test_samples.{model}", samples, "count", source=source)


def _drops(
    summary: Summary,
    model: str,
    arm: Mapping[str, Any],
    histories: Mapping[int, pd.DataFrame],
    reference: Mapping[str, float],
) -> None:
    """Validation accuracy in the last epoch before each drop of the rate, and in the first one after it."""
    full = recipes_in_words.with_defaults(arm)
    milestones: Sequence[int] = ()
    if full["optimizer"]["schedule"] == "multistep":
        milestones = [m for m in full["optimizer"]["milestones"] if 0 < m < full["training"]["epochs"]]
    source = _files(model, "history.csv", histories)
    curves = pd.DataFrame({seed: h.set_index("epoch")["val_accuracy"] for seed, h in histories.items()})
    for milestone in milestones:
        drop = f"cifar.drop.{model}.{milestone}"
        before, after = (pd.Series(curves.loc[m].to_dict()) for m in (milestone, milestone + 1))
        for name, values in (("before", before), ("after", after)):
            key = f"{drop}.{name}"
            summary.add_runs(key, values, "percent", source=source, reference=reference.get(key))
        summary.add_runs(f"{drop}.change", 100 * (after - before), "points", source=source)
    summary.facts.setdefault("cifar.drops", {})[model] = list(milestones)


def _plain_last(summary: Summary, model: str, arm: Mapping[str, Any], histories: Mapping[int, pd.DataFrame]) -> None:
    """How both accuracies change from the last epoch with rotation, shear and cutout to the first one without."""
    epochs = recipes_in_words.with_defaults(arm)["training"]["plain_last"]
    known = summary.facts["cifar.plain_last"][model] and all(len(h) > epochs for h in histories.values())
    summary.facts.setdefault("cifar.plain_last_seen", {})[model] = known
    if not known:
        return
    source = _files(model, "history.csv", histories)
    summary.add(f"cifar.plain_last.epochs.{model}", epochs, "count")
    for name in ("train", "val"):
        column = f"{name}_accuracy"
        changes = {
            seed: 100 * float(h[column].iloc[-epochs] - h[column].iloc[-epochs - 1]) for seed, h in histories.items()
        }
        summary.add_runs(f"cifar.plain_last.{name}_change.{model}", changes, "points", source=source)


def _places(layers: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Where each layer stands: in a block of convolutions, which a pooling ends, or in a hidden layer of the head."""
    linear = sum(layer["kind"] == "Linear" for layer in layers)
    block, convolution, hidden = 1, 0, 0
    for layer in layers:
        kind = layer["kind"]
        convolution += kind.startswith("Conv")
        hidden += kind == "Linear"
        if kind == "Flatten":
            yield both("输入", "Input") if not convolution and block == 1 else both("展平", "Flattened")
        elif hidden:
            yield both("输出层", "Output") if hidden == linear else both(f"隐藏层 {hidden}", f"Hidden layer {hidden}")
        elif kind.startswith("MaxPool"):
            yield both(f"卷积块 {block}", f"Block {block}")
            block, convolution = block + 1, 0
        else:
            yield both(f"卷积块 {block}，卷积 {convolution}", f"Block {block}, convolution {convolution}")


def _layers(summary: Summary, architectures: Mapping[str, Mapping[str, Any]]) -> None:
    columns = [
        MODEL,
        Column("name", both("层", "Layer")),
        Column("kind", both("类型", "Kind")),
        Column("output_shape", both("输出形状", "Output shape")),
        Column("parameters", both("参数量", "Parameters"), "count"),
        Column("receptive_field", both("感受野（像素）", "Receptive field (pixels)"), "pixels"),
    ]
    rows: list[dict[str, Any]] = []
    for model, label in MODELS.items():
        source = (f"vision/architecture/{model}-rgb.json",)
        layers = architectures[model]["layers"]
        for layer, name in zip(layers, _places(layers), strict=True):
            if not layer["kind"].startswith(_LEFT_OUT):
                shape = "×".join(str(size) for size in layer["output_shape"])
                cells = {column.key: layer.get(column.key) for column in columns}
                kind = _KINDS.get(layer["kind"], layer["kind"])
                rows.append(cells | {"model": label, "name": name, "kind": kind, "output_shape": shape})
        total = architectures[model]["parameters"]
        summary.add(f"cifar.parameters.{model}", total, "count", source=source)
        rows.append({"model": label, "name": both("合计", "Total"), "parameters": total})
    inputs = int(np.prod(architectures["mlp"]["input_shape"]))
    summary.add("cifar.inputs", inputs, "count", source=("vision/architecture/mlp-rgb.json",))
    convolutions = [row for row in architectures["cnn"]["layers"] if row["kind"].startswith(("Conv", "MaxPool"))]
    source = ("vision/architecture/cnn-rgb.json",)
    if convolutions:
        field = convolutions[-1]["receptive_field"]
        summary.add("cifar.receptive_field", field, "pixels", source=source)
        kernels = sum(row["parameters"] for row in convolutions)
        summary.add("cifar.convolution_parameters", kernels, "count", source=source)
        share = kernels / architectures["cnn"]["parameters"]
        summary.add("cifar.convolution_share", share, "percent", source=source)
    summary.facts["cifar.larger_model"] = max(MODELS, key=lambda model: architectures[model]["parameters"])
    sources = tuple(f"vision/architecture/{model}-rgb.json" for model in MODELS)
    summary.tables["cifar_layers"] = Table(columns, rows, sources)


def _results(
    summary: Summary,
    histories: Mapping[str, Mapping[int, pd.DataFrame]],
    tests: Mapping[str, Runs],
    reference: Mapping[str, float],
) -> None:
    names = {
        "val_accuracy": both("最佳验证准确率", "Best validation accuracy"),
        "last_val_accuracy": both("末轮验证准确率", "Last validation accuracy"),
        "test_accuracy": both("测试准确率", "Test accuracy"),
        "test_accuracy_flip": both("测试准确率（翻转平均）", "Test accuracy (flip averaging)"),
        "train_accuracy": both("末轮训练准确率", "Last training accuracy"),
    }
    columns = [
        MODEL,
        Column("measure", both("量", "Measure")),
        Column("mean", both("均值", "Mean"), "percent", spread="spread"),
        Column("epochs", both("训练轮数", "Epochs"), "count"),
        RUNS,
    ]
    if reference:
        columns.append(Column("reference", both("参考值", "Reference"), "percent"))
    rows: list[dict[str, Any]] = []
    for model, label in MODELS.items():
        for name, measure in names.items():
            number = summary.numbers[f"cifar.{name}.{model}"]
            row = {"model": label, "measure": measure, "mean": number.value, "spread": number.spread, "n": number.n}
            row["epochs"] = summary.numbers[f"cifar.epochs.{model}"].value
            rows.append(row | {"reference": reference.get(f"cifar.{name}.{model}")})
    sources = [
        file for m in MODELS for file in (*_files(m, "history.csv", histories[m]), *_files(m, "test.npz", tests[m]))
    ]
    summary.tables["cifar_results"] = Table(columns, rows, tuple(sources))

    means = {model: summary.numbers[f"cifar.test_accuracy.{model}"].value for model in MODELS}
    gap = add_gap(summary, "cifar.gap", tests["cnn"], tests["mlp"], tuple(sources))
    summary.add("cifar.gap_standard_error", gap.image_error, "points", source=tuple(sources))
    summary.facts["cifar.gap_clear"] = bool(abs(gap.value) > 2 * gap.image_error)
    # None where a single pair of trainings gives no interval
    summary.facts["cifar.gap_sure"] = None if gap.interval is None else not gap.interval[0] <= 0 <= gap.interval[1]
    summary.facts["cifar.error_ratio_known"] = means["cnn"] < 1
    if means["cnn"] < 1:
        summary.add("cifar.error_ratio", (1 - means["mlp"]) / (1 - means["cnn"]), "ratio", source=tuple(sources))
    summary.facts["cifar.winner"] = max(MODELS, key=lambda model: means[model])


def _classes(summary: Summary, tests: Mapping[str, Runs], class_names: Sequence[str]) -> None:
    labels = [class_label(name) for name in class_names]
    summary.add("cifar.chance", 1 / len(class_names), "percent")
    by_class: dict[str, np.ndarray] = {}
    for model in MODELS:
        source, runs = _files(model, "test.npz", tests[model]), len(tests[model])
        confusion = total_confusion(tests[model].values(), len(class_names))
        by_class[model] = class_accuracies(confusion)
        for name, index in (
            ("hardest", int(np.nanargmin(by_class[model]))),
            ("easiest", int(np.nanargmax(by_class[model]))),
        ):
            summary.facts.setdefault(f"cifar.{name}", {})[model] = labels[index]
            summary.add(f"cifar.{name}.{model}", by_class[model][index], "percent", n=runs, source=source)
        top = most_confused(confusion)
        summary.facts.setdefault("cifar.confused", {})[model] = None
        if top is not None:
            pair = {"true": labels[top.true], "predicted": labels[top.predicted]}
            summary.facts["cifar.confused"][model] = pair
            summary.add(f"cifar.confused.{model}", top.share, "percent", n=runs, source=source)

    sources = tuple(file for model in MODELS for file in _files(model, "test.npz", tests[model]))
    gains = 100 * (by_class["cnn"] - by_class["mlp"])
    for name, index in (
        ("largest_gain", int(np.nanargmax(gains))),
        ("smallest_gain", int(np.nanargmin(gains))),
    ):
        summary.facts[f"cifar.{name}"] = labels[index]
        summary.add(f"cifar.{name}", gains[index], "points", source=sources)
    known = np.isfinite(gains)
    summary.facts["cifar.classes_compared"] = False
    if known.sum() > 2 and all(np.ptp(values[known]) > 0 for values in by_class.values()):
        rho = float(stats.spearmanr(by_class["mlp"][known], by_class["cnn"][known]).statistic)
        summary.add("cifar.class_rank_correlation", rho, "plain", source=sources)
        summary.facts["cifar.classes_compared"] = True
    columns = [Column("class", both("类别", "Class"))]
    for model, name in MODELS.items():
        columns += [
            Column(model, both(name, name), "percent"),
            Column(f"{model}_low", both(f"{name} 区间下限", f"{name}, 95% from"), "percent"),
            Column(f"{model}_high", both(f"{name} 区间上限", f"{name}, 95% to"), "percent"),
        ]
    columns.append(Column("gain", both("CNN 领先（百分点）", "Lead of the CNN (points)"), "points"))
    rows = []
    for k, label in enumerate(labels):
        row: dict[str, Any] = {"class": label, "gain": _finite(gains[k])}
        for model in MODELS:
            low, high = _class_interval(tests[model], k) or (None, None)
            row |= {model: _finite(by_class[model][k]), f"{model}_low": low, f"{model}_high": high}
        rows.append(row)
    summary.tables["cifar_class_accuracy"] = Table(columns, rows, sources)


def _class_interval(tests: Runs, label: int) -> tuple[float, float] | None:
    """95% interval of the accuracy on one class, over seeds and images; None where either is fewer than two."""
    right = np.array([(t["scores"].argmax(axis=1) == label)[t["labels"] == label] for t in tests.values()])
    if right.shape[1] < 2:
        return None
    found = estimate(right.mean(axis=1), mean_error(right.mean(axis=0)))
    return None if found is None else found.interval()


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
