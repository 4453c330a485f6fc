"""Section 3: what the architectures alone say, and ratios across the sections' results."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from lib.report.summary import Summary


def summarise(
    *,
    mnist: Summary,
    cifar: Summary,
    architectures: Mapping[str, Mapping[str, Any]],
) -> Summary:
    """Numbers and facts of the discussion.

    Parameters
    ----------
    mnist, cifar : the summaries of these sections
    architectures : vision/architecture/{arm}.json by arm (``mlp-rgb``, ``cnn-rgb``, ...)

    Raises ValueError if the CNN has no convolution.
    """
    summary = Summary()
    _two_data_sets(summary, mnist, cifar)
    _structure(summary, architectures["cnn-rgb"])
    return summary


def _two_data_sets(summary: Summary, mnist: Summary, cifar: Summary) -> None:
    digits, objects = mnist.numbers["mnist.test_accuracy"], cifar.numbers["cifar.test_accuracy.mlp"]
    source = (*digits.source, *objects.source)
    gap = 100 * (digits.value - objects.value)
    summary.add("discussion.data_set_gap", gap, "points", n=min(digits.n, objects.n), source=source)


def _structure(summary: Summary, cnn: Mapping[str, Any]) -> None:
    """What locality and weight sharing save in the first layer, and two small kernels against a large one.

    A layer from (C, H, W) to (F, H', W') that is fully connected has C H W F H' W' weights, one that is local
    but does not share has C k k F H' W', a convolution C k k F.
    """
    source = ("vision/architecture/cnn-rgb.json",)
    convolution = next((row for row in cnn["layers"] if row["kind"] == "Conv2d"), None)
    if convolution is None:
        raise ValueError("the CNN's architecture has no layer of kind Conv2d")
    found = re.search(r"kernel_size=\((\d+), (\d+)\)", convolution["detail"])
    if found is None:
        raise ValueError(f"no kernel size in the layer's detail {convolution['detail']!r}")
    kernel = int(found.group(1))
    inputs, outputs = math.prod(cnn["input_shape"]), math.prod(convolution["output_shape"])
    per_output = cnn["input_shape"][0] * kernel**2
    shared = per_output * convolution["output_shape"][0]
    counts = {"dense": inputs * outputs, "local": per_output * outputs, "shared": shared}
    for name, count in counts.items():
        summary.add(f"discussion.weights.{name}", count, "count", source=source)
    summary.add("discussion.locality_factor", counts["dense"] / counts["local"], "ratio", source=source)
    summary.add("discussion.sharing_factor", counts["local"] / counts["shared"], "ratio", source=source)
    summary.add("discussion.kernel", kernel, "pixels", source=source)
    # Two stacked k x k kernels see 2k - 1 pixels; with C channels in and out they have 2 k^2 C^2 weights.
    summary.add("discussion.stacked_field", 2 * kernel - 1, "pixels", source=source)
    ratio = 2 * kernel**2 / (2 * kernel - 1) ** 2
    summary.add("discussion.stacked_ratio", ratio, "percent", source=source)
