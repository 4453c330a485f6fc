"""Columns that many tables have."""

from __future__ import annotations

from lib.report.summary import Column
from lib.summaries.classification import both

MODEL = Column("model", both("模型", "Model"))
TEST = Column("test", both("测试准确率", "Test accuracy"), "percent")
RUNS = Column("n", both("次数 n", "Runs n"), "count")
