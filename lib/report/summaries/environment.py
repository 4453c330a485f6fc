"""Appendix C: what the run was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.report.summaries.classification import both
from lib.report.summary import Column, Summary, Table


def summarise(
    *,
    python: str,
    platform: str,
    processor: str,
    gpu: str | None,
    packages: Mapping[str, str],
    data: Mapping[str, Mapping[str, Any]],
    configuration_yaml: str,
) -> Summary:
    """Facts and tables of the appendix; its tables (``environment_...``) have no captions.

    Parameters
    ----------
    python, platform, processor : versions and names, as text
    gpu : name of the graphics processor; None or empty where there is none
    packages : version of each library by name
    data : data/summary.json, of which source and digests are taken
    configuration_yaml : the whole configuration of the run
    """
    summary = Summary()
    summary.facts["environment.has_gpu"] = bool(gpu)
    summary.facts["environment.configuration"] = configuration_yaml.strip("\n")
    summary.add("environment.packages", len(packages), "count")
    text_columns = [Column("name", both("项目", "Item")), Column("value", both("内容", "Value"))]
    system: list[dict[str, Any]] = [
        {"name": "Python", "value": python},
        {"name": both("操作系统", "Operating system"), "value": platform},
        {"name": both("处理器", "Processor"), "value": processor},
        {"name": both("图形处理器", "Graphics processor"), "value": gpu or both("无", "none")},
    ]
    summary.tables["environment_system"] = Table(text_columns, system)

    in_order = sorted(packages.items(), key=lambda item: item[0].lower())
    columns = [Column("name", both("软件包", "Package")), Column("version", both("版本", "Version"))]
    rows: list[dict[str, Any]] = [{"name": name, "version": version} for name, version in in_order]
    summary.tables["environment_packages"] = Table(columns, rows)

    columns = [
        Column("set", both("数据集", "Data set")),
        Column("part", both("部分", "Part")),
        Column("digest", both("内容摘要", "Digest of the content")),
    ]
    parts = {"train": both("训练集", "training"), "test": both("测试集", "test")}
    digests: list[dict[str, Any]] = [
        {"set": name, "part": parts.get(part, part), "digest": f"`{digest}`"}
        for name, description in sorted(data.items(), reverse=True)  # mnist first, as in the report
        for part, digest in sorted(description["digest"].items(), reverse=True)  # train before test
    ]
    summary.tables["environment_data"] = Table(columns, digests, ("data/summary.json",))
    return summary
