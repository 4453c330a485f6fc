"""Write one trained network of each arm as safetensors, with a model card."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from lib.report.numbers import format_spread
from lib.vision.config import Arm
from lib.vision.exported import save
from lib.vision.normalisation import Normalisation
from lib.workflow.bundle_format import EXACT
from lib.workflow.files import load_arrays, read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job
from lib.workflow.summaries import made_from_samples

Arrays = dict[str, np.ndarray]
NO_PARAMETERS = ("running_mean", "running_var", "num_batches_tracked")
METRICS = {"rgb": "cifar.test_accuracy", "gray": "gray.test_accuracy"}


def main(
    run: str,
    weights: list[InputFile],
    trainings: list[InputFile],
    tests: list[InputFile],
    settings: list[InputFile],
    doses: list[InputFile],
    origins: list[InputFile],
    metrics: InputFile,
    datasets: list[InputFile],
    template: InputFile,
    card: OutputFile,
    networks: list[OutputFile],
) -> None:
    numbers, described, devices = read_json(metrics), [], set()
    classes = read_json(datasets[0])["cifar10"]["class_names"]
    with whole_files(card, *networks) as (text, *targets):
        for target, dose, origin, *files in zip(
            targets, doses, origins, weights, trainings, tests, settings, strict=True
        ):
            arrays, facts, test, arm = _read(*files)
            save(target, arrays, arm, Normalisation(tuple(facts["mean"]), tuple(facts["std"])), classes)
            number = numbers[f"{METRICS[arm.color]}.{arm.model.kind}"]
            described.append(
                {
                    "name": files[0].parent.parent.name,
                    "kind": arm.model.kind.upper(),
                    "parameters": sum(array.size for name, array in arrays.items() if not name.endswith(NO_PARAMETERS)),
                    "color": arm.color,
                    "recipe": read_json(dose)["recipe"],
                    "bits": (read_json(origin).get("bundle") or {}).get("bits", {}).get("weights", EXACT),
                    "epochs": arm.training.epochs,
                    "images": facts["images"],
                    "accuracy": float(np.mean(test["scores"].argmax(axis=1) == test["labels"])),
                    "all": f"{format_spread(number['value'], number['spread'], 'percent')} (n = {number['n']})",
                }
            )
            devices.add("the CPU" if facts["device"] == "cpu" else facts["device_name"])
        is_sample = made_from_samples(datasets)
        text.write_text(
            jinja2.Template(template.read_text(encoding="utf-8"), trim_blocks=True, undefined=jinja2.StrictUndefined)
            .render(
                run=run,
                networks=described,
                data="the sample data" if is_sample else "CIFAR-10",
                devices=sorted(devices),
                is_sample=is_sample,
            )
            .rstrip()
            + "\n",
            encoding="utf-8",
        )


def _read(weights: Path, training: Path, test: Path, settings: Path) -> tuple[Arrays, dict[str, Any], Arrays, Arm]:
    arrays = load_arrays(weights)
    if not arrays:
        raise ValueError(f"{weights}: came in a bundle without weights; take one made with WEIGHTS=one or all")
    return arrays, read_json(training), load_arrays(test), read_settings(settings, Arm)


if __name__ == "__main__":
    run_job(main)
