"""What the jobs of a run are expected to take, before they run.

Trainings on CIFAR-10 take what their images and epochs take at this machine's measured speed. Any other job takes what
it took in an earlier run here, else in the published run, longer or shorter as this machine trains the network from
scratch slower or faster than that one did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lib.catalogue.arms import Arms
from lib.catalogue.doses import doses
from lib.terminal.plan import PlannedJob, by_rule, side_by_side
from lib.terminal.progress import duration
from lib.vision.config import Arm, Recipe, arm_of

TRAINING = "train_vision"  # the rule
NUMPY = "NumPy"  # the network from scratch, among networks by name
START = 6.0  # seconds that a training takes beside its epochs: start, images, files
KINDS = {"cnn": "CNN on CIFAR-10", "mlp": "MLP on CIFAR-10"}
SIDE = 32  # pixels


@dataclass(frozen=True)
class Times:
    """``speeds`` in images per second by network, and ``seconds`` by name of job, both of one machine."""

    speeds: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Times:
        """Those of a published run."""
        found = json.loads(file.read_text(encoding="utf-8"))
        return cls(found["speeds"], found["seconds"])


def network(arm: Arm) -> str:
    """What decides most of how long an image takes: arms with the same name are measured once."""
    widths = "-".join(map(str, (*arm.model.blocks, *arm.model.hidden)))
    gray = " gray" if arm.color == "gray" and arm.model.kind == "mlp" else ""  # its first layer is most of it
    return f"{KINDS[arm.model.kind]} {widths}{gray} {arm.training.optimizer.name}"


def to_measure(config: Mapping[str, Any], names: Iterable[str]) -> dict[str, Arm]:
    """One arm of each network among the arms of these names."""
    settings = Arms(config).settings
    arms = [arm_of(settings[name]) for name in names]
    return {network(arm): arm for arm in reversed(arms)}


def training_seconds(config: Mapping[str, Any], name: str, speeds: Mapping[str, float]) -> float | None:
    """Of one seed of an arm; None where its network was not measured."""
    arm, dose = arm_of(Arms(config).settings[name]), doses(config)[name]
    speed = speeds.get(network(arm))
    if speed is None:
        return None
    from lib.vision.arm import WATCHED  # with PyTorch, which takes more than a second
    from lib.vision.training import STATISTICS_IMAGES

    held_out = config["data"]["cifar10"]["validation"]
    statistics = min(dose["images"], STATISTICS_IMAGES) if arm.training.precise_statistics else 0
    # What is measured includes the scoring of one image for nine; a forward pass takes a third of a step.
    scored = (held_out + min(WATCHED, held_out) + statistics - dose["images"] / 9) / 3
    return START + (dose["images"] * _whole_epochs(arm.training) + scored * arm.training.epochs) / speed


def _whole_epochs(recipe: Recipe) -> float:
    """Epochs of whole images that take as long as those of the recipe."""
    return sum((recipe.side(epoch) or SIDE) ** 2 for epoch in range(recipe.epochs)) / SIDE**2


def expect(
    jobs: Iterable[PlannedJob], config: Mapping[str, Any], here: Times, published: Times | None = None
) -> list[PlannedJob]:
    """The jobs with what they are expected to take; ``here`` has the seconds of an earlier run of the same name."""
    known = [({**by_rule(times.seconds), **times.seconds}, factor) for times, factor in _sources(here, published)]

    def seconds(job: PlannedJob) -> float | None:
        if not job.name:  # a target, which does nothing
            return 0.0
        if job.rule == TRAINING:
            return training_seconds(config, job.wildcards["arm"], here.speeds)
        found = (times[key] * factor for times, factor in known for key in (job.name, job.rule) if key in times)
        return next(found, None)

    return [replace(job, seconds=seconds(job)) for job in jobs]


def _sources(here: Times, published: Times | None) -> list[tuple[Times, float]]:
    """Times to look in, in order, each with a factor for what this machine takes longer."""
    if published is None:
        return [(here, 1.0)]
    slower = published.speeds[NUMPY] / here.speeds[NUMPY] if NUMPY in here.speeds else 1.0
    return [(here, 1.0), (published, slower)]


def whole_run(config: Mapping[str, Any], speeds: Mapping[str, float]) -> list[PlannedJob]:
    """All trainings on CIFAR-10 of a configuration, as if none were made yet."""
    arms = Arms(config)
    return [
        PlannedJob(
            TRAINING,
            f"{TRAINING}/{name}/seed{seed}",
            arms.threads(name),
            {"arm": name, "seed": str(seed)},
            training_seconds(config, name, speeds),
            arms.gpus,
        )
        for name in arms.trained
        for seed in arms.seeds(name)
    ]


def told(
    run: str,
    config: Mapping[str, Any],
    planned: Sequence[PlannedJob],
    cores: int,
    gpus: int = 0,
    brief: float | None = None,
) -> list[str]:
    """What is left and how long it will take on so many cores and GPUs, as lines of at most 120 characters.

    ``brief`` are the seconds of the trainings of the preset ``brief``, where that is what could run in its place.
    """
    jobs = [job for job in planned if job.name]
    if not jobs:
        return [f"results/{run}: nothing is left to do"]
    arms = Arms(config)
    groups: dict[str, list[PlannedJob]] = {}
    for job in jobs:
        kind = KINDS[arms.kind(job.wildcards["arm"])] if job.rule == TRAINING else "all else"
        groups.setdefault(kind, []).append(job)
    unknown = [job for job in jobs if job.seconds is None]
    time = side_by_side(jobs, cores, gpus)
    where = f"{cores} core{'' if cores == 1 else 's'}"
    lines = [f"results/{run}: {_count(jobs, 'job')} to run, about {duration(time)} on {where}"]
    if unknown:
        lines[0] += f", and {_count(unknown, 'job')} of unknown duration"
    if len(groups) > 1:
        for name in (*KINDS.values(), "all else"):
            if own := groups.get(name):
                what = _count(own, "training" if name in KINDS.values() else "job")
                known = any(job.seconds is not None for job in own)
                lines.append(
                    f"  {name:<16} {what:>13}  {duration(side_by_side(own, cores, gpus)) if known else '?':>10}"
                )
    rest = side_by_side(groups.get("all else", []), cores)
    if brief is not None:
        lines.append(f"  Quicker: make report PRESET=brief, about {duration(brief + rest)}")
    if not arms.gpus and time - rest > 600:
        lines.append("  Quicker: an NVIDIA GPU, minutes, or trainings that one has made (docs/gpu.md)")
    return lines


def _count(jobs: Sequence[PlannedJob], what: str) -> str:
    return f"{len(jobs)} {what}{'' if len(jobs) == 1 else 's'}"
