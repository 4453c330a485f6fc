"""Section 2.7: how far confidence is accuracy, and what of the intervals is due to the seeds and to the test images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.experiments.arm_results import ArmResults
from lib.figures.axes import note, percent_axis
from lib.figures.style import COLORS, LABELS, MUTED, panels, styled
from lib.report.statistics import estimate, image_error, normal_quantile
from lib.report.summary import Column, Number, Summary, Table
from lib.summaries.classification import both, share_right, softmax
from lib.summaries.columns import MODEL, RUNS
from lib.summaries.comparisons import add_image_means
from lib.vision.config import arm_of

# By model and colour mode.
ARMS = {
    "mlp": {"rgb": "mlp-rgb", "gray": "mlp-gray"},
    "cnn": {"rgb": "cnn-rgb", "gray": "cnn-gray"},
}
FILES = ("test.npz",)
BINS = 15  # of equal width, as in Guo et al.
IMAGES = {"rgb": both("彩色", "colour"), "gray": both("灰度", "gray")}
COLUMNS = (
    MODEL,
    Column("images", both("图像", "Images")),
    RUNS,
    Column("test", both("测试准确率", "Test accuracy"), "percent"),
    Column("seeds", both("种子间标准差", "Standard deviation over seeds"), "points"),
    Column("error", both("测试图像带来的标准误", "Standard error over test images"), "points"),
    Column("share", both("测试图像占方差的比例", "Share of the images in the variance"), "percent", 0),
    Column("half", both("95% 区间的半宽", "Half-width of the 95% interval"), "points"),
    Column("floor", both("种子无限多时的半宽", "Half-width with endless seeds"), "points"),
)


def confidences(test: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence (N,), the largest softmax probability in float64, and whether (N,) that class is the true one.

    ``test`` is a test.npz of the rule ``evaluate_vision``: ``scores`` (N, K) are what the network gives before any
    softmax, of the images as they are, and ``labels`` (N,) the true classes.
    """
    probabilities = softmax(test["scores"])
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == test["labels"]


def bins_of(confidence: np.ndarray) -> np.ndarray:
    """Bins (N,), from 0: bin m holds the confidences above m / BINS and up to (m + 1) / BINS."""
    return np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)


def calibration_errors(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """What each image (N,) adds to the expected calibration error (ECE), their mean.

    ``ECE = sum_m |B_m| / N |acc(B_m) - conf(B_m)|`` over the bins B_m (Guo et al., 2017, ICML, eq. 3) is the mean of
    confidence less ``right`` with, in each bin, the sign of the bin's sum. Chance alone makes it positive: a calibrated
    model gets an ECE of 0 only with endless images.
    """
    gap = confidence - right
    bins = bins_of(confidence)
    return np.sign(np.bincount(bins, gap, BINS))[bins] * gap


def lasting_error(shares: np.ndarray, runs: int) -> float:
    """Standard error over the test images that is left of an accuracy averaged over endless runs.

    ``shares`` (N,) of two or more ``runs`` get each image right. Their variance is that of the images' own chances of
    being recognised, which lasts, and the mean variance of a share around its image's chance, which runs average out;
    the second is estimated without bias by share (1 - share) / (runs - 1).
    """
    lasting = shares.var(ddof=1) - (shares * (1 - shares)).mean() / (runs - 1)
    return float(np.sqrt(max(lasting, 0.0) / len(shares)))


def draw(results: ArmResults) -> dict[str, Figure]:
    """The experiment's figures by name."""
    return {"calibration_reliability": calibration_reliability(results)}


@styled
def calibration_reliability(results: ArmResults) -> Figure:
    """Accuracy against mean confidence in each bin, and the bin's share of the images, all runs in colour together."""
    titles = [LABELS[model] for model in ARMS]
    fig, axes = panels(4, titles=titles, columns=2, height=5.4, sharex=True, sharey="row", height_ratios=(3, 1))
    for column, (model, arms) in enumerate(ARMS.items()):
        tests = results.by_seed(arms["rgb"], "test.npz").values()
        confidence, right = (np.concatenate(parts) for parts in zip(*map(confidences, tests), strict=True))
        _reliability(axes[column], axes[2 + column], confidence, right, COLORS[model])
        axes[2 + column].set_xlabel("Confidence")
        percent_axis(axes[2 + column], "x")
    axes[0].set_ylabel("Accuracy")
    axes[2].set_ylabel("Share of images")
    axes[0].legend(loc="lower right")
    for ax in axes[::2]:
        percent_axis(ax)
    runs = ", ".join(f"{LABELS[model]} {len(results.seeds(arms['rgb'], 'test.npz'))}" for model, arms in ARMS.items())
    note(fig, f"{BINS} bins of equal width; images of all runs together ({runs})")
    return fig


def _reliability(above: Axes, below: Axes, confidence: np.ndarray, right: np.ndarray, color: str) -> None:
    bins = bins_of(confidence)
    counts = np.bincount(bins, minlength=BINS)
    filled = counts > 0
    mean, accuracy = (np.bincount(bins, values, BINS)[filled] / counts[filled] for values in (confidence, right))
    above.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1, label="calibrated")
    above.vlines(mean, mean, accuracy, color=color, alpha=0.35, linewidth=3)
    above.plot(mean, accuracy, color=color, marker="o", markersize=4, clip_on=False, label="measured")
    above.set(xlim=(0, 1), ylim=(0, 1))
    below.bar((np.arange(BINS) + 0.5) / BINS, counts / counts.sum(), width=0.9 / BINS, color=color, alpha=0.6)


def summarise(results: ArmResults, arms: Mapping[str, Mapping[str, Any]]) -> Summary:
    """``calibration.{ece,confidence,gap}.MODEL`` in colour, ``.{image_share,half_width,floor}.MODEL.COLOR`` by arm.

    A gap is mean confidence less accuracy, in points. The last three are missing for an arm of one run:
    ``image_share`` is the share of the test images in the variance of the mean accuracy (the seeds have the rest),
    ``half_width`` that of its 95% interval, and ``floor`` what would be left of that with endless seeds.
    """
    summary = Summary()
    summary.add("calibration.bins", BINS, "count")
    for model, by_color in ARMS.items():
        _add_calibration(summary, model, results, by_color["rgb"])
        test = results.read(by_color["rgb"], "test.npz", results.seeds(by_color["rgb"], "test.npz")[0])
        smoothing = arm_of(arms[by_color["rgb"]]).training.label_smoothing
        summary.add(f"calibration.label_smoothing.{model}", smoothing, "plain")
        summary.add(f"calibration.target.{model}", 1 - smoothing + smoothing / test["scores"].shape[1], "percent")
    rows = [
        {"model": LABELS[model], "images": IMAGES[color], **_variance(summary, f"{model}.{color}", results, arm)}
        for model, by_color in ARMS.items()
        for color, arm in by_color.items()
    ]
    names = [arm for by_color in ARMS.values() for arm in by_color.values()]
    summary.tables["calibration_variance"] = Table(COLUMNS, rows, results.sources("test.npz", *names))
    return summary


def _add_calibration(summary: Summary, model: str, results: ArmResults, arm: str) -> None:
    found = {seed: confidences(test) for seed, test in results.by_seed(arm, "test.npz").items()}
    source = results.sources("test.npz", arm)
    for name, unit, factor, values in (
        ("ece", "percent", 1, {seed: calibration_errors(*each) for seed, each in found.items()}),
        ("confidence", "percent", 1, {seed: confidence for seed, (confidence, _) in found.items()}),
        ("gap", "points", 100, {seed: confidence - right for seed, (confidence, right) in found.items()}),
    ):
        add_image_means(summary, f"calibration.{name}.{model}", pd.Series(values), unit, source, factor)
    summary.facts[f"calibration.judged.{model}"] = _judged(summary.numbers[f"calibration.gap.{model}"])


def _judged(gap: Number) -> str:
    """``over`` or ``under`` (confident), or ``open`` where the interval includes 0; of one run by its sign."""
    low, high = gap.interval or (gap.value, gap.value)
    return "over" if low > 0 else "under" if high < 0 else "open"


def _variance(summary: Summary, key: str, results: ArmResults, arm: str) -> dict[str, float | int | None]:
    accuracies = results.accuracies(arm)
    tests = results.by_seed(arm, "test.npz")
    shares = share_right(tests, tests)
    error = image_error([shares])
    row: dict[str, float | int | None] = {"n": len(accuracies), "test": float(accuracies.mean()), "error": 100 * error}
    found = estimate(accuracies.to_numpy(float), error)
    if found is None:
        return row
    low, high = found.interval()
    share = (error / found.error) ** 2 if found.error else 0.0
    widths = {"half": 50 * (high - low), "floor": 100 * normal_quantile() * lasting_error(shares, len(tests))}
    source = results.sources("test.npz", arm)
    for name, value, unit in (
        ("image_share", share, "percent"),
        ("half_width", widths["half"], "points"),
        ("floor", widths["floor"], "points"),
    ):
        summary.add(f"calibration.{name}.{key}", value, unit, n=len(accuracies), source=source)
    return {**row, "seeds": 100 * float(accuracies.std(ddof=1)), "share": share, **widths}
