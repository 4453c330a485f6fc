"""What the summaries of the classification experiments share: accuracies, confusions, odds, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Text = dict[str, str]

# Chinese names of the classes of CIFAR-10 and of the sample data, as figure_words.yaml has them; digits stay digits.
_CHINESE_CLASSES = {
    "airplane": "飞机",
    "automobile": "汽车",
    "bird": "鸟",
    "cat": "猫",
    "deer": "鹿",
    "dog": "狗",
    "frog": "青蛙",
    "horse": "马",
    "ship": "船",
    "truck": "卡车",
    "astronaut": "宇航员",
    "china": "中式建筑",
    "coffee": "咖啡",
    "flower": "花",
    "galaxies": "星系",
    "motorcycle": "摩托车",
    "retina": "视网膜",
    "rocket": "火箭",
    "tissue": "组织切片",
}


@dataclass(frozen=True)
class Confusion:
    """One cell of a confusion matrix; ``share`` is the fraction of class ``true`` that fell into it."""

    true: int
    predicted: int
    count: int
    share: float


def both(zh: str, en: str) -> Text:
    """A text in both languages of the report."""
    return {"zh": zh, "en": en}


def class_label(name: str) -> Text:
    """Name of a class in each language."""
    return both(_CHINESE_CLASSES.get(name, name), name)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities (N, C), float64, of scores (N, C)."""
    wide = np.asarray(scores, dtype=np.float64)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def flip_average(scores: np.ndarray, flipped_scores: np.ndarray) -> np.ndarray:
    """Mean of the probabilities (N, C) for images and for their mirror images."""
    return (softmax(scores) + softmax(flipped_scores)) / 2


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Fraction of samples whose largest score (N, C) is at their label (N,)."""
    return float((np.asarray(scores).argmax(axis=1) == labels).mean())


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes), int64: rows are true classes, columns predicted ones."""
    cells = np.asarray(labels, dtype=np.int64) * classes + np.asarray(predicted, dtype=np.int64)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def total_confusion(tests: Iterable[Mapping[str, np.ndarray]], classes: int) -> np.ndarray:
    """Sum of the confusion matrices of several runs; each has ``scores`` (N, C) and ``labels`` (N,)."""
    total = np.zeros((classes, classes), dtype=np.int64)
    for test in tests:
        total += confusion_matrix(np.asarray(test["scores"]).argmax(axis=1), test["labels"], classes)
    return total


def class_accuracies(confusion: np.ndarray) -> np.ndarray:
    """Fraction of each true class that was recognised, (C,); NaN for a class without samples."""
    samples = confusion.sum(axis=1)
    return np.where(samples > 0, confusion.diagonal() / np.maximum(samples, 1), np.nan)


def most_confused(confusion: np.ndarray) -> Confusion | None:
    """The commonest mistake (the first of several equal ones), or None where there is no mistake."""
    mistakes = confusion - np.diag(confusion.diagonal())
    true, predicted = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    count = int(mistakes[true, predicted])
    if count == 0:
        return None
    return Confusion(int(true), int(predicted), count, count / int(confusion[true].sum()))


def share_right(tests: Mapping[int, Mapping[str, np.ndarray]], seeds: Iterable[int]) -> np.ndarray:
    """Of the runs with ``seeds``, the share (N,) that get each test image right."""
    return np.mean([np.asarray(tests[s]["scores"]).argmax(axis=1) == tests[s]["labels"] for s in seeds], axis=0)


def away_from_ends(probability: float, samples: int | None) -> float:
    """``probability``, at least half a sample away from 0 and 1, where odds do not exist."""
    if samples is None:
        return probability
    return float(np.clip(probability, 0.5 / samples, 1 - 0.5 / samples))


def log_odds_drop(before: float, after: float, samples: int | None = None) -> float:
    """``ln(p / (1 - p))`` of the accuracy ``before`` less that of ``after``."""
    p, q = away_from_ends(before, samples), away_from_ends(after, samples)
    return float(np.log(p / (1 - p)) - np.log(q / (1 - q)))


def error_ratio(before: float, after: float, samples: int | None = None) -> float:
    """Error rate after a change over the error rate before it, from accuracies."""
    return (1 - away_from_ends(after, samples)) / (1 - away_from_ends(before, samples))


def mean_and_spread(values: Sequence[float] | np.ndarray) -> tuple[float, float | None]:
    """Mean and standard deviation (None for a single value)."""
    runs = np.asarray(values, dtype=float)
    return float(runs.mean()), float(runs.std(ddof=1)) if len(runs) > 1 else None
