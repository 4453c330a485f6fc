"""Trainings out of a bundle into the run in use: what fits it is placed where the rules would have written it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.workflow.bundle_format import EVALUATIONS, Bundle, BundleError, Training
from lib.workflow.bundles import unpack, verify
from lib.workflow.files import code_digest, read_json
from lib.workflow.trainings import FILES


@dataclass(frozen=True)
class Wanted:
    """What the run in use would train: how many seeds of which arms, on which data (its digest).

    Everything else is read from the files below ``folder``/inputs, which every start of Snakemake writes.
    """

    folder: Path
    seeds: Mapping[str, int]
    data: str

    def settings(self, section: str) -> Any:
        """A section of the configuration, None where the run has none of that name."""
        path = self.folder / f"inputs/settings/{section}.json"
        return read_json(path) if path.is_file() else None

    def code(self, script: str) -> str:
        """The digest of a script's code."""
        return code_digest((self.folder / f"inputs/code/{script}.txt").read_text(encoding="utf-8"))

    def key_of(self, arm: str) -> dict[str, Any]:
        """What decides a training of an arm, device and precision only where the run states one."""
        compute = self.settings("compute") or {}
        stated = {name: compute[name] for name in ("device", "precision") if compute.get(name, "auto") != "auto"}
        own = {"settings": self.settings(f"arm.{arm}"), "split": self.settings("data.cifar10"), "data": self.data}
        return own | stated


@dataclass(frozen=True)
class Placement:
    """A training to be placed, with the evaluation results that go with it."""

    training: Training
    evaluations: tuple[str, ...]
    accepted_code: bool

    def files(self, folder: Path) -> list[Path]:
        """Where its training's files and its evaluations' files go, below the results ``folder``."""
        return [folder / self.training.folder / name for name in (*FILES, *self.evaluations)]

    def benchmarks(self, folder: Path) -> list[Path]:
        """Where the rules that it stands in for measure what they take."""
        rules = ["train_vision", *(EVALUATIONS[name] for name in self.evaluations)]
        return [folder / f"benchmarks/{rule}/{self.training.arm}/seed{self.training.seed}.tsv" for rule in rules]


@dataclass(frozen=True)
class Plan:
    """What is placed, and a line about everything that is not."""

    placements: tuple[Placement, ...]
    notes: tuple[str, ...]


def plan(bundle: Bundle, wanted: Wanted, *, accept_code: bool = False, replace: bool = False) -> Plan:
    """Which trainings of ``bundle`` are placed, once all that the run wants have been found to fit it.

    With ``accept_code`` those made by other code are placed, too, with a mark; with ``replace`` also those that are
    there already.

    Raises :exc:`BundleError` for a training whose settings, split, data or code are not those of the run, and for one
    that cannot be decoded.
    """
    placements, kept, foreign = [], [], []
    unfit: dict[str, list[str]] = {}
    for training in bundle.trainings:
        if training.seed >= wanted.seeds.get(training.arm, 0):
            foreign.append(str(training))
            continue
        evaluations = []
        for name, origin in training.evaluations.items():
            why = _misfit(name, origin, wanted, accept_code)
            if why is None:
                evaluations.append(name)
            else:
                unfit.setdefault(f"{name}: {why}", []).append(str(training))
        if not replace and _is_there(training, evaluations, wanted.folder / training.folder):
            kept.append(str(training))
            continue
        other_code = _compare(bundle, training, wanted, accept_code)
        verify(bundle, training)
        placements.append(Placement(training, tuple(evaluations), other_code))
    notes = [f"left out, since the run has no such arm or fewer seeds: {', '.join(foreign)}"] if foreign else []
    notes += [f"kept as they are (--replace, or REPLACE=1, overwrites): {', '.join(kept)}"] if kept else []
    notes += [f"left out, {why}: {', '.join(trainings)}" for why, trainings in unfit.items()]
    return Plan(tuple(placements), tuple(notes))


def _is_there(training: Training, evaluations: Collection[str], folder: Path) -> bool:
    """Whether a training is finished in ``folder``: another one, or this one with all of its ``evaluations``."""
    if not all((folder / name).is_file() for name in FILES):
        return False
    key = {name: value for name, value in read_json(folder / "key.json").items() if name in training.key}
    same = not any(_differences(training.key, key, ""))
    return not same or all((folder / name).is_file() for name in evaluations)


def _compare(bundle: Bundle, training: Training, wanted: Wanted, accept_code: bool) -> bool:
    """Whether the training was made by other code, which ``accept_code`` allows; nothing else may differ."""
    for name, here in wanted.key_of(training.arm).items():
        for where, there_value, value in _differences(training.key.get(name), here, name):
            raise BundleError(
                f"{bundle.path}: {training}: {where} is {there_value!r} in the bundle, but {value!r} in"
                f" {wanted.folder}; change the configuration, or take it into the run that it is of ({bundle.run})"
            )
    code, here = code_digest(str(training.key.get("code") or "unknown")), wanted.code("train_vision")
    if code != here and not accept_code:
        raise BundleError(
            f"{bundle.path}: {training}: made by another version of the code ({code[:12]}, here {here[:12]}); take the"
            " bundle all the same with --accept-code (make: ACCEPT_CODE=1), which the report will say, or train again"
        )
    return code != here


def _differences(there: Any, here: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Dotted names and both values where two sections differ; None stands for what is missing."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for name in sorted({*there, *here}):
            yield from _differences(there.get(name), here.get(name), f"{where}.{name}")
    elif there != here:
        yield where, there, here


def _misfit(name: str, origin: Mapping[str, Any], wanted: Wanted, accept_code: bool) -> str | None:
    """Why an evaluation's results are not those that the run would make, or None."""
    for section, there in origin["settings"].items():
        if there is None and not accept_code:
            return f"not known with which {section} it was made"
        if there is not None and (found := list(_differences(there, wanted.settings(section), section))):
            where, there_value, here = found[0]
            return f"{where} is {there_value!r} there, but {here!r} here"
    if origin["code"] != wanted.code(EVALUATIONS[name]) and not accept_code:
        return "made by other code" if origin["code"] else "not known by which code it was made"
    return None


def place(bundle: Bundle, wanted: Wanted, placements: Iterable[Placement]) -> list[Path]:
    """Write every placement's files, each training whole, and return their paths.

    Snakemake compares file times: all files of a placement have one, and none is older than the files that the rule
    depends on, which must be there already. Benchmarks count as outputs; those of what stood there before are removed,
    since they are of other trainings, and older.
    """
    written = []
    for placement in placements:
        for path in placement.benchmarks(wanted.folder):
            path.unlink(missing_ok=True)
        written += unpack(
            bundle,
            placement.training,
            wanted.folder / placement.training.folder,
            evaluations=placement.evaluations,
            accepted_code=placement.accepted_code,
        )
    return written
