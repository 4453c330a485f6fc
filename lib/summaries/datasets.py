"""Section 2.2: the parts of the data sets, where they come from, and the statistics of their pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

NAMES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
SAMPLE_NAMES = {
    "mnist": both("MNIST 样例数据", "MNIST sample data"),
    "cifar10": both("CIFAR-10 样例数据", "CIFAR-10 sample data"),
}
SPLITS = {
    "train": both("训练集", "training"),
    "validation": both("验证集", "validation"),
    "test": both("测试集", "test"),
}
CHANNELS: dict[int, tuple[dict[str, str], ...]] = {
    1: (both("灰度", "gray"),),
    3: (both("红", "red"), both("绿", "green"), both("蓝", "blue")),
}
DIGEST_SHOWN = 16  # hexadecimal digits in the table; the text gives them all
SOURCE = ("data/summary.json",)


def _shape(shape: Sequence[int]) -> str:
    return "×".join(str(size) for size in shape)


def _channel_names(count: int) -> Sequence[dict[str, str]]:
    return CHANNELS.get(count, tuple(both(str(i), str(i)) for i in range(1, count + 1)))


def summarise(*, summary: Mapping[str, Mapping[str, Any]]) -> Summary:
    """Numbers and tables from ``data/summary.json``.

    Parameters
    ----------
    summary : the file's content: ``mnist`` and ``cifar10``, each with ``source``, ``is_sample``, ``digest``,
        ``class_names``, ``splits``, and ``mean`` and ``std`` per channel, of pixels in [0, 1]
    """
    result = Summary()
    split_rows: list[dict[str, Any]] = []
    statistics_rows: list[dict[str, Any]] = []
    sets: list[dict[str, Any]] = []
    for name, title in NAMES.items():
        if name not in summary:
            continue
        data = summary[name]
        label: Any = SAMPLE_NAMES[name] if data["is_sample"] else title
        result.add(f"datasets.classes.{name}", len(data["class_names"]), "count", source=SOURCE)
        for split, split_label in SPLITS.items():
            part = data["splits"][split]
            result.add(f"datasets.samples.{name}.{split}", part["samples"], "count", source=SOURCE)
            split_rows.append(
                {
                    "dataset": label,
                    "split": split_label,
                    "samples": part["samples"],
                    "image_shape": _shape(part["image_shape"]),
                    "label_shape": f"({_shape(part['label_shape'])},)",
                }
            )
        digest = data["digest"]
        for i, channel in enumerate(_channel_names(len(data["mean"]))):
            result.add(f"datasets.mean.{name}.{i}", data["mean"][i], "plain", source=SOURCE)
            result.add(f"datasets.std.{name}.{i}", data["std"][i], "plain", source=SOURCE)
            first = i == 0
            statistics_rows.append(
                {
                    "dataset": label if first else "",
                    "channel": channel,
                    "mean": data["mean"][i],
                    "std": data["std"][i],
                    "digest_train": digest["train"][:DIGEST_SHOWN] if first else "",
                    "digest_test": digest["test"][:DIGEST_SHOWN] if first else "",
                }
            )
        for i, value in enumerate(data.get("image_std", [])):
            result.add(f"datasets.image_std.{name}.{i}", value, "plain", source=SOURCE)
        for kind in ("all_values", "luma"):
            for measure, value in zip(("mean", "std"), data.get(kind, []), strict=False):
                result.add(f"datasets.{kind}.{name}.{measure}", value, "plain", source=SOURCE)
        sets.append(
            {
                "name": name,
                "label": both(label, label) if isinstance(label, str) else label,
                "source": data["source"],
                "is_sample": bool(data["is_sample"]),
                "digest": dict(digest),
                "class_names": list(data["class_names"]),
            }
        )
    result.facts["datasets.sets"] = sets
    result.facts["datasets.digest_shown"] = DIGEST_SHOWN
    result.tables["data_splits"] = Table(
        [
            Column("dataset", both("数据集", "Data set")),
            Column("split", both("划分", "Split")),
            Column("samples", both("样本数", "Samples"), "count"),
            Column("image_shape", both("单幅图像形状（C×H×W）", "Shape of an image (C×H×W)")),
            Column("label_shape", both("标签形状", "Shape of the labels")),
        ],
        split_rows,
        SOURCE,
    )
    result.tables["data_statistics"] = Table(
        [
            Column("dataset", both("数据集", "Data set")),
            Column("channel", both("通道", "Channel")),
            Column("mean", both("均值", "Mean"), "plain"),
            Column("std", both("标准差", "Standard deviation"), "plain"),
            Column("digest_train", both("训练数据校验值", "Digest, training data")),
            Column("digest_test", both("测试数据校验值", "Digest, test data")),
        ],
        statistics_rows,
        SOURCE,
    )
    return result
