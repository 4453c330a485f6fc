"""A training recipe of the configuration (``cifar.recipes``) in words, one line for each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lib.summaries.classification import Text, both
from lib.vision.config import arm_of

SETTINGS: dict[str, Text] = {
    "epochs": both("训练轮数", "Epochs"),
    "batch_size": both("批大小", "Batch size"),
    "optimizer": both("优化器", "Optimiser"),
    "learning_rate": both("学习率", "Learning rate"),
    "schedule": both("学习率调度", "Schedule of the rate"),
    "weight_decay": both("权重衰减", "Weight decay"),
    "label_smoothing": both("标签平滑", "Label smoothing"),
    "augmentation": both("数据增强", "Augmentation"),
    "sides": both("训练图像边长", "Side of the training images"),
    "dropout": both("随机失活概率", "Dropout probabilities"),
    "batchnorm": both("批归一化", "Batch normalisation"),
    "conv_init": both("卷积核初始化", "Initialisation of the kernels"),
    "keep": both("保留的权重", "Weights kept"),
}
_NONE = both("无", "none")
_BORDERS = {"zero": both("补零", "zeros"), "reflect": both("镜像", "mirrored")}
_FLIPS = {
    "random": both("随机水平翻转", "random horizontal flip"),
    "alternating": both("逐轮交替的水平翻转", "horizontal flip that alternates from epoch to epoch"),
}


def with_defaults(arm: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """One model's part of a recipe, complete: ``model``, ``training``, ``optimizer``, ``augmentation``."""
    full = asdict(arm_of(arm))
    training = full["training"]
    parts = {name: training.pop(name) for name in ("optimizer", "augmentation")}
    return {"model": full["model"], "training": training, **parts}


def describe(arm: Mapping[str, Any]) -> dict[str, Text]:
    """The settings of one model, by the keys of ``SETTINGS``, in both languages."""
    full = with_defaults(arm)
    model, training, optimizer = full["model"], full["training"], full["optimizer"]
    convolutional, muon = bool(model["blocks"]), optimizer["name"] == "muon"
    lines = {
        "epochs": _same(training["epochs"]),
        "batch_size": _same(training["batch_size"]),
        "optimizer": _optimizer(optimizer),
        "learning_rate": _rate(optimizer),
        "schedule": _schedule(optimizer),
        "weight_decay": _weight_decay(optimizer, muon),
        "label_smoothing": _same(training["label_smoothing"]) if training["label_smoothing"] else _NONE,
        "augmentation": _augmentation(full["augmentation"], training["plain_last"]),
        "sides": _sides(training["small_sides"], training["small_until"]),
        "dropout": _dropout(model, convolutional),
        "batchnorm": _batchnorm(model, training["precise_statistics"]),
        "keep": _keep(training["keep"]),
    }
    if convolutional:
        he = both("He 正态（fan_out）", "He normal (fan_out)")
        lines["conv_init"] = he if model["conv_init"] == "he" else both("N(0, 0.01²)", "N(0, 0.01²)")
    return {key: lines[key] for key in SETTINGS if key in lines}


def comparison(original: Mapping[str, Any], run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows ``setting``, ``original``, ``run`` (texts) and ``differs`` for one model under two recipes."""
    before, now = describe(original), describe(run)
    return [
        {
            "key": key,
            "setting": SETTINGS[key],
            "original": before.get(key, _NONE),
            "run": now[key],
            "differs": before.get(key, _NONE) != now[key],
        }
        for key in now
    ]


def same_layers(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two arms have the same layers, whatever their dropout probabilities."""
    models = [with_defaults(arm)["model"] for arm in (first, second)]
    return all(models[0][key] == models[1][key] for key in ("blocks", "hidden", "batchnorm"))


def _same(value: float | int) -> Text:
    return both(f"{value:g}", f"{value:g}")


def _optimizer(config: Mapping[str, Any]) -> Text:
    momentum = f"{config['momentum']:g}"
    zh, en = f"SGD，动量 {momentum}", f"SGD, momentum {momentum}"
    if config["nesterov"]:
        zh, en = f"{zh}（Nesterov）", f"{en} (Nesterov)"
    if config["name"] == "muon":
        muon = f"{config['muon_momentum']:g}"
        zh = f"卷积核用 Muon（动量 {muon}），其余参数用 {zh}"
        en = f"Muon (momentum {muon}) for the kernels, {en} for all else"
    return both(zh, en)


def _rate(config: Mapping[str, Any]) -> Text:
    rate = f"{config['learning_rate']:g}"
    zh, en = rate, rate
    if config["name"] == "muon":
        muon = f"{config['muon_learning_rate']:g}"
        zh, en = f"SGD {rate}，Muon {muon}", f"SGD {rate}, Muon {muon}"
    return both(zh, en)


def _schedule(config: Mapping[str, Any]) -> Text:
    if config["schedule"] == "triangular":
        peak = f"{100 * config['peak_at']:g}%"
        return both(
            f"前 {peak} 的步数内线性升到上述学习率，此后线性降到零",
            f"linear rise to the rate above in the first {peak} of the steps, then linear fall to zero",
        )
    if not config["milestones"]:
        return both("恒定", "constant")
    factor = f"{config['factor']:g}"
    zh, en = _join(config["milestones"], "、"), _join(config["milestones"], ", ")
    return both(f"第 {zh} 轮之后各乘以 {factor}", f"times {factor} after epochs {en}")


def _weight_decay(config: Mapping[str, Any], muon: bool) -> Text:
    decay = f"{config['weight_decay']:g}"
    zh, en = ("所有参数", "all parameters")
    if not config["decay_all"]:
        zh, en = "不含偏置与批归一化参数", "none on biases and batch norm"
    zh, en = f"{decay}（{zh}）", f"{decay} ({en})"
    if muon:
        kernels = f"{config['muon_weight_decay']:g}"
        zh, en = f"{zh}；卷积核 {kernels}", f"{en}; kernels {kernels}"
    return both(zh, en)


def _augmentation(config: Mapping[str, Any], plain_last: int) -> Text:
    zh, en = [], []
    if pad := config["crop_padding"]:
        border = _BORDERS[config["crop_border"]]
        zh.append(f"四周填充 {pad} 像素（{border['zh']}）后随机裁剪")
        en.append(f"random crop after padding by {pad} pixels ({border['en']})")
    if config["flip"] != "none":
        zh.append(_FLIPS[config["flip"]]["zh"])
        en.append(_FLIPS[config["flip"]]["en"])
    if angle := config["rotation"]:
        zh.append(f"随机一半图像旋转至多 {angle:g}°")
        en.append(f"a random half turned by up to {angle:g}°")
    if shear := config["shear"]:
        zh.append(f"随机一半图像错切至多 {shear:g}")
        en.append(f"a random half sheared by up to {shear:g}")
    if side := config["cutout"]:
        zh.append(f"随机遮去 {side}×{side} 的方块")
        en.append(f"random square of {side}×{side} cut out")
    if plain_last and (config["rotation"] or config["shear"] or config["cutout"]):
        zh.append(f"最后 {plain_last} 轮只裁剪与翻转")
        en.append(f"crops and flips alone in the last {plain_last} epochs")
    return both("，".join(zh), ", ".join(en)) if zh else _NONE


def _sides(sides: Sequence[int], until: Sequence[float]) -> Text:
    if not sides:
        return both("不变", "unchanged")
    parts = [(side, f"{100 * fraction:g}%") for side, fraction in zip(sides, until, strict=True)]
    zh = "，".join(f"截至总轮数的 {end} 为 {side} 像素" for side, end in parts)
    en = ", ".join(f"{side} pixels until {end} of the epochs" for side, end in parts)
    return both(f"{zh}，此后为原尺寸", f"{en}, whole after that")


def _dropout(model: Mapping[str, Any], convolutional: bool) -> Text:
    hidden = f"{model['hidden_dropout']:g}"
    if not convolutional:
        return both(hidden, hidden)
    blocks = _join(model["block_dropout"], " / ")
    return both(f"各卷积块 {blocks}，全连接层 {hidden}", f"blocks {blocks}, hidden layer {hidden}")


def _batchnorm(model: Mapping[str, Any], precise: bool) -> Text:
    if not model["batchnorm"]:
        return _NONE
    if precise:
        return both("有，每轮之后重新计算统计量", "yes, statistics computed anew after each epoch")
    momentum = f"{model['batchnorm_momentum']:g}"
    return both(f"有，滑动统计量的更新率 {momentum}", f"yes, update rate of the running statistics {momentum}")


def _keep(keep: str) -> Text:
    return both("验证准确率最高的一轮", "best validation epoch") if keep == "best" else both("末轮", "last epoch")


def _join(values: Sequence[float], separator: str) -> str:
    return separator.join(f"{value:g}" for value in values)
