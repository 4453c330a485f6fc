"""Section 2.1: batch norm against layer norm, in words."""

from __future__ import annotations

from lib.report.summary import Column, Summary, Table
from lib.summaries.classification import both


def summarise() -> Summary:
    """The table ``batchnorm_layernorm``; it describes :mod:`lib.nn.layers` and depends on no result."""
    rows = [
        {
            "aspect": both("归一化的范围", "Normalises over"),
            "batchnorm": both("同一特征在整个小批量上的取值", "one feature, across the samples of a batch"),
            "layernorm": both("同一样本的全部特征", "one sample, across its features"),
        },
        {
            "aspect": both("均值与方差的形状（输入 N×D）", "Shape of mean and variance (input N×D)"),
            "batchnorm": both("D：每个特征一对", "D: a pair for each feature"),
            "layernorm": both("N：每个样本一对", "N: a pair for each sample"),
        },
        {
            "aspect": both("可学习参数 γ、β 的形状", "Shape of the learned γ and β"),
            "batchnorm": both("D", "D"),
            "layernorm": both("D", "D"),
        },
        {
            "aspect": both("滑动统计量", "Running statistics"),
            "batchnorm": both("有：滑动均值与滑动方差，各 D 个", "yes: a running mean and variance, D values each"),
            "layernorm": both("无", "none"),
        },
        {
            "aspect": both("对批大小的依赖", "Dependence on the batch size"),
            "batchnorm": both(
                "训练时有：批大小越小，统计量的噪声越大；批大小为 1 时输出恒为 β",
                "in training: the smaller the batch, the noisier its statistics; a batch of one gives β",
            ),
            "layernorm": both("无：每个样本单独计算", "none: each sample is computed by itself"),
        },
        {
            "aspect": both("测试时的行为", "At test time"),
            "batchnorm": both(
                "改用滑动统计量，成为固定的逐特征仿射变换",
                "uses the running statistics: a fixed affine map of each feature",
            ),
            "layernorm": both("与训练时相同", "the same as in training"),
        },
        {
            "aspect": both("反向传播中的耦合", "Coupling in the backward pass"),
            "batchnorm": both("同一小批量内的样本互相影响", "between the samples of a batch"),
            "layernorm": both("同一样本内的特征互相影响", "between the features of a sample"),
        },
    ]
    columns = [
        Column("aspect", both("比较项", "Aspect")),
        Column("batchnorm", both("批归一化", "Batch normalisation")),
        Column("layernorm", both("层归一化", "Layer normalisation")),
    ]
    return Summary(tables={"batchnorm_layernorm": Table(columns, rows)})
