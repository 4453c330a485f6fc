"""Appendix C: what the run was made with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both

ORIGINS = (
    both("由本次运行训练", "trained by this run"),
    both("取自训练包", "taken from a bundle"),
    both("取自训练包，由另一版代码训练", "taken from a bundle, trained by other code"),
)


def summarise(
    *,
    python: str,
    platform: str,
    processor: str,
    gpu: str | None,
    packages: Mapping[str, str],
    data: Mapping[str, Mapping[str, Any]],
    trainings: Sequence[Mapping[str, Any]],
) -> Summary:
    """Facts and tables of the appendix; its tables (``environment_...``) have no captions.

    Parameters
    ----------
    python, platform, processor : versions and names, as text
    gpu : name of the graphics processor; None or empty where there is none
    packages : version of each library by name
    data : data/summary.json, of which source and digests are taken
    trainings : key.json of every training on CIFAR-10
    """
    summary = Summary()
    summary.facts["environment.has_gpu"] = bool(gpu)
    summary.facts["environment.processor"] = processor
    summary.add("environment.packages", len(packages), "count")
    text_columns = [Column("name", both("项目", "Item")), Column("value", both("内容", "Value"))]
    system: list[dict[str, Any]] = [
        {"name": "Python", "value": python},
        {"name": both("操作系统", "Operating system"), "value": platform},
        {"name": both("处理器", "Processor"), "value": processor},
        {"name": both("图形处理器", "Graphics processor"), "value": gpu or both("无", "none")},
    ]
    system += _made_on(trainings)
    summary.tables["environment_system"] = Table(text_columns, system, ("vision/*/seed*/key.json",))

    in_order = sorted(packages.items(), key=lambda item: item[0].lower())
    columns = [Column("name", both("软件包", "Package")), Column("version", both("版本", "Version"))]
    rows: list[dict[str, Any]] = [{"name": name, "version": version} for name, version in in_order]
    summary.tables["environment_packages"] = Table(columns, rows)

    columns = [
        Column("set", both("数据集", "Data set")),
        Column("part", both("部分", "Part")),
        Column("digest", both("内容校验值", "Digest of the content")),
    ]
    parts = {"train": both("训练集", "training"), "test": both("测试集", "test")}
    digests: list[dict[str, Any]] = [
        {"set": name, "part": parts.get(part, part), "digest": f"`{digest}`"}
        for name, description in sorted(data.items(), reverse=True)  # mnist first, as in the report
        for part, digest in sorted(description["digest"].items(), reverse=True)  # train before test
    ]
    summary.tables["environment_data"] = Table(columns, digests, ("data/summary.json",))
    return summary


def _made_on(trainings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each device, precision and pair of versions, and the trainings that were made with them."""
    machines: dict[tuple[Any, ...], Counter[str]] = {}
    for key in trainings:
        threads = key["threads"] if key["device"] == "cpu" else None
        made_on = (key["device_name"], threads, key["precision"], key["torch"], key["numpy"])
        origin = ("bundle" in key) + ("accepted_code" in key)
        machines.setdefault((*made_on, origin), Counter())[key["arm"]] += 1
    rows: list[dict[str, Any]] = []
    for (device, threads, precision, torch, numpy, origin), arms in sorted(machines.items(), key=repr):
        names = both(
            "、".join(f"{arm}（{count}）" for arm, count in sorted(arms.items())),
            ", ".join(f"{arm} ({count})" for arm, count in sorted(arms.items())),
        )
        zh_device, en_device = (
            (device, device)
            if threads is None
            else (f"CPU（{device}，{threads} 线程）", f"CPU ({device}, threads: {threads})")
        )
        rows.append(
            {
                "name": both(
                    f"CIFAR-10 上的训练（次数）：{names['zh']}", f"Trainings on CIFAR-10 (how many): {names['en']}"
                ),
                "value": both(
                    f"{zh_device}，{precision}，PyTorch {torch}，NumPy {numpy}；{ORIGINS[origin]['zh']}",
                    f"{en_device}, {precision}, PyTorch {torch}, NumPy {numpy}; {ORIGINS[origin]['en']}",
                ),
            }
        )
    return rows
