"""What a model card says of the networks that leave the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import numpy as np

from lib.report.numbers import format_spread
from lib.vision.config import Arm
from lib.workflow.bundle_format import EXACT

METRICS = {"rgb": "cifar.test_accuracy", "gray": "gray.test_accuracy"}
NO_PARAMETERS = ("running_mean", "running_var", "num_batches_tracked")
Arrays = Mapping[str, np.ndarray]


def described(
    name: str,
    arm: Arm,
    weights: Arrays,
    test: Arrays,
    facts: Mapping[str, Any],
    recipe: str,
    origin: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """One network: ``test`` are its scores, ``facts`` its ``training.json``, ``origin`` its ``key.json``."""
    number = metrics[f"{METRICS[arm.color]}.{arm.model.kind}"]
    return {
        "name": name,
        "kind": arm.model.kind.upper(),
        "parameters": sum(array.size for key, array in weights.items() if not key.endswith(NO_PARAMETERS)),
        "color": arm.color,
        "recipe": recipe,
        "bits": (origin.get("bundle") or {}).get("bits", {}).get("weights", EXACT),
        "epochs": arm.training.epochs,
        "images": facts["images"],
        "device": "the CPU" if facts["device"] == "cpu" else facts["device_name"],
        "accuracy": float(np.mean(test["scores"].argmax(axis=1) == test["labels"])),
        "all": f"{format_spread(number['value'], number['spread'], 'percent')} (n = {number['n']})",
    }


def model_card(template: str, run: str, networks: Sequence[Mapping[str, Any]], is_sample: bool) -> str:
    """The card, in Markdown."""
    card = jinja2.Template(template, trim_blocks=True, undefined=jinja2.StrictUndefined).render(
        run=run,
        networks=networks,
        data="the sample data" if is_sample else "CIFAR-10",
        devices=sorted({network["device"] for network in networks}),
        is_sample=is_sample,
    )
    return card.rstrip() + "\n"
